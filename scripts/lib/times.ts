/** Moments and durations as people write them. All times are UTC. */
import { PlimsollInputError } from "../../sdk/inputError";
import type { Seconds } from "../../sdk/units";

const UNITS: Readonly<Record<string, bigint>> = { s: 1n, m: 60n, h: 3_600n, d: 86_400n };

/** "2026-12-31 18:00:00 UTC". */
export function formatTime(seconds: number | bigint): string {
  return `${new Date(Number(seconds) * 1000).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

/** "2 d 3 h", or finer where it is less: for people. */
export function formatDuration(seconds: number | bigint): string {
  const total = BigInt(seconds);
  const parts = Object.entries(UNITS)
    .reverse()
    .map(([name, unit], i, all) => {
      const larger = all[i - 1]?.[1];
      return [name, (larger === undefined ? total : total % larger) / unit] as const;
    });
  const first = parts.findIndex(([, count]) => count !== 0n);
  if (first === -1) return "0 s";
  const shown = parts.slice(first, first + 2).filter(([, count]) => count !== 0n);
  return shown.map(([name, count]) => `${count} ${name}`).join(" ");
}

/**
 * Reads a moment: a date such as 2026-12-31 or 2026-12-31T18:00, or a time from now such as 90s, 15m, 6h or 30d.
 * @param now unix seconds.
 * @param field what a refusal calls the value.
 * @throws PlimsollInputError if it is neither, or not later than now.
 */
export function readMoment(text: string, now: Seconds, field: string): Seconds {
  const moment = readDuration(text, now) ?? readDate(text);
  if (moment === undefined) {
    throw new PlimsollInputError(
      `The ${field} "${text}" is neither a date such as 2026-12-31T18:00, in UTC, nor a time from now such as 6h or 30d.`,
    );
  }
  if (moment > now) return moment;
  throw new PlimsollInputError(
    `The ${field} "${text}" is ${formatTime(moment)}, and it is ${formatTime(now)} already.`,
  );
}

/**
 * Reads a moment that may be past: unix seconds, or a date such as 2026-12-31 or 2026-12-31T08:00.
 * @param field what a refusal calls the value.
 * @throws PlimsollInputError if it is neither.
 */
export function readTime(text: string, field: string): Seconds {
  const moment = /^\d{9,11}$/.test(text) ? BigInt(text) : readDate(text);
  if (moment !== undefined) return moment;
  throw new PlimsollInputError(
    `The ${field} "${text}" is neither a date such as 2026-12-31T08:00, in UTC, nor a time in unix seconds.`,
  );
}

function readDuration(text: string, now: Seconds): Seconds | undefined {
  const match = /^(\d{1,9})([smhd])$/.exec(text);
  const unit = UNITS[match?.[2] ?? ""];
  return match?.[1] === undefined || unit === undefined ? undefined : now + BigInt(match[1]) * unit;
}

function readDate(text: string): Seconds | undefined {
  if (!/^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2})?)?$/.test(text)) return undefined;
  const milliseconds = Date.parse(text.includes("T") ? `${text}Z` : `${text}T00:00Z`);
  return Number.isNaN(milliseconds) ? undefined : BigInt(milliseconds / 1000);
}
