/** The twin of contracts/clearing/Judge.sol and Valuation.sol: what the ledger asks a margin model about an account. */
import { type Instrument, isCall, isOption, strikeOf, underlyingOf } from "../ids";
import type { Wad } from "../units";
import { Mode, type Position } from "../words";
import { findExpiry } from "./expiries";
import { max, min, valueFloor } from "./fixedPoint";
import { assess } from "./models";
import { type Witness, findPortfolioWitness } from "./portfolio";
import { marketOf } from "./standardMargin";
import { type Assessment, type Expiry, type Market, type MarketData, PriceStatus, SurfaceStatus } from "./types";

/** An expiry, and what its options are settled at. */
export interface SnapshotExpiry extends Expiry {
  /** USD; absent until the expiry is settled. */
  settlementPrice?: Wad;
}

/** All markets at one moment, for any number of accounts. */
export interface MarketSnapshot {
  markets: readonly Market[];
  /** None if absent. */
  expiries?: readonly SnapshotExpiry[];
  /** Of pairs of underlyings, by `pairOf`; zero where one is missing. */
  correlations?: ReadonlyMap<bigint, Wad>;
}

/** Beyond so many underlyings nothing is credited for what they offset. */
const MOST_CORRELATED = 8;

/** What names a pair of underlyings, in either order. */
export function pairOf(a: bigint, b: bigint): bigint {
  return (min(a, b) << 16n) | max(a, b);
}

/**
 * The account as the ledger judges it: options of settled expiries are cash, and the mode's model is told of what is
 * held alone.
 * @param cash settlement cash, USD Wad, signed; the keeper deposit is not part of it.
 * @throws MarginModelError where the Solidity model reverts; PlimsollInputError for a mode without a model.
 */
export function judge(mode: bigint, snapshot: MarketSnapshot, cash: Wad, positions: readonly Position[]): Assessment {
  const settled = settleOptions(snapshot, cash, positions);
  if (settled.positions.length === 0) {
    const equity = settled.cash;
    const none = { initialMargin: 0n, maintenanceMargin: 0n };
    return { equity, equityForInitial: equity, equityForMaintenance: equity, ...none };
  }
  return assess(mode, marketDataOf(snapshot, settled.positions), settled.cash, settled.positions);
}

/**
 * The witness by which `flagBy` and `bidBy` find the account as far below maintenance margin as everything would show
 * it; zero, which is none, in a mode that works out no scenarios.
 * @throws MarginModelError where the Solidity model reverts.
 */
export function findWitness(mode: bigint, snapshot: MarketSnapshot, positions: readonly Position[]): Witness {
  if (mode !== Mode.Portfolio) return 0n;
  const settled = settleOptions(snapshot, 0n, positions);
  if (settled.positions.length === 0) return 0n;
  return findPortfolioWitness(marketDataOf(snapshot, settled.positions), settled.positions);
}

/** What options are worth at their marks, settled or not, each rounded down: the same in every mode. USD. */
export function valueOfOptions(snapshot: MarketSnapshot, options: readonly Position[]): Wad {
  return judge(Mode.Portfolio, snapshot, 0n, options).equity;
}

/** What of the snapshot a model is told about these positions. Throws MarginModelError where a market is missing. */
export function marketDataOf(snapshot: MarketSnapshot, positions: readonly Position[]): Required<MarketData> {
  const held = new Set(positions.map(({ instrument }) => underlyingOf(instrument)));
  const dated = new Set(positions.map(({ instrument }) => findExpiry(snapshot.expiries ?? [], instrument)));
  return {
    markets: [...held].map((underlying) => marketOf(snapshot.markets, underlying)),
    expiries: (snapshot.expiries ?? []).filter((one) => dated.has(one)),
    correlation: leastCorrelation([...held], snapshot.correlations),
  };
}

/** Turns options of settled expiries into what they pay, rounded against the account. */
export function settleOptions(
  { expiries = [] }: MarketSnapshot,
  cash: Wad,
  positions: readonly Position[],
): { cash: Wad; positions: readonly Position[] } {
  const settled = expiries.filter(({ settlementPrice }) => settlementPrice !== undefined);
  if (settled.length === 0) return { cash, positions };
  let total = cash;
  const left = positions.filter(({ instrument, lots }) => {
    const price = findExpiry(settled, instrument)?.settlementPrice;
    if (price === undefined) return true;
    total += valueFloor(lots, payoff(instrument, price));
    return false;
  });
  return { cash: total, positions: left };
}

/** What one unit of an option pays at `settlementPrice`, USD. */
export function payoff(instrument: Instrument, settlementPrice: Wad): Wad {
  const inside = settlementPrice - strikeOf(instrument);
  return max(isCall(instrument) ? inside : -inside, 0n);
}

/** How far the value of a position may be relied on: one of `PriceStatus`. Throws where its market is missing. */
export function statusOf({ markets, expiries = [] }: MarketSnapshot, { instrument }: Position): bigint {
  const { status } = marketOf(markets, underlyingOf(instrument));
  if (!isOption(instrument)) return status;
  const found = findExpiry(expiries, instrument);
  if (!found || found.status === SurfaceStatus.Absent) return PriceStatus.Unusable;
  return found.status <= SurfaceStatus.Aged ? min(status, PriceStatus.Aged) : status;
}

function leastCorrelation(held: readonly bigint[], known: ReadonlyMap<bigint, Wad> = new Map()): Wad {
  if (held.length > MOST_CORRELATED) return 0n;
  const pairs = held.flatMap((a, i) => held.slice(i + 1).map((b) => known.get(pairOf(a, b)) ?? 0n));
  return pairs.length === 0 ? 0n : max(pairs.reduce(min), 0n);
}
