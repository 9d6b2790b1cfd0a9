import { expect } from "chai";
import hre from "hardhat";

import { parseLots, parseUsdc, parseWad, perp, perpRequirement } from "../../sdk";
import { keepsConservation } from "../support/conservation";
import { paramsOf } from "../support/governed";
import { refused } from "../support/refusal";
import { type Actor, ISOLATED, World, match } from "../support/world";

const TEN = parseLots("10");

describe("Clearinghouse: margin", () => {
  let world: World;
  let maker: Actor;
  let trader: Actor;

  beforeEach(async () => {
    world = await World.create();
    maker = await world.open(world.signer(0), 10_000_000);
    trader = await world.open(world.signer(1), 2_100);
  });
  keepsConservation(() => world);

  const as = ({ signer }: Actor): World["clearinghouse"] => world.clearinghouse.connect(signer);

  describe("RISK-1, equity against initial margin", () => {
    it("lets a position open to the last dollar, and not beyond", async () => {
      const { initial } = perpRequirement(await world.market(), TEN);
      expect(initial).to.equal(parseWad("2010.2"));
      const poor = await world.open(world.signer(2), 2_030);
      const equity = parseWad("2010");
      const { id } = poor;
      await refused(world.trade(maker, poor, "10", "2000"), "Clearinghouse_BelowInitialMargin", id, equity, initial);
      await world.mint(poor.signer, 1);
      await as(poor).deposit(id, 199_999n);
      const short = equity + parseWad("0.199999");
      await refused(world.trade(maker, poor, "10", "2000"), "Clearinghouse_BelowInitialMargin", id, short, initial);
      await as(poor).deposit(id, 1n);
      await world.trade(maker, poor, "10", "2000");
      expect((await world.assess(poor)).equityForInitial).to.equal(initial);
    });

    it("binds the maker as it does the taker", async () => {
      const poor = await world.open(world.signer(2), 1_000);
      const initial = parseWad("2010.2");
      const equity = parseWad("988");
      await refused(
        world.trade(poor, trader, "-10", "2000"),
        "Clearinghouse_BelowInitialMargin",
        poor.id,
        equity,
        initial,
      );
    });

    it("counts what a fill away from mark costs", async () => {
      const { initial } = perpRequirement(await world.market(), TEN);
      const equity = parseWad("2100") - parseWad("20.04") - parseWad("80");
      await refused(
        world.trade(maker, trader, "10", "2008"),
        "Clearinghouse_BelowInitialMargin",
        trader.id,
        equity,
        initial,
      );
    });
  });

  describe("RISK-1, below initial margin", () => {
    const MARK = "1950";

    beforeEach(async () => {
      await world.trade(maker, trader, "10", "2000");
      await world.later(60, MARK);
      const { equity, initialMargin, maintenanceMargin } = await world.assess(trader);
      expect(equity).to.be.below(initialMargin).and.above(maintenanceMargin);
    });

    /** The trader sells `lots` at `price`, which may be any Wad. */
    async function sell(lots: bigint, price: bigint): Promise<unknown> {
      const orders = [
        await world.order(maker, "100", MARK),
        await world.order(trader, "-100", "1", { limitPrice: 1n }),
      ];
      return world.settle(orders, [{ maker: 0, taker: 1, lots, price }]);
    }

    it("lets the position be reduced at mark, by any part", async () => {
      await sell(1n, parseWad(MARK));
      await sell(parseLots("5"), parseWad(MARK));
      expect(await world.lots(trader)).to.equal(parseLots("5") - 1n);
    });

    it("lets a reduction cost its fee and 1 % of what is reduced, and not a wei a lot more", async () => {
      const lowest = (parseWad(MARK) * 99n) / 100n;
      const half = parseLots("0.5");
      const { equity } = await world.assess(trader);
      const { initial } = perpRequirement(await world.market(), TEN - half);
      // The lost wei a unit is half a wei here, rounded up; 9.75 USD are the band, 0.482625 USD the fee.
      const after = equity - parseWad("9.75") - 1n - parseWad("0.482625");
      expect(after, "the rest is still below").to.be.below(initial);
      await refused(sell(half, lowest - 1n), "Clearinghouse_BelowInitialMargin", trader.id, after, initial);
      await sell(half, lowest);
      expect((await world.assess(trader)).equity).to.equal(after + 1n);
    });

    it("refuses an increase, however small", async () => {
      const { equity } = await world.assess(trader);
      const { initial } = perpRequirement(await world.market(), TEN + parseLots("0.1"));
      await refused(
        world.trade(maker, trader, "0.1", MARK),
        "Clearinghouse_BelowInitialMargin",
        trader.id,
        equity - parseWad("0.0975"),
        initial,
      );
    });

    it("refuses a turn to a larger other side", async () => {
      const { equity } = await world.assess(trader);
      const { initial } = perpRequirement(await world.market(), TEN + 1n);
      const fee = (20n * parseWad(MARK) * 5n) / 10_000n;
      const lot = ((parseWad(MARK) / 10n ** 8n) * 5n) / 10_000n;
      await refused(
        sell(2n * TEN + 1n, parseWad(MARK)),
        "Clearinghouse_BelowInitialMargin",
        trader.id,
        equity - fee - lot,
        initial,
      );
    });

    it("refuses another instrument, and a smaller one in its place", async () => {
      await expect(world.trade(maker, trader, "0.001", "40000", 2n)).to.be.revertedWithCustomError(
        world.clearinghouse,
        "Clearinghouse_BelowInitialMargin",
      );
    });
  });

  describe("what a batch may cost an account whose risk grew in it", () => {
    /** The maker buys all of it at a price and sells it back at mark, again and again. */
    async function roundTrips(count: number, price: string): Promise<unknown> {
      const size = String(10 * count);
      const orders = [
        await world.order(maker, size, price),
        await world.order(trader, `-${size}`, price),
        await world.order(maker, `-${size}`, "2000"),
        await world.order(trader, size, "2000"),
      ];
      const back = { ...match(TEN, "2000"), maker: 2, taker: 3 };
      return world.settle(orders, Array.from({ length: count }, () => [match(TEN, price), back]).flat());
    }

    /** In the end the trader holds what it held before, with less equity than any reduction could have cost. */
    async function refusedWith(equity: string, sent: Promise<unknown>): Promise<void> {
      const { id } = trader;
      await refused(sent, "Clearinghouse_BelowInitialMargin", id, parseWad(equity), parseWad("2010.2"));
    }

    beforeEach(async () => {
      await world.trade(maker, trader, "10", "2000");
    });

    it("RISK-1 is not the price band of every round trip, or an account could be traded below zero", async () => {
      // Of 2,080 USD each trip takes 200 to the maker and 19.90 in fees.
      await refusedWith("-8915", roundTrips(50, "1980"));
    });

    it("RISK-1 is not the fee of every round trip, or fees could be taken out of nothing", async () => {
      await refusedWith("-920", roundTrips(150, "2000"));
    });
  });

  describe("isolated accounts", () => {
    it("hold one instrument, and a second is refused", async () => {
      const lone = await world.open(world.signer(2), 10_000, ISOLATED);
      await world.trade(maker, lone, "1", "2000");
      await refused(world.trade(maker, lone, "0.1", "40000", 2n), "MarginModel_TooManyPositions", 2n, 1n);
      await world.trade(maker, lone, "1", "2000");
      await world.trade(maker, lone, "-2", "2000");
      await world.trade(maker, lone, "0.1", "40000", 2n);
    });

    it("may exchange one instrument for another in one batch", async () => {
      const lone = await world.open(world.signer(2), 10_000, ISOLATED);
      await world.trade(maker, lone, "1", "2000");
      const btc = { instrument: perp(2n) };
      const orders = [
        await world.order(maker, "1", "2000"),
        await world.order(lone, "-1", "2000"),
        await world.order(maker, "-0.1", "40000", btc),
        await world.order(lone, "0.1", "40000", btc),
      ];
      const fills = [
        match(parseLots("1"), "2000"),
        { maker: 2, taker: 3, lots: parseLots("0.1"), price: parseWad("40000") },
      ];
      await world.settle(orders, fills);
      expect(await world.lots(lone, 2n)).to.equal(parseLots("0.1"));
      expect(await world.lots(lone)).to.equal(0n);
    });

    it("lose only what they hold", async () => {
      const other = await world.open(trader.signer, 5_000, ISOLATED, 1n);
      await world.trade(maker, other, "10", "2000");
      await world.later(60, "1000");
      expect((await world.assess(other)).equity).to.be.below(0n);
      await as(trader).withdraw(trader.id, parseUsdc("2100"), trader.signer);
    });
  });

  describe("open interest caps", () => {
    const TINY = 7n;
    const PRICE = "100";
    /** Whole USD; an account may hold 1,000. */
    const CAP = 4_000n;

    beforeEach(async () => {
      const { priceOracle, volatilityOracle, clearinghouse } = world.system;
      const feed = await hre.ethers.deployContract("MockAggregator", [8, 100n * 10n ** 8n, "TINY / USD"]);
      await priceOracle.registerFeed(TINY, feed, 3_600, 25, parseWad(PRICE));
      await volatilityOracle.list(TINY, parseWad("0.001"));
      const eth = await paramsOf(clearinghouse);
      await clearinghouse.listMarket(TINY, { ...eth, openInterestCap: CAP });
    });

    const people = async (count: number): Promise<Actor[]> =>
      Promise.all(Array.from({ length: count }, (_, i) => world.open(world.signer(4 + i), 10_000)));

    it("let an account hold a quarter, long or short", async () => {
      const [one, other] = (await people(2)) as [Actor, Actor];
      await world.trade(one, other, "10", PRICE, TINY);
      const [cap, notional] = [parseWad("1000"), parseWad("1000.1")];
      const more = world.trade(one, other, "0.001", PRICE, TINY);
      await refused(more, "Clearinghouse_AccountInterestCap", one.id, TINY, notional, cap);
      const reversed = world.trade(other, one, "20.001", PRICE, TINY);
      await refused(reversed, "Clearinghouse_AccountInterestCap", other.id, TINY, notional, cap);
    });

    it("let all accounts together hold the whole, and pass it on", async () => {
      const all = await people(10);
      for (let i = 0; i < 8; i += 2) await world.trade(all[i]!, all[i + 1]!, "10", PRICE, TINY);
      const beyond = world.trade(all[8]!, all[9]!, "0.00000001", PRICE, TINY);
      const [open, cap] = [parseWad("4000.000001"), parseWad("4000")];
      await refused(beyond, "Clearinghouse_OpenInterestCap", TINY, open, cap);
      await world.trade(all[1]!, all[9]!, "10", PRICE, TINY);
      expect(await world.lots(all[9]!, TINY)).to.equal(TEN);
    });

    it("lowered, stop growth and nothing else", async () => {
      const [one, other] = (await people(2)) as [Actor, Actor];
      await world.trade(one, other, "10", PRICE, TINY);
      const params = await paramsOf(world.clearinghouse, TINY);
      await world.clearinghouse.setMarketParams(TINY, { ...params, openInterestCap: 0n });
      await world.trade(one, other, "-4", PRICE, TINY);
      const grown = world.trade(one, other, "1", PRICE, TINY);
      await refused(grown, "Clearinghouse_AccountInterestCap", one.id, TINY, parseWad("700"), 0n);
      await as(other).withdraw(other.id, parseUsdc("1000"), other.signer);
      await world.trade(one, other, "-6", PRICE, TINY);
    });
  });
});
