/** What the markets did: price files as sequences of visits, and one timeline over several underlyings. */
import { readFile } from "node:fs/promises";
import path from "node:path";

import { PlimsollInputError } from "../../sdk";
import { type BarFile, parseBars } from "./csv";

/** The price of an underlying at one moment, 1e-8 USD. */
export interface Visit {
  /** Unix seconds. */
  time: number;
  price: bigint;
}

/** The prices of one underlying in order of time. */
export interface PriceSeries {
  /** Name, as in "ETH". */
  underlying: string;
  visits: Visit[];
  /** Until when the last of them stands, unix seconds. */
  end: number;
  /** Where the prices came from, for people. */
  source: string;
}

/** One moment of the replay: the prices that are then new. */
export interface Step {
  time: number;
  prices: ReadonlyMap<string, bigint>;
}

/** Everything to replay. */
export interface Timeline {
  underlyings: string[];
  /** Hours before the first step, at most 30 days of them, to warm the volatility. */
  warmUp: Step[];
  steps: Step[];
  /** When the replay ends, unix seconds. */
  end: number;
}

/** The part of the prices to replay, unix seconds: `from` and later, before `to`. */
export interface Range {
  from?: number | undefined;
  to?: number | undefined;
}

const HOUR = 3600;
const WARM_UP = 30 * 24 * HOUR;

/**
 * Reads `[NAME=]FILE[,[NAME=]FILE...]`. Without a name, it is the first word of the file's name.
 * @param known the underlyings there are.
 * @throws PlimsollInputError naming what is wrong.
 */
export async function readPrices(argument: string, known: readonly string[]): Promise<PriceSeries[]> {
  const series: PriceSeries[] = [];
  for (const entry of argument.split(",")) {
    const { underlying, file } = splitEntry(entry);
    if (!known.includes(underlying)) {
      throw new PlimsollInputError(`"${underlying}" is not an underlying: there are ${known.join(", ")}.`);
    }
    if (series.some((other) => other.underlying === underlying)) {
      throw new PlimsollInputError(`There are two price files for ${underlying}: give one for each underlying.`);
    }
    const name = path.basename(file);
    series.push({ underlying, ...visitsOf(parseBars(await read(file), name)), source: name });
  }
  return series;
}

/**
 * A bar's open, low, high and close at quarters of its time; a close alone at its `ts`.
 * The low comes first: whichever order is wrong, both extremes are seen.
 */
export function visitsOf({ bars, shape }: BarFile): Pick<PriceSeries, "visits" | "end"> {
  const length = barLength(bars.map(({ time }) => time));
  const end = (bars.at(-1)?.time ?? 0) + length;
  if (shape === "closes") return { visits: bars.map(({ time, close }) => ({ time, price: close })), end };
  const quarter = length / 4;
  const visits = bars.flatMap(({ time, open, low, high, close }) =>
    [open, low, high, close].map((price, index) => ({ time: time + Math.floor(index * quarter), price })),
  );
  return { visits, end };
}

/**
 * One timeline over all series, from when every one of them has a price.
 * @throws PlimsollInputError where the range holds no rows.
 */
export function timelineOf(series: readonly PriceSeries[], range: Range): Timeline {
  const { from, to } = range;
  if (from !== undefined && to !== undefined && from >= to) {
    throw new PlimsollInputError(`--from ${from} is not before --to ${to}: both are in unix seconds.`);
  }
  const common = Math.max(...series.map(({ visits }) => visits[0]?.time ?? 0));
  const start = Math.max(from ?? common, common);
  const end = Math.min(...series.map((one) => one.end), to ?? Infinity);
  for (const { underlying, visits, source } of series) {
    if (visits.some(({ time }) => time >= start && time < end)) continue;
    const covered = `${visits[0]?.time ?? 0} to ${visits.at(-1)?.time ?? 0}`;
    throw new PlimsollInputError(`No rows of ${underlying} in the range asked for: ${source} covers ${covered}.`);
  }
  return {
    underlyings: series.map(({ underlying }) => underlying),
    warmUp: hourly(series, Math.max(common, start - WARM_UP), start),
    steps: merge(series, start, end),
    end,
  };
}

function splitEntry(entry: string): { underlying: string; file: string } {
  const at = entry.indexOf("=");
  const file = (at < 0 ? entry : entry.slice(at + 1)).trim();
  const word = at < 0 ? path.basename(file).split(/[^A-Za-z0-9]/, 1)[0] : entry.slice(0, at).trim();
  if (!file || !word) throw new PlimsollInputError(`"${entry}" names no price file: write ETH=prices.csv.`);
  return { underlying: word.toUpperCase(), file };
}

async function read(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code === "ENOENT" ? "there is no such file" : String(error);
    throw new PlimsollInputError(`The price file ${file} cannot be read: ${reason}.`);
  }
}

/** The smallest distance between two bars: gaps are multiples of it. A lone bar is taken for an hour. */
function barLength(times: readonly number[]): number {
  let smallest = Infinity;
  for (let i = 1; i < times.length; ++i) smallest = Math.min(smallest, (times[i] ?? 0) - (times[i - 1] ?? 0));
  return Number.isFinite(smallest) ? smallest : HOUR;
}

/** What is new at each moment of [start, end); at the first, the last price of every underlying. */
function merge(series: readonly PriceSeries[], start: number, end: number): Step[] {
  const steps = new Map<number, Map<string, bigint>>();
  for (const { underlying, visits } of series) {
    const first = visits.findLast(({ time }) => time <= start);
    const later = visits.filter(({ time }) => time > start && time < end);
    for (const { time, price } of first ? [{ ...first, time: start }, ...later] : later) {
      const prices = steps.get(time) ?? new Map<string, bigint>();
      steps.set(time, prices.set(underlying, price));
    }
  }
  return [...steps].sort(([a], [b]) => a - b).map(([time, prices]) => ({ time, prices }));
}

/** The last price of each underlying at every full hour of [start, end), counted back from `end`. */
function hourly(series: readonly PriceSeries[], start: number, end: number): Step[] {
  const steps: Step[] = [];
  const cursors = series.map(() => 0);
  for (let time = end - Math.floor((end - start) / HOUR) * HOUR; time < end; time += HOUR) {
    const prices = new Map<string, bigint>();
    series.forEach(({ underlying, visits }, index) => {
      let at = cursors[index] ?? 0;
      while ((visits[at + 1]?.time ?? Infinity) <= time) ++at;
      cursors[index] = at;
      const visit = visits[at];
      if (visit) prices.set(underlying, visit.price);
    });
    steps.push({ time, prices });
  }
  return steps;
}
