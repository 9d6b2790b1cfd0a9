/** What the oracle refuses a surface for, in doubles: see contracts/oracle/SurfaceRules.sol. */
import type { RawSvi } from "./slice";

const REACH = 4;
const MAX_SHARPNESS = 512;
/** Where neighbours are compared: parts of the wider reach, and of s around the later one's bend. */
const EVEN_POINTS = [-1, -0.8, -0.6, -0.4, -0.2, 0, 0.2, 0.4, 0.6, 0.8, 1] as const;
const BEND_POINTS = [-2, -1, -0.5, 0, 0.5, 1, 2] as const;
/** Gatheral's g at the oracle's grid. */
export const MIN_DENSITY = 0.01;
const MAX_WING_SLOPE = 2;

/** w(k), wherever k is. */
export function totalVariance(k: number, { a, b, rho, m, s }: RawSvi): number {
  return a + b * (rho * (k - m) + hypotenuse(k - m, s));
}

/** Of sides between which nothing can overflow, which spares most of what Math.hypot takes: a fit asks it millions of times. */
function hypotenuse(x: number, y: number): number {
  return Math.sqrt(x * x + y * y);
}

/** How far from the forward the smile is read; zero for one with no variance there. */
export function reachOf({ a, b, s }: RawSvi): number {
  return REACH * Math.sqrt(Math.max(0, a + b * s));
}

/** w(k) with k brought within reach, as marks have it. */
export function markVariance(k: number, svi: RawSvi): number {
  return totalVariance(within(k, reachOf(svi)), svi);
}

function within(k: number, reach: number): number {
  return Math.max(-reach, Math.min(reach, k));
}

/** The smallest variance anywhere. */
export function leastVariance({ a, b, rho, s }: RawSvi): number {
  return a + b * s * Math.sqrt(Math.max(0, 1 - rho * rho));
}

/** Gatheral's g: the density of the price at expiry has its sign. */
export function density(k: number, { a, b, rho, m, s }: RawSvi): number {
  const root = hypotenuse(k - m, s);
  const w = a + b * (rho * (k - m) + root);
  const first = b * (rho + (k - m) / root);
  const second = (b * s * s) / root ** 3;
  return (1 - (k * first) / (2 * w)) ** 2 - (first ** 2 / 4) * (1 / w + 1 / 4) + second / 2;
}

/** The least of g on the oracle's grid. */
export function leastDensity(svi: RawSvi): number {
  const { m, s } = svi;
  const reach = reachOf(svi);
  let least = Math.min(density(0, svi), density(reach, svi), density(-reach, svi));
  for (let e = 1; ; e *= Math.SQRT2) {
    const d = (s * (e - 1 / e)) / 2;
    if (m + d > reach && m - d < -reach) return least;
    for (const k of [m + d, m - d]) if (Math.abs(k) <= reach) least = Math.min(least, density(k, svi));
  }
}

/**
 * By how much of itself the nearer smile's variance exceeds the farther's at worst, on the oracle's grid; negative where
 * it does nowhere. Both are of one moment.
 */
export function calendarExcess(near: RawSvi, far: RawSvi): number {
  const [nearReach, farReach] = [reachOf(near), reachOf(far)];
  const reach = Math.max(nearReach, farReach);
  let worst = -Infinity;
  const compare = (k: number): void => {
    const variance = totalVariance(within(k, nearReach), near);
    worst = Math.max(worst, (variance - totalVariance(within(k, farReach), far)) / variance);
  };
  for (const part of EVEN_POINTS) compare(part * reach);
  for (const k of [-nearReach, nearReach]) compare(k);
  for (const part of BEND_POINTS) compare(far.m + part * far.s);
  return worst;
}

/**
 * How far a smile is from all the oracle asks, as one number: zero where it meets everything with room to spare.
 * @param least the smallest variance it may have.
 * @param near the smile of the expiry before, where there is one.
 */
export function penalty(svi: RawSvi, least: number, near: RawSvi | undefined): number {
  const { b, rho, m, s } = svi;
  const short = (value: number, bound: number): number => Math.max(0, bound - value);
  let total = short(b, 0) + short(s, 1e-5) + short(0.9999, Math.abs(rho));
  total += short(MAX_WING_SLOPE * 0.9999, b * (1 + Math.abs(rho)));
  total += short(leastVariance(svi), least) / least;
  if (total > 0) return 1 + total;
  total += short(s, (1.01 * (reachOf(svi) + Math.abs(m))) / MAX_SHARPNESS) / s;
  if (total > 0) return 1 + total;
  total += short(leastDensity(svi), MIN_DENSITY + ROOM);
  if (near) total += short(-calendarExcess(near, svi), ROOM / 10);
  return total;
}

/** What is kept between a fit and a bound, so that rounding to stored units never crosses it. */
const ROOM = 1e-3;
