/** How much an account carries on its equity. */
import { underlyingOf } from "../ids";
import { WAD, type Wad } from "../units";
import type { Position } from "../words";
import { grossNotional } from "./distance";
import { abs, mulDivFloor, mulWadUp } from "./fixedPoint";
import { greeksOf } from "./greeks";
import { type MarketSnapshot, settleOptions } from "./judge";
import { marketOf } from "./standardMargin";

/** Exposure, and how many times equity it is. The same to the bit as in `MarginLens.summary`. */
export interface Efficiency {
  /** Sizes at their prices, each rounded up: perpetuals at mark, options at their underlying's spot. USD. */
  grossExposure: Wad;
  /** What each underlying's net delta is worth at spot, long or short, rounded up and added up. USD. */
  netExposure: Wad;
  /** Over equity, rounded down; zero where equity is not above zero. */
  grossEfficiency: Wad;
  netEfficiency: Wad;
}

/**
 * Options of settled expiries are cash, and count for nothing here.
 * @param equity USD.
 * @throws MarginModelError where a market or an option's expiry is missing.
 */
export function efficiencyOf(snapshot: MarketSnapshot, equity: Wad, held: readonly Position[]): Efficiency {
  const { positions } = settleOptions(snapshot, 0n, held);
  const underlyings = new Set(positions.map(({ instrument }) => underlyingOf(instrument)));
  const grossExposure = grossNotional(snapshot.markets, positions);
  let netExposure = 0n;
  for (const underlying of underlyings) {
    const market = marketOf(snapshot.markets, underlying);
    const { delta } = greeksOf(market, snapshot.expiries ?? [], positions);
    netExposure += mulWadUp(abs(delta), market.spot);
  }
  const over = (exposure: Wad): Wad => (equity > 0n ? mulDivFloor(exposure, WAD, equity) : 0n);
  return {
    grossExposure,
    netExposure,
    grossEfficiency: over(grossExposure),
    netEfficiency: over(netExposure),
  };
}
