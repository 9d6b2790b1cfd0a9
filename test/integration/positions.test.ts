import { expect } from "chai";

import { type Instrument, decodePosition, formatLots, parseLots, perp } from "../../sdk";
import { Random } from "../../scripts/replay/random";
import { keepsConservation } from "../support/conservation";
import { OptionDesk } from "../support/optionDesk";
import { type Actor, PORTFOLIO, World } from "../support/world";

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

  function priceOf(instrument: Instrument): string {
    if (instrument === perp(1n)) return "2000";
    return instrument === perp(2n) ? "40000" : "80";
  }
});
