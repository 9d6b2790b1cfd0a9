/** How far an account is from liquidation, for keepers and for the people who hold it. */
import { underlyingOf } from "../ids";
import { type Lots, WAD, type Wad } from "../units";
import type { Position } from "../words";
import { abs, mulDivFloor, valueUp } from "./fixedPoint";
import { assess } from "./models";
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

/** Sum of the positions' sizes at mark, USD, each rounded up. */
export function grossNotional(markets: readonly Market[], positions: readonly Position[]): Wad {
  return positions.reduce(
    (sum, { instrument, lots }) => sum + valueUp(abs(lots), marketOf(markets, underlyingOf(instrument)).mark),
    0n,
  );
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

/**
 * The first price of `underlying` against the account at which E < M, everything else unchanged, exact to the last digit
 * of spot: a digit back, the account is not below maintenance margin. The present price if it is below already;
 * undefined if no price of this underlying alone brings it there, or the account does not hold it.
 * @throws MarginModelError where the model reverts; PlimsollInputError for a mode without a model.
 */
export function liquidationPrice(
  mode: bigint,
  markets: readonly Market[],
  cash: Wad,
  positions: readonly Position[],
  underlying: bigint,
): UnderlyingPrice | undefined {
  const size: Lots = positions.find(({ instrument }) => underlyingOf(instrument) === underlying)?.lots ?? 0n;
  if (size === 0n) return undefined;
  const market = marketOf(markets, underlying);
  const others = markets.filter((other) => other !== market);
  const below = (spot: Wad): boolean => {
    const { equityForMaintenance, maintenanceMargin } = assess(
      mode,
      { markets: [...others, atSpot(market, spot)] },
      cash,
      positions,
    );
    return equityForMaintenance < maintenanceMargin;
  };

  let healthy: bigint = market.spot;
  if (below(healthy)) return { spot: market.spot, mark: market.mark };
  let unhealthy = size > 0n ? 0n : PRICE_LIMIT;
  if (!below(unhealthy)) return undefined;
  // Along an adverse move E - M changes sign once: E is linear in the price and M convex while its rate is below 100 %.
  while (abs(healthy - unhealthy) > 1n) {
    const middle = (healthy + unhealthy) / 2n;
    if (below(middle)) unhealthy = middle;
    else healthy = middle;
  }
  return { spot: unhealthy, mark: atSpot(market, unhealthy).mark };
}
