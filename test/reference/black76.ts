/**
 * European options on a forward (Black 1976) and their Greeks by the margin mathematics, sections 1 and 4, in double
 * precision. Prices in USD a unit, times in years of 365 days, volatilities and rates a year, 0.5 for 50 %.
 */
import { millsRatio, normalCdf, normalDensity } from "./normal";

export interface OptionTerms {
  spot: number;
  /** Forward over spot. */
  forwardRatio: number;
  rate: number;
  strike: number;
  call: boolean;
  /** To expiry; zero or below once it is reached. */
  years: number;
  vol: number;
}

export interface Greeks {
  /** dV/dS, in units of the underlying: forward ratio, rate and volatility of the strike stay. */
  delta: number;
  /** d2V/dS2, in units a USD, likewise. */
  gamma: number;
  /** dV/dsigma, in USD for 1.00 of volatility. */
  vega: number;
  /** dV/dt, in USD a year: time passes while spot, forward ratio, rate and volatility stay. */
  theta: number;
  /** dV/dr, in USD for 1.00 of rate: the forward, being observed, stays, so only the discounting changes. */
  rho: number;
}

/** V in USD a unit: the discounted price, intrinsic on the forward at expiry or without volatility. */
export function optionValue(terms: OptionTerms): number {
  return discountOf(terms) * black76(forwardOf(terms), terms.strike, deviationOf(terms), terms.call);
}

/** All five of one unit. At expiry the option is its payoff: delta where it is in the money, and nothing else. */
export function optionGreeks(terms: OptionTerms): Greeks {
  const { spot, forwardRatio, rate, vol, call } = terms;
  const [forward, discount, deviation, years] = [
    forwardOf(terms),
    discountOf(terms),
    deviationOf(terms),
    yearsOf(terms),
  ];
  const value = optionValue(terms);
  const carry = { theta: rate * value, rho: -years * value };
  const d1 = firstDistance(forward, terms.strike, deviation);
  const delta = discount * forwardRatio * (call ? normalCdf(d1) : -normalCdf(-d1));
  if (deviation === 0) return { delta, gamma: 0, vega: 0, ...carry };
  const density = discount * forward * normalDensity(d1);
  return {
    delta,
    gamma: density / (spot * spot * deviation),
    vega: density * Math.sqrt(years),
    theta: carry.theta - (density * vol) / (2 * Math.sqrt(years)),
    rho: carry.rho,
  };
}

/**
 * Undiscounted price in USD a unit.
 * @param deviation of the logarithm at expiry: sigma * sqrt(T).
 */
export function black76(forward: number, strike: number, deviation: number, call: boolean): number {
  const intrinsic = Math.max(0, call ? forward - strike : strike - forward);
  if (deviation === 0) return intrinsic;
  const smaller = Math.min(forward, strike);
  return intrinsic + outOfTheMoney(smaller, Math.max(forward, strike), deviation);
}

/**
 * The price of the option that is out of the money, which is the call at `low` for `high` and, by symmetry, the put at
 * `high` for `low`.
 */
function outOfTheMoney(low: number, high: number, deviation: number): number {
  const d1 = firstDistance(low, high, deviation);
  const d2 = d1 - deviation;
  if (d1 > 0) return low * normalCdf(d1) - high * normalCdf(d2);
  // low * n(d1) = high * n(d2): with it drawn out, no two vanishing numbers are subtracted.
  return low * normalDensity(d1) * (millsRatio(-d1) - millsRatio(-d2));
}

/** d1; infinite without deviation, and zero there at the money. */
function firstDistance(forward: number, strike: number, deviation: number): number {
  const moneyness = Math.log1p((forward - strike) / strike);
  return moneyness === 0 ? deviation / 2 : moneyness / deviation + deviation / 2;
}

function forwardOf({ spot, forwardRatio }: OptionTerms): number {
  return spot * forwardRatio;
}

function discountOf(terms: OptionTerms): number {
  return Math.exp(-terms.rate * yearsOf(terms));
}

function deviationOf(terms: OptionTerms): number {
  return terms.vol * Math.sqrt(yearsOf(terms));
}

function yearsOf({ years }: OptionTerms): number {
  return Math.max(0, years);
}
