/** contracts/margin/ExpiryLoss.sol in bigint, to the bit. */
import { LOTS_PER_UNIT, type Lots, type Wad } from "../../units";
import { divFloor } from "../fixedPoint";

/** An option by what it pays. */
export interface Payoff {
  call: boolean;
  strike: Wad;
  lots: Lots;
}

/** What options of one underlying and expiry lose at most when they are settled, USD; negative where they only win. */
export function worstAtExpiry(options: readonly Payoff[]): Wad {
  let least = payoffAt(options, 0n);
  for (const { strike } of options) {
    const payoff = payoffAt(options, strike);
    if (payoff < least) least = payoff;
  }
  return -divFloor(least, LOTS_PER_UNIT);
}

function payoffAt(options: readonly Payoff[], x: Wad): bigint {
  let sum = 0n;
  for (const { call, strike, lots } of options) {
    const inside = call ? x - strike : strike - x;
    if (inside > 0n) sum += lots * inside;
  }
  return sum;
}
