/** The volatility surface of the margin mathematics, section 1, in double precision. */

/** Raw SVI of one expiry: total variance over log-moneyness. */
export interface RawSvi {
  a: number;
  b: number;
  rho: number;
  m: number;
  /** Called s in the formulas: how round the smile is at its bottom. */
  sigma: number;
}

export interface Surface {
  /** Forward over spot. */
  forwardRatio: number;
  /** A year, continuously compounded. */
  rate: number;
  svi: RawSvi;
  /** Years to expiry when the smile was fitted. */
  tauRef: number;
}

/** Beyond this many deviations the smile is flat. */
const CLAMP = 4;

/** w(k) at `tauRef`, for k = ln(K/F), held within four times sqrt(a + b * sigma). */
export function totalVariance({ a, b, rho, m, sigma }: RawSvi, k: number): number {
  const limit = CLAMP * Math.sqrt(a + b * sigma);
  const distance = Math.min(limit, Math.max(-limit, k)) - m;
  return a + b * (rho * distance + Math.hypot(distance, sigma));
}

/** Volatility a year of a strike: it stays between reports, while time to expiry runs. */
export function volatility({ svi, tauRef }: Surface, forward: number, strike: number): number {
  return Math.sqrt(totalVariance(svi, Math.log(strike / forward)) / tauRef);
}
