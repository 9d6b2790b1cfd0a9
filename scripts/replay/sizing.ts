/** How much of a book an account can carry, found with the twin of its margin model. */
import {
  type Instrument,
  LOTS_PER_UNIT,
  type Lots,
  type MarketSnapshot,
  type Position,
  WAD,
  type Wad,
  fixedPoint,
  grossNotional,
  isOption,
  judge,
  marketOf,
  underlyingOf,
} from "../../sdk";

/** One instrument of a book. */
export interface Leg {
  instrument: Instrument;
  /** Units of the underlying in one of the book, negative where it is sold. */
  ratio: number;
}

/** An account as it is before it trades. */
export interface Funds {
  mode: bigint;
  /** USD, Wad. */
  cash: Wad;
  /** With what the positions are worth. */
  equity: Wad;
  positions: readonly Position[];
}

/** What trading `lots` takes out of the account's cash, USD: premiums, fees, and what a perpetual costs beyond its mark. */
export type CostOf = (instrument: Instrument, lots: Lots) => Wad;

/** No book is more than so many times its equity, however little its margin model asks. */
const MOST_GROSS = 40;
const STEPS = 40;

/** The sizes of a multiple of the book, towards zero. */
export function lotsOf(legs: readonly Leg[], multiple: number): Map<Instrument, Lots> {
  return new Map(
    legs.map(({ instrument, ratio }) => [instrument, BigInt(Math.trunc(ratio * multiple * Number(LOTS_PER_UNIT)))]),
  );
}

/**
 * The largest multiple of the book at which initial margin is no more than `part` of equity, once the account has traded
 * there from what it holds of it now; zero where none is. It takes margin to grow with the multiple.
 * @param part of one.
 */
export function multipleFor(
  part: number,
  snapshot: MarketSnapshot,
  funds: Funds,
  legs: readonly Leg[],
  costOf: CostOf,
): number {
  const bound = (BigInt(Math.round(part * 1e9)) * WAD) / 1_000_000_000n;
  const carries = (multiple: number): boolean => {
    const { cash, positions } = traded(snapshot, funds, lotsOf(legs, multiple), costOf);
    const { equityForInitial, initialMargin } = judge(funds.mode, snapshot, cash, positions);
    const gross = grossNotional(snapshot.markets, positions);
    return (
      equityForInitial > 0n &&
      initialMargin * WAD <= equityForInitial * bound &&
      gross <= equityForInitial * BigInt(MOST_GROSS)
    );
  };
  let [low, high] = [0, largestMultiple(snapshot, funds, legs)];
  for (let i = 0; i < STEPS && high > 0; ++i) {
    const middle = (low + high) / 2;
    if (carries(middle)) low = middle;
    else high = middle;
  }
  return low;
}

/** The account once it holds `target` of these instruments; what it holds besides stays. */
function traded(
  { markets }: MarketSnapshot,
  { cash, positions }: Funds,
  target: ReadonlyMap<Instrument, Lots>,
  costOf: CostOf,
): { cash: Wad; positions: Position[] } {
  let left = cash;
  const held = new Map(positions.map((position) => [position.instrument, position]));
  for (const [instrument, lots] of target) {
    const before = held.get(instrument) ?? { lots: 0n, index: 0n };
    const index = isOption(instrument) ? 0n : marketOf(markets, underlyingOf(instrument)).index;
    left += fixedPoint.valueFloor(before.lots, index - before.index) - costOf(instrument, lots - before.lots);
    held.set(instrument, { instrument, lots, index });
  }
  return { cash: left, positions: [...held.values()].filter(({ lots }) => lots !== 0n) };
}

/** Beyond which the book is more than `MOST_GROSS` times all that the account has. */
function largestMultiple({ markets }: MarketSnapshot, { equity }: Funds, legs: readonly Leg[]): number {
  const gross = legs.reduce((sum, { instrument, ratio }) => {
    return sum + Math.abs(ratio) * toNumber(marketOf(markets, underlyingOf(instrument)).spot);
  }, 0);
  return gross > 0 ? (MOST_GROSS * Math.max(0, toNumber(equity))) / gross : 0;
}

function toNumber(value: Wad): number {
  return Number(value) / Number(WAD);
}
