/** How far an account is from liquidation, for keepers and for the people who hold it. */
import { isOption, underlyingOf } from "../ids";
import { expWad } from "../math/exponentials";
import { WAD, type Wad } from "../units";
import type { Position } from "../words";
import { abs, min, mulDivFloor, valueUp } from "./fixedPoint";
import { type MarketSnapshot, judge } from "./judge";
import { MarginModelError } from "./refusal";
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
const STEPS = 200n;
const LN_10 = 2302585092994045684n;

/**
 * The prices of `underlying`, below and above the present one, at which E < M, everything else unchanged, exact to the
 * last digit of spot: a digit back, the account is not below maintenance margin. Perpetuals have one at most, wherever
 * it lies. With options a dip below M narrower than about a hundredth of the price can be missed, and nothing beyond a
 * tenth and ten times the present price is looked for. None is found where the present price is zero.
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
  if (market.spot === 0n) return {};
  const others = snapshot.markets.filter((other) => other !== market);
  const below = (spot: Wad): boolean => {
    const moved = { ...snapshot, markets: [...others, atSpot(market, spot)] };
    const { equityForMaintenance, maintenanceMargin } = judge(mode, moved, cash, positions);
    return equityForMaintenance < maintenanceMargin;
  };
  if (below(market.spot)) return { down: priceAt(market, market.spot), up: priceAt(market, market.spot) };
  const options = mine.some(({ instrument }) => isOption(instrument));
  const [lots = 0n] = mine.map((position) => position.lots);
  const down = options ? scan(below, market.spot, -LN_10) : lots > 0n ? fall(below, market.spot) : undefined;
  const up = options ? scan(below, market.spot, LN_10) : lots < 0n ? rise(below, market.spot) : undefined;
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

/** A perpetual bought loses as the price falls, and there E - M changes sign once: E is linear in it and M convex. */
function fall(below: Below, spot: Wad): Bracket | undefined {
  return below(0n) ? { healthy: spot, unhealthy: 0n } : undefined;
}

/** One sold loses as it rises: in steps that grow, because models refuse what is beyond any price. */
function rise(below: Below, spot: Wad): Bracket | undefined {
  let healthy = spot;
  for (let factor = 2n; healthy < PRICE_LIMIT; factor *= factor) {
    const next = min(spot * factor, PRICE_LIMIT);
    try {
      if (below(next)) return { healthy, unhealthy: next };
    } catch (error) {
      if (error instanceof MarginModelError) return undefined;
      throw error;
    }
    healthy = next;
  }
  return undefined;
}

/** The first of evenly spaced steps, in logarithms, to e^reach times the price. */
function scan(below: Below, spot: Wad, reach: Wad): Bracket | undefined {
  let healthy = spot;
  for (let i = 1n; i <= STEPS; i++) {
    const next = (spot * expWad((reach * i) / STEPS)) / WAD;
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
