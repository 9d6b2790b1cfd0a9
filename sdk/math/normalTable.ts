/**
 * The table by which contracts/math/NormalCdf.sol and its twin compute the standard normal distribution. It is
 * computed, not stored: the contract that carries it on the chain takes only bytes with the hash it knows.
 *
 * [-8, 8) is cut into 512 intervals of 1/32. On each a polynomial of fourth degree in t, the place within the interval
 * from 0 to 1, interpolates the distribution at the ends and at three nodes between (Chebyshev's, widened so that they
 * include the ends: neighbours then agree where they meet). Its error is at most 8e-13.
 */
import { toBeHex } from "ethers";

import { sqrt } from "../risk/fixedPoint";

/** Where the table begins; it ends at the same distance on the other side. */
export const REACH = 8n;
/** Intervals to one. */
export const DENSITY = 32n;
/** Fraction bits of an argument, and of the distribution's value: 1 is 2^53. */
export const ARGUMENT_BITS = 53n;
/** Bits of t, and of the field below each coefficient of a word. */
export const PLACE_BITS = 48n;

const INTERVALS = Number(2n * REACH * DENSITY);
const DEGREE = 4;

/** Fraction bits while the table is computed: 100 more than it keeps. */
const BITS = 160n;
const ONE = 1n << BITS;
const HALF = ONE / 2n;
/** 1 / sqrt(2 pi). A wrong digit would keep the distribution from reaching 1. */
const DENSITY_AT_ZERO = (39894228040143267793994605993438186847585863116493n * ONE) / 10n ** 50n;
const STEP = ONE / DENSITY;
/** The second node, (3 - sqrt 5) / 4; the fourth is as far from the other end. */
const NODE = (3n * ONE - sqrt(5n * ONE * ONE)) / 4n;
const NODES = [0n, NODE, HALF, ONE - NODE, ONE];

/** The distribution and its density somewhere. */
interface Point {
  value: bigint;
  density: bigint;
}

let words: readonly bigint[] | undefined;

/** The 512 words, lowest interval first. Computed at the first call, in some 50 ms. */
export function normalTable(): readonly bigint[] {
  words ??= compute();
  return words;
}

/** The same as the bytes of the contract that carries it, after the byte that keeps it from being run. */
export function normalTableBytes(): string {
  return `0x${normalTable()
    .map((word) => toBeHex(word, 32).slice(2))
    .join("")}`;
}

function compute(): bigint[] {
  const above: bigint[] = [];
  const below: bigint[] = [];
  let x = 0n;
  let start: Point = { value: HALF, density: DENSITY_AT_ZERO };
  for (let i = 0; i < INTERVALS / 2; i++) {
    const along = NODES.map((node) => advance(x, start, times(node, STEP)));
    const values = along.map(({ value }) => value);
    above.push(encode(values));
    below.unshift(encode(values.map((value) => ONE - value).reverse()));
    start = at(along, DEGREE);
    x += STEP;
  }
  return [...below, ...above];
}

/** The distribution and its density `h` further than `x`, by Taylor's series; h is at most 1/32. */
function advance(x: bigint, { value, density }: Point, h: bigint): Point {
  // The n-th derivative of the density is (-1)^n He_n times it: He_n+1 = x He_n - n He_n-1.
  let [hermite, before] = [ONE, 0n];
  let power = ONE;
  let integral = 0n;
  let ratio = 0n;
  for (let n = 0n; n < 40n; n++) {
    const term = times(hermite, power);
    ratio += term;
    integral += times(term, h) / (n + 1n);
    [hermite, before] = [-times(x, hermite) - n * before, hermite];
    power = times(power, h) / (n + 1n);
  }
  return { value: value + times(density, integral), density: times(density, ratio) };
}

/** The word of the polynomial through `values` at the nodes. */
function encode(values: bigint[]): bigint {
  const coefficients = monomials(dividedDifferences(values));
  // A reader takes the coefficient of t^k with the fields below it, as a fraction that is not its own: it is rounded
  // to what lacks then.
  let below = 0n;
  let word = 0n;
  for (let k = DEGREE; k >= 0; k--) {
    const shift = PLACE_BITS * BigInt(DEGREE - k);
    const scaled = at(coefficients, k) >> (BITS - ARGUMENT_BITS - 40n);
    const fraction = (below << 40n) >> shift;
    word = (round(scaled - fraction, 40n) << shift) + below;
    below = BigInt.asUintN(Number(shift + PLACE_BITS), word);
  }
  return word;
}

function dividedDifferences(values: bigint[]): bigint[] {
  const differences = [...values];
  for (let order = 1; order <= DEGREE; order++) {
    for (let i = DEGREE; i >= order; i--) {
      const rise = at(differences, i) - at(differences, i - 1);
      differences[i] = (rise * ONE) / (at(NODES, i) - at(NODES, i - order));
    }
  }
  return differences;
}

/** The coefficients of the powers of t, from Newton's form, multiplied out from within. */
function monomials(differences: bigint[]): bigint[] {
  let powers = [at(differences, DEGREE)];
  for (let i = DEGREE - 1; i >= 0; i--) {
    const inner = powers;
    const raised = [at(differences, i), ...inner];
    powers = raised.map((power, k) => power - times(at(NODES, i), inner[k] ?? 0n));
  }
  return powers;
}

function at<Item>(list: readonly Item[], i: number): Item {
  const item = list[i];
  if (item === undefined) throw new RangeError(`There is no item ${i} among ${list.length}.`);
  return item;
}

function times(x: bigint, y: bigint): bigint {
  return (x * y) >> BITS;
}

/** x / 2^bits, to the nearest. */
function round(x: bigint, bits: bigint): bigint {
  return (x + (1n << (bits - 1n))) >> bits;
}
