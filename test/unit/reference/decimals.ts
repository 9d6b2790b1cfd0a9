/**
 * The normal distribution in whole numbers of 10^-660, by series alone: slow, and right where a double is not,
 * down to tails of 10^-300.
 */

/** A tail of 10^-300 is what a sum that grows to 10^300 leaves, of which it needs the digits after those 300 too. */
const PLACES = 660;
const ONE = 10n ** BigInt(PLACES);

/** A double as the fixed-point number it is exactly. */
export function exactly(value: number): bigint {
  let [scaled, halvings] = [value, 0n];
  while (!Number.isInteger(scaled)) [scaled, halvings] = [scaled * 2, halvings + 1n];
  return (BigInt(scaled) * ONE) >> halvings;
}

export function toDouble(fixed: bigint): number {
  return Number(`${fixed}e-${PLACES}`);
}

/** n(z) = e^(-z^2/2) / sqrt(2 pi), N(z) = 1/2 + n(z) (z + z^3/3 + z^5/15 + ...), and N(-z). */
export function exactNormal(z: number): Record<"density" | "cdf" | "tail", bigint> {
  const point = exactly(z);
  const square = multiply(point, point);
  const density = divide(divide(ONE, exponential(square / 2n)), SQRT_TWO_PI);
  let sum = 0n;
  for (let [term, odd] = [point, 3n]; term !== 0n; term = multiply(term, square) / odd, odd += 2n) sum += term;
  const cdf = ONE / 2n + multiply(density, sum);
  return { density, cdf, tail: ONE - cdf };
}

function exponential(x: bigint): bigint {
  let sum = 0n;
  for (let [term, n] = [ONE, 1n]; term !== 0n; term = multiply(term, x) / n, n++) sum += term;
  return sum;
}

/** Machin's: 16 arctan(1/5) - 4 arctan(1/239). */
function pi(): bigint {
  return 16n * arctanOfInverse(5n) - 4n * arctanOfInverse(239n);
}

function arctanOfInverse(x: bigint): bigint {
  let sum = 0n;
  for (let [power, odd] = [ONE / x, 1n]; power !== 0n; power /= -x * x, odd += 2n) sum += power / odd;
  return sum;
}

function squareRoot(x: bigint): bigint {
  const target = x * ONE;
  let [root, before] = [ONE, 0n];
  while (root - before > 1n || before - root > 1n) [root, before] = [(root + target / root) / 2n, root];
  return root;
}

function multiply(a: bigint, b: bigint): bigint {
  return (a * b) / ONE;
}

function divide(a: bigint, b: bigint): bigint {
  return (a * ONE) / b;
}

const SQRT_TWO_PI = squareRoot(2n * pi());
