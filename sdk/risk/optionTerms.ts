/**
 * contracts/clearing/OptionTerms.sol in bigint, to the bit: what governance asks of an underlying's options while its
 * parameters ramp. `marketOf` of the ledger answers for the present alone; this one for any time.
 */
import { BPS, type Bps, type Seconds, WAD, type Wad } from "../units";
import { mulDivUp } from "./fixedPoint";
import { RAMP_DURATION } from "./ramp";
import type { Market } from "./types";

/** The values in force go in steps of a thousandth of a basis point. */
const STEP: Wad = 10n ** 11n;

/** The parameters of options that margin depends on. */
export type OptionParameters = Pick<Market, "priceRange" | "credit" | "referenceVol">;

/** In force where governance has set nothing yet: the tightest that it may set. */
const TIGHTEST: OptionParameters = { priceRange: rate(6_000n), credit: 0n, referenceVol: rate(50n) };

/** `optionRamp` of the ledger: what the parameters ramp from, and since when; `since` is zero where nothing ramps. */
export interface OptionRamp extends OptionParameters {
  since: Seconds;
}

/** What of `optionParams` of the ledger margin depends on; all zero where governance has set nothing yet. */
export interface OptionTargets {
  priceRangeBps: Bps;
  creditBps: Bps;
  referenceVolBps: Bps;
}

/**
 * The parameters in force at a time, unix seconds, if none are set meanwhile. Throws RangeError for a time before the
 * ramp began.
 * @param target what `optionParams` says.
 * @param ramp what `optionRamp` says in the same block.
 */
export function optionParametersAt(target: OptionTargets, ramp: OptionRamp, at: Seconds): OptionParameters {
  // Zero is no price range that may be set.
  if (target.priceRangeBps === 0n) return { ...TIGHTEST };
  const to: OptionParameters = {
    priceRange: rate(target.priceRangeBps),
    credit: rate(target.creditBps),
    referenceVol: rate(target.referenceVolBps),
  };
  const elapsed = at - ramp.since;
  if (elapsed < 0n) throw new RangeError(`At ${at} other parameters were in force: these ramp since ${ramp.since}.`);
  if (ramp.since === 0n || elapsed >= RAMP_DURATION) return to;
  return {
    priceRange: ramp.priceRange + part(to.priceRange - ramp.priceRange, elapsed),
    credit: ramp.credit - part(ramp.credit - to.credit, elapsed),
    referenceVol: ramp.referenceVol - part(ramp.referenceVol - to.referenceVol, elapsed),
  };
}

function rate(bps: Bps): Wad {
  return (bps * WAD) / BPS;
}

/** What of a change that raises margin is in force after `elapsed`, rounded up. */
function part(change: Wad, elapsed: Seconds): Wad {
  return mulDivUp(change / STEP, elapsed, RAMP_DURATION) * STEP;
}
