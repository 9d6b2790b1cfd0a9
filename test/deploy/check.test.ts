import { expect } from "chai";
import hre from "hardhat";

import { local } from "../../config/networks";
import { Role } from "../../config/roles";
import { checkDeployment } from "../../scripts/deploy/check";
import { compareCode } from "../../scripts/deploy/code";
import { partsOf } from "../../scripts/deploy/parts";
import { deploymentStatus } from "../../scripts/deploy/status";
import { CLEARINGHOUSE_LIBRARIES, type System, deploySystem, loadLens, systemFixture } from "../../scripts/lib/system";
import { Mode, PlimsollInputError } from "../../sdk";
import { normalTableBytes } from "../../sdk/math/normalTable";
import { describeFindings } from "../../tasks/deploy/check";
import { replaceModel, replaceModules } from "../support/governed";

const { ethers } = hre;

/** What the check finds wrong: what, what it is, and what it should be. */
async function wrong(): Promise<[string, string, string][]> {
  const findings = await checkDeployment(hre);
  return findings.filter(({ ok }) => !ok).map(({ what, is, should }) => [what, is, should]);
}

describe("deploy:check", () => {
  let system: System;
  let stranger: string;

  beforeEach(async () => {
    system = await systemFixture(hre);
    stranger = ethers.Wallet.createRandom().address;
  });

  it("finds nothing wrong with what the steps leave", async () => {
    const findings = await checkDeployment(hre);
    expect(findings.filter(({ ok }) => !ok)).to.deep.equal([]);
    expect(findings.length).to.be.greaterThan(100);
  });

  it("tells everything it compared on lines of 120 characters", async () => {
    const findings = await checkDeployment(hre);
    const lines = describeFindings(findings, findings.length).split("\n");
    expect(lines.filter((line) => line.length > 120)).to.deep.equal([]);
    expect(lines.at(-1)).to.equal(`${findings.length} of ${findings.length} checks ok`);
  });

  it("knows every part that the steps deploy", async () => {
    const records = Object.keys(await hre.deployments.all());
    expect(partsOf(system.parameters).map(({ record }) => record)).to.have.members(records);
  });

  describe("code", () => {
    it("is found out where it is another", async () => {
      const auction = await system.auction.getAddress();
      await ethers.provider.send("hardhat_setCode", [auction, await ethers.provider.getCode(system.token)]);
      const [first] = await wrong();
      expect(first?.[0]).to.equal(`LiquidationAuction at ${auction}`);
      expect(first?.[1]).to.match(/^other code, 0x[0-9a-f]{64}$/);
    });

    it("is found out where it is missing", async () => {
      const vault = await system.vault.getAddress();
      await ethers.provider.send("hardhat_setCode", [vault, "0x"]);
      expect(await wrong()).to.deep.equal([[`BackstopVault at ${vault}`, "missing", "deployed"]]);
      const { steps, balances } = await deploymentStatus(hre);
      expect(steps.find(({ step }) => step === "liquidation")).to.deep.equal({
        step: "liquidation",
        state: "to do",
        missing: ["BackstopVault"],
      });
      expect(steps.find(({ step }) => step === "oracles")?.state).to.equal("done");
      expect(balances).to.deep.equal({});
    });

    it("that is data must be the data of this source, to the byte", async () => {
      const { address } = await hre.deployments.get("NormalTableCarrier");
      const code = ethers.getBytes(await ethers.provider.getCode(address));
      code[code.length - 1]! ^= 1;
      await ethers.provider.send("hardhat_setCode", [address, ethers.hexlify(code)]);
      const found = `other code, ${ethers.keccak256(code)}`;
      expect(await wrong()).to.deep.equal([[`NormalTableCarrier at ${address}`, found, "data of NormalTableCarrier"]]);
      // What the compiler made of the constructor's contract is not what stands there.
      const { deployedBytecode } = await hre.artifacts.readArtifact("NormalTableCarrier");
      await ethers.provider.send("hardhat_setCode", [address, deployedBytecode]);
      expect(await wrong()).to.have.length(1);
    });

    it("may name another table of the normal distribution, which is told", async () => {
      const [meant, portfolio] = [await system.portfolioMargin.table(), await system.portfolioMargin.getAddress()];
      const carrier = await ethers.deployContract("NormalTableCarrier", [normalTableBytes()]);
      const model = await ethers.deployContract("PortfolioMargin", [carrier]);
      await ethers.provider.send("hardhat_setCode", [portfolio, await ethers.provider.getCode(model)]);
      expect(await wrong()).to.deep.equal([
        ["portfolio margin reads its table from", await carrier.getAddress(), meant],
      ]);
    });

    it("of the lens may name another ledger or table, which is told", async () => {
      const lens = await loadLens(hre);
      const [ledger, table] = [await system.clearinghouse.getAddress(), await lens.table()];
      const carrier = await ethers.deployContract("NormalTableCarrier", [normalTableBytes()]);
      const libraries = { GreekSums: (await hre.deployments.get("GreekSums")).address };
      const args = [system.vault, carrier] as const;
      const other = await ethers.deployContract("MarginLens", [...args], { libraries });
      await ethers.provider.send("hardhat_setCode", [await lens.getAddress(), await ethers.provider.getCode(other)]);
      expect(await wrong()).to.deep.equal([
        ["the lens reads", await system.vault.getAddress(), ledger],
        ["the lens takes the normal table from", await carrier.getAddress(), table],
      ]);
    });

    it("may differ in immutables, and not in linked libraries", async () => {
      const addressOf = async (record: string) => (await hre.deployments.get(record)).address;
      const libraries: Record<string, string> = {};
      for (const name of CLEARINGHOUSE_LIBRARIES) libraries[name] = await addressOf(name);
      const Clearinghouse = await ethers.getContractFactory("Clearinghouse", { libraries });
      const other = await (await Clearinghouse.deploy(stranger, stranger)).getAddress();
      expect((await compareCode(hre, "Clearinghouse", other, libraries)).same).to.be.true;
      const swapped = { ...libraries, Liquidation: stranger };
      expect((await compareCode(hre, "Clearinghouse", other, swapped)).same).to.be.false;
    });
  });

  describe("roles", () => {
    it("have no stray holders", async () => {
      const { authority } = system;
      const [deployer] = await ethers.getSigners();
      await authority.grantRole(Role.Admin, stranger, 5);
      await authority.grantRole(77, stranger, 0);
      const both = [`${deployer!.address} after 0 s`, `${stranger} after 5 s`];
      const found = await wrong();
      expect(found.map(([what]) => what)).to.deep.equal(["admin is held by", "other roles with holders"]);
      expect(found[0]?.[1].split(", ")).to.have.members(both);
      expect(found[1]?.[1]).to.equal(`role 77: ${stranger} after 0 s`);
      await authority.revokeRole(Role.Admin, stranger);
      await authority.revokeRole(77, stranger);
      expect(await wrong()).to.deep.equal([]);
    });

    it("have their delays", async () => {
      const [deployer] = await ethers.getSigners();
      await system.authority.grantRole(Role.RiskAdmin, deployer!, 60);
      expect(await wrong()).to.deep.equal([
        ["riskAdmin is held by", `${deployer!.address} after 60 s`, `${deployer!.address} after 0 s`],
      ]);
    });

    it("have no admins or guardians but the admin", async () => {
      await system.authority.setRoleAdmin(Role.RiskAdmin, Role.Lister);
      await system.authority.setRoleGuardian(Role.ModuleAdmin, Role.Guardian);
      expect(await wrong()).to.deep.equal([
        ["riskAdmin is granted by", "lister", "admin"],
        ["moduleAdmin is watched by", "guardian", "admin"],
      ]);
    });

    it("guard each function, and nothing besides", async () => {
      const { authority, clearinghouse } = system;
      const { selector } = clearinghouse.interface.getFunction("setModules");
      const target = await clearinghouse.getAddress();
      await authority.setTargetFunctionRole(target, [selector], Role.RiskAdmin);
      await authority.setTargetFunctionRole(target, ["0x12345678"], Role.Lister);
      await authority.setTargetClosed(system.vault, true);
      await authority.setTargetAdminDelay(system.priceOracle, 60);
      await ethers.provider.send("evm_increaseTime", [7 * 86_400]);
      await ethers.provider.send("evm_mine", []);
      const found = await wrong();
      expect(found).to.deep.include.members([
        ["Clearinghouse.setModules asks for", "riskAdmin", "moduleAdmin"],
        ["other functions with a role", `${target} 0x12345678`, "none"],
        ["BackstopVault is", "closed", "open"],
        ["PriceOracle's roles change after", "60 s", "0 s"],
      ]);
      expect(found).to.have.length(4);
    });
  });

  it("finds modules and models replaced or added", async () => {
    const { clearinghouse, isolatedMargin, crossMargin, portfolioMargin } = system;
    const other = await (await ethers.deployContract("MockUSDC")).getAddress();
    const cross = await crossMargin.getAddress();
    await replaceModules(clearinghouse, { priceOracle: other, surfaceOracle: other, expirySettlement: other });
    await replaceModel(clearinghouse, Mode.Isolated, cross);
    await replaceModel(clearinghouse, Mode.Portfolio, cross);
    await replaceModel(clearinghouse, 4n, cross);
    expect(await wrong()).to.deep.equal([
      ["the clearinghouse's priceOracle is", other, await system.priceOracle.getAddress()],
      ["the clearinghouse's surfaceOracle is", other, await system.surfaceOracle.getAddress()],
      ["the clearinghouse's expirySettlement is", other, await system.expirySettlement.getAddress()],
      ["isolated margin is judged by", cross, await isolatedMargin.getAddress()],
      ["portfolio margin is judged by", cross, await portfolioMargin.getAddress()],
      ["other margin models", `mode 4: ${cross}`, "none"],
    ]);
  });

  it("finds every parameter that was changed", async () => {
    const { clearinghouse, priceOracle, basisOracle, surfaceOracle, expirySettlement, vault, parameters } = system;
    const { vaultLimits } = parameters;
    for (const [key, value] of Object.entries(vaultLimits)) {
      await vault.setLimits({ ...vaultLimits, [key]: value + 1 });
      expect(await wrong()).to.deep.equal([[`the vault's ${key}`, (value + 1).toString(), value.toString()]]);
    }
    await vault.setLimits(vaultLimits);
    const [{ id, market, options, referencePrice, heartbeat, confidenceBps }] = parameters.underlyings as [
      (typeof parameters.underlyings)[number],
    ];
    for (const [key, value] of Object.entries(market)) {
      const changed = typeof value === "bigint" ? value + 1n : value + 1;
      await clearinghouse.setMarketParams(id, { ...market, [key]: changed });
      expect(await wrong()).to.deep.equal([[`ETH's ${key}`, changed.toString(), value.toString()]]);
    }
    await clearinghouse.setMarketParams(id, market);
    for (const [key, value] of Object.entries(options)) {
      const changed = typeof value === "bigint" ? value + 1n : value + 1;
      await clearinghouse.setOptionParams(id, { ...options, [key]: changed });
      expect(await wrong()).to.deep.equal([[`ETH's options' ${key}`, changed.toString(), value.toString()]]);
    }
    await clearinghouse.setOptionParams(id, options);
    const { aggregator } = await priceOracle.feedOf(id);
    await priceOracle.replaceFeed(id, aggregator, heartbeat + 60, confidenceBps + 1);
    await priceOracle.setReferencePrice(id, referencePrice * 2n);
    const { signers } = await basisOracle.signerSet();
    await basisOracle.setSigners([...signers], 3);
    await surfaceOracle.setSigners([...signers], 3);
    await surfaceOracle.setMoveLimits({ forwardBps: 201, volBps: 2_501 });
    await expirySettlement.setTimeOut(86_400);
    expect(await wrong()).to.deep.equal([
      ["of whom must sign", "3", "2"],
      ["of the surface's signers must sign", "3", "2"],
      ["a forward may move an hour, bps", "201", "200"],
      ["a vol may move an hour, bps", "2501", "2500"],
      ["expiries can be finalised after, s", "86400", "259200"],
      ["ETH's feed has registered heartbeat, s", "3660", "3600"],
      ["ETH's feed has registered confidence, bps", "26", "25"],
      ["ETH's reference price, USD", "4000", "2000"],
    ]);
  });

  describe("a live feed", () => {
    const description = "ETH / USD";
    const [eth] = local.underlyings;

    async function withFeed(called: string) {
      const feed = await ethers.deployContract("MockAggregator", [8, 2_000n * 10n ** 8n, called]);
      const address = await feed.getAddress();
      const chainlink = { kind: "chainlink", address, description, decimals: 8 } as const;
      const underlying = { ...eth!, feed: chainlink, secondFeed: undefined };
      return { feed, address, parameters: { ...local, underlyings: [underlying] } };
    }

    it("that calls itself otherwise is not registered", async () => {
      const { address, parameters } = await withFeed("USDC / USD");
      await expect(deploySystem(hre, parameters)).to.be.rejectedWith(
        PlimsollInputError,
        `The feed of ETH at ${address} calls itself "USDC / USD" and must be "ETH / USD".`,
      );
    });

    it("that answers nothing is not registered", async () => {
      const { parameters } = await withFeed(description);
      const [underlying] = parameters.underlyings;
      const feed = { ...underlying!.feed, address: await system.token.getAddress() };
      await expect(deploySystem(hre, { ...parameters, underlyings: [{ ...underlying!, feed }] })).to.be.rejectedWith(
        PlimsollInputError,
        "does not answer as a feed on hardhat",
      );
    });

    it("is asked who it is, how old, and how much, at every check", async () => {
      const { feed, parameters } = await withFeed(description);
      await deploySystem(hre, parameters);
      expect(await wrong()).to.deep.equal([]);
      await feed.setDescription("USDC / USD");
      await feed.updateAnswer(10n ** 8n);
      await ethers.provider.send("evm_increaseTime", [4_300]);
      await ethers.provider.send("evm_mine", []);
      const found = await wrong();
      expect(found.map(([what]) => what)).to.deep.equal([
        "the feed of ETH calls itself",
        "the feed of ETH is old, s",
        "the feed of ETH says, USD",
      ]);
      expect(found[0]?.slice(1)).to.deep.equal(["USDC / USD", "ETH / USD"]);
      expect(found[2]?.slice(1)).to.deep.equal(["1", "200 to 20000"]);
    });
  });
});
