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
  // At a price of zero puts alone pay, and fall as it rises. A strike adds its lots to the slope: a call begins to pay
  // there, a put ceases to fall.
  const puts = options.filter(({ call }) => !call);
  let payoff = puts.reduce((sum, { strike, lots }) => sum + lots * strike, 0n);
  let slope = puts.reduce((sum, { lots }) => sum - lots, 0n);
  let least = payoff;
  let price = 0n;
  for (const { strike, lots } of [...options].sort(byStrike)) {
    payoff += slope * (strike - price);
    if (payoff < least) least = payoff;
    slope += lots;
    price = strike;
  }
  return -divFloor(least, LOTS_PER_UNIT);
}

function byStrike(one: Payoff, other: Payoff): number {
  return one.strike < other.strike ? -1 : one.strike > other.strike ? 1 : 0;
}
