import { expect } from "chai";

import { strikesAround } from "../../../scripts/replay/optionMarket/listing";
import { type Board, STRUCTURES, legsOf } from "../../../scripts/replay/optionMarket/structures";
import { type Fees, HALF_SPREAD, costsAt, priceOf } from "../../../scripts/replay/pricing";
import { type Funds, type Leg, lotsOf, multipleFor } from "../../../scripts/replay/sizing";
import {
  type MarketSnapshot,
  Mode,
  SurfaceStatus,
  WAD,
  decodeInstrument,
  grossNotional,
  greeksOf,
  isCall,
  isOption,
  judge,
  option,
  parseWad,
  perp,
  previewFill,
  strikeOf,
} from "../../../sdk";
import { expiryIn, market } from "./venue";

const [near, far] = [expiryIn(5), expiryIn(12)];
const snapshot: MarketSnapshot = { markets: [market], expiries: [near, far] };
const board: Board = { market, strikes: strikesAround(50_000), near, far };
const fees: Fees = new Map([[2n, { perpetual: 5n, option: 3n }]]);
const costOf = costsAt(snapshot, fees);

function called(name: string): (typeof STRUCTURES)[number] {
  return STRUCTURES.find((one) => one.name === name)!;
}

function fundsOf(mode: bigint, changes: Partial<Funds> = {}): Funds {
  const cash = parseWad("10000");
  return { mode, cash, equity: cash, positions: [], ...changes };
}

/** The account after trading, as the ledger would have it. */
function afterwards(mode: bigint, book: ReadonlyMap<bigint, bigint>, funds = fundsOf(mode)) {
  let holdings = { mode, cash: funds.cash, keeperDeposit: 10_000_000n, positions: funds.positions };
  for (const [instrument, lots] of book) {
    const named = instrument as Leg["instrument"];
    const price = priceOf(snapshot, named, lots)!;
    const feeBps = isOption(named) ? 3n : 5n;
    ({ holdings } = previewFill(snapshot, holdings, { instrument: named, lots, price, feeBps }));
  }
  return holdings;
}

describe("option books", () => {
  const deltaOf = (legs: readonly Leg[]): number =>
    Number(
      greeksOf(
        market,
        [near, far],
        legs.map(({ instrument, ratio }) => ({ instrument, lots: BigInt(Math.round(ratio * 1e8)), index: 0n })),
      ).delta,
    ) / 1e18;

  it("are struck at listed strikes, each instrument once, on both sides of the forward", () => {
    for (const structure of STRUCTURES) {
      for (const mirrored of [false, true]) {
        const legs = legsOf(structure, board, false, mirrored);
        const options = legs.filter(({ instrument }) => isOption(instrument));
        expect(options, structure.name).to.have.length(structure.parts.filter(({ kind }) => kind !== "perp").length);
        for (const { instrument } of options) {
          const { strike } = decodeInstrument(instrument);
          expect((strike - board.strikes.lowest) % board.strikes.step, structure.name).to.equal(0n);
        }
      }
    }
    const [putLeg, callLeg] = legsOf(called("short strangle, delta-hedged"), board, false, false);
    expect([isCall(putLeg!.instrument), isCall(callLeg!.instrument)]).to.deep.equal([false, true]);
    expect([putLeg!, callLeg!].map(({ instrument }) => Number(strikeOf(instrument)) / 1e18)).to.deep.equal([
      45_000, 56_000,
    ]);
  });

  it("have no delta where they are hedged, and none to speak of where a perpetual stands against its options", () => {
    for (const structure of STRUCTURES.filter(({ hedged }) => hedged)) {
      expect(deltaOf(legsOf(structure, board, false, false)), structure.name).to.be.closeTo(0, 1e-6);
    }
    expect(deltaOf(legsOf(called("conversion"), board, false, false))).to.be.closeTo(0, 0.01);
    expect(deltaOf(legsOf(called("covered call"), board, false, false))).to.be.within(0.4, 0.8);
  });

  it("turn round when they are mirrored", () => {
    const [straight, mirrored] = [false, true].map((mirror) => legsOf(called("collar"), board, false, mirror));
    expect(straight!.map(({ ratio }) => ratio)).to.deep.equal([1, 1, -1]);
    expect(mirrored!.map(({ ratio }) => ratio)).to.deep.equal([-1, 1, -1]);
    expect(deltaOf(mirrored!)).to.be.within(-0.7, -0.2);
    expect(deltaOf(straight!)).to.be.within(0.2, 0.7);
  });

  it("are their first part alone for an account of one instrument, never an option bought, whose margin is its price", () => {
    for (const structure of STRUCTURES) {
      const [leg, ...others] = legsOf(structure, board, true, false);
      expect(others, structure.name).to.be.empty;
      if (isOption(leg!.instrument)) expect(leg!.ratio, structure.name).to.be.below(0);
    }
  });

  it("are struck further out where a strike is taken", () => {
    const coarse = {
      ...board,
      strikes: { lowest: 1_000_000_000_000n, highest: 10_000_000_000_000n, step: 1_000_000_000_000n },
    };
    const strikes = legsOf(called("iron condor"), coarse, false, false).map(
      ({ instrument }) => decodeInstrument(instrument).strike / 100_000_000n,
    );
    expect(strikes).to.deep.equal([60_000n, 70_000n, 50_000n, 40_000n]);
  });
});

describe("the size of an option book", () => {
  it("is what takes the plan's part of equity as initial margin, in the ledger's own words", () => {
    for (const mode of [Mode.Isolated, Mode.Cross, Mode.Portfolio]) {
      for (const structure of STRUCTURES) {
        for (const part of [0.3, 0.95]) {
          const legs = legsOf(structure, board, mode === Mode.Isolated, false);
          const { cash, positions } = afterwards(
            mode,
            lotsOf(legs, multipleFor(part, snapshot, fundsOf(mode), legs, costOf)),
          );
          const { equityForInitial: equity, initialMargin } = judge(mode, snapshot, cash, positions);
          const used = Number(initialMargin) / Number(equity);
          const gross = Number(grossNotional(snapshot.markets, positions)) / Number(equity);
          const name = `${structure.name}, mode ${mode}, ${part}`;
          expect(used, name).to.be.below(part + 1e-6);
          // Else it is the most that anybody carries.
          if (gross < 39.9) expect(used, name).to.be.above(part - 1e-3);
          expect(gross, name).to.be.below(40.001);
        }
      }
    }
  });

  it("is larger under portfolio margin, where the legs offset each other", () => {
    for (const name of ["short strangle, delta-hedged", "collar", "calendar, delta-hedged", "conversion"]) {
      const legs = legsOf(called(name), board, false, false);
      const [cross, portfolio] = [Mode.Cross, Mode.Portfolio].map((mode) =>
        multipleFor(0.6, snapshot, fundsOf(mode), legs, costOf),
      ) as [number, number];
      expect(portfolio / cross, name).to.be.above(1.3);
    }
  });

  it("counts what is held already", () => {
    const legs = legsOf(called("collar"), board, false, false);
    const multiple = multipleFor(0.6, snapshot, fundsOf(Mode.Portfolio), legs, costOf);
    const part = lotsOf(legs, 0.6 * multiple);
    const { cash, positions } = afterwards(Mode.Portfolio, part);
    const { equity } = judge(Mode.Portfolio, snapshot, cash, positions);
    const again = multipleFor(0.6, snapshot, { mode: Mode.Portfolio, cash, equity, positions }, legs, costOf);
    expect(again / multiple).to.be.closeTo(1, 1e-6);
  });

  it("is nothing without equity", () => {
    const legs = legsOf(called("collar"), board, false, false);
    for (const cash of [0n, parseWad("-5")]) {
      expect(multipleFor(0.6, snapshot, fundsOf(Mode.Cross, { cash, equity: cash }), legs, costOf)).to.equal(0);
    }
  });
});

describe("makers' prices", () => {
  const call = option({ underlying: 2n, expiry: near.expiresAt, strike: 5_000_000_000_000n, call: true });
  const cheap = option({ underlying: 2n, expiry: near.expiresAt, strike: 9_000_000_000_000n, call: true });

  it("are half a spread from mark: of the perpetual's own, of an option's underlying", () => {
    const { mark, spot } = market;
    expect(priceOf(snapshot, perp(2n), 1n)).to.equal((mark * (WAD + HALF_SPREAD)) / WAD);
    expect(priceOf(snapshot, perp(2n), -1n)).to.equal((mark * (WAD - HALF_SPREAD)) / WAD);
    const [ask, bid] = [priceOf(snapshot, call, 1n)!, priceOf(snapshot, call, -1n)!];
    expect(ask - bid).to.equal((2n * spot * HALF_SPREAD) / WAD);
    expect(Number(bid) / Number(spot)).to.be.within(0.03, 0.05);
  });

  it("never bid less than half of what an option is worth", () => {
    const [ask, bid] = [priceOf(snapshot, cheap, 1n)!, priceOf(snapshot, cheap, -1n)!];
    const value = ask - (market.spot * HALF_SPREAD) / WAD;
    expect(value).to.be.above(0n);
    expect(bid).to.equal(value / 2n);
  });

  it("are none for an option that is past, or whose expiry has no surface", () => {
    for (const status of [SurfaceStatus.Expired, SurfaceStatus.Absent]) {
      const expiries = [{ ...near, status }];
      expect(priceOf({ markets: [market], expiries }, call, 1n)).to.equal(undefined);
    }
    expect(priceOf({ markets: [market] }, call, 1n)).to.equal(undefined);
  });

  it("cost an account what the ledger takes", () => {
    for (const instrument of [perp(2n), call, cheap]) {
      for (const lots of [123_456_789n, -123_456_789n]) {
        const { cash } = afterwards(Mode.Cross, new Map([[instrument, lots]]));
        const taken = parseWad("10000") - cash;
        // To a wei or two of rounding.
        expect(Number(taken - costOf(instrument, lots)), `${instrument} ${lots}`).to.be.within(-2, 2);
      }
    }
  });
});
