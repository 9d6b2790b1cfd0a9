/** A case file, one market and one account, judged by the reference. Everything in USD and units of the underlying. */
import { z } from "zod";

import type { Greeks } from "./black76";
import { type ReferenceOption, type Stage, type ValuedBook, sum, valueBook } from "./book";
import { PARAMETERS } from "./parameters";
import { type PortfolioRequirement, portfolioRequirement } from "./portfolioMargin";
import { scenarioPnls, worstOutcome } from "./scenarios";
import { crossRequirement, isolatedRequirement } from "./standardMargin";

export type CaseMode = "isolated" | "cross" | "portfolio";

export interface ReferenceResult {
  mode: CaseMode;
  equity: number;
  initialMargin: number;
  maintenanceMargin: number;
  underlyings: Record<string, ReferenceUnderlying>;
}

export interface ReferenceUnderlying extends Greeks {
  /** Weighted changes of value, in the order of the scenarios. */
  scenarios: number[];
  worstScenario: number;
  worstPnl: number;
}

/** A case in the reference's terms. */
export interface ReferenceCase {
  mode: CaseMode;
  equity: number;
  minCorrelation: number;
  /** Of every underlying in the file, held or not. */
  books: ValuedBook[];
}

const SECONDS_A_DAY = 86_400;
const DAYS_A_YEAR = 365;

const decimal = z
  .string()
  .regex(/^-?\d+(\.\d+)?$/, 'It must be a plain decimal number in quotes, such as "0.5".')
  .transform(Number);
const positive = decimal.refine((value) => value > 0, "It must be above zero.");

const expiry = z.object({
  days: positive,
  forwardRatio: positive,
  rate: decimal,
  svi: z.object({ a: decimal, b: decimal, rho: decimal, m: decimal, sigma: decimal }),
});

const underlying = z.object({
  spot: positive,
  perp: positive,
  dailyVol: positive,
  confidence: decimal,
  expiries: z.array(expiry),
});

const position = z.discriminatedUnion("kind", [
  z.object({ underlying: z.string(), kind: z.literal("perp"), size: decimal, entry: positive.optional() }),
  z.object({
    underlying: z.string(),
    kind: z.literal("option"),
    days: positive,
    strike: positive,
    call: z.boolean(),
    size: decimal,
  }),
]);

const schema = z.object({
  timestamp: z.number(),
  minCorrelation: decimal.optional(),
  underlyings: z.record(z.string(), underlying),
  account: z.object({
    mode: z.enum(["isolated", "cross", "portfolio"]),
    cash: decimal,
    positions: z.array(position),
  }),
});

type File = z.output<typeof schema>;
/** A case file as it is written. */
export type CaseFile = z.input<typeof schema>;
type Terms = File["underlyings"][string];
type Position = File["account"]["positions"][number];
type PerpPosition = Extract<Position, { kind: "perp" }>;
type OptionPosition = Extract<Position, { kind: "option" }>;

/** What the reference says of a parsed case file, in its own mode or another. */
export function evaluateReference(json: unknown, mode?: CaseMode): ReferenceResult {
  const file = readReferenceCase(json);
  const judged = mode ?? file.mode;
  return {
    mode: judged,
    equity: file.equity,
    initialMargin: requirementOf(file, judged, "initial"),
    maintenanceMargin: requirementOf(file, judged, "maintenance"),
    underlyings: Object.fromEntries(file.books.map((book) => [book.name, describeBook(book)])),
  };
}

/** Portfolio margin of a case with all its parts, whatever its mode. */
export function portfolioOf(file: ReferenceCase, stage: Stage): PortfolioRequirement {
  return portfolioRequirement(heldBooks(file), file.minCorrelation, stage);
}

/** The books of a case that hold anything: no others lower its credit. */
export function heldBooks({ books }: ReferenceCase): ValuedBook[] {
  return books.filter(({ perpSize, options }) => perpSize !== 0 || options.length > 0);
}

/**
 * Reads a parsed case file.
 * @throws ZodError or Error naming the field that is wrong.
 */
export function readReferenceCase(json: unknown): ReferenceCase {
  const { account, underlyings, minCorrelation = 1 } = schema.parse(json);
  const unknown = account.positions.find(({ underlying }) => !(underlying in underlyings));
  if (unknown) throw new Error(`A position is in ${unknown.underlying}, which underlyings does not describe.`);
  const books = Object.entries(underlyings).map(([name, terms]) => readBook(name, terms, account.positions));
  const gains = account.positions.map((held) => (held.kind === "perp" ? perpGain(held, underlyings) : 0));
  return { mode: account.mode, equity: account.cash + sum(gains), minCorrelation, books };
}

/**
 * What a perpetual has gained since it was opened, at mark where the file gives no entry. An option adds nothing to
 * equity: it is opened at its mark, and is worth what was paid for it.
 */
function perpGain({ underlying, size, entry }: PerpPosition, terms: File["underlyings"]): number {
  const mark = terms[underlying]?.perp ?? NaN;
  return size * (mark - (entry ?? mark));
}

function requirementOf(file: ReferenceCase, mode: CaseMode, stage: Stage): number {
  if (mode === "portfolio") return portfolioOf(file, stage).requirement;
  const books = heldBooks(file);
  if (mode === "cross") return crossRequirement(books, stage);
  const instruments = sum(books.map(({ perpSize, options }) => options.length + (perpSize === 0 ? 0 : 1)));
  if (instruments > 1) throw new Error(`Isolated mode takes one instrument, and this case has ${instruments}.`);
  return sum(books.map((book) => isolatedRequirement(book, stage)));
}

function describeBook(book: ValuedBook): ReferenceUnderlying {
  const scenarios = scenarioPnls(book);
  const { index, pnl } = worstOutcome(scenarios);
  return { ...book.greeks, scenarios, worstScenario: index, worstPnl: pnl };
}

function readBook(name: string, terms: Terms, positions: readonly Position[]): ValuedBook {
  const parameters = PARAMETERS[name];
  if (!parameters) throw new Error(`There are no margin parameters for ${name}: use ETH, BTC or SOL.`);
  const { spot, perp, dailyVol, confidence } = terms;
  const mine = positions.filter(({ underlying }) => underlying === name);
  const perps = mine.filter(({ kind }) => kind === "perp");
  return valueBook({
    name,
    market: { spot, mark: perp, dailyVol, confidence, parameters },
    perpSize: sum(perps.map(({ size }) => size)),
    options: netOptions(mine.filter((held) => held.kind === "option").map((held) => readOption(held, name, terms))),
  });
}

function readOption({ days, strike, call, size }: OptionPosition, name: string, { expiries }: Terms): ReferenceOption {
  const found = expiries.find((listed) => listed.days === days);
  if (!found) throw new Error(`An option expires in ${days} days, for which ${name} has no surface.`);
  const { forwardRatio, rate, svi } = found;
  const years = yearsOf(days);
  return { strike, call, size, years, surface: { forwardRatio, rate, svi, tauRef: years } };
}

/** Expiries are whole seconds. */
function yearsOf(days: number): number {
  return Math.round(days * SECONDS_A_DAY) / (DAYS_A_YEAR * SECONDS_A_DAY);
}

/** One entry a series, with what is left of it after adding up. */
function netOptions(options: readonly ReferenceOption[]): ReferenceOption[] {
  const series = new Map<string, ReferenceOption>();
  for (const option of options) {
    const key = [option.years, option.strike, option.call].join();
    series.set(key, { ...option, size: option.size + (series.get(key)?.size ?? 0) });
  }
  return [...series.values()].filter(({ size }) => size !== 0);
}
