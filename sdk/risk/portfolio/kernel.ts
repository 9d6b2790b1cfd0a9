/** contracts/margin/ScenarioKernel.sol in bigint, to the bit. */
import { lnWad } from "../../math/exponentials";
import { laneOf, placeOf } from "../../math/black76";
import { type Place, normalCdf } from "../../math/normal";
import { ARGUMENT_BITS } from "../../math/normalTable";
import { WAD, type Wad } from "../../units";

/** An option as the kernel revalues it: a call worth spotLeg * N(d1) - strikeLeg * N(d2). */
export interface CallTerms {
  /** ln(F / K). */
  moneyness: Wad;
  /** lots * df * F, USD Wad times 1e8. */
  spotLeg: bigint;
  /** lots * df * K, USD Wad times 1e26. */
  strikeLeg: bigint;
  /** sigma * sqrt(T): as it is, and in the scenarios with volatility up and down. */
  flat: Wad;
  up: Wad;
  down: Wad;
}

/** A price move with a state of volatility, and what has been added up in it. */
export interface State {
  /** ln(1 + m) and 1 + m. */
  logarithm: Wad;
  factor: Wad;
  /** The book's value, in units of 1 / UNIT USD Wad. */
  sum: bigint;
}

/** Sums of states are to be divided by this for USD Wad. */
export const UNIT = (10n ** 26n) << ARGUMENT_BITS;
/** The first state with volatility up, and the one of these in which no price has moved. */
export const UP = 9;
const UP_UNMOVED = 13;
/** Legs must be below these. */
export const MAX_SPOT_LEG = 1n << 130n;
export const MAX_STRIKE_LEG = 1n << 193n;

const TAILS: readonly Wad[] = [-660000000000000000n, 500000000000000000n, 10n ** 18n, 5n * 10n ** 18n];

/** The 22 states for a price range, nothing added up. */
export function statesFor(range: Wad): State[] {
  const step = range / 4n;
  const core = [-4n, -3n, -2n, -1n, 0n, 1n, 2n, 3n, 4n].map((i) => i * step);
  return [...core, ...core, ...TAILS].map((move) => ({ logarithm: lnWad(WAD + move), factor: WAD + move, sum: 0n }));
}

/** The state in which volatility alone has risen. Throws RangeError if `states` are not the kernel's. */
export function unmovedOf(states: readonly State[]): State {
  const state = states[UP_UNMOVED];
  if (!state) throw new RangeError(`${states.length} states are not the kernel's 22.`);
  return state;
}

/** Adds an option in every state. Returns its value as it is, N(d1), and where d1 lies. */
export function addCall(
  states: readonly State[],
  terms: CallTerms,
): { value: bigint; spotWeight: bigint; place: Place } {
  const { moneyness, spotLeg, strikeLeg } = terms;
  const [down, up, flat] = [laneOf(terms.down), laneOf(terms.up), laneOf(terms.flat)];
  states.forEach((state, i) => {
    const lane = i < UP ? down : up;
    const place = placeOf(moneyness + state.logarithm, lane);
    state.sum += spotLeg * state.factor * normalCdf(place) - strikeLeg * normalCdf(place - lane.width);
  });
  const place = placeOf(moneyness, flat);
  const spotWeight = normalCdf(place);
  return { value: spotLeg * WAD * spotWeight - strikeLeg * normalCdf(place - flat.width), spotWeight, place };
}
