/** Option chains as CSV: one option a line, with the venue's own marks. */
import { PlimsollInputError } from "../../sdk/inputError";

/** One option as its venue sees it. */
export interface Quote {
  expiry: number;
  /** ln(K / F) with the future that the venue prices it by. */
  k: number;
  /** Implied volatility at the venue's mark, a year. */
  vol: number;
  delta: number;
  /** USD for a vol point. */
  vega: number;
  forward: number;
  index: number;
}

/** The options of one currency. */
export interface Chain {
  currency: string;
  /** Unix seconds. */
  observedAt: number;
  quotes: Quote[];
}

const COLUMNS = [
  "timestamp",
  "option_type",
  "strike",
  "expiry_datetime",
  "futures_price",
  "implied_volatility",
  "delta",
  "vega",
  "currency",
  "index_price",
] as const;
type Column = (typeof COLUMNS)[number];

/**
 * Reads a chain file. Options without a mark, and those that have expired, are left out.
 * @param name what a refusal calls the file.
 * @returns one chain a currency, in alphabetical order.
 * @throws PlimsollInputError naming the column or line that is wrong.
 */
export function parseChains(text: string, name: string): Chain[] {
  const lines = text.split(/\r?\n/);
  const header = (lines[0] ?? "").split(",").map((column) => column.trim());
  const missing = COLUMNS.find((column) => !header.includes(column));
  if (missing !== undefined) {
    throw new PlimsollInputError(`${name} has no column "${missing}": an option chain has ${COLUMNS.join(", ")}.`);
  }
  const at = new Map(header.map((column, index) => [column, index]));
  const chains = new Map<string, Chain>();
  for (let i = 1; i < lines.length; i++) {
    const line = lines[i] ?? "";
    if (line.trim() === "") continue;
    const cells = line.split(",");
    const where = `${name}, line ${i + 1}`;
    if (cells.length !== header.length) {
      throw new PlimsollInputError(`${where}: there are ${cells.length} values for ${header.length} columns.`);
    }
    readOption((column) => (cells[at.get(column) ?? -1] ?? "").trim(), where, chains);
  }
  const found = [...chains.values()].filter(({ quotes }) => quotes.length > 0);
  if (found.length === 0) throw new PlimsollInputError(`${name} has no options that live and have a mark.`);
  return found.sort((a, b) => (a.currency < b.currency ? -1 : 1));
}

function readOption(cell: (column: Column) => string, where: string, chains: Map<string, Chain>): void {
  const currency = cell("currency");
  if (!/^[A-Z0-9]{2,10}$/.test(currency)) {
    throw new PlimsollInputError(`${where}: currency "${currency}" is not 2 to 10 capital letters or digits.`);
  }
  const type = cell("option_type");
  if (type !== "call" && type !== "put") {
    throw new PlimsollInputError(`${where}: option_type "${type}" is neither call nor put.`);
  }
  const observedAt = readTime(cell, "timestamp", where);
  const chain = chains.get(currency) ?? { currency, observedAt, quotes: [] };
  if (chain.observedAt !== observedAt) {
    throw new PlimsollInputError(`${where}: its timestamp differs from that of ${currency}'s first option.`);
  }
  chains.set(currency, chain);
  const expiry = readTime(cell, "expiry_datetime", where);
  if (cell("implied_volatility") === "" || expiry <= observedAt) return;
  const number = (column: Column, positive: boolean): number => readNumber(cell(column), column, positive, where);
  const [strike, forward] = [number("strike", true), number("futures_price", true)];
  chain.quotes.push({
    expiry,
    k: Math.log(strike / forward),
    vol: number("implied_volatility", true),
    delta: number("delta", false),
    vega: number("vega", false),
    forward,
    index: number("index_price", true),
  });
}

function readTime(cell: (column: Column) => string, column: Column, where: string): number {
  const text = cell(column);
  const milliseconds = /^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(text) ? Date.parse(text) : NaN;
  if (Number.isFinite(milliseconds)) return Math.floor(milliseconds / 1_000);
  throw new PlimsollInputError(`${where}: ${column} "${text}" is no time such as 2026-01-02T08:00:00+00:00.`);
}

function readNumber(text: string, column: Column, positive: boolean, where: string): number {
  const value = text === "" ? NaN : Number(text);
  if (Number.isFinite(value) && (!positive || value > 0)) return value;
  throw new PlimsollInputError(`${where}: ${column} "${text}" is no number${positive ? " above zero" : ""}.`);
}
