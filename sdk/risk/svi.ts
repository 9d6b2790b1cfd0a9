/** contracts/math/Svi.sol in bigint, to the bit. */
import { WAD, type Wad } from "../units";
import { max, min, sqrt } from "./fixedPoint";

/** Raw SVI: w(k) = a + b * (rho * (k - m) + sqrt((k - m)^2 + s^2)). Only b and s cannot be below zero. */
export interface Svi {
  a: Wad;
  b: Wad;
  rho: Wad;
  m: Wad;
  s: Wad;
}

const YEAR = 31_536_000n;
/** How far a smile is read, in units of sqrt(a + b * s). */
const REACH = 4n;

/** Total variance at log-moneyness k = ln(K / F), rounded down; zero where it is below. */
export function totalVariance(k: Wad, { a, b, rho, m, s }: Svi): Wad {
  const d = k - m;
  const w = a + (b * (rho * d + sqrt(d * d + s * s) * WAD)) / (WAD * WAD);
  return w > 0n ? w : 0n;
}

/** How far from the forward the smile is read, 4 * sqrt(a + b * s), rounded down: beyond it vol is flat. */
export function reachOf({ a, b, s }: Svi): Wad {
  const level = a * WAD + b * s;
  return level > 0n ? REACH * sqrt(level) : 0n;
}

/** k brought within `limit` of the forward. */
export function clamp(k: Wad, limit: Wad): Wad {
  return max(min(k, limit), 0n - limit);
}

/** Annual volatility of a total variance over `tenor` seconds, rounded down. */
export function volatilityOf(w: Wad, tenor: bigint): Wad {
  return sqrt((w * YEAR * WAD) / tenor);
}

/** Implied volatility at k, which is brought within reach first, of a smile fitted at `tenor` seconds to expiry. */
export function impliedVolatility(k: Wad, svi: Svi, tenor: bigint): Wad {
  return volatilityOf(totalVariance(clamp(k, reachOf(svi)), svi), tenor);
}
