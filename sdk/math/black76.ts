/** contracts/math/Black76.sol in bigint, to the bit. */
import { WAD, type Wad } from "../units";
import { MIDDLE, NORMAL_ONE, type Place, normalCdf, normalDensity } from "./normal";
import { ARGUMENT_BITS } from "./normalTable";

/** An option to be valued, for one unit of the underlying. */
export interface OptionTerms {
  call: boolean;
  /** Above zero. */
  spot: Wad;
  /** phi: the forward is spot * phi. */
  forwardRatio: Wad;
  strike: Wad;
  /** ln(F / K). */
  moneyness: Wad;
  /** sigma, a year. */
  volatility: Wad;
  /** T and its root, years. */
  time: Wad;
  sqrtTime: Wad;
  /** r, and the discount factor e^(-rT). */
  rate: Wad;
  discount: Wad;
}

/** What an option's value changes with, for one unit: per USD, per USD squared, per 1.00 of volatility, per year. */
export interface Greeks {
  delta: Wad;
  gamma: Wad;
  vega: Wad;
  theta: Wad;
  rho: Wad;
}

/** The least sigma * sqrt(T) that is told from none. */
const LEAST_WIDTH = 10n ** 9n;

/** What turns a moneyness into the place of d1, and that of d2, which is `width` below. */
export interface Lane {
  inverse: bigint;
  start: Place;
  width: bigint;
}

/** sigma * sqrt(T), and never quite zero. */
export function widthOf(volatility: Wad, sqrtTime: Wad): Wad {
  const v = (volatility * sqrtTime) / WAD;
  return v < LEAST_WIDTH ? LEAST_WIDTH : v;
}

/** The lane of v, which `widthOf` gave. */
export function laneOf(v: Wad): Lane {
  return {
    inverse: (1n << (64n + ARGUMENT_BITS)) / v,
    start: MIDDLE + (v << (ARGUMENT_BITS - 1n)) / WAD,
    width: (v << ARGUMENT_BITS) / WAD,
  };
}

/** Where d1 lies. */
export function placeOf(moneyness: Wad, { inverse, start }: Lane): Place {
  return ((moneyness * inverse) >> 64n) + start;
}

/** Value of one unit, USD, rounded down; within what it would pay if the forward stayed and what it pays at most. */
export function optionValue(option: OptionTerms): Wad {
  const { call, strike, discount } = option;
  const forward = (option.spot * option.forwardRatio) / WAD;
  const lane = laneOf(widthOf(option.volatility, option.sqrtTime));
  const place = placeOf(option.moneyness, lane);
  const asCall = (forward * normalCdf(place) - strike * normalCdf(place - lane.width)) / NORMAL_ONE;
  const line = call ? forward - strike : strike - forward;
  const paid = call ? asCall : asCall + line;
  const least = line > 0n ? line : 0n;
  const most = call ? forward : strike;
  return ((paid < least ? least : paid > most ? most : paid) * discount) / WAD;
}

/** The Greeks of one unit; the forward ratio stays. Vega and theta of what expires now are zero. */
export function optionGreeks(option: OptionTerms): Greeks {
  const { spot, time, sqrtTime, volatility, rate } = option;
  const v = widthOf(volatility, sqrtTime);
  const place = placeOf(option.moneyness, laneOf(v));
  const density = normalDensity(place);
  const presentRatio = (option.forwardRatio * option.discount) / WAD;
  const scaled = (((spot * presentRatio) / WAD) * density) / WAD;
  const worth = optionValue(option);
  return {
    delta: (presentRatio * (normalCdf(place) - (option.call ? 0n : NORMAL_ONE))) / NORMAL_ONE,
    gamma: (((presentRatio * density) / spot) * WAD) / v,
    vega: time === 0n ? 0n : (scaled * sqrtTime) / WAD,
    theta: (rate * worth) / WAD - (time === 0n ? 0n : (scaled * volatility) / (2n * sqrtTime)),
    rho: -(time * worth) / WAD,
  };
}
