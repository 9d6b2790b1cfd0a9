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
  const slices: FittedSlice[] = [];
  for (const expiry of expiries) {
    const own = quotes.filter((quote) => quote.expiry === expiry);
    slices.push(fitSlice(currency, observedAt, expiry, own, slices.at(-1)?.svi));
  }
  return { currency, observedAt, slices, errors: errorsOf(slices.flatMap((one) => one.quotes)) };
}

function fitSlice(
  currency: string,
  observedAt: number,
  expiry: number,
  quotes: readonly Quote[],
  near: RawSvi | undefined,
): FittedSlice {
  const name = `The expiry ${new Date(expiry * 1_000).toISOString().slice(0, 10)} of ${currency}`;
  if (quotes.length < FEWEST_QUOTES) {
    throw new PlimsollInputError(`${name} has ${quotes.length} options with a mark, and ${FEWEST_QUOTES} are needed.`);
  }
  const tenor = expiry - observedAt;
  const years = tenor / YEAR;
  const found = fitSmile(quotes, years, near);
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

/** The smile closest to the marks in vol, weighted by vega, that the oracle takes. */
export function fitSmile(quotes: readonly Quote[], years: number, near: RawSvi | undefined): RawSvi {
  const vegas = quotes.map(({ vega }) => Math.max(0, vega));
  const whole = vegas.reduce((sum, vega) => sum + vega, 0);
  // A little for every option, so that no end of the smile is left to chance.
  const points = quotes.map(({ k, vol }, i) => ({
    k,
    vol,
    weight: whole > 0 ? (vegas[i] ?? 0) / whole + 0.02 / quotes.length : 1 / quotes.length,
  }));
  const least = LEAST_VOL ** 2 * years;
  const loss = (svi: RawSvi): number =>
    points.reduce((sum, { k, vol, weight }) => {
      const error = Math.sqrt(Math.max(0, totalVariance(k, svi)) / years) - vol;
      return sum + weight * error * error;
    }, 0);
  const start = quasiExplicit(points, years, least);
  return polish(start, loss, (svi) => penalty(svi, least, near));
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
  for (const weight of [1, 10, 100, 1_000, 10_000]) {
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
