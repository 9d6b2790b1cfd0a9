/**
 * contracts/clearing/Ramps.sol in bigint, to the bit: what a market asks for while its parameters ramp. `marketOf` of
 * the ledger answers for the present alone; this one for any time, so that a trader sees what margin will be.
 */
import { BPS, type Bps, type Seconds, type Unit, WAD, type Wad } from "../units";
import { mulDivUp } from "./fixedPoint";
import type { Market } from "./types";

/** What raises margin acts little by little over this time. */
export const RAMP_DURATION: Seconds = 86_400n;

/** The values in force go in steps of a millionth of a basis point, and of a USD. */
const RATE_STEP: Wad = 10n ** 8n;
const DEPTH_STEP: Wad = 10n ** 12n;

/** The parameters that margin depends on. */
export type MarginParameters = Pick<Market, "baseRate" | "volMultiplier" | "slope" | "maintenanceRatio" | "depth">;

/** `marketRamp` of the ledger: what the parameters ramp from, and since when; `since` is zero where nothing ramps. */
export interface MarketRamp extends MarginParameters {
  since: Seconds;
}

/** What of `marketParams` of the ledger margin depends on. */
export interface TargetParameters {
  baseRateBps: Bps;
  volMultiplierBps: Bps;
  slopeBps: Bps;
  maintenanceRatioBps: Bps;
  /** Whole USD. */
  depth: Unit<"USD">;
}

/**
 * The parameters in force at a time, unix seconds, if none are set meanwhile. Throws RangeError for a time before the
 * ramp began.
 * @param target what `marketParams` says.
 * @param ramp what `marketRamp` says in the same block.
 */
export function parametersAt(target: TargetParameters, ramp: MarketRamp, at: Seconds): MarginParameters {
  const to = inWad(target);
  const elapsed = at - ramp.since;
  if (elapsed < 0n) throw new RangeError(`At ${at} other parameters were in force: these ramp since ${ramp.since}.`);
  if (ramp.since === 0n || elapsed >= RAMP_DURATION) return to;
  return {
    baseRate: risen(ramp.baseRate, to.baseRate, elapsed),
    volMultiplier: risen(ramp.volMultiplier, to.volMultiplier, elapsed),
    slope: risen(ramp.slope, to.slope, elapsed),
    maintenanceRatio: risen(ramp.maintenanceRatio, to.maintenanceRatio, elapsed),
    depth: fallen(ramp.depth, to.depth, elapsed),
  };
}

/** The parameters as set, in the units of `Market`. */
function inWad(target: TargetParameters): MarginParameters {
  const rate = (bps: Bps): Wad => (bps * WAD) / BPS;
  return {
    baseRate: rate(target.baseRateBps),
    volMultiplier: rate(target.volMultiplierBps),
    slope: rate(target.slopeBps),
    maintenanceRatio: rate(target.maintenanceRatioBps),
    depth: target.depth * WAD,
  };
}

function risen(from: Wad, to: Wad, elapsed: Seconds): Wad {
  return from + mulDivUp((to - from) / RATE_STEP, elapsed, RAMP_DURATION) * RATE_STEP;
}

/** Linear in 1 / depth, as margin is. */
function fallen(from: Wad, to: Wad, elapsed: Seconds): Wad {
  const [a, b] = [from / DEPTH_STEP, to / DEPTH_STEP];
  return ((a * b * RAMP_DURATION) / (b * (RAMP_DURATION - elapsed) + a * elapsed)) * DEPTH_STEP;
}
