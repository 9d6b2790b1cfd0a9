import Table from "cli-table3";

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
