/** contracts/margin/OptionMark.sol in bigint, to the bit. */
import { NORMAL_ONE } from "../math/normal";
import { WAD, type Wad } from "../units";
import { divFloor, max, min } from "./fixedPoint";
import { UNIT } from "./portfolio/kernel";

/** A position's legs as the kernel takes them, with the sign of its lots. */
export interface Legs {
  /** lots * df * F, USD Wad times 1e8. */
  spotLeg: bigint;
  /** lots * df * K, USD Wad times 1e26. */
  strikeLeg: bigint;
}

/** What a position in an option is worth, USD, rounded down (see `exactMark`). */
export function markOf(legs: Legs, call: boolean, long: boolean, asCall: bigint): Wad {
  return divFloor(exactMark(legs, call, long, asCall), UNIT);
}

/**
 * What a position in an option is worth, in the kernel's unit: linear in its lots, the same in every mode, no less than
 * it would pay if the forward stayed where it is and no more than it can pay.
 * @param asCall its value if it were a call, in the kernel's unit.
 */
export function exactMark({ spotLeg, strikeLeg }: Legs, call: boolean, long: boolean, asCall: bigint): bigint {
  const [spot, strike] = [spotLeg * WAD * NORMAL_ONE, strikeLeg * NORMAL_ONE];
  const line = call ? spot - strike : strike - spot;
  const most = call ? spot : strike;
  const value = call ? asCall : asCall - (spot - strike);
  return long ? max(min(value, most), max(line, 0n)) : min(max(value, most), min(line, 0n));
}
