/** The lens against the twin, on accounts of every mode, with and without prices. */
import { time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import hre from "hardhat";

import { readMark } from "../../scripts/lib/reads";
import { loadLens } from "../../scripts/lib/system";
import { Random } from "../../scripts/replay/random";
import { type Instrument, PriceStatus, isOption, makeAccountId, option, parseLots, parseWad, perp } from "../../sdk";
import type { MarginLens } from "../../typechain-types";
import { LensCheck } from "../support/lens";
import { OptionDesk } from "../support/optionDesk";
import { refused } from "../support/refusal";
import { type Actor, CROSS, ISOLATED, PORTFOLIO, World } from "../support/world";

const HOUR = 3_600;
/** In which prices are tried. */
const STEPS = 60n;
const MODES = [
  ["cross", CROSS],
  ["portfolio", PORTFOLIO],
] as const;

describe("MarginLens", () => {
  let world: World;
  let lens: MarginLens;
  let desk: OptionDesk;
  let maker: Actor;

  beforeEach(async () => {
    world = await World.create();
    lens = await loadLens(hre);
    desk = await OptionDesk.open(world, [7, 45]);
    maker = await world.open(world.signer(0), 100_000_000, PORTFOLIO);
  });

  const check = async ({ id }: Actor, ...also: Instrument[]): Promise<LensCheck> =>
    LensCheck.at(world.system, lens, id, await hre.ethers.provider.getBlockNumber(), also);

  /** Options of two expiries, a perpetual and another underlying's. */
  async function fill(trader: Actor): Promise<void> {
    await world.tradeIn(desk.call(2200), maker, trader, "-20", "40");
    await world.tradeIn(desk.put(1800), maker, trader, "-15", "35");
    await world.tradeIn(desk.call(2000, 1), maker, trader, "10", "150");
    await world.tradeIn(desk.put(2100, 1), maker, trader, "-4", "200");
    await world.trade(maker, trader, "3", "2001");
    await world.trade(maker, trader, "-0.5", "40000", 2n);
  }

  for (const [name, mode] of MODES) {
    it(`says of a book in ${name} mode what the twin does (MATH-1)`, async () => {
      const trader = await world.open(world.signer(1), 60_000, mode);
      await fill(trader);
      await world.postBasis("ETH", parseWad("0.003"));
      await world.later(2 * HOUR, "2050");
      await (await check(trader)).all();
    });

    it(`previews orders in ${name} mode as the ledger then judges them (RISK-1)`, async () => {
      const trader = await world.open(world.signer(1), 15_000, mode);
      await fill(trader);
      await world.setPrice("ETH", "2020");
      await world.setPrice("BTC", "40000");
      const orders: [Instrument, string, string][] = [
        [desk.call(2200), "5", "30"],
        [desk.call(2200), "20", "30"],
        [desk.call(2200), "25", "30"],
        [desk.call(2200), "-500", "30"],
        [desk.put(1500), "-3", "10"],
        [perp(1n), "-3", "2020"],
        [perp(1n), "-1", "2019"],
        [perp(1n), "40", "2020"],
        [perp(2n), "0.5", "40010"],
        [perp(2n), "-9", "40000"],
      ];
      const seen = new Set<boolean>();
      for (const [instrument, size, price] of orders) {
        const twin = await (await check(trader, instrument)).preview(instrument, parseLots(size), parseWad(price));
        seen.add(twin.allowed);
      }
      expect([...seen]).to.have.members([true, false]);
    });
  }

  it("previews any order as the twin does, from an account that is well, below its margins, or below zero", async () => {
    const trader = await world.open(world.signer(1), 16_000, PORTFOLIO);
    await fill(trader);
    const { freeCollateral } = await lens.summary(trader.id);
    const ledger = world.clearinghouse.connect(trader.signer);
    await ledger.withdraw(trader.id, freeCollateral / 10n ** 12n - 5_000_000n, trader.signer);
    const instruments = [desk.call(2200), desk.put(1800), desk.call(2000, 1), desk.put(2100, 1), perp(1n), perp(2n)];
    const draw = new Random("previews");
    const whole = (least: number, most: number): number => Math.floor(draw.between(least, most + 1));
    const [allowed, excused] = [new Set<boolean>(), new Set<boolean>()];
    for (const price of ["2000", "2650", "2900", "4200"]) {
      // A flag in the second in which the account opened would not be paid.
      await world.later(60, price);
      await world.setPrice("BTC", "40000");
      if (price === "2900") await world.clearinghouse.connect(maker.signer).flag(trader.id, maker.id);
      const checked = await check(trader, ...instruments);
      for (let i = 0; i < 30; i++) {
        const instrument = instruments[whole(0, instruments.length - 1)]!;
        const held = checked.holding.positions.find((one) => one.instrument === instrument)?.lots ?? 0n;
        // Most of them near to closing what is held, at prices about the mark and far from it.
        const lots = ((0n - held) * BigInt(whole(1, 24))) / 16n + (draw.chance(0.25) ? parseLots("0.1") : 0n);
        if (lots === 0n) continue;
        const mark = await readMark(world.system, instrument);
        const spread = isOption(instrument) ? 400 : 30;
        const at = (mark * BigInt(whole(1_000 - spread, 1_000 + spread))) / 1_000n;
        const twin = await checked.preview(instrument, lots, at);
        allowed.add(twin.allowed);
        excused.add(twin.allowed && twin.after.equityForInitial < twin.after.initialMargin);
      }
    }
    const empty = await check(await world.open(world.signer(2), 1_000), perp(1n));
    const first = await empty.preview(perp(1n), parseLots("1"), parseWad("4200"));
    expect(first.holdings.cash, "less fee and keeper deposit").to.be.below(parseWad("988"));
    expect([...allowed], "some pass and some do not").to.have.members([true, false]);
    expect([...excused], "some as reductions alone").to.have.members([true, false]);
  });

  it("excuses a reduction by no more than a quarter of the margin that it frees (RISK-1)", async () => {
    const trader = await world.open(world.signer(1), 16_000, PORTFOLIO);
    await fill(trader);
    const wanted = desk.call(4000);
    await world.tradeIn(wanted, maker, trader, "-5", "1");
    const { freeCollateral } = await lens.summary(trader.id);
    const ledger = world.clearinghouse.connect(trader.signer);
    await ledger.withdraw(trader.id, freeCollateral / 10n ** 12n - 5_000_000n, trader.signer);
    await world.setPrice("ETH", "2650");
    // What the book loses most by is a fall, so far calls bought back free little: less than 1 % of their notional.
    const checked = await check(trader, wanted);
    const mark = await readMark(world.system, wanted);
    let passed = 0;
    for (let over = 0n; over < STEPS; over++) {
      const twin = await checked.preview(wanted, parseLots("5"), mark + (over * parseWad("30")) / STEPS);
      if (twin.allowed) passed++;
    }
    expect(passed, "up to a price").to.be.within(1, Number(STEPS) - 1);
  });

  it("says of an isolated account what the twin does, and has its price to the last digit", async () => {
    const trader = await world.open(world.signer(1), 900, ISOLATED);
    await world.trade(maker, trader, "-3", "2000");
    const checked = await check(trader);
    await checked.all();
    const { down, up } = await lens.liquidationPrices(trader.id, 1);
    expect(down.exists).to.equal(false);
    expect(up.spot - up.healthy).to.equal(1n);
    const short = await world.open(world.signer(2), 900, ISOLATED);
    await world.tradeIn(desk.call(2100), maker, short, "-1", "60");
    await (await check(short)).all();
  });

  it("previews a fill that is then made, to the bit (RISK-1)", async () => {
    const trader = await world.open(world.signer(1), 20_000, PORTFOLIO);
    await fill(trader);
    const wanted = desk.call(2300);
    const order = await world.order(trader, "-4", "20", { instrument: wanted });
    const other = await world.order(maker, "4", "20", { instrument: wanted });
    const seen = await lens.previewOrder(trader.id, wanted, parseLots("-4"), parseWad("20"));
    // An option loses value by the second.
    await time.setNextBlockTimestamp(await time.latest());
    await world.settle([other, order], [{ maker: 0, taker: 1, lots: parseLots("4"), price: parseWad("20") }]);
    const found = await world.clearinghouse.assess(trader.id);
    expect(seen.allowed).to.equal(true);
    expect([...seen.next]).to.deep.equal([...found]);
    expect(seen.cash).to.equal(await world.cash(trader));
  });

  it("counts options that have expired by what they would pay, and settled ones as cash", async () => {
    const trader = await world.open(world.signer(1), 60_000, PORTFOLIO);
    await fill(trader);
    await desk.expire(0, "2300");
    await world.setPrice("ETH", "2310");
    await (await check(trader)).all();
    const { expirySettlement, priceOracle } = world.system;
    const { aggregator } = await priceOracle.feedOf(1n);
    const feed = await hre.ethers.getContractAt("MockAggregator", aggregator);
    const { roundId } = await feed.latestRoundData();
    await expirySettlement.settle(1n, desk.expiries[0]!, [roundId - 1n]);
    const checked = await check(trader, desk.call(2200));
    await checked.all();
    const { positions } = await lens.summary(trader.id);
    expect(positions).to.equal(4n);
    const { greeks } = await lens.positionGreeks(trader.id);
    expect(greeks[0]!.delta).to.equal(0n);
    await checked.preview(perp(1n), parseLots("-1"), parseWad("2310"));
    const twin = await checked.preview(desk.call(2200), parseLots("1"), parseWad("20"));
    expect(twin.allowed, "an expired option").to.equal(false);
  });

  it("takes a surface that is stale or aged, and a feed that is silent, as the ledger does", async () => {
    const trader = await world.open(world.signer(1), 60_000, PORTFOLIO);
    await fill(trader);
    for (const hours of [2, 3]) {
      await time.increase(hours * HOUR);
      await world.setPrice("ETH", "1990");
      await world.setPrice("BTC", "40100");
      const checked = await check(trader, desk.call(2200));
      await checked.all();
      await checked.preview(desk.call(2200), parseLots("1"), parseWad("20"));
      await checked.preview(perp(1n), parseLots("1"), parseWad("1990"));
      // Bought far below its mark it raises equity and lowers the requirement, and still it grows.
      const cheap = await checked.preview(desk.put(1800), parseLots("20"), parseWad("1"));
      expect(cheap.after.initialMargin <= cheap.before.initialMargin).to.equal(true);
      expect(cheap.allowed, "once a surface is aged nothing grows").to.equal(hours === 2);
    }
    expect((await lens.summary(trader.id)).fresh).to.equal(false);
    await time.increase(3 * 24 * HOUR);
    const silent = await check(trader, desk.call(2200));
    expect((await world.market()).status).to.equal(PriceStatus.Unusable);
    await silent.all();
    const { mark } = await world.market();
    for (const [size, price] of [
      ["-1", mark],
      ["-1", mark + 1n],
      ["1", mark],
      ["-4", mark],
    ] as const) {
      await silent.preview(perp(1n), parseLots(size), price);
    }
    await silent.preview(desk.call(2200), parseLots("1"), parseWad("20"));
  });

  it("says nothing of options whose price or surface nobody knows", async () => {
    const trader = await world.open(world.signer(1), 60_000, PORTFOLIO);
    await fill(trader);
    const later = BigInt(desk.expiries[1]!) + 86_400n;
    const absent = option({ underlying: 1n, expiry: later, strike: 2_000n * 10n ** 8n, call: true });
    const unpriced = option({ underlying: 3n, expiry: later, strike: 100n * 10n ** 8n, call: false });
    const { account, positions } = await world.holding(trader);
    const whole = Number(account.positions - account.packed);
    await world.forcePosition(trader, whole, { instrument: absent, lots: parseLots("2"), index: 0n });
    await world.forcePosition(trader, whole + 1, { instrument: unpriced, lots: parseLots("-2"), index: 0n });
    await world.forceCount(trader, whole + 2);
    await time.increase(3 * 24 * HOUR);
    await world.setPrice("ETH", "2000");
    await world.setPrice("BTC", "40000");
    expect((await world.market(3n)).spot, "never traded, and its feed is silent").to.equal(0n);
    const checked = await check(trader);
    await checked.summary();
    await checked.greeks();
    await checked.portfolio();
    const { greeks } = await lens.positionGreeks(trader.id);
    for (const at of [positions.length, positions.length + 1])
      expect([...greeks[at]!]).to.deep.equal([0n, 0n, 0n, 0n, 0n]);
    const none = await lens.liquidationPrices(trader.id, 3);
    expect([none.down.exists, none.up.exists, none.up.healthy]).to.deep.equal([false, false, 0n]);
    await checked.liquidation();
  });

  it("tells what is locked while a feed is silent, and that it is free once it speaks again", async () => {
    const trader = await world.open(world.signer(1), 20_000);
    await world.trade(maker, trader, "5", "2000");
    await world.later(60, "2100");
    await world.clearinghouse.touch([maker.id]);
    await time.increase(3 * 24 * HOUR);
    const { mark } = await world.market();
    const block = await hre.ethers.provider.getBlockNumber();
    const previewed = await lens.previewOrder(trader.id, perp(1n), parseLots("-2"), mark, { blockTag: block });
    expect(previewed.locked).to.be.above(0n);
    const orders = [
      await world.order(maker, "2", "1", { limitPrice: mark }),
      await world.order(trader, "-2", "1", { limitPrice: mark }),
    ];
    await world.settle(orders, [{ maker: 0, taker: 1, lots: parseLots("2"), price: mark }]);
    const [amount] = await world.clearinghouse.lockedOf(trader.id);
    expect((await lens.summary(trader.id)).locked)
      .to.equal(amount)
      .and.to.equal(previewed.locked);
    await (await check(trader)).all();
    await (await check(trader)).preview(perp(1n), parseLots("-1"), mark);
    await world.setPrice("ETH", "2100");
    expect((await lens.summary(trader.id)).locked).to.equal(0n);
  });

  it("finds both prices of a book that loses either way, and none of one that cannot lose", async () => {
    const trader = await world.open(world.signer(1), 12_000, PORTFOLIO);
    await world.tradeIn(desk.call(2200), maker, trader, "-20", "40");
    await world.tradeIn(desk.put(1800), maker, trader, "-20", "40");
    await (await check(trader)).liquidation();
    const { down, up } = await lens.liquidationPrices(trader.id, 1);
    const { spot } = await world.market();
    expect(down.spot).to.be.below(spot);
    expect(up.spot).to.be.above(spot);
    expect(up.spot - up.healthy, "few options are enough for the last digit").to.equal(1n);
    expect(down.healthy - down.spot).to.equal(1n);
    const buyer = await world.open(world.signer(2), 2_000, PORTFOLIO);
    await world.tradeIn(desk.call(2200), maker, buyer, "1", "40");
    await (await check(buyer)).liquidation();
    const none = await lens.liquidationPrices(buyer.id, 1);
    expect([none.down.exists, none.up.exists]).to.deep.equal([false, false]);
    await world.setPrice("ETH", "2900");
    const late = await lens.liquidationPrices(trader.id, 1);
    expect([late.down.spot, late.up.spot]).to.deep.equal([parseWad("2900"), parseWad("2900")]);
    await (await check(trader)).liquidation();
  });

  it("judges an account at other prices", async () => {
    const trader = await world.open(world.signer(1), 60_000, PORTFOLIO);
    await fill(trader);
    const spots = ["1000", "2000", "3333.3"].map((text) => parseWad(text));
    const found = await lens.assessAt(trader.id, 1, spots);
    for (const [i, spot] of spots.entries()) {
      await world.setPrice("ETH", hre.ethers.formatEther(spot));
      const { equity, initialMargin } = await world.clearinghouse.assess(trader.id);
      // Time passed, and volatility has seen the jump: only the spot's own effect is the same.
      if (spot === parseWad("2000")) {
        expect(Number(found[i]!.equity - equity) / 1e18).to.be.closeTo(0, 1);
        expect(found[i]!.initialMargin).to.be.at.most(initialMargin);
      }
    }
    const aside = await lens.assessAt(trader.id, 3, [parseWad("1")]);
    expect([...aside[0]!]).to.deep.equal([...(await world.clearinghouse.assess(trader.id))]);
  });

  it("has nothing to tell of an account nobody opened, and previews none", async () => {
    const nobody = makeAccountId(maker.signer.address, 77n);
    const { mode, assessment, grossExposure } = await lens.summary(nobody);
    expect([mode, assessment.equity, grossExposure]).to.deep.equal([0n, 0n, 0n]);
    expect((await lens.portfolioRequirement(nobody)).jointScenario).to.equal(24n);
    expect((await lens.scenarioMatrix(nobody, 1)).worst).to.equal(24n);
    await refused(lens.previewOrder(nobody, perp(1n), 1, 1), "Clearinghouse_AccountNotOpen", nobody);
  });

  it("refuses what cannot be previewed or shown", async () => {
    const { clearinghouse } = world;
    await refused(lens.previewOrder(maker.id, perp(1n), 0, 1), "Order_ZeroSize");
    await refused(lens.previewOrder(maker.id, 5n, 1, 1), "Clearinghouse_UnknownInstrument", 5n);
    await refused(lens.previewOrder(maker.id, perp(9n), 1, 1), "Market_NotListed", 9);
    await refused(lens.scenarioMatrix(maker.id, 9), "Market_NotListed", 9);
    await refused(lens.assessAt(maker.id, 9, [1]), "Market_NotListed", 9);
    const greekSums = await hre.ethers.deployContract("GreekSums");
    const factory = await hre.ethers.getContractFactory("MarginLens", { libraries: { GreekSums: greekSums } });
    await refused(factory.deploy(clearinghouse, clearinghouse), "MarginLens_NoNormalTable", clearinghouse);
  });
});
