import { time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { encodeBytes32String } from "ethers";
import hre from "hardhat";

import { signBasisReport } from "../../scripts/lib/basis";
import { CLEARINGHOUSE_LIBRARIES, addressOf } from "../../scripts/lib/system";
import { parseLots, parseWad } from "../../sdk";
import { keepsConservation } from "../support/conservation";
import { type Params, modulesOf, paramsOf } from "../support/governed";
import { refused } from "../support/refusal";
import { World } from "../support/world";

const NOBODY = "0x0000000000000000000000000000000000000000";
const SPARE = 9n;
const PORTFOLIO = 3n;

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
      () => ledger.registerModel(PORTFOLIO, NOBODY),
      () => ledger.setModules(found),
    ];
    for (const call of calls) await refused(call(), "AccessManagedUnauthorized", owner.address);
  });

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
      const { baseRate, depth } = await world.market();
      expect([baseRate, depth]).to.deep.equal([parseWad("0.09"), parseWad("30000000")]);
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
    it("opens a mode, or replaces its model", async () => {
      const { clearinghouse, crossMargin, isolatedMargin } = world.system;
      const [cross, isolated] = [await crossMargin.getAddress(), await isolatedMargin.getAddress()];
      await expect(clearinghouse.registerModel(PORTFOLIO, cross))
        .to.emit(clearinghouse, "ModelRegistered")
        .withArgs(PORTFOLIO, NOBODY, cross);
      const maker = await world.open(world.signer(0), 100_000);
      const trader = await world.open(world.signer(1), 100_000, Number(PORTFOLIO));
      await world.trade(maker, trader, "1", "2000");
      await world.trade(maker, trader, "0.1", "40000", 2n);
      await expect(clearinghouse.registerModel(PORTFOLIO, isolated))
        .to.emit(clearinghouse, "ModelRegistered")
        .withArgs(PORTFOLIO, cross, isolated);
      await refused(world.trade(maker, trader, "1", "2000"), "MarginModel_TooManyPositions", 2n, 1n);
    });

    it("refuses the mode of nobody, modes beyond the last, and no model", async () => {
      const { clearinghouse, crossMargin } = world.system;
      for (const mode of [0n, 8n, 255n]) {
        await refused(clearinghouse.registerModel(mode, crossMargin), "Clearinghouse_UnknownMode", mode);
      }
      await clearinghouse.registerModel(7n, crossMargin);
      await refused(clearinghouse.registerModel(PORTFOLIO, NOBODY), "Clearinghouse_ZeroAddress");
    });
  });

  describe("setModules", () => {
    it("replaces all of them, and says what they were", async () => {
      const { clearinghouse } = world;
      const from = await modulesOf(world.clearinghouse);
      const to = { ...from, auction: world.signer(8).address };
      await expect(clearinghouse.setModules(to))
        .to.emit(clearinghouse, "ModulesChanged")
        .withArgs(Object.values(from), Object.values(to));
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
});
