/** contracts/margin/ExpirySlice.sol in bigint, to the bit. */
import { widthOf } from "../../math/black76";
import { expWad, lnWad, powWad } from "../../math/exponentials";
import { NORMAL_ONE } from "../../math/normal";
import { WAD, type Wad } from "../../units";
import { max, sqrt } from "../fixedPoint";
import { MarginModelError, marginRefusals } from "../refusal";
import { clamp, reachOf, totalVariance, volatilityOf } from "../svi";
import type { Expiry } from "../types";
import type { CallTerms, State } from "./kernel";

/** What the options of an expiry share. */
export interface Slice {
  expiry: Expiry;
  /** T and its root, years. */
  time: Wad;
  sqrtTime: Wad;
  forward: Wad;
  discount: Wad;
  /** df * F now, in each of the kernel's states times 1e18, and what it gains in them, in the kernel's unit. */
  presentForward: Wad;
  movedForwards: readonly bigint[];
  forwardGains: readonly bigint[];
  reach: Wad;
  up: Wad;
  down: Wad;
  far: boolean;
}

const YEAR = 31_536_000n;
const DAY = 86_400n;
const MONTH = 30n * DAY;
const RISE = 500000000000000000n;
const FALL = 300000000000000000n;
const NEAR_POWER = 300000000000000000n;
const FAR_POWER = 130000000000000000n;
const LEAST_UP = 500000000000000000n;
const LEAST_DOWN = 50000000000000000n;
const MOST_FORWARD = 1n << 120n;
const MOST_DISCOUNT = 1n << 64n;

/**
 * What the options of an expiry share, for an underlying that costs `spot`; with no states, what is flat alone. Throws
 * MarginModelError out of range.
 */
export function prepareSlice(expiry: Expiry, spot: Wad, states: readonly State[] = []): Slice {
  const { timeLeft, rate, widening } = expiry;
  const forward = max(expiry.forwardRatio === 0n ? spot : (spot * expiry.forwardRatio) / WAD, 1n);
  const discount = rate === 0n ? WAD : expWad((0n - rate * timeLeft) / YEAR);
  const far = timeLeft > MONTH;
  const shock = powWad((MONTH * WAD) / max(timeLeft, DAY), far ? FAR_POWER : NEAR_POWER);
  if (forward >= MOST_FORWARD || discount >= MOST_DISCOUNT) {
    const sentence = marginRefusals.MarginModel_ExpiryOutOfRange(expiry.expiresAt, forward, discount);
    throw new MarginModelError("MarginModel_ExpiryOutOfRange", sentence);
  }
  const presentForward = (forward * discount) / WAD;
  const movedForwards = states.map(({ factor }) => presentForward * factor);
  return {
    expiry,
    time: (timeLeft * WAD) / YEAR,
    sqrtTime: sqrt((timeLeft * WAD * WAD) / YEAR),
    forward,
    discount,
    presentForward,
    movedForwards,
    forwardGains: movedForwards.map((moved) => (moved - presentForward * WAD) * NORMAL_ONE),
    reach: reachOf(expiry),
    up: ((WAD + (RISE * shock) / WAD) * (WAD + widening)) / WAD,
    down: ((WAD - (FALL * shock) / WAD) * WAD) / (WAD + widening),
    far,
  };
}

/** A lot of an option of the expiry as the kernel takes it. */
export function termsOf(slice: Slice, strike: Wad): CallTerms {
  const k = logMoneyness(slice, strike);
  const volatility = volatilityAt(slice, k);
  return {
    moneyness: 0n - k,
    spotLeg: slice.presentForward,
    movedLegs: slice.movedForwards,
    strikeLeg: strike * slice.discount,
    flat: widthOf(volatility, slice.sqrtTime),
    up: widthOf(max((volatility * slice.up) / WAD, LEAST_UP), slice.sqrtTime),
    down: widthOf(max((volatility * slice.down) / WAD, LEAST_DOWN), slice.sqrtTime),
  };
}

/** ln(K / F). */
export function logMoneyness({ forward }: Pick<Slice, "forward">, strike: Wad): Wad {
  return lnWad(max((strike * WAD) / forward, 1n));
}

/** sigma at log-moneyness `k`, a year. */
export function volatilityAt({ expiry, reach }: Slice, k: Wad): Wad {
  return volatilityOf(totalVariance(clamp(k, reach), expiry), max(expiry.tenor, 1n));
}
