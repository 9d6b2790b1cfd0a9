/** Which expiries and strikes are listed, by rule. */

/** Strikes that may be opened, USD with 8 decimals. */
export interface Strikes {
  lowest: bigint;
  highest: bigint;
  step: bigint;
}

const HOUR = 3_600;
const DAY = 24 * HOUR;
const WEEK = 7 * DAY;
/** 08:00 UTC on the first Friday of unix time: 2 January 1970. */
const FIRST_FRIDAY = DAY + 8 * HOUR;
const WEEKLIES = 3;
const MONTHLIES = 2;

/** Steps are 1, 2 or 5 times a power of ten, and at least this part of the price. */
const STEP = 0.02;
const ROUND = [1, 2, 5, 10] as const;
const LOWEST = 0.4;
const HIGHEST = 2.5;
/** Strikes are listed anew when the price has left this range of the one they were listed around. */
const DRIFT = 1.25;
const STRIKE_UNIT = 1e8;

/** Fridays at 08:00 UTC: the next three, and the last of this month and of the two after, ascending. Unix seconds. */
export function expiriesAt(now: number): number[] {
  const next = FIRST_FRIDAY + (Math.floor((now - FIRST_FRIDAY) / WEEK) + 1) * WEEK;
  const weekly = Array.from({ length: WEEKLIES }, (_, index) => next + index * WEEK);
  const date = new Date(now * 1_000);
  const monthly = Array.from({ length: MONTHLIES + 1 }, (_, ahead) => lastFriday(date, ahead));
  return [...new Set([...weekly, ...monthly])].filter((expiry) => expiry > now).sort((a, b) => a - b);
}

/** Of the month that is `ahead` months after that of `date`. */
function lastFriday(date: Date, ahead: number): number {
  const end = Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + ahead + 1, 1) / 1_000;
  return FIRST_FRIDAY + Math.floor((end - 1 - FIRST_FRIDAY) / WEEK) * WEEK;
}

/** Strikes around a price, USD. */
export function strikesAround(price: number): Strikes {
  const power = 10 ** Math.floor(Math.log10(price * STEP));
  const step = power * (ROUND.find((multiple) => power * multiple >= price * STEP) ?? 10);
  const [lowest, highest] = [Math.ceil((price * LOWEST) / step), Math.floor((price * HIGHEST) / step)];
  const unit = BigInt(Math.round(step * STRIKE_UNIT));
  return { lowest: BigInt(lowest) * unit, highest: BigInt(highest) * unit, step: unit };
}

/** Whether strikes that were listed around `center` no longer fit `price`. */
export function hasDrifted(center: number, price: number): boolean {
  return price > center * DRIFT || price * DRIFT < center;
}

/** The listed strike nearest to `strike`, USD; never one that is not listed. */
export function nearestStrike({ lowest, highest, step }: Strikes, strike: number): bigint {
  const wanted = BigInt(Math.round((strike * STRIKE_UNIT) / Number(step))) * step;
  return wanted < lowest ? lowest : wanted > highest ? highest : wanted;
}
