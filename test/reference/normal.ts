/**
 * The standard normal distribution in double precision, to a few units in the last place of the result in the tails as
 * well: a series of positive terms near zero, W. J. Cody's rational approximation of erfc beside it (Rational Chebyshev
 * approximations for the error function, 1969), and the continued fraction of Mills' ratio beyond.
 */

const SQRT_TWO_PI = 2.5066282746310002;
const SQRT_HALF_PI = 1.2533141373155003;
/** Where the density is below the smallest double. */
const VANISHES = 39;
const SERIES_BELOW = 0.66;
const FRACTION_FROM = 5.6;

/** Numerator and denominator of e^(x^2) erfc(x) for x from 0.46875 to 4, by falling powers of x. */
const CODY_NUMERATOR = [
  2.1531153547440383e-8, 0.5641884969886701, 8.883149794388377, 66.11919063714163, 298.6351381974001, 881.952221241769,
  1712.0476126340707, 2051.0783778260716, 1230.3393547979972,
];
const CODY_DENOMINATOR = [
  1, 15.744926110709835, 117.6939508913125, 537.1811018620099, 1621.3895745666903, 3290.7992357334597,
  4362.619090143247, 3439.3676741437216, 1230.3393548037495,
];

/** Density at z, per unit of z. */
export function normalDensity(z: number): number {
  if (Math.abs(z) > VANISHES) return 0;
  // z * z would lose in its rounding what a large exponent multiplies; the square of a coarse part is exact.
  const coarse = Math.trunc(z * 16) / 16;
  const exponent = (z - coarse) * (z + coarse);
  return (Math.exp(-0.5 * coarse * coarse) * Math.exp(-0.5 * exponent)) / SQRT_TWO_PI;
}

/** Probability of a value of at most z. */
export function normalCdf(z: number): number {
  if (Math.abs(z) < SERIES_BELOW) return 0.5 + normalDensity(z) * centralSeries(z);
  const tail = normalDensity(z) * tailRatio(Math.abs(z));
  return z < 0 ? tail : 1 - tail;
}

/** Mills' ratio N(-z) / n(z), which stays of the order of 1 / z where both vanish. */
export function millsRatio(z: number): number {
  if (z >= SERIES_BELOW) return tailRatio(z);
  return normalCdf(-z) / normalDensity(z);
}

/** (N(z) - 1/2) / n(z) = z + z^3/3 + z^5/15 + ... */
function centralSeries(z: number): number {
  const square = z * z;
  let term = z;
  let sum = z;
  for (let odd = 3; Math.abs(term) > Math.abs(sum) * 1e-18; odd += 2) {
    term *= square / odd;
    sum += term;
  }
  return sum;
}

function tailRatio(z: number): number {
  if (z >= FRACTION_FROM) return continuedFraction(z);
  const x = z * Math.SQRT1_2;
  return (SQRT_HALF_PI * polynomial(CODY_NUMERATOR, x)) / polynomial(CODY_DENOMINATOR, x);
}

/** 1 / (z + 1 / (z + 2 / (z + 3 / ...))), from its far end, with the more terms the nearer z is. */
function continuedFraction(z: number): number {
  let denominator = z;
  for (let n = Math.ceil(300 / (z * z)) + 12; n > 0; n--) denominator = z + n / denominator;
  return 1 / denominator;
}

function polynomial(coefficients: readonly number[], x: number): number {
  return coefficients.reduce((value, coefficient) => value * x + coefficient, 0);
}
