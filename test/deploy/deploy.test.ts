import { time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import hre from "hardhat";

import { local, networkParameters, timelocks } from "../../config/networks";
import { Role } from "../../config/roles";
import { type SystemParameters, type UnderlyingParameters, checkParameters } from "../../config/schema";
import { deploySystem, feedName, systemFixture } from "../../scripts/lib/system";
import { PlimsollInputError, WAD, formatWad } from "../../sdk";

const { ethers } = hre;
const ZERO = ethers.ZeroAddress;

describe("deploy", () => {
  it("lists every underlying at its reference price and volatility", async () => {
    const { clearinghouse, parameters } = await systemFixture(hre);
    expect(await clearinghouse.listedMarkets()).to.deep.equal(parameters.underlyings.map(({ id }) => BigInt(id)));
    for (const { id, referencePrice, dailyVol, market, options } of parameters.underlyings) {
      const found = await clearinghouse.marketOf(id);
      expect(formatWad(found.mark)).to.equal(formatWad(referencePrice));
      expect(formatWad(found.dailyVol)).to.equal(formatWad(dailyVol));
      expect((await clearinghouse.marketParams(id)).depth).to.equal(market.depth);
      const { priceRangeBps, openInterestCap } = await clearinghouse.optionParams(id);
      expect([priceRangeBps, openInterestCap]).to.deep.equal([BigInt(options.priceRangeBps), options.openInterestCap]);
      expect(found.credit, "in force at once").to.equal((BigInt(options.creditBps) * WAD) / 10_000n);
    }
  });

  it("does nothing the second time", async () => {
    await systemFixture(hre);
    const before = await ethers.provider.getBlockNumber();
    await hre.deployments.run(undefined, { resetMemory: false, writeDeploymentsToFiles: false });
    expect(await ethers.provider.getBlockNumber()).to.equal(before);
  });

  it("goes on where it stopped when another underlying is added", async () => {
    const [first, second] = local.underlyings;
    await systemFixture(hre);
    const small = await deploySystem(hre, { ...local, underlyings: [first!] });
    expect(await small.clearinghouse.listedMarkets()).to.deep.equal([1n]);
    const grown = await deploySystem(hre, { ...local, underlyings: [first!, second!] }, { again: true });
    expect(await grown.clearinghouse.getAddress()).to.equal(await small.clearinghouse.getAddress());
    expect(await grown.clearinghouse.listedMarkets()).to.deep.equal([1n, 2n]);
  });

  describe("other modules than the clearinghouse has", () => {
    const fewer: SystemParameters = { ...local, basisSigners: { signers: [17, 18], threshold: 2 } };

    it("wait for their announcement, and are then put in once", async () => {
      await systemFixture(hre);
      const { clearinghouse, basisOracle } = await deploySystem(hre);
      const refusal = await deploySystem(hre, fewer, { again: true }).then(
        () => "",
        (error: unknown) => (error instanceof PlimsollInputError ? error.message : "another error"),
      );
      const found = /other modules than were deployed: have its module admin call announce\((0x[0-9a-f]+)\)/.exec(
        refusal,
      );
      const call = found?.[1];
      if (call === undefined) throw new Error(`It says nothing to announce: ${refusal}`);
      expect(await clearinghouse.modules(), "nothing changed").to.include(await basisOracle.getAddress());
      await clearinghouse.announce(call);
      await expect(deploySystem(hre, fewer, { again: true })).to.be.rejectedWith(
        PlimsollInputError,
        "their replacement is announced, so run this again from",
      );
      await time.increase(7 * 86_400);
      const replaced = await deploySystem(hre, fewer, { again: true });
      const fresh = await replaced.basisOracle.getAddress();
      expect((await clearinghouse.modules()).basisOracle)
        .to.equal(fresh)
        .and.not.equal(await basisOracle.getAddress());
      const before = await ethers.provider.getBlockNumber();
      await deploySystem(hre, fewer, { again: true });
      expect(await ethers.provider.getBlockNumber(), "and then nothing more").to.equal(before);
    });
  });

  describe("the price sources", () => {
    const [eth, ...others] = local.underlyings as [UnderlyingParameters, ...UnderlyingParameters[]];

    it("are two where the parameters name two, as they state them", async () => {
      const { priceOracle, parameters } = await systemFixture(hre);
      expect(parameters.underlyings.map(({ secondFeed }) => secondFeed !== undefined)).to.deep.equal([
        true,
        true,
        false,
      ]);
      for (const { id, name, secondFeed } of parameters.underlyings) {
        const found = await priceOracle.secondFeedOf(id);
        const address = secondFeed ? (await hre.deployments.get(feedName(name, "secondary"))).address : ZERO;
        const terms = [secondFeed?.heartbeat ?? 0, secondFeed?.maxDeviationBps ?? 0].map(BigInt);
        expect([found.aggregator, found.heartbeat, found.maxDeviationBps]).to.deep.equal([address, ...terms]);
      }
    });

    it("change their terms when the parameters do, and stay when these name them no more", async () => {
      await systemFixture(hre);
      const { secondFeed } = eth;
      const first = await deploySystem(hre);
      const changed = { ...eth, secondFeed: { ...secondFeed!, maxDeviationBps: 150 } };
      await deploySystem(hre, { ...local, underlyings: [changed, ...others] }, { again: true });
      expect((await first.priceOracle.secondFeedOf(eth.id)).maxDeviationBps).to.equal(150n);
      const before = await ethers.provider.getBlockNumber();
      const less = { ...eth, secondFeed: undefined };
      await deploySystem(hre, { ...local, underlyings: [less, ...others] }, { again: true });
      expect(await ethers.provider.getBlockNumber()).to.equal(before);
    });

    it("may be live, if they call themselves what they should", async () => {
      await systemFixture(hre);
      const live = await ethers.deployContract("MockAggregator", [8, 2_010n * 10n ** 8n, "ETH / USD"]);
      const at = await live.getAddress();
      const seconded = (description: string): SystemParameters => {
        const terms = { decimals: 8, heartbeat: 3_600, maxDeviationBps: 200 };
        const feed = { kind: "chainlink", address: at, description, ...terms } as const;
        return { ...local, underlyings: [{ ...eth, secondFeed: feed }] };
      };
      const { priceOracle } = await deploySystem(hre, seconded("ETH / USD"));
      expect((await priceOracle.secondFeedOf(eth.id)).aggregator).to.equal(at);
      await expect(deploySystem(hre, seconded("BTC / USD"))).to.be.rejectedWith(
        `The second feed of ETH at ${at} calls itself "ETH / USD" and must be "BTC / USD".`,
      );
    });
  });

  describe("the sequencer feed", () => {
    it("is absent on a chain without a sequencer", async () => {
      const { priceOracle } = await systemFixture(hre);
      expect(await priceOracle.sequencerFeed()).to.equal(ZERO);
    });

    it("may be a stand-in, which says so, belongs to its owner and lets prices be fresh at once", async () => {
      await systemFixture(hre);
      const owner = (await ethers.getSigners())[5]!.address;
      const parameters: SystemParameters = { ...local, sequencerFeed: { kind: "mock", owner } };
      const { priceOracle } = await deploySystem(hre, parameters);
      const feed = await ethers.getContractAt("MockSequencerFeed", await priceOracle.sequencerFeed());
      expect(await feed.owner()).to.equal(owner);
      expect(await feed.description()).to.contain("stand-in");
      const before = await ethers.provider.getBlockNumber();
      await deploySystem(hre, parameters, { again: true });
      expect(await ethers.provider.getBlockNumber()).to.equal(before);
    });

    it("may be live, if it calls itself what it should", async () => {
      await systemFixture(hre);
      const live = await ethers.deployContract("MockSequencerFeed", [(await ethers.getSigners())[0]!]);
      const at = await live.getAddress();
      const description = await live.description();
      const withFeed = (called: string): SystemParameters => ({
        ...local,
        sequencerFeed: { kind: "chainlink", address: at, description: called, decimals: 0 },
      });
      const { priceOracle } = await deploySystem(hre, withFeed(description));
      expect(await priceOracle.sequencerFeed()).to.equal(at);
      await expect(deploySystem(hre, withFeed("another"))).to.be.rejectedWith(
        `The feed of the sequencer at ${at} calls itself "${description}" and must be "another".`,
      );
    });
  });

  describe("the settlement token", () => {
    const withToken = (settlementToken: string): SystemParameters => ({ ...local, settlementToken });

    it("may not keep a fee", async () => {
      await systemFixture(hre);
      const [deployer] = await ethers.getSigners();
      const token = await ethers.deployContract("MockFeeToken");
      await token.mint(deployer!, 5_000_000n);
      await expect(deploySystem(hre, withToken(await token.getAddress()))).to.be.rejectedWith(
        PlimsollInputError,
        "keeps a fee: of 1000000 units sent 999000 arrived",
      );
    });

    it("must have 6 decimals", async () => {
      await systemFixture(hre);
      const token = await ethers.deployContract("MockDollar", [18]);
      await expect(deploySystem(hre, withToken(await token.getAddress()))).to.be.rejectedWith(
        PlimsollInputError,
        "has 18 decimals and must have 6",
      );
    });

    it("must be a contract", async () => {
      await systemFixture(hre);
      await expect(deploySystem(hre, withToken(ethers.ZeroAddress))).to.be.rejectedWith(PlimsollInputError, "no code");
    });

    it("is taken as it is where it fits", async () => {
      await systemFixture(hre);
      const token = await ethers.deployContract("MockUSDC");
      const { clearinghouse } = await deploySystem(hre, withToken(await token.getAddress()));
      expect(await clearinghouse.settlementToken()).to.equal(await token.getAddress());
    });
  });

  it("hands every power over and leaves the deployer none", async () => {
    await systemFixture(hre);
    const [deployer, admin, riskAdmin, lister, guardian, moduleAdmin] = await ethers.getSigners();
    const holders = {
      admin: admin!.address,
      riskAdmin: riskAdmin!.address,
      lister: lister!.address,
      guardian: guardian!.address,
      moduleAdmin: moduleAdmin!.address,
    };
    const { authority, clearinghouse, parameters } = await deploySystem(hre, {
      ...local,
      governance: { holders, delays: timelocks },
    });
    for (const role of Object.values(Role)) {
      expect((await authority.hasRole(role, deployer!)).isMember, `role ${role}`).to.be.false;
    }
    expect(await authority.hasRole(Role.Admin, admin!)).to.deep.equal([true, 604_800n]);
    expect(await authority.hasRole(Role.RiskAdmin, riskAdmin!)).to.deep.equal([true, 172_800n]);
    expect(await authority.hasRole(Role.Guardian, guardian!)).to.deep.equal([true, 0n]);
    expect(await authority.hasRole(Role.ModuleAdmin, moduleAdmin!)).to.deep.equal([true, 604_800n]);

    const [{ id, market }] = parameters.underlyings as [(typeof parameters.underlyings)[number]];
    await expect(clearinghouse.setMarketParams(id, market)).to.be.revertedWithCustomError(
      clearinghouse,
      "AccessManagedUnauthorized",
    );
    // Not scheduled, so refused even to the holder.
    await expect(clearinghouse.connect(riskAdmin).setMarketParams(id, market)).to.be.revertedWithCustomError(
      authority,
      "AccessManagerNotScheduled",
    );
  });

  describe("parameters", () => {
    it("are refused where mocks would stand in on a live network", () => {
      expect(() => checkParameters({ ...local, local: false })).to.throw(PlimsollInputError, "settlementToken");
    });

    it("are refused where a mock would be the second source on a live network", () => {
      const feed = { kind: "chainlink", address: ZERO, description: "X / USD", decimals: 8 } as const;
      const underlyings = local.underlyings.map((terms) => ({ ...terms, feed }));
      const live = { ...local, local: false, settlementToken: ZERO, underlyings };
      expect(() => checkParameters(live)).to.throw(
        PlimsollInputError,
        "underlyings.0.secondFeed is wrong: must be a live feed",
      );
      const alone = underlyings.map((terms) => ({ ...terms, secondFeed: undefined }));
      const standIn = { kind: "mock", owner: "deployer" } as const;
      checkParameters({ ...live, underlyings: alone, sequencerFeed: standIn });
    });

    for (const maxDeviationBps of [49, 1_001, 75.5]) {
      it(`are refused with a maximum deviation of ${maxDeviationBps} basis points`, () => {
        const [first] = local.underlyings;
        const underlyings = [{ ...first!, secondFeed: { ...first!.secondFeed!, maxDeviationBps } }];
        expect(() => checkParameters({ ...local, underlyings })).to.throw(
          PlimsollInputError,
          "underlyings.0.secondFeed.maxDeviationBps is wrong",
        );
      });
    }

    it("are refused with limits the vault would refuse", () => {
      const refused = (change: object, sentence: string): void => {
        const vaultLimits = { ...local.vaultLimits, ...change };
        expect(() => checkParameters({ ...local, vaultLimits })).to.throw(PlimsollInputError, sentence);
      };
      refused({ eventCapBps: 2_501 }, "vaultLimits.eventCapBps is wrong");
      refused({ hourCapBps: 99 }, "vaultLimits.hourCapBps is wrong");
      refused({ cooldown: 345_601 }, "vaultLimits.cooldown is wrong");
      refused({ exitWindow: 21_599 }, "vaultLimits.exitWindow is wrong");
      refused({ eventCapBps: 2_001 }, "vaultLimits is wrong: must let an hour cost what an event may");
    });

    it("are refused with parameters of options that the ledger would refuse", () => {
      const [first] = local.underlyings;
      const withOptions = (change: object): SystemParameters => {
        return { ...local, underlyings: [{ ...first!, options: { ...first!.options, ...change } }] };
      };
      const bounds = { priceRangeBps: [500, 6_000], creditBps: [0, 8_000], referenceVolBps: [50, 2_000] };
      for (const [name, [least, most]] of Object.entries({ ...bounds, takerFeeBps: [0, 50], makerFeeBps: [0, 50] })) {
        for (const value of [least! - 1, most! + 1, least! + 0.5]) {
          const sentence = `underlyings.0.options.${name} is wrong`;
          expect(() => checkParameters(withOptions({ [name]: value }))).to.throw(PlimsollInputError, sentence);
        }
        for (const value of [least, most]) checkParameters(withOptions({ [name]: value }));
      }
      expect(() => checkParameters(withOptions({ openInterestCap: -1n }))).to.throw(
        PlimsollInputError,
        "underlyings.0.options.openInterestCap is wrong",
      );
    });

    it("are refused where an underlying is there twice", () => {
      const [first] = local.underlyings;
      const twice = { ...local, underlyings: [first!, { ...first!, name: "TWO" }] };
      expect(() => checkParameters(twice)).to.throw(PlimsollInputError, "underlyings.1.id is wrong: must be unique");
    });

    it("are refused for a network nobody described", () => {
      expect(() => networkParameters("moon")).to.throw(
        PlimsollInputError,
        "hardhat, localhost, sepolia, arbitrumSepolia, baseSepolia have",
      );
    });

    it("must be for this chain", async () => {
      await systemFixture(hre);
      await expect(deploySystem(hre, { ...local, chainId: 1n })).to.be.rejectedWith(
        "is on chain 31337 and should be on 1",
      );
    });
  });
});
