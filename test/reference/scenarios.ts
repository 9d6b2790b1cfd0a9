/** The 24 scenarios of the margin mathematics, section 3, and what a book gains in each, in double precision. */
import { black76 } from "./black76";
import { type ReferenceMarket, type ValuedBook, type ValuedOption, daysOf, sum } from "./book";

export interface Scenario {
  /** Of every price, as a part of it: -0.25 for a fall by a quarter. */
  move: number;
  /** Part of the gain or loss that counts. */
  weight: number;
  shock(days: number): Shock;
}

type Shock = "down" | "flat" | "up";

/** One scenario of a book. */
export interface Outcome {
  /** Place among the scenarios, from 0. */
  index: number;
  /** Weighted change of value in USD. */
  pnl: number;
}

const RANGE = { volMultiplier: 3.5, most: 0.6 };
const STEPS = [-1, -0.75, -0.5, -0.25, 0, 0.25, 0.5, 0.75, 1];
const TAILS = [-0.66, 0.5, 1, 5];
const TAIL_WEIGHT = 0.77;
const TWISTS = 2;
export const SCENARIOS = 2 * STEPS.length + TAILS.length + TWISTS;

/** Days to expiry that part short volatilities from long ones, and at which the shocks are as named. */
const TERM = 30;
const TERM_POWER = { short: 0.3, long: 0.13 };
const SHOCK = { up: 0.5, down: -0.3 };
const LEAST_VOL = { up: 0.5, down: 0.05 };

/** PR: how far prices move in the core scenarios. */
export function priceRange({ dailyVol, parameters }: ReferenceMarket): number {
  return Math.min(Math.max(parameters.priceRange, RANGE.volMultiplier * dailyVol), RANGE.most);
}

/** All 24 in the order by which they are named. */
export function scenariosOf(market: ReferenceMarket): Scenario[] {
  const range = priceRange(market);
  const core = STEPS.flatMap((step) => [
    { move: step * range, weight: 1, shock: () => "down" as const },
    { move: step * range, weight: 1, shock: () => "up" as const },
  ]);
  const tails = TAILS.map((move) => ({
    move,
    weight: Math.min(1, (TAIL_WEIGHT * range) / Math.abs(move)),
    shock: () => "up" as const,
  }));
  const twists: Scenario[] = [
    { move: 0, weight: 1, shock: (days) => (days > TERM ? "up" : "flat") },
    { move: 0, weight: 1, shock: (days) => (days > TERM ? "flat" : "up") },
  ];
  return [...core, ...tails, ...twists];
}

/** The volatility an option is revalued at: its own today, shocked by more the sooner it expires. */
export function shockedVol(vol: number, days: number, shock: Shock): number {
  if (shock === "flat") return vol;
  const power = days <= TERM ? TERM_POWER.short : TERM_POWER.long;
  const shocked = vol * (1 + SHOCK[shock] * (TERM / Math.max(days, 1)) ** power);
  return Math.max(shocked, LEAST_VOL[shock]);
}

/** Weighted change of the book's value in every scenario, in USD. */
export function scenarioPnls(book: ValuedBook): number[] {
  return scenariosOf(book.market).map((scenario) => scenario.weight * scenarioPnl(book, scenario));
}

function scenarioPnl({ perpSize, market, options }: ValuedBook, scenario: Scenario): number {
  const ofOptions = options.map((option) => option.size * (shockedValue(option, scenario) - option.value));
  return perpSize * market.mark * scenario.move + sum(ofOptions);
}

function shockedValue(option: ValuedOption, { move, shock }: Scenario): number {
  const { forward, discount, strike, call, years, vol } = option;
  const days = daysOf(option);
  const deviation = shockedVol(vol, days, shock(days)) * Math.sqrt(years);
  return discount * black76(forward * (1 + move), strike, deviation, call);
}

/** The outcome that loses most, or gains least; of equal ones the first. */
export function worstOutcome(pnls: readonly number[]): Outcome {
  return pnls
    .map((pnl, index) => ({ index, pnl }))
    .reduce((worst, outcome) => (outcome.pnl < worst.pnl ? outcome : worst), { index: 0, pnl: pnls[0] ?? 0 });
}

/** Weighted gains of all books together, scenario by scenario: every underlying moves by its own range at once. */
export function jointPnls(perBook: readonly (readonly number[])[]): number[] {
  return Array.from({ length: SCENARIOS }, (_, index) => sum(perBook.map((pnls) => pnls[index] ?? NaN)));
}
