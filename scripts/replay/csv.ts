/** Price files: `ts,close` or `ts,open,high,low,close[,volume]`, one bar a line. */
import { PlimsollInputError } from "../../sdk";

/** One bar. Prices in 1e-8 USD, as feeds answer. */
export interface Bar {
  /** Unix seconds of its open. */
  time: number;
  open: bigint;
  high: bigint;
  low: bigint;
  close: bigint;
}

/** A file's bars in order of time. */
export interface BarFile {
  bars: Bar[];
  /** Whether the file has all four prices of a bar, or its close alone. */
  shape: "bars" | "closes";
}

const CLOSES = ["ts", "close"];
const BARS = ["ts", "open", "high", "low", "close"];
const ALLOWED = [...BARS, "volume"];
const PRICE_DECIMALS = 8;

/**
 * Reads a price file.
 * @param name what a refusal calls the file.
 * @throws PlimsollInputError naming the column or line that is wrong.
 */
export function parseBars(text: string, name: string): BarFile {
  const shape = shapeOf(columnsOf(text), name);
  const bars = readRows(text, name).map(({ time, cell, where }) => readBar(time, cell, shape, where));
  return { bars, shape };
}

/** One line below a header. */
export interface Row {
  /** Its `ts`, unix seconds. */
  time: number;
  /** What stands in a column. */
  cell: (column: string) => string;
  /** What a refusal calls it. */
  where: string;
}

/**
 * Reads a file of exactly these columns, `ts` among them, in order of time.
 * @throws PlimsollInputError naming the column or line that is wrong.
 */
export function readTable(text: string, name: string, columns: readonly string[]): Row[] {
  const found = columnsOf(text);
  const wanted = `the columns are ${columns.join(",")}`;
  const unknown = found.find((column) => !columns.includes(column));
  if (unknown !== undefined) throw new PlimsollInputError(`${name} has a column "${unknown}": ${wanted}.`);
  const missing = columns.find((column) => found.filter((other) => other === column).length !== 1);
  if (missing !== undefined) throw new PlimsollInputError(`${name} does not have one column "${missing}": ${wanted}.`);
  return readRows(text, name);
}

function columnsOf(text: string): string[] {
  return (text.split(/\r?\n/, 1)[0] ?? "").split(",").map((column) => column.trim());
}

function readRows(text: string, name: string): Row[] {
  const lines = text.split(/\r?\n/);
  const columns = columnsOf(text);
  const at = new Map(columns.map((column, index) => [column, index]));
  const rows: Row[] = [];
  for (let i = 1; i < lines.length; ++i) {
    const line = lines[i] ?? "";
    if (line.trim() === "") continue;
    const cells = line.split(",");
    const where = `${name}, line ${i + 1}`;
    if (cells.length !== columns.length) {
      throw new PlimsollInputError(`${where}: there are ${cells.length} values for ${columns.length} columns.`);
    }
    const cell = (column: string): string => (cells[at.get(column) ?? -1] ?? "").trim();
    const time = readTime(cell("ts"), where);
    const last = rows.at(-1);
    if (last && time <= last.time) {
      throw new PlimsollInputError(`${where}: ts ${time} does not come after ${last.time} of the line before.`);
    }
    rows.push({ time, cell, where });
  }
  if (rows.length === 0) throw new PlimsollInputError(`${name} has no rows below its header.`);
  return rows;
}

function readTime(text: string, where: string): number {
  if (!/^\d{1,10}$/.test(text)) throw new PlimsollInputError(`${where}: ts "${text}" is not in unix seconds.`);
  return Number(text);
}

function shapeOf(columns: string[], name: string): BarFile["shape"] {
  const wanted = `the columns are ts,close or ts,open,high,low,close[,volume]`;
  const unknown = columns.find((column) => !ALLOWED.includes(column));
  if (unknown !== undefined) throw new PlimsollInputError(`${name} has a column "${unknown}": ${wanted}.`);
  const twice = columns.find((column, index) => columns.indexOf(column) !== index);
  if (twice !== undefined) throw new PlimsollInputError(`${name} has the column "${twice}" twice: ${wanted}.`);
  const closesAlone = columns.length === CLOSES.length && CLOSES.every((column) => columns.includes(column));
  if (closesAlone) return "closes";
  const missing = BARS.find((column) => !columns.includes(column));
  if (missing !== undefined) throw new PlimsollInputError(`${name} has no column "${missing}": ${wanted}.`);
  return "bars";
}

function readBar(time: number, cell: Row["cell"], shape: BarFile["shape"], where: string): Bar {
  const close = readPrice(cell("close"), "close", where);
  if (shape === "closes") return { time, open: close, high: close, low: close, close };
  const [open, high, low] = (["open", "high", "low"] as const).map((column) =>
    readPrice(cell(column), column, where),
  ) as [bigint, bigint, bigint];
  const inOrder = low <= open && low <= close && open <= high && close <= high;
  if (!inOrder) throw new PlimsollInputError(`${where}: open and close do not lie between low and high.`);
  return { time, open, high, low, close };
}

/** To 1e-8, further digits dropped. */
function readPrice(text: string, column: string, where: string): bigint {
  const match = /^(\d{1,15})(?:\.(\d+))?$/.exec(text);
  const [, whole = "", fraction = ""] = match ?? [];
  const price = match ? BigInt(whole + fraction.slice(0, PRICE_DECIMALS).padEnd(PRICE_DECIMALS, "0")) : 0n;
  if (price === 0n) throw new PlimsollInputError(`${where}: ${column} "${text}" is not a price above zero.`);
  return price;
}
