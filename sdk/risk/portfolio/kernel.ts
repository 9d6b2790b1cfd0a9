/**
 * contracts/margin/ScenarioKernel.sol in bigint, to the bit. The kernel rounds nothing, so what it says of an option is
 * linear in its lots: here it is worked out for one lot, once for everybody who holds the option.
 */
import { lnWad } from "../../math/exponentials";
import { laneOf, placeOf } from "../../math/black76";
import { type Place, normalCdf } from "../../math/normal";
import { ARGUMENT_BITS } from "../../math/normalTable";
import { WAD, type Wad } from "../../units";

/** A lot of an option as the kernel revalues it: a call worth spotLeg * N(d1) - strikeLeg * N(d2). */
export interface CallTerms {
  /** ln(F / K). */
  moneyness: Wad;
  /** df * F, USD Wad times 1e8. */
  spotLeg: bigint;
  /** The same with the price moved as in each state and times 1e18: USD Wad times 1e26. */
  movedLegs: readonly bigint[];
  /** df * K, USD Wad times 1e26. */
  strikeLeg: bigint;
  /** sigma * sqrt(T): as it is, and in the scenarios with volatility up and down. */
  flat: Wad;
  up: Wad;
  down: Wad;
}

/** A price move; the first nine come with volatility down, the others with volatility up. */
export interface State {
  /** ln(1 + m) and 1 + m. */
  logarithm: Wad;
  factor: Wad;
}

/** A lot of a call, in units of 1 / UNIT USD Wad. */
export interface Revalued {
  /** As it is. */
  value: bigint;
  /** What it gains in each state. */
  gains: bigint[];
  /** N(d1) and where d1 lies, as it is. */
  spotWeight: bigint;
  place: Place;
}

/** Values are to be divided by this for USD Wad. */
export const UNIT = (10n ** 26n) << ARGUMENT_BITS;
/** The first state with volatility up, and the one of these in which no price has moved. */
export const UP = 9;
export const UP_UNMOVED = 13;
/** An option's legs must be below these. */
export const MAX_SPOT_LEG = 1n << 130n;
export const MAX_STRIKE_LEG = 1n << 193n;

const TAILS: readonly State[] = [-660000000000000000n, 500000000000000000n, 10n ** 18n, 5n * 10n ** 18n].map(stateOf);

/** The 22 states for a price range. */
export function statesFor(range: Wad): State[] {
  const step = range / 4n;
  const core = [-4n, -3n, -2n, -1n, 0n, 1n, 2n, 3n, 4n].map((i) => stateOf(i * step));
  return [...core, ...core, ...TAILS];
}

function stateOf(move: Wad): State {
  return { logarithm: lnWad(WAD + move), factor: WAD + move };
}

/** What a lot is worth, and what it gains in every state. */
export function revalue(states: readonly State[], terms: CallTerms): Revalued {
  const { moneyness, spotLeg, movedLegs, strikeLeg } = terms;
  const [down, up, flat] = [laneOf(terms.down), laneOf(terms.up), laneOf(terms.flat)];
  const place = placeOf(moneyness, flat);
  const spotWeight = normalCdf(place);
  const value = spotLeg * WAD * spotWeight - strikeLeg * normalCdf(place - flat.width);
  const gains = states.map(({ logarithm }, i) => {
    const lane = i < UP ? down : up;
    const moved = placeOf(moneyness + logarithm, lane);
    return (movedLegs[i] ?? 0n) * normalCdf(moved) - strikeLeg * normalCdf(moved - lane.width) - value;
  });
  return { value, gains, spotWeight, place };
}
