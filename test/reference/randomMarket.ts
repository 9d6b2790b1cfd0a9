/** Random states of the underlyings, in the case files' form. */
import type { Random } from "../../scripts/replay/random";
import type { CaseFile } from "./caseFile";

export type MarketTerms = CaseFile["underlyings"][string];
export type ExpiryTerms = MarketTerms["expiries"][number];

export interface Habits {
  /** USD about which spot is drawn. */
  price: number;
  /** Daily volatilities between which the forecast mostly lies. */
  calm: number;
  wild: number;
  /** Most USD of notional a position is given. */
  largest: number;
}

const MILLION = 1e6;

export const HABITS = {
  ETH: { price: 2_000, calm: 0.015, wild: 0.12, largest: 50 * MILLION },
  BTC: { price: 40_000, calm: 0.012, wild: 0.1, largest: 80 * MILLION },
  SOL: { price: 80, calm: 0.02, wild: 0.18, largest: 10 * MILLION },
} satisfies Record<string, Habits>;

export type UnderlyingName = keyof typeof HABITS;

const DAYS_A_YEAR = 365;
const HOUR = 1 / 24;
/** Days on which expiries lie: whole seconds with a finite decimal. */
const DAY_GRID = 0.0025;
/** Of a smile's wings, in total variance over log-moneyness. */
const STEEPEST = 1.8;
/** Expiries at which the rules for volatilities or terms change. */
const EDGES = [1, 30, 30.0025, 365];

export function randomMarket(draw: Random, name: UnderlyingName): MarketTerms {
  const { price, calm, wild } = HABITS[name];
  const spot = price * draw.logBetween(0.15, 7);
  return {
    spot: decimalText(spot, 6),
    perp: decimalText(spot * (1 + draw.between(-0.0099, 0.0099)), 6),
    dailyVol: decimalText(draw.logBetween(calm, wild), 6),
    confidence: decimalText(whole(draw, 10, 150) / 10_000, 4),
    expiries: randomExpiries(draw),
  };
}

/** One to four, from about an hour to two years. */
function randomExpiries(draw: Random): ExpiryTerms[] {
  const days = Array.from({ length: whole(draw, 1, 4) }, () =>
    draw.chance(0.2) ? oneOf(draw, EDGES) : draw.logBetween(HOUR, 2 * DAYS_A_YEAR),
  );
  const texts = new Set(days.map((day) => decimalText(Math.ceil(day / DAY_GRID) * DAY_GRID, 4)));
  return [...texts].sort((a, b) => Number(a) - Number(b)).map((text) => randomExpiry(draw, text));
}

function randomExpiry(draw: Random, days: string): ExpiryTerms {
  const years = Number(days) / DAYS_A_YEAR;
  return {
    days,
    forwardRatio: decimalText(Math.exp(draw.between(-0.06, 0.12) * years), 9),
    rate: decimalText(draw.chance(0.3) ? 0 : draw.between(-0.02, 0.12), 6),
    svi: randomSmile(draw, draw.logBetween(0.15, 2.2) ** 2 * years),
  };
}

/** @param variance in total, near the money. */
function randomSmile(draw: Random, variance: number): ExpiryTerms["svi"] {
  const rho = draw.between(-0.85, 0.6);
  const bottom = Math.sqrt(1 - rho * rho);
  // The part of the variance that is the wings' at the money. Above one the level lies below zero; the smile's bottom
  // stays above a tenth of the variance.
  const wings = draw.chance(0.2) ? Math.min(1 + draw.between(0, 0.5), 0.9 / (1 - bottom)) : draw.between(0.05, 0.95);
  // Wings steeper than two would let options be bought and sold for a certain gain.
  const sigma = Math.max(draw.between(0.03, 0.6), (wings * variance * (1 + Math.abs(rho))) / STEEPEST);
  return {
    a: decimalText((1 - wings) * variance, 18),
    b: decimalText((wings * variance) / sigma, 18),
    rho: decimalText(rho, 6),
    m: decimalText(draw.between(-0.1, 0.1), 6),
    sigma: decimalText(sigma, 6),
  };
}

/** A whole number, both ends included. */
export function whole(draw: Random, low: number, high: number): number {
  return Math.floor(draw.between(low, high + 1));
}

export function oneOf<T>(draw: Random, choices: readonly T[]): T {
  const choice = choices[whole(draw, 0, choices.length - 1)];
  if (choice === undefined) throw new RangeError("There is nothing to choose from.");
  return choice;
}

/** A plain decimal with at most so many places, and no zeros at its end. */
export function decimalText(value: number, places: number): string {
  const text = value.toFixed(places);
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}
