/** What portfolio margin adds to the scenarios' losses: the margin mathematics, section 3, in double precision. */
import { type Stage, type ValuedBook, type ValuedOption, byExpiry, confidenceCharge, sum } from "./book";

/** Each in USD. */
export interface Contingencies {
  linear: number;
  nakedShorts: number;
  roll: number;
  calendarVega: number;
  concentration: number;
  confidence: number;
}

const LINEAR = { maintenance: 0.01, initial: 0.02 };
const NAKED_SHORT = { maintenance: 0.003, initial: 0.006 };
const ROLL = { least: 0.005, perYear: 0.05 };
const CALENDAR_VEGA = 0.1;
const CONCENTRATION = 0.1;

export function contingenciesOf(book: ValuedBook, stage: Stage): Contingencies {
  const { market, perpSize, options, greeks } = book;
  const shorts = sum(options.map(({ size }) => Math.max(0, -size)));
  const exposure = Math.abs(greeks.delta) * market.spot;
  return {
    linear: LINEAR[stage] * Math.abs(perpSize) * market.mark,
    nakedShorts: NAKED_SHORT[stage] * market.spot * shorts,
    roll: rollCharge(book),
    calendarVega: CALENDAR_VEGA * offset(perExpiry(options, ({ vol, greeks: { vega } }) => vol * vega)),
    concentration: CONCENTRATION * Math.max(0, exposure - market.parameters.depth),
    confidence: confidenceCharge(book),
  };
}

export function totalContingency(book: ValuedBook, stage: Stage): number {
  return sum(Object.values(contingenciesOf(book, stage)));
}

/** For deltas of one expiry against another's, whose forwards may part. The perpetual is an expiry of its own. */
function rollCharge({ market, perpSize, options }: ValuedBook): number {
  const deltas = [perpSize, ...perExpiry(options, ({ greeks }) => greeks.delta)];
  const longest = Math.max(0, ...options.map(({ years }) => years));
  return market.spot * offset(deltas) * Math.max(ROLL.least, ROLL.perYear * longest);
}

/** Totals of a quantity per unit over the options of each expiry. */
function perExpiry(options: readonly ValuedOption[], quantity: (option: ValuedOption) => number): number[] {
  return byExpiry(options).map((group) => sum(group.map((option) => option.size * quantity(option))));
}

/** How much of the positive the negative offset: the lesser of the two totals. */
function offset(values: readonly number[]): number {
  const positive = sum(values.map((value) => Math.max(0, value)));
  const negative = sum(values.map((value) => Math.max(0, -value)));
  return Math.min(positive, negative);
}
