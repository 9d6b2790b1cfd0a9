import { expect } from "chai";
import hre from "hardhat";

import {
  type Instrument,
  type SignedOrder,
  decodePosition,
  fixedPoint,
  formatLots,
  parseLots,
  parseWad,
  perp,
} from "../../sdk";
import { AccountBook } from "../../scripts/keeper/book";
import { Random } from "../../scripts/replay/random";
import { keepsConservation } from "../support/conservation";
import { OptionDesk } from "../support/optionDesk";
import { type Actor, type Fill, PORTFOLIO, World } from "../support/world";

/** Strikes with more digits than half a slot takes, USD. */
const ODD = ["2000.12345678", "1999.00000001"];
const TRADES = 90;
/** The most instruments that are held at a time. */
const MOST = 11;

describe("Clearinghouse: positions in storage", () => {
  let world: World;
  let desk: OptionDesk;
  let maker: Actor;
  let taker: Actor;

  beforeEach(async () => {
    world = await World.create();
    desk = await OptionDesk.open(world, [7, 30]);
    maker = await world.open(world.signer(0), 10_000_000, PORTFOLIO);
    taker = await world.open(world.signer(1), 10_000_000, PORTFOLIO);
  });
  keepsConservation(() => world);

  const stored = async ({ id }: Actor): Promise<Map<Instrument, bigint>> => {
    const words = await world.clearinghouse.positionsOf(id);
    const held = words.map((word) => decodePosition(word));
    const found = new Map(held.map(({ instrument, lots }) => [instrument, lots]));
    expect(found.size, "LEDGER-1: an instrument is stored twice").to.equal(words.length);
    return found;
  };

  it("LEDGER-1 are what was traded, in whatever order they came and went, whatever fits half a slot", async () => {
    await desk.listFinely(1);
    const whole = [perp(1n), perp(2n), ...ODD.map((strike) => desk.finely(strike, 1))];
    const instruments = [
      ...whole,
      ...[1900, 2000, 2100].flatMap((strike) => [desk.call(strike), desk.put(strike), desk.call(strike, 1)]),
    ];
    const random = new Random("positions").stream("trades");
    const expected = new Map<Instrument, bigint>();
    const most = { packed: 0n, whole: 0n };
    for (let i = 0; i < TRADES; ++i) {
      const held = random.shuffled([...expected]);
      const fresh = random.shuffled(instruments).find((one) => !expected.has(one));
      const [oldest] = held;
      // Opening and closing in turns about a size that wanders.
      const closes = oldest !== undefined && (held.length === MOST || random.chance(held.length / MOST));
      const instrument = closes ? oldest[0] : fresh!;
      const lots = closes ? 0n - oldest[1] : parseLots(random.chance(0.5) ? "0.01" : "-0.02");
      await world.tradeIn(instrument, maker, taker, formatLots(lots), priceOf(instrument));
      if (closes) expected.delete(instrument);
      else expected.set(instrument, lots);

      expect(await stored(taker), "LEDGER-1").to.deep.equal(expected);
      const mirrored = new Map([...expected].map(([one, size]) => [one, -size]));
      expect(await stored(maker), "LEDGER-1").to.deep.equal(mirrored);
      const { account } = await world.holding(taker);
      const slots = BigInt([...expected.keys()].filter((one) => whole.includes(one)).length);
      expect(account.positions - account.packed, "LEDGER-1: what shares slots").to.equal(slots);
      if (account.packed > most.packed) most.packed = account.packed;
      if (slots > most.whole) most.whole = slots;
    }
    expect(most.packed).to.be.above(4n);
    expect(most.whole).to.be.above(2n);
  });

  it("LEDGER-1 are what is left when expiries are settled, and change places without loss", async () => {
    const ends = [1800, 2000, 2200].map((strike) => desk.call(strike));
    const stays = [1700, 1900, 2100, 2300].map((strike) => desk.put(strike, 1));
    const order = [stays[0]!, ends[0]!, perp(1n), ends[1]!, stays[1]!, stays[2]!, ends[2]!, stays[3]!];
    for (const instrument of order) await world.tradeIn(instrument, maker, taker, "0.01", priceOf(instrument));
    await desk.settle(0, "2000");
    await desk.report();
    await world.clearinghouse.touch([taker.id, maker.id]);
    const left = new Map([perp(1n), ...stays].map((instrument) => [instrument, parseLots("0.01")]));
    expect(await stored(taker), "LEDGER-1").to.deep.equal(left);
    expect((await world.holding(taker)).account).to.include({ positions: 5n, packed: 4n });
  });

  it("LEDGER-1 are what a batch made of them, first and second halves alike, and what events tell", async () => {
    const book = new AccountBook(await world.clearinghouse.getAddress());
    const [a, b, c] = [desk.call(1800), desk.call(1900), desk.call(2000)];
    const [d, e, put] = [desk.call(2100), desk.call(2200), desk.put(1900)];
    const [one, two] = ["0.01", "0.02"];
    /** Each step is one transaction: what it adds to what is held. */
    const steps: [Instrument, string][][] = [
      // Two pairs and a first half, and a perpetual behind them.
      [
        [a, one],
        [b, one],
        [c, one],
        [d, one],
        [e, one],
        [perp(1n), one],
      ],
      // The first half of one pair, the second of the next, and a second half beside the one that stood alone.
      [
        [a, one],
        [d, one],
        [put, two],
      ],
      // Every one of a pair.
      [
        [c, two],
        [d, "-0.05"],
      ],
      // Two leave: others take their places, of which the last stands alone.
      [
        [b, "-0.01"],
        [c, "-0.03"],
      ],
      // All go but the perpetual, then that as well; then an option comes and goes as the only one.
      [
        [a, "-0.02"],
        [d, "0.03"],
        [e, "-0.01"],
        [put, "-0.02"],
      ],
      [[perp(1n), "-0.01"]],
      [[e, one]],
      [[e, "-0.01"]],
      // And several at once.
      [
        [a, one],
        [b, one],
        [c, one],
      ],
      [
        [a, "-0.01"],
        [b, "-0.01"],
        [c, "-0.01"],
      ],
    ];
    const expected = new Map<Instrument, bigint>();
    for (const [number, step] of steps.entries()) {
      const orders: SignedOrder[] = [];
      const fills: Fill[] = [];
      for (const [instrument, size] of step) {
        const [lots, price] = [parseLots(size), priceOf(instrument)];
        orders.push(await world.order(maker, formatLots(0n - lots), price, { instrument }));
        orders.push(await world.order(taker, size, price, { instrument }));
        const at = orders.length;
        fills.push({ maker: at - 2, taker: at - 1, lots: fixedPoint.abs(lots), price: parseWad(price) });
        const held = (expected.get(instrument) ?? 0n) + lots;
        if (held === 0n) expected.delete(instrument);
        else expected.set(instrument, held);
      }
      await world.settle(orders, fills);
      const events = await hre.ethers.provider.getLogs({ address: await world.clearinghouse.getAddress() });
      for (const log of events) book.apply(log);
      const told = book.get(taker.id)!.positions.map(({ instrument, lots }) => [instrument, lots] as const);
      expect(await stored(taker), `LEDGER-1: step ${number}`).to.deep.equal(expected);
      expect(new Map(told), `events, step ${number}`).to.deep.equal(expected);
    }
  });

  function priceOf(instrument: Instrument): string {
    if (instrument === perp(1n)) return "2000";
    return instrument === perp(2n) ? "40000" : "80";
  }
});
