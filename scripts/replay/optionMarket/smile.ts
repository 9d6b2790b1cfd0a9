/** The smiles of a made-up surface: one shape, a level that moves, and no further than the oracle lets it. */
import type { Seconds } from "../../../sdk";
import { markVariance, reachOf } from "../../surface/arbitrage";
import type { RawSvi, SurfaceSlice } from "../../surface/slice";
import { toSlice } from "../../surface/slice";

const DAY = 86_400;
const YEAR = 365 * DAY;

/** The level is of thirty days; at the money vol falls with the time to expiry as this power, from a day on. */
const LEVEL_TENOR = 30 * DAY;
const SHORTEST_TENOR = DAY;
const TERM_POWER = -0.08;
/** Puts below the forward cost more vol than calls as far above it, as in the chains of 2021 and 2022. */
const SKEW = -0.2;
/** Forwards stand above spot by so much a year. */
const CARRY = 0.05;
const HALVINGS = 30;
/** Of the oracle's bounds, a vol point. */
const SPARED = 0.01;

/** An expiry as last reported, and what the oracle still lets its vol move. */
export interface Room {
  /** Unix seconds. */
  expiry: number;
  /** Unix seconds. */
  reportedAt: number;
  /** The level of that report. */
  level: number;
  /** How far vol may move, parts of one. */
  left: number;
}

/** Vol at the money of an expiry so many seconds away. @param level of thirty days. */
export function volAt(level: number, tenor: number): number {
  return level * (Math.max(tenor, SHORTEST_TENOR) / LEVEL_TENOR) ** TERM_POWER;
}

/** The forward over spot of an expiry so many seconds away. */
export function forwardAt(tenor: number): number {
  return Math.exp((CARRY * tenor) / YEAR);
}

/**
 * A smile with this vol at the money, half of whose variance there is the bend's: the same at every level and tenor, in
 * units of the standard deviation, so that total variance rises with the tenor at every strike.
 */
export function smileAt(vol: number, tenor: number): RawSvi {
  const variance = (vol * vol * tenor) / YEAR;
  const s = Math.sqrt(variance);
  return { a: variance / 2, b: s / 2, rho: SKEW, m: 0, s };
}

/** One expiry of a report. @param expiry and `now` in unix seconds. */
export function sliceAt(level: number, expiry: number, now: number): SurfaceSlice {
  const tenor = expiry - now;
  const expiresAt: Seconds = BigInt(expiry);
  return toSlice(expiresAt, forwardAt(tenor), 0, smileAt(volAt(level, tenor), tenor));
}

/**
 * The level nearest to `wanted` at which no expiry moves further than it may, on the way there from the last reported,
 * with something spared for what time alone does to the smiles until the next report: that one must not be refused. Where
 * only that is left the level stays; undefined where time has done more.
 */
export function reachableLevel(wanted: number, rooms: readonly Room[], now: number): number | undefined {
  const within = (level: number, spared: number): boolean =>
    rooms.every((room) => volMove(room, level, now) <= room.left - spared);
  const allowed = (level: number): boolean => within(level, SPARED);
  const [last] = rooms;
  if (!last || allowed(wanted)) return wanted;
  let [near, far] = [last.level, wanted];
  if (!allowed(near)) return within(near, 0) ? near : undefined;
  for (let i = 0; i < HALVINGS; ++i) {
    const middle = (near + far) / 2;
    if (allowed(middle)) near = middle;
    else far = middle;
  }
  return near;
}

/** As the oracle counts it: vol at the money, or half of what the smile does half-way to either end where that is more. */
function volMove({ expiry, reportedAt, level: before }: Room, level: number, now: number): number {
  const from = reported(before, expiry - reportedAt);
  const to = reported(level, expiry - now);
  const half = reachOf(to.svi) / 2;
  const move = (k: number): number => Math.abs(volOf(from, k) - volOf(to, k));
  return Math.max(move(0), move(-half) / 2, move(half) / 2);
}

interface Smile {
  svi: RawSvi;
  tenor: number;
}

function reported(level: number, tenor: number): Smile {
  return { svi: smileAt(volAt(level, tenor), tenor), tenor };
}

function volOf({ svi, tenor }: Smile, k: number): number {
  return Math.sqrt((markVariance(k, svi) * YEAR) / tenor);
}
