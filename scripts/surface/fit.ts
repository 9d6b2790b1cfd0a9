/**
 * Fits raw SVI to the smile of each expiry. First quasi-explicitly (Zeliade Systems, 2009): where m and s are given, w is
 * linear in the other three, so a search in two dimensions around a constrained least-squares problem finds the whole
 * smile. Then all five move together, under what the oracle asks of a surface.
 */
import { PlimsollInputError } from "../../sdk/inputError";
import { calendarExcess, leastDensity, leastVariance, markVariance, penalty, totalVariance } from "./arbitrage";
import type { Chain, Quote } from "./chain";
import { inner } from "./leastSquares";
import { minimise } from "./simplex";
import { type RawSvi, type SurfaceSlice, rawSviOf, toSlice } from "./slice";

const YEAR = 365 * 86_400;
/** What fewer options than this say of a smile is not five numbers. */
const FEWEST_QUOTES = 6;
/** Where errors are judged. */
const JUDGED = { from: 0.05, to: 0.95 } as const;
/** The oracle's least vol, with room. */
const LEAST_VOL = 0.0101;
const MAX_RATE = 1;
const PENALTY = 1e3;
/** Of a penalty in the last pass, beside squares of vol. */
const HEAVIEST = 10_000;

/** An option that was fitted, and by how much. */
export interface Fitted extends Quote {
  fitted: number;
  /** Whether its error is judged: |delta| from 0.05 to 0.95. */
  judged: boolean;
}

/** Absolute errors of vol, in vol points. */
export interface Errors {
  count: number;
  median: number;
  ninetieth: number;
  largest: number;
}

export interface FittedSlice {
  slice: SurfaceSlice;
  /** Seconds to expiry. */
  tenor: number;
  /** As stored. */
  svi: RawSvi;
  forwardRatio: number;
  rate: number;
  /** The least of Gatheral's g on the oracle's grid. */
  density: number;
  /** By what part of itself variance rises from the expiry before, at least; undefined for the first. */
  calendar: number | undefined;
  quotes: Fitted[];
  errors: Errors;
}

export interface FittedChain {
  currency: string;
  observedAt: number;
  slices: FittedSlice[];
  errors: Errors;
}

/** Throws PlimsollInputError where an expiry has too few options, or no smile the oracle would take. */
export function fitChain({ currency, observedAt, quotes }: Chain): FittedChain {
  const expiries = [...new Set(quotes.map(({ expiry }) => expiry))].sort((a, b) => a - b);
  const groups = expiries.map((expiry) => readGroup(currency, observedAt, expiry, quotes));
  // Each alone first, so that the wings of each, where there are no marks, can give way to the next.
  const alone = groups.map((group) => fitSmile(group.quotes, group.years));
  const slices: FittedSlice[] = [];
  for (const [i, group] of groups.entries()) slices.push(fitSlice(group, slices.at(-1)?.svi, alone[i + 1]));
  return { currency, observedAt, slices, errors: errorsOf(slices.flatMap((one) => one.quotes)) };
}

/** The options of one expiry. */
interface Group {
  /** What a refusal calls it. */
  name: string;
  expiry: number;
  tenor: number;
  years: number;
  quotes: Quote[];
}

function readGroup(currency: string, observedAt: number, expiry: number, all: readonly Quote[]): Group {
  const quotes = all.filter((quote) => quote.expiry === expiry);
  const name = `The expiry ${new Date(expiry * 1_000).toISOString().slice(0, 10)} of ${currency}`;
  if (quotes.length < FEWEST_QUOTES) {
    throw new PlimsollInputError(`${name} has ${quotes.length} options with a mark, and ${FEWEST_QUOTES} are needed.`);
  }
  const tenor = expiry - observedAt;
  return { name, expiry, tenor, years: tenor / YEAR, quotes };
}

function fitSlice(
  { name, expiry, tenor, years, quotes }: Group,
  near: RawSvi | undefined,
  far: RawSvi | undefined,
): FittedSlice {
  const found = fitSmile(quotes, years, near, far);
  const forwardRatio = middle(quotes.map(({ forward, index }) => forward / index));
  // The venue's options pay in the coin itself, so a value in USD today is the forward one times spot over forward.
  const rate = Math.max(-MAX_RATE, Math.min(MAX_RATE, Math.log(forwardRatio) / years));
  const slice = toSlice(BigInt(expiry), forwardRatio, rate, found);
  const svi = rawSviOf(slice);
  if (penalty(svi, LEAST_VOL ** 2 * years, near) > ACCEPTED) {
    throw new PlimsollInputError(`${name} has no smile near its marks that is free of arbitrage.`);
  }
  const fitted = quotes.map((quote) => ({
    ...quote,
    fitted: Math.sqrt(markVariance(quote.k, svi) / years),
    judged: Math.abs(quote.delta) >= JUDGED.from && Math.abs(quote.delta) <= JUDGED.to,
  }));
  const calendar = near && -calendarExcess(near, svi);
  const density = leastDensity(svi);
  return { slice, tenor, svi, forwardRatio, rate, density, calendar, quotes: fitted, errors: errorsOf(fitted) };
}

/** Half of the room a fit keeps to the oracle's bounds. */
const ACCEPTED = 5e-4;

/**
 * The smile closest to the marks in vol, weighted by vega, that the oracle takes.
 * @param near what the expiry before has: no variance may be below it.
 * @param far what the expiry after would have by itself: it is kept below where that costs next to nothing.
 */
export function fitSmile(quotes: readonly Quote[], years: number, near?: RawSvi, far?: RawSvi): RawSvi {
  const points = weigh(quotes);
  const least = LEAST_VOL ** 2 * years;
  const middling = middle(quotes.map(({ vol }) => vol));
  const loss = (svi: RawSvi): number => {
    const above = far ? Math.max(0, calendarExcess(svi, far) + YIELDING) : 0;
    return points.reduce(
      (sum, { k, vol, weight }) => {
        const error = Math.sqrt(Math.max(0, totalVariance(k, svi)) / years) - vol;
        return sum + weight * error * error;
      },
      YIELDING * (above * middling) ** 2,
    );
  };
  const fine = (svi: RawSvi): number => penalty(svi, least, near);
  const starts = [quasiExplicit(points, years, least)];
  // Higher by a little, the smile before meets whatever is asked.
  if (near) starts.push(raised(near, points, years));
  const ends = starts.map((start) => polish(start, loss, fine));
  const cost = (svi: RawSvi): number => loss(svi) + HEAVIEST * fine(svi);
  return ends.reduce((a, b) => (cost(b) < cost(a) ? b : a));
}

/** By how much of itself a smile keeps below the next, and how much that is worth beside the marks. */
const YIELDING = 0.01;

function weigh(quotes: readonly Quote[]): Point[] {
  const vegas = quotes.map(({ vega }) => Math.max(0, vega));
  const whole = vegas.reduce((sum, vega) => sum + vega, 0);
  const live = quotes.filter(isLive).length;
  // A part for every option alike that is not all but decided, so that no end of the smile is left to chance.
  return quotes.map((quote, i) => {
    const alike = isLive(quote) ? 1 / live : 0;
    const weight = whole > 0 ? (1 - EVEN) * ((vegas[i] ?? 0) / whole) + EVEN * alike : 1 / quotes.length;
    return { k: quote.k, vol: quote.vol, weight };
  });
}

const EVEN = 0.1;

function isLive({ delta }: Quote): boolean {
  return Math.abs(delta) >= JUDGED.from / 2 && Math.abs(delta) <= 1 - JUDGED.from / 2;
}

/** A smile raised to the median mark of the next expiry, or by a hundredth where that is lower. */
function raised(near: RawSvi, points: readonly Point[], years: number): RawSvi {
  const ratios = points.map(({ k, vol }) => (vol * vol * years) / markVariance(k, near));
  const up = Math.max(1.01, middle(ratios));
  return { ...near, a: near.a * up, b: near.b * up };
}

type Point = { k: number; vol: number; weight: number };

function quasiExplicit(points: readonly Point[], years: number, least: number): RawSvi {
  const atm = Math.min(...points.map(({ vol }) => vol)) * Math.sqrt(years);
  const samples = points.map(({ k, vol, weight }) => ({
    k,
    w: vol * vol * years,
    // An error of w as one of vol.
    weight: weight / (2 * vol * years) ** 2,
  }));
  const solve = ([m = 0, logS = 0]: readonly number[]) => inner(samples, m, Math.exp(logS));
  const cost = (at: readonly number[]): number => {
    const { svi, cost: error } = solve(at);
    return error + PENALTY * Math.max(0, least - leastVariance(svi));
  };
  const starts = [-1, 0, 1].flatMap((place) => [0.3, 1, 3].map((width) => [place * atm, Math.log(width * atm)]));
  const tries = starts.map((start) => minimise(cost, start, [atm / 2, 0.5], { rounds: 120 }));
  const best = tries.reduce((a, b) => (b.value < a.value ? b : a));
  return solve(best.at).svi;
}

/** Moves all five until the loss is least under the penalty, which weighs more from pass to pass. */
function polish(start: RawSvi, loss: (svi: RawSvi) => number, fine: (svi: RawSvi) => number): RawSvi {
  const scale = Math.max(1e-9, start.a + start.b * start.s);
  const root = Math.sqrt(scale);
  // Each of about the size of one, b and s by their logarithms, rho by the inverse of a sigmoid.
  const read = ([a = 0, b = 0, rho = 0, m = 0, s = 0]: readonly number[]): RawSvi => ({
    a: a * scale,
    b: Math.exp(b) * root,
    rho: Math.tanh(rho),
    m: m * root,
    s: Math.exp(s) * root,
  });
  const rho = Math.max(-0.999, Math.min(0.999, start.rho));
  let at = [
    start.a / scale,
    Math.log(Math.max(1e-6, start.b / root)),
    Math.atanh(rho),
    start.m / root,
    Math.log(start.s / root),
  ];
  for (const weight of [1, 10, 100, 1_000, HEAVIEST]) {
    const cost = (point: readonly number[]): number => {
      const svi = read(point);
      return loss(svi) + weight * fine(svi);
    };
    for (const size of [0.3, 0.1]) at = minimise(cost, at, Array<number>(5).fill(size), { rounds: 500 }).at;
  }
  return read(at);
}

/** Of those that are judged; all zero where none is. */
export function errorsOf(quotes: readonly Fitted[]): Errors {
  const errors = quotes.filter(({ judged }) => judged).map(({ vol, fitted }) => 100 * Math.abs(fitted - vol));
  errors.sort((a, b) => a - b);
  const count = errors.length;
  return { count, median: quantile(errors, 0.5), ninetieth: quantile(errors, 0.9), largest: errors.at(-1) ?? 0 };
}

/** Of numbers in order, by linear interpolation. */
function quantile(sorted: readonly number[], part: number): number {
  const place = part * (sorted.length - 1);
  const [lower, upper] = [sorted[Math.floor(place)] ?? 0, sorted[Math.ceil(place)] ?? 0];
  return lower + (place - Math.floor(place)) * (upper - lower);
}

function middle(values: readonly number[]): number {
  return quantile(
    [...values].sort((a, b) => a - b),
    0.5,
  );
}
