/** contracts/math/NormalCdf.sol and contracts/math/Density.sol in bigint, to the bit. */
import { WAD, type Wad } from "../units";
import { expWad } from "./exponentials";
import { ARGUMENT_BITS, DENSITY, PLACE_BITS, REACH, normalTable } from "./normalTable";

/** Where on the axis a number lies: its distance from -8 in units of 2^-53. */
export type Place = bigint;

/** 1, as values of the distribution are given. */
export const NORMAL_ONE = 1n << ARGUMENT_BITS;
/** The place of zero. */
export const MIDDLE: Place = REACH << ARGUMENT_BITS;

const END = 2n * MIDDLE;
/** Bits of a slope that nobody needs: with them it would not fit a word of the chain. */
const SLOPE_EXTRA = 100n;
const T_MASK = (1n << PLACE_BITS) - 1n;
const HALF_BITS = PLACE_BITS / 2n;
const HALF_MASK = (1n << HALF_BITS) - 1n;
const HALF = 2 ** Number(HALF_BITS);
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

/** The same in doubles, in units of 2^-53: of c0 and c1 the whole part, c1's in halves of 24 bits, and the rest. */
interface Doubles {
  whole0: number;
  rest0: number;
  high1: number;
  low1: number;
  rest1: number;
  c2: number;
  c3: number;
  c4: number;
}

/**
 * More than a fraction is off by in `normalCdf`. Rounded are the coefficients from c2 on, together below 2^40, and what
 * is done with them: less than a dozen times by 2^-53.
 */
const DOUBT = 2 ** -8;

let polynomials: readonly Polynomial[] | undefined;
let doubles: readonly Doubles[] | undefined;

/**
 * The standard normal distribution at `place`, in units of 2^-53. Whole numbers are added up in doubles, which hold them
 * exactly, and apart from them fractions. Where their sum is too near a whole number to be sure of, `cdfByWord` decides.
 */
export function normalCdf(place: Place): bigint {
  if (place < 0n) return 0n;
  if (place >= END) return NORMAL_ONE;
  doubles ??= table().map(inDoubles);
  const above = Number(place >> HALF_BITS);
  const tHigh = above % HALF;
  const tLow = Number(place & HALF_MASK);
  const t = (tHigh + tLow / HALF) / HALF;
  const { whole0, rest0, high1, low1, rest1, c2, c3, c4 } = doubles[(above - tHigh) / HALF] as Doubles;
  const middle = high1 * tLow + low1 * tHigh;
  const carried = Math.floor(middle / HALF);
  const exact = (middle - carried * HALF + (low1 * tLow) / HALF) / HALF;
  const fraction = exact + rest0 + t * (rest1 + t * (c2 + t * (c3 + t * c4)));
  const value = whole0 + (high1 * tHigh + carried + Math.floor(fraction));
  const doubtful = Math.abs(fraction - Math.round(fraction)) < DOUBT || value > Number.MAX_SAFE_INTEGER;
  return doubtful ? cdfByWord(place) : BigInt(value);
}

/** The same at a place that is within the table, as the contract computes it. */
function cdfByWord(place: Place): bigint {
  const { c0, c1, c2, c3, c4 } = table()[Number(place >> PLACE_BITS)] as Polynomial;
  const t = place & T_MASK;
  return ((((c4 * t + c3) * t + c2) * t + c1) * t + c0) >> (4n * PLACE_BITS);
}

/** The standard normal density at `place` as the slope of the table's polynomial: off by at most 8e-10. */
export function normalSlope(place: Place): Wad {
  if (place < 0n || place >= END) return 0n;
  const { c1, c2, c3, c4 } = table()[Number(place >> PLACE_BITS)] as Polynomial;
  const t = place & T_MASK;
  const [third, second] = [c4 * t + c3, (c4 * t + c3) * t + c2];
  const slope = (((c4 * t + third) * t + second) * t + (second * t + c1)) >> SLOPE_EXTRA;
  const density = (slope * DENSITY * WAD) >> (3n * PLACE_BITS - SLOPE_EXTRA + ARGUMENT_BITS);
  return density > 0n ? density : 0n;
}

/** The standard normal density at `place`. */
export function normalDensity(place: Place): Wad {
  const x = place - MIDDLE;
  if (x < -DENSITY_REACH || x > DENSITY_REACH) return 0n;
  return (DENSITY_AT_ZERO * expWad(-((x * x * WAD) >> (2n * ARGUMENT_BITS + 1n)))) / WAD;
}

/** A polynomial for each place within the table. */
function table(): readonly Polynomial[] {
  return (polynomials ??= normalTable().map(unpack));
}

/** Each coefficient is read with what lies below it, and for the first with what lies above as well. */
function unpack(word: bigint): Polynomial {
  const lowest = (fields: number): bigint => BigInt.asIntN(fields * Number(PLACE_BITS), word);
  return { c0: word, c1: lowest(4), c2: lowest(3), c3: lowest(2), c4: lowest(1) };
}

function inDoubles({ c0, c1, c2, c3, c4 }: Polynomial): Doubles {
  const unit = (fields: number): number => 2 ** (fields * Number(PLACE_BITS));
  const rest = (x: bigint, fields: number): number =>
    Number(BigInt.asUintN(fields * Number(PLACE_BITS), x)) / unit(fields);
  const whole1 = c1 >> (3n * PLACE_BITS);
  return {
    whole0: Number(c0 >> (4n * PLACE_BITS)),
    rest0: rest(c0, 4),
    high1: Number(whole1 >> HALF_BITS),
    low1: Number(whole1 & HALF_MASK),
    rest1: rest(c1, 3),
    c2: Number(c2) / unit(2),
    c3: Number(c3) / unit(1),
    c4: Number(c4),
  };
}
