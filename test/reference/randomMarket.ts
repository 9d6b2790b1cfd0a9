/** Random states of the underlyings, in the case files' form. */
import type { CaseFile } from "./caseFile";
import type { Chance } from "./chance";

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
/** Expiries at which the rules for volatilities or terms change. */
const EDGES = [1, 30, 30.0025, 365] as const;

export function randomMarket(draw: Chance, name: UnderlyingName): MarketTerms {
  const { price, calm, wild } = HABITS[name];
  const spot = price * draw.magnitude(0.15, 7);
  return {
    spot: decimalText(spot, 6),
    perp: decimalText(spot * (1 + draw.between(-0.0099, 0.0099)), 6),
    dailyVol: decimalText(draw.magnitude(calm, wild), 6),
    confidence: decimalText(draw.whole(10, 150) / 10_000, 4),
    expiries: randomExpiries(draw),
  };
}

/** One to four, from about an hour to two years. */
function randomExpiries(draw: Chance): ExpiryTerms[] {
  const days = Array.from({ length: draw.whole(1, 4) }, () =>
    draw.happens(0.2) ? draw.pick(EDGES) : draw.magnitude(HOUR, 2 * DAYS_A_YEAR),
  );
  const texts = new Set(days.map((day) => decimalText(Math.ceil(day / DAY_GRID) * DAY_GRID, 4)));
  return [...texts].sort((a, b) => Number(a) - Number(b)).map((text) => randomExpiry(draw, text));
}

function randomExpiry(draw: Chance, days: string): ExpiryTerms {
  const years = Number(days) / DAYS_A_YEAR;
  const atTheMoney = draw.magnitude(0.15, 2.2) ** 2 * years;
  const rho = draw.between(-0.85, 0.6);
  const sigma = draw.between(0.03, 0.6);
  // Above one, the smile's level lies below zero, and its lowest point above a tenth of the variance at the money.
  const curved = draw.happens(0.2) ? 1 + 0.9 * (1 - Math.sqrt(1 - rho * rho)) * draw.unit() : draw.between(0.05, 0.95);
  const level = curved > 1 ? Math.max(1 - curved, 0.1 - curved * Math.sqrt(1 - rho * rho)) : 1 - curved;
  return {
    days,
    forwardRatio: decimalText(Math.exp(draw.between(-0.06, 0.12) * years), 9),
    rate: decimalText(draw.happens(0.3) ? 0 : draw.between(-0.02, 0.12), 6),
    svi: {
      a: decimalText(level * atTheMoney, 18),
      b: decimalText((curved * atTheMoney) / sigma, 18),
      rho: decimalText(rho, 6),
      m: decimalText(draw.between(-0.1, 0.1), 6),
      sigma: decimalText(sigma, 6),
    },
  };
}

/** A plain decimal with at most so many places, and no zeros at its end. */
export function decimalText(value: number, places: number): string {
  const text = value.toFixed(places);
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}
