/** contracts/math/NormalCdf.sol and contracts/math/Density.sol in bigint, to the bit. */
import { WAD, type Wad } from "../units";
import { expWad } from "./exponentials";
import { ARGUMENT_BITS, PLACE_BITS, REACH, normalTable } from "./normalTable";

/** Where on the axis a number lies: its distance from -8 in units of 2^-53. */
export type Place = bigint;

/** 1, as values of the distribution are given. */
export const NORMAL_ONE = 1n << ARGUMENT_BITS;
/** The place of zero. */
export const MIDDLE: Place = REACH << ARGUMENT_BITS;

const END = 2n * MIDDLE;
const T_MASK = (1n << PLACE_BITS) - 1n;
/** 1 / sqrt(2 pi). */
const DENSITY_AT_ZERO: Wad = 398942280401432678n;
/** Beyond so far from the middle the density is below a wei. */
const DENSITY_REACH = 9n << ARGUMENT_BITS;

/** The coefficients of a table's word as Horner's rule takes them. */
interface Polynomial {
  c0: bigint;
  c1: bigint;
  c2: bigint;
  c3: bigint;
  c4: bigint;
}

let polynomials: readonly Polynomial[] | undefined;

/** The standard normal distribution at `place`, in units of 2^-53. */
export function normalCdf(place: Place): bigint {
  if (place < 0n) return 0n;
  if (place >= END) return NORMAL_ONE;
  polynomials ??= normalTable().map(unpack);
  // The place is within the table, which has a polynomial for each.
  const { c0, c1, c2, c3, c4 } = polynomials[Number(place >> PLACE_BITS)] as Polynomial;
  const t = place & T_MASK;
  return ((((c4 * t + c3) * t + c2) * t + c1) * t + c0) >> (4n * PLACE_BITS);
}

/** The standard normal density at `place`. */
export function normalDensity(place: Place): Wad {
  const x = place - MIDDLE;
  if (x < -DENSITY_REACH || x > DENSITY_REACH) return 0n;
  return (DENSITY_AT_ZERO * expWad(-((x * x * WAD) >> (2n * ARGUMENT_BITS + 1n)))) / WAD;
}

/** Each coefficient is read with what lies below it, and for the first with what lies above as well. */
function unpack(word: bigint): Polynomial {
  const lowest = (fields: number): bigint => BigInt.asIntN(fields * Number(PLACE_BITS), word);
  return { c0: word, c1: lowest(4), c2: lowest(3), c3: lowest(2), c4: lowest(1) };
}
