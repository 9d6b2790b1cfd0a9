/**
 * The portfolio margin of the margin mathematics, section 3, in double precision. Everything in USD and units of the
 * underlying. The factor of the peg, which is initial margin's alone, multiplies what is here; collateral with a price
 * risk is a spot position to be added to a book's deltas and gains.
 */
import { type Stage, type ValuedBook, byExpiry, maxLoss, netShortCalls, optionsValue, sum } from "./book";
import { totalContingency } from "./contingencies";
import { type Outcome, jointPnls, scenarioPnls, worstOutcome } from "./scenarios";

/** One underlying's part. */
export interface ReferencePart {
  name: string;
  /** Weighted change of value in each scenario. */
  scenarios: number[];
  worst: Outcome;
  /** The worst loss, not below zero. */
  core: number;
  contingencies: number;
  /** R_u. */
  requirement: number;
}

export interface PortfolioRequirement {
  requirement: number;
  /** What the requirement comes from. */
  binds: "scenarios" | "floor" | "cap";
  parts: ReferencePart[];
  jointWorst: Outcome;
  /** I: the sum of the parts. */
  independent: number;
  /** J: as if all moved together. */
  joint: number;
  /** kappa: the part of I - J that is credited. */
  credit: number;
  floor: number;
  /** What bounded books require at most; infinite for others. */
  cap: number;
}

/** What is named to prove that an account lacks margin: a scenario for each book and one for all, or the floor. */
export type Witness = { scenarios: readonly number[]; joint: number } | "floor";

const CORE = { initial: 1, maintenance: 0.8 };
/** Standard deviations of a day's move. */
const FLOOR = { initial: 3.5, maintenance: 2.3 };
/** No credit at the lower correlation, all of it at the upper. */
const CORRELATION = { none: 0.3, full: 0.8 };

/** The requirement on books that hold something, with its parts. */
export function portfolioRequirement(
  books: readonly ValuedBook[],
  minCorrelation: number,
  stage: Stage,
): PortfolioRequirement {
  const parts = books.map((book) => partOf(book, stage));
  const jointWorst = worstOutcome(jointPnls(parts.map(({ scenarios }) => scenarios)));
  const credit = creditOf(books, minCorrelation);
  const independent = sum(parts.map(({ requirement }) => requirement));
  const joint = CORE[stage] * lossOf(jointWorst.pnl) + sum(parts.map(({ contingencies }) => contingencies));
  const figures = { independent, joint, credit, floor: varFloor(books, stage), cap: boundedCap(books) };
  return { ...bind(figures), parts, jointWorst, ...figures };
}

/**
 * M_w: what the named scenarios, or the floor, show to be required at least. The right witness shows all of it.
 */
export function witnessBound(
  books: readonly ValuedBook[],
  minCorrelation: number,
  witness: Witness,
  stage: Stage,
): number {
  if (witness === "floor") return Math.min(varFloor(books, stage), boundedCap(books));
  const pnls = books.map(scenarioPnls);
  const contingencies = sum(books.map((book) => totalContingency(book, stage)));
  const apart = sum(pnls.map((outcomes, i) => lossOf(pick(outcomes, witness.scenarios[i] ?? NaN))));
  const together = lossOf(pick(jointPnls(pnls), witness.joint));
  const credit = creditOf(books, minCorrelation);
  const core = CORE[stage] * ((1 - credit) * apart + credit * together);
  return Math.min(core + contingencies, boundedCap(books));
}

function partOf(book: ValuedBook, stage: Stage): ReferencePart {
  const scenarios = scenarioPnls(book);
  const worst = worstOutcome(scenarios);
  const core = lossOf(worst.pnl);
  const contingencies = totalContingency(book, stage);
  return { name: book.name, scenarios, worst, core, contingencies, requirement: CORE[stage] * core + contingencies };
}

type Figures = Pick<PortfolioRequirement, "independent" | "joint" | "credit" | "floor" | "cap">;

function bind({
  independent,
  joint,
  credit,
  floor,
  cap,
}: Figures): Pick<PortfolioRequirement, "requirement" | "binds"> {
  const scenarios = independent - credit * (independent - Math.max(joint, 0));
  const required = Math.max(scenarios, floor);
  if (cap < required) return { requirement: cap, binds: "cap" };
  return { requirement: required, binds: floor > scenarios ? "floor" : "scenarios" };
}

/** kappa of the books held: the least of theirs, less as the weakest correlation measured among them is lower. */
export function creditOf(books: readonly ValuedBook[], minCorrelation: number): number {
  if (books.length === 0) return 0;
  const least = Math.min(...books.map(({ market }) => market.parameters.credit));
  const factor = (minCorrelation - CORRELATION.none) / (CORRELATION.full - CORRELATION.none);
  return least * Math.min(1, Math.max(0, factor));
}

/** Delta-normal value at risk, the worse of moves that are one and moves that are independent. */
export function varFloor(books: readonly ValuedBook[], stage: Stage): number {
  const deviations = books.map(({ greeks, market }) => greeks.delta * market.spot * market.dailyVol);
  return FLOOR[stage] * Math.max(Math.abs(sum(deviations)), Math.hypot(...deviations));
}

/**
 * What can be lost at all, where that is bounded: each expiry's mark and its worst payoff. Infinite where a perpetual
 * is held, or more calls are short than long.
 */
export function boundedCap(books: readonly ValuedBook[]): number {
  const groups = books.flatMap(({ options }) => byExpiry(options));
  if (books.some(({ perpSize }) => perpSize !== 0) || groups.some((group) => netShortCalls(group) > 0)) return Infinity;
  return sum(groups.map((group) => Math.max(0, optionsValue(group) + (group[0]?.discount ?? 1) * maxLoss(group))));
}

function lossOf(pnl: number): number {
  return Math.max(0, -pnl);
}

function pick(pnls: readonly number[], index: number): number {
  const pnl = pnls[index];
  if (pnl === undefined)
    throw new RangeError(`A witness names scenario ${index}: give one from 0 to ${pnls.length - 1}.`);
  return pnl;
}
