import { time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { type BytesLike, encodeBytes32String, hexlify, id, keccak256 } from "ethers";
import hre from "hardhat";

import { signBasisReport } from "../../scripts/lib/basis";
import { CLEARINGHOUSE_LIBRARIES, addressOf } from "../../scripts/lib/system";
import { parseLots, parseWad } from "../../sdk";
import { keepsConservation } from "../support/conservation";
import { NOTICE, NOTICE_LAPSES, type Params, modulesOf, paramsOf, replaceModel } from "../support/governed";
import { refused } from "../support/refusal";
import { World } from "../support/world";

const NOBODY = "0x0000000000000000000000000000000000000000";
const SPARE = 9n;
const SPARE_MODE = 4n;

/** Every parameter with the bounds that no setting may leave. */
const BOUNDS: readonly [keyof Params, lower: bigint, upper: bigint, width: bigint][] = [
  ["baseRateBps", 100n, 10_000n, 16n],
  ["volMultiplierBps", 10_000n, 60_000n, 16n],
  ["slopeBps", 1n, 10_000n, 16n],
  ["maintenanceRatioBps", 5_000n, 9_500n, 16n],
  ["takerFeeBps", 0n, 50n, 16n],
  ["makerFeeBps", 0n, 50n, 16n],
  ["depth", 10_000n, 10_000_000_000n, 64n],
  ["openInterestCap", 0n, 100_000_000_000n, 64n],
];

describe("Clearinghouse: governance", () => {
  let world: World;
  let params: Params;

  beforeEach(async () => {
    world = await World.create();
    params = await paramsOf(world.clearinghouse);
  });
  keepsConservation(() => world);

  it("AUTH-3 asks every caller for a role, also the owner of an account", async () => {
    const owner = world.signer(1);
    const ledger = world.clearinghouse.connect(owner);
    const found = await modulesOf(world.clearinghouse);
    const calls = [
      () => ledger.listMarket(SPARE, params),
      () => ledger.setMarketParams(1n, params),
      () => ledger.registerModel(SPARE_MODE, NOBODY),
      () => ledger.setModules(found),
      () => ledger.announce(callOf("setModules", found)),
      () => ledger.withdrawAnnouncement(id("any")),
    ];
    for (const call of calls) await refused(call(), "AccessManagedUnauthorized", owner.address);
  });

  const callOf = (name: "setModules" | "registerModel" | "setMarketParams", ...args: unknown[]): string =>
    world.clearinghouse.interface.encodeFunctionData(name as "setModules", args as never);
  /** Announces the call and waits for as long as it must. */
  const afterNotice = async (call: string): Promise<void> => {
    await world.clearinghouse.announce(call);
    await time.increase(NOTICE);
  };

  it("refuses to be deployed without a settlement token", async () => {
    const libraries: Record<string, string> = {};
    for (const name of CLEARINGHOUSE_LIBRARIES) libraries[name] = await addressOf(hre, name);
    const factory = await hre.ethers.getContractFactory("Clearinghouse", { libraries });
    await refused(factory.deploy(world.system.authority, NOBODY), "Clearinghouse_ZeroAddress");
  });

  describe("listMarket", () => {
    it("lists an underlying behind those there are, its funding from now on", async () => {
      const { clearinghouse } = world;
      await expect(clearinghouse.listMarket(SPARE, params))
        .to.emit(clearinghouse, "MarketListed")
        .withArgs(SPARE, Object.values(params));
      expect(await clearinghouse.listedMarkets()).to.deep.equal([1n, 2n, 3n, SPARE]);
      expect(await paramsOf(clearinghouse, SPARE)).to.deep.equal(params);
      expect((await clearinghouse.marketParams(2n)).baseRateBps, "the others stay").to.equal(650n);
      const fundedAt = BigInt(await time.latest());
      expect([...(await clearinghouse.marketState(SPARE))]).to.deep.equal([0n, fundedAt, 0n, 0n, 0n, 0n]);
    });

    it("starts at the basis oracle's integral, so that no history is charged", async () => {
      const { basisOracle, clearinghouse, priceOracle, volatilityOracle } = world.system;
      const report = { underlying: Number(SPARE), basis: parseWad("0.002"), observedAt: BigInt(await time.latest()) };
      await basisOracle.post(report, await signBasisReport(hre, world.system, report));
      await time.increase(1_800);
      const feed = await hre.ethers.deployContract("MockAggregator", [8, 100n * 10n ** 8n, "SPARE / USD"]);
      await priceOracle.registerFeed(SPARE, feed, 3_600, 25, parseWad("100"));
      await volatilityOracle.list(SPARE, parseWad("0.001"));
      await clearinghouse.listMarket(SPARE, params);
      const { basisIntegral } = await clearinghouse.marketState(SPARE);
      expect(basisIntegral).to.be.at.least(3_600_000_000n);
      const maker = await world.open(world.signer(0), 100_000);
      const taker = await world.open(world.signer(1), 100_000);
      await world.trade(maker, taker, "1", "100", SPARE);
      const { cumulativeFunding } = await clearinghouse.marketState(SPARE);
      expect(cumulativeFunding, "seconds, not half an hour").to.be.below(parseWad("0.0001"));
      expect(await world.lots(taker, SPARE)).to.equal(parseLots("1"));
    });

    it("lists nothing twice, and no more than 64", async () => {
      const { clearinghouse } = world;
      await refused(clearinghouse.listMarket(1n, params), "Market_AlreadyListed", 1n);
      for (let underlying = 100n; underlying < 161n; underlying++) await clearinghouse.listMarket(underlying, params);
      expect(await clearinghouse.listedMarkets()).to.have.length(64);
      await refused(clearinghouse.listMarket(SPARE, params), "Market_TooMany", 64n);
    });

    it("lists underlying zero as any other", async () => {
      await world.clearinghouse.listMarket(0n, params);
      await refused(world.clearinghouse.listMarket(0n, params), "Market_AlreadyListed", 0n);
    });
  });

  describe("setMarketParams", () => {
    it("replaces them all, and says what they were", async () => {
      const { clearinghouse } = world;
      const to = { ...params, baseRateBps: 900n, takerFeeBps: 7n, depth: 30_000_000n };
      await expect(clearinghouse.setMarketParams(1n, to))
        .to.emit(clearinghouse, "MarketParamsChanged")
        .withArgs(1n, Object.values(params), Object.values(to));
      expect(await paramsOf(clearinghouse)).to.deep.equal(to);
      expect(await clearinghouse.listedMarkets()).to.deep.equal([1n, 2n, 3n]);
      expect((await world.market()).depth, "what lowers margin acts at once").to.equal(parseWad("30000000"));
    });

    it("raises margin over 24 hours, each parameter from what is in force", async () => {
      const { clearinghouse } = world;
      const to = { ...params, baseRateBps: 1_200n, maintenanceRatioBps: 8_000n, slopeBps: 50n, depth: 10_000_000n };
      const sent = await clearinghouse.setMarketParams(1n, to);
      const since = BigInt(await time.latest());
      const [rates, none] = [["0.08", "2.8", "0.005", "0.7"].map((rate) => parseWad(rate)), [0n, 0n, 0n, 0n, 0n, 0n]];
      const ramp = [...rates, parseWad("20000000"), since];
      await expect(sent).to.emit(clearinghouse, "MarketRampChanged").withArgs(1n, none, ramp);
      expect([...(await clearinghouse.marketRamp(1n))]).to.deep.equal(ramp);
      expect(await paramsOf(clearinghouse), "the target").to.deep.equal(to);
      await time.increaseTo(since + 43_200n);
      const half = await world.market();
      expect(half.baseRate).to.equal(parseWad("0.1"));
      expect(half.maintenanceRatio).to.equal(parseWad("0.75"));
      expect(half.slope).to.equal(parseWad("0.005"));
      // Half way between a twenty-millionth and a ten-millionth.
      expect(half.depth).to.equal(parseWad("13333333.333333"));
      await time.increaseTo(since + 86_400n);
      const whole = await world.market();
      expect([whole.baseRate, whole.depth]).to.deep.equal([parseWad("0.12"), parseWad("10000000")]);
    });

    it("says what a ramp was that another change replaces or ends", async () => {
      const { clearinghouse } = world;
      await clearinghouse.setMarketParams(1n, { ...params, baseRateBps: 1_600n });
      const since = await time.latest();
      const first = [...(await clearinghouse.marketRamp(1n))];
      await time.setNextBlockTimestamp(since + 21_600);
      const again = await clearinghouse.setMarketParams(1n, { ...params, baseRateBps: 2_000n });
      const second = [parseWad("0.1"), ...first.slice(1, 5), BigInt(since + 21_600)];
      await expect(again).to.emit(clearinghouse, "MarketRampChanged").withArgs(1n, first, second);
      const none = [0n, 0n, 0n, 0n, 0n, 0n];
      await expect(clearinghouse.setMarketParams(1n, params))
        .to.emit(clearinghouse, "MarketRampChanged")
        .withArgs(1n, second, none);
      expect((await world.market()).baseRate, "lowered at once").to.equal(parseWad("0.08"));
      await expect(clearinghouse.setMarketParams(1n, params)).not.to.emit(clearinghouse, "MarketRampChanged");
      expect([...(await clearinghouse.marketRamp(SPARE))], "no market, no ramp").to.deep.equal(none);
    });

    it("refuses an underlying that is not listed", async () => {
      await refused(world.clearinghouse.setMarketParams(SPARE, params), "Market_NotListed", SPARE);
    });

    it("charges the new fees from the next fill on", async () => {
      const maker = await world.open(world.signer(0), 100_000);
      const taker = await world.open(world.signer(1), 100_000);
      await world.clearinghouse.setMarketParams(1n, { ...params, takerFeeBps: 50n, makerFeeBps: 0n });
      const orders = [
        await world.order(maker, "-1", "2000", { maxFeeBps: 0n }),
        await world.order(taker, "1", "2000", { maxFeeBps: 50n }),
      ];
      await world.settle(orders, [{ maker: 0, taker: 1, lots: parseLots("1"), price: parseWad("2000") }]);
      expect(await world.cash(maker)).to.equal(parseWad("99990"));
      expect(await world.cash(taker)).to.equal(parseWad("99980"));
    });
  });

  for (const [name, lower, upper, width] of BOUNDS) {
    it(`keeps ${name} between ${lower} and ${upper}, at listing and after`, async () => {
      const { clearinghouse } = world;
      const beyond = [upper + 1n, 2n ** width - 1n, ...(lower > 0n ? [lower - 1n, 0n] : [])];
      const parameter = encodeBytes32String(name);
      for (const value of beyond) {
        const changed = { ...params, [name]: value };
        const refusal = ["Market_ParameterOutOfBounds", parameter, value, lower, upper] as const;
        await refused(clearinghouse.listMarket(SPARE, changed), ...refusal);
        await refused(clearinghouse.setMarketParams(1n, changed), ...refusal);
      }
      for (const value of [lower, upper]) {
        await clearinghouse.setMarketParams(1n, { ...params, [name]: value });
        expect((await paramsOf(clearinghouse))[name]).to.equal(value);
      }
    });
  }

  describe("registerModel", () => {
    it("opens a mode, or replaces its model, a week after that was announced", async () => {
      const { clearinghouse, crossMargin, isolatedMargin } = world.system;
      const [cross, isolated] = [await crossMargin.getAddress(), await isolatedMargin.getAddress()];
      const first = callOf("registerModel", SPARE_MODE, cross);
      await refused(clearinghouse.registerModel(SPARE_MODE, cross), "Governance_NotAnnounced", keccak256(first));
      await afterNotice(first);
      await expect(clearinghouse.registerModel(SPARE_MODE, cross))
        .to.emit(clearinghouse, "ModelRegistered")
        .withArgs(SPARE_MODE, NOBODY, cross);
      const call = callOf("registerModel", SPARE_MODE, isolated);
      await afterNotice(call);
      await world.setPrice("BTC", "40000");
      await world.setPrice("ETH", "2000");
      const maker = await world.open(world.signer(0), 100_000);
      const trader = await world.open(world.signer(1), 100_000, Number(SPARE_MODE));
      await world.trade(maker, trader, "1", "2000");
      await world.trade(maker, trader, "0.1", "40000", 2n);
      await expect(clearinghouse.registerModel(SPARE_MODE, isolated))
        .to.emit(clearinghouse, "ModelRegistered")
        .withArgs(SPARE_MODE, cross, isolated);
      await refused(world.trade(maker, trader, "1", "2000"), "MarginModel_TooManyPositions", 2n, 1n);
      await refused(clearinghouse.registerModel(SPARE_MODE, isolated), "Governance_NotAnnounced", keccak256(call));
    });

    it("refuses the mode of nobody, modes beyond the last, and no model", async () => {
      const { clearinghouse, crossMargin } = world.system;
      for (const mode of [0n, 8n, 255n]) {
        await refused(clearinghouse.registerModel(mode, crossMargin), "Clearinghouse_UnknownMode", mode);
      }
      await replaceModel(clearinghouse, 7n, await crossMargin.getAddress());
      await refused(clearinghouse.registerModel(SPARE_MODE, NOBODY), "Clearinghouse_ZeroAddress");
    });
  });

  describe("setModules", () => {
    it("replaces all of them a week after that was announced, and says what they were", async () => {
      const { clearinghouse } = world;
      const from = await modulesOf(world.clearinghouse);
      const to = { ...from, auction: world.signer(8).address };
      const call = callOf("setModules", to);
      await afterNotice(call);
      const [opensAt] = await clearinghouse.announcement(keccak256(call));
      const sent = await clearinghouse.setModules(to);
      await expect(sent).to.emit(clearinghouse, "ModulesChanged").withArgs(Object.values(from), Object.values(to));
      await expect(sent)
        .to.emit(clearinghouse, "AnnouncementUsed")
        .withArgs(keccak256(call), opensAt - NOTICE);
      expect(await modulesOf(world.clearinghouse)).to.deep.equal(to);
      expect(await clearinghouse.listedMarkets(), "markets stay").to.deep.equal([1n, 2n, 3n]);
    });

    it("refuses to leave any of them out", async () => {
      const from = await modulesOf(world.clearinghouse);
      for (const name of Object.keys(from)) {
        const sent = world.clearinghouse.setModules({ ...from, [name]: NOBODY });
        await refused(sent, "Clearinghouse_ZeroAddress");
      }
    });
  });

  describe("an announcement", () => {
    let call: string;
    let callHash: string;
    let announcedAt: bigint;
    const make = (data: BytesLike = call) =>
      world.signer(-5).sendTransaction({ to: world.clearinghouse, data: hexlify(data) });

    beforeEach(async () => {
      call = callOf("setModules", { ...(await modulesOf(world.clearinghouse)), auction: world.signer(8).address });
      callHash = keccak256(call);
      const sent = await world.clearinghouse.announce(call);
      announcedAt = BigInt(await time.latest());
      await expect(sent)
        .to.emit(world.clearinghouse, "Announced")
        .withArgs(callHash, call, announcedAt + NOTICE, announcedAt + NOTICE_LAPSES);
    });

    const window = async (): Promise<bigint[]> => [...(await world.clearinghouse.announcement(callHash))];
    const at = (seconds: bigint): Promise<void> => time.setNextBlockTimestamp(announcedAt + seconds);

    it("can be seen until it is used up", async () => {
      expect(await window()).to.deep.equal([announcedAt + NOTICE, announcedAt + NOTICE_LAPSES]);
      await time.increase(NOTICE);
      await make();
      expect(await window()).to.deep.equal([0n, 0n]);
    });

    it("opens after seven days, to the second", async () => {
      await at(NOTICE - 1n);
      await refused(make(), "Governance_TooEarly", announcedAt + NOTICE - 1n, announcedAt + NOTICE);
      await at(NOTICE);
      await make();
    });

    it("lapses after fourteen days, to the second, and can be made anew", async () => {
      await at(NOTICE_LAPSES);
      const snapshot = (await hre.network.provider.send("evm_snapshot")) as string;
      await make();
      await hre.network.provider.send("evm_revert", [snapshot]);
      await at(NOTICE_LAPSES + 1n);
      const lapsed = [announcedAt + NOTICE_LAPSES + 1n, announcedAt + NOTICE_LAPSES] as const;
      await refused(make(), "Governance_Lapsed", ...lapsed);
      await world.clearinghouse.announce(call);
      const again = BigInt(await time.latest());
      expect(await window()).to.deep.equal([again + NOTICE, again + NOTICE_LAPSES]);
    });

    it("is not begun anew while it stands", async () => {
      for (const seconds of [60n, NOTICE, NOTICE_LAPSES]) {
        await at(seconds);
        const sent = world.clearinghouse.announce(call);
        await refused(sent, "Governance_AlreadyAnnounced", callHash, announcedAt + NOTICE_LAPSES);
      }
    });

    it("taken back is as if it never was", async () => {
      const { clearinghouse } = world;
      await expect(clearinghouse.withdrawAnnouncement(callHash))
        .to.emit(clearinghouse, "AnnouncementWithdrawn")
        .withArgs(callHash, announcedAt);
      expect(await window()).to.deep.equal([0n, 0n]);
      await refused(clearinghouse.withdrawAnnouncement(callHash), "Governance_NotAnnounced", callHash);
      await time.increase(NOTICE);
      await refused(make(), "Governance_NotAnnounced", callHash);
    });

    it("is for what replaces something users rely on, and nothing else", async () => {
      const { clearinghouse } = world;
      const other = callOf("setMarketParams", 1n, params);
      const refusal = ["Governance_NothingToAnnounce", other.slice(0, 10)] as const;
      await refused(clearinghouse.announce(other), ...refusal);
      await refused(clearinghouse.announce("0x"), "Governance_NothingToAnnounce", "0x00000000");
    });
  });
});
