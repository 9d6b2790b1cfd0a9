/** What an account's value changes with: the Greeks of its positions, added up by underlying. */
import { type Instrument, Kind, decodeInstrument, isOption } from "../ids";
import { type Greeks, type OptionTerms, optionGreeks } from "../math/black76";
import { lnWad } from "../math/exponentials";
import { LOTS_PER_UNIT, WAD } from "../units";
import type { Position } from "../words";
import { divFloor } from "./fixedPoint";
import { type Slice, prepareSlice, volatilityAt } from "./portfolio/slice";
import { MarginModelError, marginRefusals } from "./refusal";
import type { Expiry, Market } from "./types";

const YEAR = 31_536_000n;
/** Strikes have 8 decimals. */
const WAD_PER_STRIKE = 10n ** 10n;
const NAMES = ["delta", "gamma", "vega", "theta", "rho"] as const satisfies (keyof Greeks)[];

/** An option as Black's formula takes it, at the volatility of its mark. `expiry` is the instrument's own. */
export function optionTermsOf({ spot }: Market, expiry: Expiry, instrument: Instrument): OptionTerms {
  const { kind, strike: strike8 } = decodeInstrument(instrument);
  const slice: Slice = prepareSlice(expiry, spot);
  const strike = strike8 * WAD_PER_STRIKE;
  const k = lnWad((strike * WAD) / slice.forward);
  return {
    call: kind === Kind.Call,
    spot,
    forwardRatio: expiry.forwardRatio,
    strike,
    moneyness: 0n - k,
    volatility: volatilityAt(slice, k),
    time: (expiry.timeLeft * WAD) / YEAR,
    sqrtTime: slice.sqrtTime,
    rate: expiry.rate,
    discount: slice.discount,
  };
}

/**
 * The Greeks of what is held in `market`: of all the position, so delta in units of the underlying, vega in USD for 1.00
 * of volatility, theta in USD a year, rho in USD for 1.00 of rate. A perpetual has delta alone.
 * @param positions in any order; those of other underlyings do not count.
 * @throws MarginModelError where an option's expiry is missing.
 */
export function greeksOf(market: Market, expiries: readonly Expiry[], positions: readonly Position[]): Greeks {
  const sums = { delta: 0n, gamma: 0n, vega: 0n, theta: 0n, rho: 0n };
  for (const { instrument, lots } of positions) {
    const { underlying, expiry: expiresAt } = decodeInstrument(instrument);
    if (underlying !== market.underlying) continue;
    if (!isOption(instrument)) {
      sums.delta += lots * WAD;
      continue;
    }
    const expiry = expiries.find((one) => one.underlying === underlying && one.expiresAt === expiresAt);
    if (!expiry) {
      throw new MarginModelError("MarginModel_MissingExpiry", marginRefusals.MarginModel_MissingExpiry(instrument));
    }
    const unit = optionGreeks(optionTermsOf(market, expiry, instrument));
    for (const name of NAMES) sums[name] += lots * unit[name];
  }
  for (const name of NAMES) sums[name] = divFloor(sums[name], LOTS_PER_UNIT);
  return sums;
}
