/** Where the level of a surface comes from: files of a volatility index. */
import { readFile } from "node:fs/promises";
import path from "node:path";

import { PlimsollInputError } from "../../../sdk/inputError";
import { readTable } from "../csv";
import type { Timeline } from "../prices";

/** A volatility index of thirty days, at the money of one underlying. */
export interface LevelSeries {
  /** Of the underlying, as in "BTC". */
  underlying: string;
  /** In order of time: unix seconds, and vol a year in parts of one. */
  rows: { time: number; vol: number }[];
  /** Where it comes from, for people. */
  source: string;
}

const COLUMNS = ["ts", "iv"] as const;
const LEAST = 0.05;
const MOST = 5;
/** A row stands until the next, but no longer than this: a gap is a gap. */
const LIFE = 3 * 3_600;
const GRAMMAR = "write BTC=dvol.csv, or ETH=dvol.csv*1.2 for 1.2 times what the file says";

/**
 * Reads `[NAME=]FILE[*RATIO][,...]`, files of `ts,iv`. Without a name, it is the first word of the file's name.
 * @param replayed the underlyings whose prices are replayed.
 * @throws PlimsollInputError naming what is wrong.
 */
export async function readLevels(argument: string, replayed: readonly string[]): Promise<LevelSeries[]> {
  const found: LevelSeries[] = [];
  for (const entry of argument.split(",")) {
    const { underlying, file, ratio } = splitEntry(entry);
    if (!replayed.includes(underlying)) {
      throw new PlimsollInputError(
        `--vol names "${underlying}", whose prices are not replayed: name one of ${replayed.join(", ")}.`,
      );
    }
    if (found.some((other) => other.underlying === underlying)) {
      throw new PlimsollInputError(`--vol names ${underlying} twice: give one file for each underlying.`);
    }
    const name = path.basename(file);
    const rows = parseLevels(await read(file), name).map(({ time, vol }) => ({ time, vol: vol * ratio }));
    found.push({ underlying, rows, source: ratio === 1 ? name : `${ratio} times ${name}` });
  }
  return found;
}

/** The level in force at a time, unix seconds; undefined where the file has none. */
export function levelAt({ rows }: LevelSeries, time: number): number | undefined {
  let [low, high] = [0, rows.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((rows[middle]?.time ?? Infinity) <= time) low = middle + 1;
    else high = middle;
  }
  const row = rows[low - 1];
  return row && time - row.time <= LIFE ? row.vol : undefined;
}

/** What the surfaces are made of, one sentence for each underlying. @param steps of the replay. */
export function describeLevels(
  levels: readonly LevelSeries[],
  { underlyings, steps }: Pick<Timeline, "underlyings" | "steps">,
): string[] {
  const shape = "the smile's shape, its slope over time and the carry of the forwards are made up and do not change";
  const sources = underlyings.map((underlying) => {
    const series = levels.find((one) => one.underlying === underlying);
    if (!series)
      return `The level of ${underlying}'s vol is what the volatility oracle forecasts of a day, over a year.`;
    const without = steps.filter(({ time }) => levelAt(series, time) === undefined).length;
    const gap =
      without === 0
        ? ""
        : `; it has none at ${without} of ${steps.length} steps, where the volatility oracle's forecast stands in`;
    return `The level of ${underlying}'s vol is ${series.source}${gap}.`;
  });
  return [...sources, `Of the surfaces ${shape}.`];
}

/** Reads `ts,iv`. @throws PlimsollInputError naming the column or line that is wrong. */
export function parseLevels(text: string, name: string): LevelSeries["rows"] {
  return readTable(text, name, COLUMNS).map(({ cell, time, where }) => {
    const iv = cell("iv");
    const vol = /^\d{1,4}(?:\.\d+)?$/.test(iv) ? Number(iv) : NaN;
    if (vol >= LEAST && vol <= MOST) return { time, vol };
    throw new PlimsollInputError(`${where}: iv "${iv}" is not from ${LEAST} to ${MOST}, where 0.85 is 85 % a year.`);
  });
}

function splitEntry(entry: string): { underlying: string; file: string; ratio: number } {
  const [, name, file, factor] = /^\s*(?:([^=*]*)=)?([^=*]+?)\s*(?:\*([^=*]*))?$/.exec(entry) ?? [];
  const underlying = name === undefined ? path.basename(file ?? "").split(/[^A-Za-z0-9]/, 1)[0] : name.trim();
  if (!file || !underlying) throw new PlimsollInputError(`--vol "${entry}" names no file: ${GRAMMAR}.`);
  const ratio = factor === undefined ? 1 : /^\d{1,2}(?:\.\d+)?$/.test(factor.trim()) ? Number(factor) : NaN;
  if (!(ratio > 0)) throw new PlimsollInputError(`--vol "${entry}" has no ratio above zero behind *: ${GRAMMAR}.`);
  return { underlying: underlying.toUpperCase(), file, ratio };
}

async function read(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code === "ENOENT" ? "there is no such file" : String(error);
    throw new PlimsollInputError(`The volatility file ${file} cannot be read: ${reason}.`);
  }
}
