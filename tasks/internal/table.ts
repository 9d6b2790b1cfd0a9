import Table from "cli-table3";

import { parseWad, roundWad } from "../../sdk";

const PLAIN = { head: [], border: [] };

/** Rows under a heading. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const drawn = new Table({ head: [...head], style: PLAIN });
  drawn.push(...rows.map((row) => [...row]));
  return drawn.toString();
}

/** Names with their values. */
export function list(rows: Readonly<Record<string, string>>): string {
  const drawn = new Table({ style: PLAIN });
  drawn.push(...Object.entries(rows));
  return drawn.toString();
}

/** An exact amount in USD, to the cent. */
export function usd(text: string): string {
  return roundWad(parseWad(text));
}

/** An exact ratio, in percent. */
export function percent(text: string, places = 3): string {
  return `${roundWad(parseWad(text) * 100n, places)} %`;
}
