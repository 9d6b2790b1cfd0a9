/** What an account's value changes with: the Greeks of its positions, added up by underlying. */
import { type Instrument, isCall, isOption, strikeOf, underlyingOf } from "../ids";
import { type Greeks, type OptionTerms, optionGreeks } from "../math/black76";
import { LOTS_PER_UNIT, WAD } from "../units";
import type { Position } from "../words";
import { expiryOf } from "./expiries";
import { divFloor } from "./fixedPoint";
import { logMoneyness, prepareSlice, volatilityAt } from "./portfolio/slice";
import { type Expiry, type Market, SurfaceStatus } from "./types";

const NAMES = ["delta", "gamma", "vega", "theta", "rho"] as const satisfies (keyof Greeks)[];

/** An option as Black's formula takes it, at the volatility of its mark. `expiry` is the instrument's own. */
export function optionTermsOf({ spot }: Market, expiry: Expiry, instrument: Instrument): OptionTerms {
  const slice = prepareSlice(expiry, spot);
  const strike = strikeOf(instrument);
  const k = logMoneyness(slice, strike);
  return {
    call: isCall(instrument),
    spot,
    forwardRatio: expiry.forwardRatio,
    strike,
    moneyness: 0n - k,
    volatility: volatilityAt(slice, k),
    time: slice.time,
    sqrtTime: slice.sqrtTime,
    rate: expiry.rate,
    discount: slice.discount,
  };
}

/**
 * The Greeks of what is held in `market`: of all the position, so delta in units of the underlying, vega in USD for 1.00
 * of volatility, theta in USD a year, rho in USD for 1.00 of rate. A perpetual has delta alone, and an option whose
 * price or surface nobody knows has none. The same to the bit as `MarginLens.positionGreeks` and `accountGreeks`.
 * @param positions in any order; those of other underlyings do not count.
 * @throws MarginModelError where an option's expiry is missing.
 */
export function greeksOf(market: Market, expiries: readonly Expiry[], positions: readonly Position[]): Greeks {
  const sums = { delta: 0n, gamma: 0n, vega: 0n, theta: 0n, rho: 0n };
  for (const { instrument, lots } of positions) {
    if (underlyingOf(instrument) !== market.underlying) continue;
    if (!isOption(instrument)) {
      sums.delta += lots * WAD;
      continue;
    }
    const expiry = expiryOf(expiries, instrument);
    if (market.spot === 0n || expiry.status === SurfaceStatus.Absent) continue;
    const unit = optionGreeks(optionTermsOf(market, expiry, instrument));
    for (const name of NAMES) sums[name] += lots * unit[name];
  }
  for (const name of NAMES) sums[name] = divFloor(sums[name], LOTS_PER_UNIT);
  return sums;
}
