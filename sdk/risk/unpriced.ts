/** Accounts that hold what has no usable price: what the ledger finds of them before it lets them be liquidated. */
import { isCall, isOption, strikeOf, underlyingOf } from "../ids";
import type { Wad } from "../units";
import type { Position } from "../words";
import { valueFloor } from "./fixedPoint";
import { type MarketSnapshot, judge, settleOptions, statusOf } from "./judge";
import { marketOf } from "./standardMargin";
import { type Assessment, type Market, PriceStatus } from "./types";

/** The lowest and the highest usable answer of an underlying's feed, USD per unit: `PriceOracle.boundsOf`. */
export interface PriceBounds {
  lower: Wad;
  upper: Wad;
}

/** What can be said of an account without some of its prices. */
export interface PartialAssessment {
  /**
   * Of cash and the positions that have a price: what a liquidation would sell. Its equity, where it is below zero, is
   * what no price of the others could cover.
   */
  assessment: Assessment;
  /** Whether the account can be liquidated: below maintenance margin at any price the others could return with. */
  below: boolean;
}

/** How far beyond the bounds a mark is thought to reach, by basis and funding. */
const BEYOND_BOUNDS = 2n;
/** How many times as much an option can be worth, by forwards and rates, as its underlying or its strike. */
const MOST_CARRY = 6n;

/**
 * The twin of contracts/clearing/Distressed.sol for an account with at least one unusable price. Undefined where none
 * of its positions has a price: liquidation then waits.
 * @param bounds of every underlying held whose price is unusable; one that is missing keeps the account from being
 * found below.
 * @throws MarginModelError where the model reverts; PlimsollInputError for a mode without a model.
 */
export function assessWithoutPrices(
  mode: bigint,
  snapshot: MarketSnapshot,
  cash: Wad,
  positions: readonly Position[],
  bounds: ReadonlyMap<bigint, PriceBounds>,
): PartialAssessment | undefined {
  const live = settleOptions(snapshot, cash, positions);
  const isPriced = (position: Position): boolean => statusOf(snapshot, position) !== PriceStatus.Unusable;
  const priced = live.positions.filter(isPriced);
  if (priced.length === 0) return undefined;
  const assessment = judge(mode, snapshot, live.cash, priced);
  let best = 0n;
  for (const position of live.positions) {
    if (isPriced(position)) continue;
    const value = bestValue(position, snapshot.markets, bounds);
    if (value === undefined) return { assessment, below: false };
    best += value;
  }
  const below = assessment.equityForMaintenance + best < assessment.maintenanceMargin;
  if (assessment.equity >= 0n) return { assessment, below };
  // Below zero the vault pays, and only for what no price of the others could cover.
  const equity = assessment.equity + best;
  return equity < 0n ? { assessment: { ...assessment, equity }, below } : { assessment, below: false };
}

/** The most the position could be worth; a loss is not counted. */
function bestValue(
  { instrument, lots, index }: Position,
  markets: readonly Market[],
  bounds: ReadonlyMap<bigint, PriceBounds>,
): Wad | undefined {
  const underlying = underlyingOf(instrument);
  const bound = bounds.get(underlying);
  if (!bound) return undefined;
  if (isOption(instrument)) {
    const most = isCall(instrument) ? bound.upper * BEYOND_BOUNDS : strikeOf(instrument);
    return lots > 0n ? valueFloor(lots, most * MOST_CARRY) : 0n;
  }
  const market = marketOf(markets, underlying);
  const funding = market.mark - market.index;
  const price = lots > 0n ? bound.upper * BEYOND_BOUNDS : bound.lower / BEYOND_BOUNDS;
  const value = valueFloor(lots, price - funding - index);
  return value > 0n ? value : 0n;
}
