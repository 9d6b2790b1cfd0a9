/** The funding rule of a perpetual market, with the ledger's rounding. */
import { type Seconds, WAD, type Wad } from "../units";
import { max, min } from "./fixedPoint";

/** The most funding an hour costs, either way: 0.05 %. */
export const MAX_HOURLY_RATE = 5n * 10n ** 14n;

/** Hours over which a perpetual pays its basis. */
const BASIS_HOURS = 8n;
const SECONDS_PER_HOUR = 3600n;
/** The basis oracle integrates in 1e-9 seconds; Wad is 1e-18. */
const WAD_PER_INTEGRAL_UNIT = 10n ** 9n;

/** What an hour of this basis costs longs, Wad: an eighth of it, within the bounds. */
export function hourlyRateOf(basis: Wad): Wad {
  return max(-MAX_HOURLY_RATE, min(MAX_HOURLY_RATE, basis / BASIS_HOURS));
}

/** What one accrual does to a market. */
export interface FundingAccrual {
  /** Wad per hour; longs pay when positive. */
  hourlyRate: Wad;
  /** What is added to the market's cumulative funding per unit, USD. */
  perUnit: Wad;
}

/**
 * Funding over `elapsed` seconds: an eighth of the average basis per hour, at most 0.05 % of spot, everything truncated
 * towards zero.
 * @param integralThen and integralNow are the basis oracle's integral at both ends, 1e-9 seconds.
 * @param spot USD per unit, at the end of the interval.
 */
export function accrueFunding(integralThen: bigint, integralNow: bigint, spot: Wad, elapsed: Seconds): FundingAccrual {
  if (elapsed === 0n) return { hourlyRate: 0n, perUnit: 0n };
  const averageBasis = ((integralNow - integralThen) * WAD_PER_INTEGRAL_UNIT) / elapsed;
  const hourlyRate = hourlyRateOf(averageBasis);
  return { hourlyRate, perUnit: (spot * hourlyRate * elapsed) / (SECONDS_PER_HOUR * WAD) };
}
