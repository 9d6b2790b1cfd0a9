import { expect } from "chai";
import hre from "hardhat";

import { local } from "../../config/networks";
import type { SystemParameters } from "../../config/schema";
import { planDeployment } from "../../scripts/deploy/plan";
import { type System, deploySystem, systemFixture } from "../../scripts/lib/system";
import { PlimsollInputError } from "../../sdk";

const { ethers } = hre;

describe("the plan of a deployment", () => {
  let parameters: SystemParameters;
  let system: System;

  /** A network that is live as far as its parameters say. */
  async function liveParameters(): Promise<SystemParameters> {
    const token = await ethers.deployContract("MockUSDC");
    const feed = await ethers.deployContract("MockAggregator", [8, 2_000n * 10n ** 8n, "ETH / USD"]);
    const [eth] = local.underlyings;
    const address = await feed.getAddress();
    const chainlink = { kind: "chainlink", address, description: "ETH / USD", decimals: 8 } as const;
    return {
      ...local,
      local: false,
      settlementToken: await token.getAddress(),
      sequencerFeed: { kind: "mock", owner: "deployer" },
      underlyings: [{ ...eth!, feed: chainlink, secondFeed: undefined }],
    };
  }

  beforeEach(async () => {
    await systemFixture(hre);
    parameters = await liveParameters();
    system = await deploySystem(hre, parameters);
  });

  const refused = (sentence: string) => expect(planDeployment(hre)).to.be.rejectedWith(PlimsollInputError, sentence);

  it("shows who deploys what to where, and who will govern it", async () => {
    const [deployer] = await ethers.getSigners();
    const plan = await planDeployment(hre);
    expect(plan).to.deep.include({ network: "hardhat", chainId: 31_337n, deployer: deployer!.address, cost: 0n });
    expect(plan.settlementToken).to.deep.equal({ address: parameters.settlementToken, symbol: "USDC" });
    expect(plan.feeds.map(({ description, price }) => [description, price])).to.deep.equal([["ETH / USD", "2000"]]);
    expect(plan.markets).to.have.length(1);
    expect(plan.markets[0]).to.include({ underlying: "ETH", referencePrice: "2000", baseRateBps: "800" });
    expect(plan.markets[0]).to.include({ "options' priceRangeBps": "1900", "options' openInterestCap": "250000000" });
    expect(plan.markets[0]).to.include({ takerFeeBps: "5", "options' takerFeeBps": "3" });
    expect(plan.roles.map(({ holder }) => holder)).to.deep.equal(Array(5).fill(`${deployer!.address}, the deployer`));
    expect(plan.sequencerFeed).to.equal(`a stand-in that ${deployer!.address}, the deployer sets`);
    const standIns = plan.parts.filter(({ standsInBecause }) => standsInBecause !== null);
    expect(standIns.map(({ record }) => record)).to.deep.equal(["SequencerFeed"]);
    expect(plan.parts.find(({ record }) => record === "PriceOracle")?.address).to.equal(
      await system.priceOracle.getAddress(),
    );
  });

  it("tells what is missing, and roughly what that costs", async () => {
    await hre.deployments.delete("BackstopVault");
    const { parts, cost } = await planDeployment(hre);
    expect(parts.filter(({ address }) => address === null).map(({ record }) => record)).to.deep.equal([
      "BackstopVault",
    ]);
    expect(cost).to.be.greaterThan(0n);
  });

  it("counts what a contract is given as its code among the costs", async () => {
    await hre.deployments.delete("IsolatedMargin");
    const { cost: ofOne } = await planDeployment(hre);
    await hre.deployments.delete("NormalTableCarrier");
    const { cost: ofBoth } = await planDeployment(hre);
    const { maxFeePerGas } = await ethers.provider.getFeeData();
    // 16 KiB of code, at 200 a byte.
    expect((ofBoth - ofOne) / maxFeePerGas!).to.be.greaterThan(3_276_800n);
  });

  it("replaces nothing, whatever the parameters say by now", async () => {
    const before = await system.basisOracle.getAddress();
    const basisSigners = { signers: [15, 16, 17], threshold: 2 };
    const after = await deploySystem(hre, { ...parameters, basisSigners }, { again: true });
    expect(await after.basisOracle.getAddress()).to.equal(before);
  });

  it("is refused where other source was deployed", async () => {
    const auction = await system.auction.getAddress();
    await ethers.provider.send("hardhat_setCode", [auction, await ethers.provider.getCode(system.token)]);
    await refused(`LiquidationAuction at ${auction} is of other source than this: go on with the source it was`);
  });

  it("is refused where the records are of another chain", async () => {
    const vault = await system.vault.getAddress();
    await ethers.provider.send("hardhat_setCode", [vault, "0x"]);
    await refused(`BackstopVault is recorded at ${vault}, where there is no code: the records in deployments/hardhat`);
  });

  it("is refused to another deployer than the one who began", async () => {
    const [deployer, other] = await ethers.getSigners();
    const { abi, ...record } = await hre.deployments.get("AccessManager");
    await hre.deployments.save("AccessManager", { ...record, abi, args: [other!.address] });
    await refused(
      `The deployment was begun by ${other!.address}: go on with that key, and not ${deployer!.address}'s.`,
    );
  });

  it("is refused to a deployer without gas, or with transactions in flight", async () => {
    const [deployer, other] = await ethers.getSigners();
    const balance = await ethers.provider.getBalance(deployer!);
    await ethers.provider.send("hardhat_setBalance", [deployer!.address, "0x0"]);
    await refused(`The deployer ${deployer!.address} holds no ETH on hardhat to pay for gas: send it some.`);
    await ethers.provider.send("hardhat_setBalance", [deployer!.address, ethers.toQuantity(balance)]);
    await ethers.provider.send("evm_setAutomine", [false]);
    try {
      await deployer!.sendTransaction({ to: other!.address, value: 1n });
      await refused(`The deployer ${deployer!.address} waits for 1 of its transactions on hardhat to be mined`);
    } finally {
      await ethers.provider.send("evm_setAutomine", [true]);
      await ethers.provider.send("evm_mine", []);
    }
  });
});
