import Table from "cli-table3";

import { parseWad, roundWad } from "../../sdk";

const PLAIN = { head: [], border: [] };

/** Characters a line of the terminal has; undefined where no terminal is written to. */
type Columns = number | undefined;

/** Rows under a heading; one below the other, name by name, where the terminal is too narrow for a table of them. */
export function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  columns: Columns = process.stdout.columns,
): string {
  const drawn = new Table({ head: [...head], style: PLAIN });
  drawn.push(...rows.map((row) => [...row]));
  return fitting(drawn, columns, () =>
    rows.map((row) => lines(head.map((name, i) => [name, row[i] ?? ""]))).join("\n\n"),
  );
}

/** Names with their values; without the frame where the terminal is too narrow for it. */
export function list(rows: Readonly<Record<string, string>>, columns: Columns = process.stdout.columns): string {
  const drawn = new Table({ style: PLAIN });
  drawn.push(...Object.entries(rows));
  return fitting(drawn, columns, () => lines(Object.entries(rows)));
}

/** A cell's text in lines of so many characters, broken between words alone. */
export function folded(text: string, width: number): string {
  return text.replace(new RegExp(`(.{1,${width}})(?: |$)`, "g"), "$1\n").trimEnd();
}

/** An exact amount in USD, to the cent. */
export function usd(text: string): string {
  return roundWad(parseWad(text));
}

/** An exact ratio, in percent. */
export function percent(text: string, places = 3): string {
  return `${roundWad(parseWad(text) * 100n, places)} %`;
}

function fitting(drawn: Table.Table, columns: Columns, narrow: () => string): string {
  const text = drawn.toString();
  const width = text.indexOf("\n");
  return columns === undefined || width <= columns ? text : narrow();
}

function lines(rows: readonly (readonly [name: string, value: string])[]): string {
  const width = Math.max(...rows.map(([name]) => name.length)) + 2;
  const indented = `\n${" ".repeat(width)}`;
  return rows.map(([name, value]) => `${name.padEnd(width)}${value.replaceAll("\n", indented)}`.trimEnd()).join("\n");
}
