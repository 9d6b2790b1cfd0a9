/** How far an account is from liquidation, for keepers and for the people who hold it. */
import { isOption, underlyingOf } from "../ids";
import { WAD, type Wad } from "../units";
import type { Position } from "../words";
import { abs, mulDivFloor, valueUp } from "./fixedPoint";
import { type MarketSnapshot, judge } from "./judge";
import { marketOf } from "./standardMargin";
import type { Assessment, Market } from "./types";

/** A price of one underlying, both ways it is quoted. USD per unit. */
export interface UnderlyingPrice {
  spot: Wad;
  /** The perpetual's mark at that spot, its basis unchanged. */
  mark: Wad;
}

/** No price of the ledger reaches 2^128: its marks are stored in 128 bits. */
const PRICE_LIMIT = 1n << 128n;

/** Sum of the positions' sizes, USD, each rounded up: perpetuals at mark, options at their underlying's price. */
export function grossNotional(markets: readonly Market[], positions: readonly Position[]): Wad {
  return positions.reduce((sum, { instrument, lots }) => {
    const { mark, spot } = marketOf(markets, underlyingOf(instrument));
    return sum + valueUp(abs(lots), isOption(instrument) ? spot : mark);
  }, 0n);
}

/**
 * (E - M) over gross notional, Wad, rounded down: negative when the account can be liquidated, and roughly the adverse
 * move it can stand. Undefined for an account without positions.
 */
export function distanceToMaintenance(
  assessment: Assessment,
  markets: readonly Market[],
  positions: readonly Position[],
): Wad | undefined {
  const gross = grossNotional(markets, positions);
  if (gross === 0n) return undefined;
  return mulDivFloor(assessment.equityForMaintenance - assessment.maintenanceMargin, WAD, gross);
}

/** The market with its spot moved: the basis stays, so mark and index move with it. The mark is rounded down. */
export function atSpot(market: Market, spot: Wad): Market {
  const mark = (spot * market.mark) / market.spot;
  return { ...market, spot, mark, index: market.index + mark - market.mark };
}

/** Where an account would be liquidated by the price of one underlying alone. */
export interface LiquidationPrices {
  /** The first at or below the present price at which E < M; absent where there is none. */
  down?: UnderlyingPrice;
  /** The first at or above it. */
  up?: UnderlyingPrice;
}

/** Options can bring E below M and above it again: these many steps are looked at, out to a tenth and to ten times. */
const STEPS = 200;
const REACH = 10;

/**
 * The prices of `underlying`, below and above the present one, at which E < M, everything else unchanged, exact to the
 * last digit of spot: a digit back, the account is not below maintenance margin. Perpetuals have one at most, wherever
 * it lies. With options a dip below M narrower than about a hundredth of the price can be missed, and nothing beyond a
 * tenth and ten times the present price is looked for.
 * @throws MarginModelError where the model reverts; PlimsollInputError for a mode without a model.
 */
export function liquidationPrices(
  mode: bigint,
  snapshot: MarketSnapshot,
  cash: Wad,
  positions: readonly Position[],
  underlying: bigint,
): LiquidationPrices {
  const mine = positions.filter(({ instrument }) => underlyingOf(instrument) === underlying);
  if (mine.length === 0) return {};
  const market = marketOf(snapshot.markets, underlying);
  const others = snapshot.markets.filter((other) => other !== market);
  const below = (spot: Wad): boolean => {
    const moved = { ...snapshot, markets: [...others, atSpot(market, spot)] };
    const { equityForMaintenance, maintenanceMargin } = judge(mode, moved, cash, positions);
    return equityForMaintenance < maintenanceMargin;
  };
  if (below(market.spot)) return { down: priceAt(market, market.spot), up: priceAt(market, market.spot) };
  const options = mine.some(({ instrument }) => isOption(instrument));
  const down = options ? firstBelow(below, market.spot, 1 / REACH) : bracket(below, mine, market.spot, 1n);
  const up = options ? firstBelow(below, market.spot, REACH) : bracket(below, mine, market.spot, -1n);
  return {
    ...(down && { down: priceAt(market, closeIn(below, down)) }),
    ...(up && { up: priceAt(market, closeIn(below, up)) }),
  };
}

function priceAt(market: Market, spot: Wad): UnderlyingPrice {
  return { spot, mark: atSpot(market, spot).mark };
}

/** A price at which the account is healthy, and one at which it is not. */
interface Bracket {
  healthy: Wad;
  unhealthy: Wad;
}

type Below = (spot: Wad) => boolean;

/** A perpetual loses on one side alone, and there E - M changes sign once: E is linear in the price and M convex. */
function bracket(below: Below, [position]: readonly Position[], spot: Wad, side: bigint): Bracket | undefined {
  const lots = position?.lots ?? 0n;
  if (lots * side <= 0n) return undefined;
  const unhealthy = side > 0n ? 0n : PRICE_LIMIT;
  return below(unhealthy) ? { healthy: spot, unhealthy } : undefined;
}

/** The first of evenly spaced steps, in logarithms, from `spot` to `reach` times it. */
function firstBelow(below: Below, spot: Wad, reach: number): Bracket | undefined {
  let healthy = spot;
  for (let i = 1; i <= STEPS; i++) {
    const factor = BigInt(Math.round(1e9 * reach ** (i / STEPS)));
    const next = (spot * factor) / 1_000_000_000n;
    if (below(next)) return { healthy, unhealthy: next };
    healthy = next;
  }
  return undefined;
}

function closeIn(below: Below, { healthy, unhealthy }: Bracket): Wad {
  while (abs(healthy - unhealthy) > 1n) {
    const middle = (healthy + unhealthy) / 2n;
    if (below(middle)) unhealthy = middle;
    else healthy = middle;
  }
  return unhealthy;
}
