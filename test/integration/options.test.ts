import { time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";

import { type Instrument, type Position, type Wad, encodePosition, parseLots, parseWad, toAccountId } from "../../sdk";
import { optionValue } from "../reference/black76";
import { underlyings } from "../../config/underlyings";
import { keepsConservation } from "../support/conservation";
import { OptionDesk } from "../support/optionDesk";
import { refused } from "../support/refusal";
import { type Actor, PORTFOLIO, WAD, World, match, receiptOf } from "../support/world";

const DAY = 86_400;
const HOUR = 3_600;

describe("Clearinghouse: options", () => {
  let world: World;
  let desk: OptionDesk;
  let maker: Actor;
  let trader: Actor;
  let vault: Actor;

  beforeEach(async () => {
    world = await World.create();
    desk = await OptionDesk.open(world, [7, 30]);
    maker = await world.open(world.signer(0), 10_000_000, PORTFOLIO);
    trader = await world.open(world.signer(1), 1_000_000, PORTFOLIO);
    vault = { signer: world.signer(9), id: toAccountId(await world.clearinghouse.vaultAccount()) };
  });
  keepsConservation(() => world);

  const held = async (actor: Actor): Promise<Map<Instrument, bigint>> => {
    const { positions } = await world.holding(actor);
    return new Map(positions.map(({ instrument, lots }: Position) => [instrument, lots]));
  };
  const cashOf = (...actors: Actor[]): Promise<Wad[]> => Promise.all(actors.map((actor) => world.cash(actor)));
  const interest = (): Promise<bigint> => world.clearinghouse.optionInterest(1n);

  describe("a fill", () => {
    it("moves lots one way and the premium the other, and fees of the underlying's notional", async () => {
      const call = desk.call(2000);
      await world.tradeIn(desk.put(2000), maker, trader, "1", "60");
      const before = await cashOf(maker, trader, vault);
      await world.tradeIn(call, maker, trader, "3", "80");
      const after = await cashOf(maker, trader, vault);
      // 1 and 3 basis points of three units at 2,000 USD.
      const moved = [parseWad("239.4"), parseWad("-241.8"), parseWad("2.4")];
      expect(after.map((now, i) => now - before[i]!)).to.deep.equal(moved);
      expect((await held(maker)).get(call)).to.equal(parseLots("-3"));
      expect((await held(trader)).get(call)).to.equal(parseLots("3"));
      expect(await interest()).to.equal(parseLots("4"));
    });

    it("costs at most an eighth of the premium in fees, rounded down", async () => {
      const call = desk.call(4000);
      await world.tradeIn(call, maker, trader, "1", "1");
      const before = await cashOf(maker, trader);
      await world.tradeIn(call, maker, trader, "2", "0.4");
      const [makers, takers] = await cashOf(maker, trader);
      expect(makers! - before[0]!).to.equal(parseWad("0.8") - parseWad("0.1"));
      expect(takers! - before[1]!).to.equal(parseWad("-0.9"));
    });

    it("LEDGER-3 rounds both sides down, and the vault keeps the wei between", async () => {
      const call = desk.call(2000);
      await world.tradeIn(call, maker, trader, "1", "80");
      const before = await cashOf(maker, trader, vault);
      const orders = [
        await world.order(maker, "-1", "70", { instrument: call }),
        await world.order(trader, "1", "90", { instrument: call }),
      ];
      await world.settle(orders, [{ ...match(1n, "80"), price: parseWad("80") + 1n }]);
      const moved = (await cashOf(maker, trader, vault)).map((now, i) => now - before[i]!);
      expect(moved.reduce((sum, one) => sum + one, 0n)).to.equal(0n);
      expect(moved[1]).to.be.below(0n);
    });

    it("leaves both with equity at mark: what was paid above it is lost", async () => {
      const call = desk.call(2000, 1);
      await world.tradeIn(call, maker, trader, "10", "150");
      const years = (desk.expiries[1]! - (await time.latest())) / (365 * DAY);
      const option = { spot: 2000, forwardRatio: 1, rate: 0, strike: 2000, call: true, years, vol: 0.6 };
      const value = 10 * optionValue(option);
      const { equity } = await world.assess(trader);
      const expected = 1_000_000 - 10 - 1500 - 6 + value;
      expect(Number(equity / 10n ** 12n) / 1e6).to.be.closeTo(expected, 1e-3);
    });

    it("says all of it in one event", async () => {
      const call = desk.call(2000);
      const { clearinghouse } = world;
      await expect(world.tradeIn(call, maker, trader, "2", "80"))
        .to.emit(clearinghouse, "Filled")
        .withArgs(maker.id, trader.id, call, parseLots("2"), parseWad("80"), 1n, 1n, parseWad("0.4"), parseWad("1.2"));
    });
  });

  describe("are refused", () => {
    const orders = async (instrument: Instrument, changes = {}) => [
      await world.order(maker, "-1", "1", { instrument }),
      await world.order(trader, "1", "2000", { instrument, ...changes }),
    ];
    const trade = async (instrument: Instrument, changes = {}) =>
      world.settle(await orders(instrument, changes), [match(parseLots("1"), "80")]);

    it("where the strike or the expiry is not listed", async () => {
      const rule = [100n, 10_000n, 50n].map((usd) => usd * 10n ** 8n);
      for (const strike of [50, 2025, 10_050]) {
        await refused(trade(desk.call(strike)), "Option_NotListed", desk.call(strike), ...rule);
      }
      const unlisted = (desk.call(2000) + (BigInt(HOUR) << 64n)) as Instrument;
      await refused(trade(unlisted), "Option_SurfaceNotFresh", 1n, desk.expiries[0]! + HOUR, 0n);
    });

    it("to be opened once they are listed no more, and can still be reduced", async () => {
      const call = desk.call(2000);
      await world.tradeIn(call, maker, trader, "2", "80");
      await desk.list(desk.expiries[0]!, 3000, 4000);
      const rule = [3000n, 4000n, 50n].map((usd) => usd * 10n ** 8n);
      await refused(world.tradeIn(call, maker, trader, "1", "80"), "Option_NotListed", call, ...rule);
      await world.tradeIn(call, maker, trader, "-1", "80");
      expect((await held(trader)).get(call)).to.equal(parseLots("1"));
    });

    it("once they have expired", async () => {
      await desk.expire(0, "2000");
      await refused(trade(desk.call(2000)), "Option_Expired", desk.call(2000));
    });

    it("where no price is usable", async () => {
      await time.increase(3 * HOUR);
      await refused(trade(desk.call(2000)), "Clearinghouse_PriceNotFresh", 1n, 0n);
    });

    it("to be opened on an old surface, and can be reduced on it", async () => {
      const call = desk.call(2000);
      await world.tradeIn(call, maker, trader, "2", "80");
      await world.later(3 * HOUR + 1, "2000");
      await refused(trade(call), "Option_SurfaceNotFresh", 1n, desk.expiries[0]!, 2n);
      await world.tradeIn(call, maker, trader, "-1", "78");
    });

    it("against a surface older than the order allows", async () => {
      const since = BigInt(await time.latest()) + 60n;
      await world.later(600, "2000");
      const { observedAt } = await desk.found(0);
      await refused(
        trade(desk.call(2000), { priceNotBefore: since }),
        "Order_PriceTooOld",
        trader.id,
        1n,
        observedAt,
        since,
      );
    });

    it("beyond what all, or one, may hold", async () => {
      const { clearinghouse } = world;
      const params = { ...underlyings.ETH.options, openInterestCap: 40_000n };
      await clearinghouse.setOptionParams(1n, params);
      const call = desk.call(2000);
      const more = world.tradeIn(call, maker, trader, "6", "80");
      await refused(more, "Option_AccountInterestCap", maker.id, 1n, parseWad("12000"), parseWad("10000"));
      const third = await world.open(world.signer(2), 1_000_000, PORTFOLIO);
      await clearinghouse.setOptionParams(1n, { ...params, openInterestCap: 20_000n });
      await world.tradeIn(call, maker, trader, "2.5", "80");
      const fourth = await world.open(world.signer(6), 1_000_000, PORTFOLIO);
      await world.tradeIn(call, fourth, third, "2.5", "80");
      await clearinghouse.setOptionParams(1n, { ...params, openInterestCap: 8_000n });
      const fresh = [
        await world.open(world.signer(7), 100_000, PORTFOLIO),
        await world.open(world.signer(8), 100_000, PORTFOLIO),
      ] as const;
      const all = world.tradeIn(desk.put(2000), ...fresh, "0.5", "80");
      await refused(all, "Option_OpenInterestCap", 1n, parseWad("11000"), parseWad("8000"));
      await clearinghouse.setOptionParams(1n, { ...params, openInterestCap: 16_000n });
      const others = world.tradeIn(
        desk.put(2000),
        third,
        await world.open(world.signer(3), 100_000, PORTFOLIO),
        "6",
        "80",
      );
      await refused(others, "Option_AccountInterestCap", third.id, 1n, parseWad("17000"), parseWad("4000"));
    });

    it("below initial margin", async () => {
      const poor = await world.open(world.signer(4), 200, PORTFOLIO);
      const orders = [
        await world.order(maker, "1", "100", { instrument: desk.call(2000) }),
        await world.order(poor, "-1", "1", { instrument: desk.call(2000) }),
      ];
      await expect(world.settle(orders, [match(parseLots("1"), "60")])).to.be.revertedWithCustomError(
        world.clearinghouse,
        "Clearinghouse_BelowInitialMargin",
      );
    });
  });

  describe("in a portfolio", () => {
    it("offset each other: a put bought makes a perpetual cheaper to hold", async () => {
      await world.trade(maker, trader, "10", "2000");
      const before = await world.assess(trader);
      await world.tradeIn(desk.put(1900, 1), maker, trader, "10", "90");
      const hedged = await world.assess(trader);
      expect(hedged.initialMargin).to.be.below((before.initialMargin * 3n) / 4n);
    });

    it("are taken over whole by who bids for the account", async () => {
      const weak = await world.open(world.signer(4), 2_000, PORTFOLIO);
      const keeper = await world.open(world.signer(5), 5_000_000, PORTFOLIO);
      const crumb = desk.call(2300);
      for (const [instrument, size, price] of [
        [crumb, "0.00000001", "10"],
        [desk.call(2200), "-5", "20"],
        [desk.put(1800), "-5", "20"],
        [desk.call(2400), "2", "5"],
        [desk.put(1600), "2", "5"],
      ] as const) {
        await world.tradeIn(instrument, maker, weak, size, price);
      }
      await world.later(60, "2450");
      await desk.report({ vol: 0.65 });
      const before = await world.assess(weak);
      expect(before.equityForMaintenance).to.be.below(before.maintenanceMargin as unknown as bigint);
      const ledger = world.clearinghouse.connect(keeper.signer);
      await ledger.flag(weak.id, keeper.id);
      await world.later(60, "2450");
      const receipt = await receiptOf(ledger.bid(weak.id, keeper.id, WAD, 0n));
      const sold = receipt.logs
        .map((log) => world.clearinghouse.interface.parseLog(log))
        .find((log) => log?.name === "SliceSold");
      const fraction = sold!.args.fraction as bigint;
      expect(fraction).to.be.within(1n, WAD - 1n);
      // Longs are rounded down, shorts up: the account keeps no more risk than the fraction says.
      const shorts = (await held(keeper)).get(desk.call(2200))!;
      const longs = (await held(keeper)).get(desk.call(2400))!;
      expect(shorts).to.equal(-((parseLots("5") * fraction + WAD - 1n) / WAD));
      expect(longs).to.equal((parseLots("2") * fraction) / WAD);
      // Of one lot nothing goes, and the bidder is given no position of no size.
      expect([...(await held(keeper)).keys()]).to.have.members(
        [1600, 1800].map((k) => desk.put(k)).concat([2200, 2400].map((k) => desk.call(k))),
      );
      expect((await held(weak)).get(crumb)).to.equal(1n);
      const after = await world.assess(weak);
      expect(after.equityForMaintenance * before.maintenanceMargin, "RISK-4").to.be.at.least(
        before.equityForMaintenance * after.maintenanceMargin,
      );
    });
  });

  it("RISK-1: closing leg by leg against a friend leaves no hedged book without equity", async () => {
    const friend = await world.open(world.signer(5), 1_000_000, PORTFOLIO);
    const weak = await world.open(world.signer(4), 5_000, PORTFOLIO);
    const legs = [desk.call(2100), desk.call(2300), desk.put(1900), desk.put(1700)];
    for (const [i, size] of ["-5", "4", "-5", "4"].entries()) {
      await world.tradeIn(legs[i]!, friend, weak, size, ["40", "10", "40", "10"][i]!);
    }
    const opened = await world.assess(weak);
    const free = (opened.equityForInitial - opened.initialMargin) / 10n ** 12n - 1_000_000n;
    await world.clearinghouse.connect(weak.signer).withdraw(weak.id, free, weak.signer.address);
    await world.later(60, "2060");
    const before = await world.assess(weak);
    expect(before.equityForInitial).to.be.below(before.initialMargin as unknown as bigint);
    // Half of everything at one percent of the underlying off mark, which is more than all margin there is.
    const instrument = legs[0]!;
    const mark = Number((await markOf(instrument)) / 10n ** 12n) / 1e6;
    const orders = [
      await world.order(friend, "-2.5", "1", { instrument }),
      await world.order(weak, "2.5", "2000", { instrument }),
    ];
    const far = (mark + 20).toFixed(6);
    await expect(world.settle(orders, [match(parseLots("2.5"), far)])).to.be.revertedWithCustomError(
      world.clearinghouse,
      "Clearinghouse_BelowInitialMargin",
    );
    const fair = (mark + 0.5).toFixed(6);
    await world.settle(orders, [match(parseLots("2.5"), fair)]);
  });

  async function markOf(instrument: Instrument, at = 0): Promise<Wad> {
    const unit = encodePosition({ instrument, lots: parseLots("1"), index: 0n });
    const { portfolioMargin } = world.system;
    const { equity } = await portfolioMargin.assess([await world.market()], [await desk.found(at)], 0n, 0n, [unit]);
    return equity;
  }
});
