import { time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";

import { parseLots, parseWad, perp, toAccountId } from "../../sdk";
import { keepsConservation } from "../support/conservation";
import { refused } from "../support/refusal";
import { type Actor, WAD, World, match, receiptOf } from "../support/world";

const HOUR = 3_600n;

describe("Clearinghouse: fills", () => {
  let world: World;
  let maker: Actor;
  let trader: Actor;
  let vault: Actor;

  beforeEach(async () => {
    world = await World.create();
    maker = await world.open(world.signer(0), 10_000_000);
    trader = await world.open(world.signer(1), 1_000_000);
    vault = { signer: world.signer(9), id: toAccountId(await world.clearinghouse.vaultAccount()) };
  });
  keepsConservation(() => world);

  const cash = async (...actors: Actor[]): Promise<bigint[]> => Promise.all(actors.map((a) => world.cash(a)));

  /** By how much the cash of each changes; the keeper deposit has been locked before. */
  async function changes(actors: Actor[], act: () => Promise<unknown>): Promise<bigint[]> {
    const before = await cash(...actors);
    await act();
    return (await cash(...actors)).map((now, i) => now - (before[i] ?? 0n));
  }

  const touchBoth = async (): Promise<unknown> => world.clearinghouse.touch([maker.id, trader.id]);

  /** Another position first, so that neither the deposit for keepers nor an index is new. */
  const opened = async (): Promise<unknown> => world.trade(maker, trader, "1", "2000");

  describe("value", () => {
    it("at mark moves nothing but fees, which the vault's account receives", async () => {
      await opened();
      const moved = await changes([maker, trader, vault], () => world.trade(maker, trader, "3", "2000"));
      expect(moved).to.deep.equal([parseWad("-0.6"), parseWad("-3"), parseWad("3.6")]);
    });

    it("away from mark moves exactly (mark - price) * size, either way", async () => {
      await opened();
      const fee = (price: bigint, bps: bigint): bigint => (2n * price * bps) / 10_000n;
      for (const [size, price, gain] of [
        ["2", "2010", "-20"],
        ["-2", "2010", "20"],
        ["2", "1990", "20"],
        ["-2", "1990", "-20"],
      ] as const) {
        const edge: bigint = parseWad(gain);
        const [makers, takers] = [fee(parseWad(price), 1n), fee(parseWad(price), 5n)];
        const moved = await changes([maker, trader, vault], () => world.trade(maker, trader, size, price));
        expect(moved, `${size} at ${price}`).to.deep.equal([-edge - makers, edge - takers, makers + takers]);
      }
    });

    it("LEDGER-3 rounds both sides down, and the vault keeps the wei between", async () => {
      await opened();
      const price = parseWad("2000") + 1n;
      const lots = parseLots("0.1");
      const orders = [
        await world.order(maker, "-1", "2000"),
        await world.order(trader, "1", "2001", { maxFeeBps: 5n }),
      ];
      const moved = await changes([maker, trader, vault], () =>
        world.settle(orders, [{ ...match(lots, "2000"), price }]),
      );
      // A tenth of one wei: nothing to the seller, a whole wei from the buyer. Fees are rounded up likewise.
      const [makers, takers] = [parseWad("0.02") + 1n, parseWad("0.1") + 1n];
      expect(moved).to.deep.equal([-makers, -takers - 1n, makers + takers + 1n]);
    });

    it("says all of it in one event", async () => {
      const { clearinghouse } = world;
      const orders = [await world.order(maker, "2", "1990"), await world.order(trader, "-2", "1980")];
      const [making, taking] = orders.map(({ order }) => order.nonce);
      await expect(world.settle(orders, [match(parseLots("1.5"), "1985")]))
        .to.emit(clearinghouse, "Filled")
        .withArgs(
          maker.id,
          trader.id,
          perp(1n),
          parseLots("-1.5"),
          parseWad("1985"),
          making,
          taking,
          parseWad("0.29775"),
          parseWad("1.48875"),
        );
    });
  });

  describe("settlement", () => {
    it("pays a long what the mark rose by, and takes it from a short, when each is touched", async () => {
      await world.trade(maker, trader, "3", "2000");
      await world.later(60, "2017.25");
      const ledger = world.clearinghouse;
      const gain: bigint = parseWad("51.75");
      expect(await changes([maker, trader], () => ledger.touch([maker.id]))).to.deep.equal([-gain, 0n]);
      expect((await ledger.marketState(1n)).pot).to.equal(gain);
      expect(await changes([maker, trader], () => ledger.touch([trader.id]))).to.deep.equal([0n, gain]);
      expect((await ledger.marketState(1n)).pot).to.equal(0n);
      expect(await changes([maker, trader], touchBoth), "and only once").to.deep.equal([0n, 0n]);
      expect((await ledger.marketState(1n)).lastMark).to.equal(parseWad("2017.25"));
    });

    it("comes before every fill, so that a trade never moves an old gain", async () => {
      await world.trade(maker, trader, "3", "2000");
      await world.later(60, "2100");
      const moved = await changes([maker, trader], () => world.trade(maker, trader, "-3", "2100"));
      expect(moved).to.deep.equal([parseWad("-300") - parseWad("0.63") + parseWad("10"), parseWad("306.85")]);
    });

    it("is rounded against each account and never by more than a wei", async () => {
      const orders = [await world.order(maker, "-1", "2000"), await world.order(trader, "1", "2000")];
      await world.settle(orders, [match(333n, "2000")]);
      await world.postBasis("ETH", 1_234_567_890_123_457n);
      const index = (await world.market()).index;
      await world.setPrice("ETH", "2000.12345678");
      const moved = await changes([maker, trader], touchBoth);
      const now = (await world.holding(trader)).positions[0]!.index;
      expect(now).not.to.equal(index);
      const [short, long] = moved;
      const { pot } = await world.clearinghouse.marketState(1n);
      expect(short! + long! + pot, "FUND-1").to.equal(0n);
      expect(pot, "the remainder is a wei").to.equal(1n);
    });
  });

  describe("FUND-1 funding", () => {
    /** Cash that funding alone moves over half an hour on 10 ETH, at a basis that never changes. */
    async function halfAnHour(basis: string): Promise<{ moved: bigint[]; rate: bigint }> {
      await world.postBasis("ETH", parseWad(basis));
      await world.trade(maker, trader, "10", "2000");
      await touchBoth();
      const started = BigInt(await time.latest());
      await time.setNextBlockTimestamp(started + HOUR / 2n);
      const before = await cash(maker, trader);
      await world.clearinghouse.touch([maker.id, trader.id]);
      const moved = (await cash(maker, trader)).map((now, i) => now - before[i]!);
      const [event] = await world.clearinghouse.queryFilter(world.clearinghouse.filters.FundingAccrued, "latest");
      return { moved, rate: event!.args.hourlyRate };
    }

    it("is an eighth of the basis an hour, from longs to shorts when the perpetual stands above spot", async () => {
      const { moved, rate } = await halfAnHour("0.002");
      expect(rate).to.equal(parseWad("0.00025"));
      expect(moved).to.deep.equal([parseWad("2.5"), parseWad("-2.5")]);
      expect((await world.clearinghouse.marketState(1n)).pot).to.equal(0n);
    });

    it("goes from shorts to longs when it stands below", async () => {
      const { moved, rate } = await halfAnHour("-0.002");
      expect(rate).to.equal(parseWad("-0.00025"));
      expect(moved).to.deep.equal([parseWad("-2.5"), parseWad("2.5")]);
    });

    it("is at most 0.05 % an hour, either way", async () => {
      const above = await halfAnHour("0.0041");
      expect(above.rate).to.equal(parseWad("0.0005"));
      expect(above.moved).to.deep.equal([parseWad("5"), parseWad("-5")]);
    });

    it("is at least minus 0.05 % an hour", async () => {
      const { moved, rate } = await halfAnHour("-0.0041");
      expect(rate).to.equal(parseWad("-0.0005"));
      expect(moved).to.deep.equal([parseWad("-5"), parseWad("5")]);
    });

    it("FUND-2 is owed for the time a position was held, not for what went before", async () => {
      await world.postBasis("ETH", parseWad("0.002"));
      await time.increase(1_800);
      await opened();
      const late = await world.open(world.signer(2), 10_000);
      const at = BigInt(await time.latest());
      await time.setNextBlockTimestamp(at);
      const [moved] = await changes([late], async () => {
        await world.trade(maker, late, "1", "2004");
      });
      expect(moved, "fee and deposit for keepers").to.equal(parseWad("-1.002") - 10n * WAD);
    });
  });

  describe("positions and open interest", () => {
    const interest = async (): Promise<bigint> => (await world.clearinghouse.marketState(1n)).openInterest;

    it("counts each contract once, and only what is new", async () => {
      await world.trade(maker, trader, "2", "2000");
      expect(await interest()).to.equal(parseLots("2"));
      const heir = await world.open(world.signer(2), 100_000);
      await world.trade(trader, heir, "2", "2000");
      expect(await interest(), "passed on").to.equal(parseLots("2"));
      await world.trade(maker, heir, "-0.5", "2000");
      expect(await interest(), "closed on both sides").to.equal(parseLots("1.5"));
    });

    it("turns a long into a short in one fill", async () => {
      await world.trade(maker, trader, "1", "2000");
      await world.trade(maker, trader, "-3", "2000");
      expect(await world.lots(trader)).to.equal(parseLots("-2"));
      expect(await world.lots(maker)).to.equal(parseLots("2"));
      expect(await interest()).to.equal(parseLots("2"));
      expect((await world.holding(trader)).account.positions).to.equal(1n);
    });

    it("closes one of three and keeps the others, and says so in an event", async () => {
      for (const [underlying, price] of [
        [1n, "2000"],
        [2n, "40000"],
        [3n, "80"],
      ] as const) {
        await world.trade(maker, trader, "1", price, underlying);
      }
      const { hash } = await world.trade(maker, trader, "-1", "2000");
      expect((await world.holding(trader)).positions.map(({ instrument }) => instrument)).to.deep.equal([
        perp(3n),
        perp(2n),
      ]);
      const { clearinghouse } = world;
      const changed = await clearinghouse.queryFilter(clearinghouse.filters.PositionChanged(trader.id), "latest");
      expect(
        changed.filter((event) => event.transactionHash === hash).map(({ args }) => args.position & (2n ** 64n - 1n)),
      )
        .to.include(0n)
        .and.include(parseLots("1"));
      await world.trade(maker, trader, "0.5", "2000");
      expect(await world.lots(trader)).to.equal(parseLots("0.5"));
      expect(await world.lots(trader, 2n)).to.equal(parseLots("1"));
    });

    it("matches one maker with many takers in a batch, and judges the maker once", async () => {
      const takers = [trader, await world.open(world.signer(2), 10_000), await world.open(world.signer(3), 10_000)];
      const orders = [await world.order(maker, "-6", "1999")];
      for (const taker of takers) orders.push(await world.order(taker, "2", "2001"));
      const prices = ["1999", "2000", "2001"];
      const fills = prices.map((price, i) => ({ ...match(parseLots("2"), price), taker: i + 1 }));
      const receipt = await receiptOf(world.settle(orders, fills));
      expect(await world.lots(maker)).to.equal(parseLots("-6"));
      for (const taker of takers) expect(await world.lots(taker)).to.equal(parseLots("2"));
      expect(await interest()).to.equal(parseLots("6"));
      const written = receipt.logs.map((log) => world.clearinghouse.interface.parseLog(log));
      const ofMaker = written.filter((log) => log?.name === "AccountChanged" && log.args[0] === maker.id);
      expect(ofMaker, "one write").to.have.length(1);
    });

    it("refuses a size beyond the width of a position", async () => {
      const half = 2n ** 62n;
      const orders = await Promise.all([0, 1].map(() => world.order(maker, "-1", "0", { size: -half })));
      orders.push(...(await Promise.all([0, 1].map(() => world.order(trader, "1", "2000", { size: half })))));
      const fills = [0, 1].map((i) => ({ maker: i, taker: i + 2, lots: half, price: 1n }));
      await refused(world.settle(orders, fills), "Overflow");
    });
  });
});
