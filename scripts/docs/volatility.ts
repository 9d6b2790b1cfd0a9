/**
 * The volatility oracle's forecast in double precision, for the documentation: contracts/oracle/Ewma.sol has the exact
 * one, and a test holds what is printed against it.
 */
const DECAY_A_DAY = 0.94;
const WIDENING_AN_HOUR = 1.01;
const FREE_HOURS = 3;
const HOURS_A_DAY = 24;

/**
 * The daily volatility once a price moved by `move` (a part of one) within the hour after a sample at volatility `vol`.
 * A move counts as over an hour at least, and never lowers the forecast.
 */
export function afterMove(vol: number, move: number): number {
  const kept = DECAY_A_DAY ** (1 / HOURS_A_DAY);
  const logReturn = Math.log1p(move);
  return Math.sqrt(Math.max(vol ** 2, kept * vol ** 2 + (1 - kept) * logReturn ** 2 * HOURS_A_DAY));
}

/** The daily volatility after so many hours without a sample, the price unmoved. */
export function withoutSamples(vol: number, hours: number): number {
  return Math.sqrt(vol ** 2 * WIDENING_AN_HOUR ** Math.max(0, hours - FREE_HOURS));
}
