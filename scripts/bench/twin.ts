/**
 * How many accounts a second the twin of the portfolio model assesses on one core: `ts-node scripts/bench/twin.ts`
 * prints a table, and with `--json` the figures alone.
 */
import { cpus } from "node:os";

import Table from "cli-table3";

import { type Assessment, type Position, WAD, parseWad } from "../../sdk";
import { type Assessor, assessPortfolio, prepare } from "../../sdk/risk/portfolio";
import { type Shape, accountsFor, snapshotFor } from "./accounts";

/** Accounts a second of processor time. */
interface Row {
  book: string;
  accounts: number;
  /** Each account by itself, nothing kept from one to the next. */
  alone: number;
  /** All of them once, with one assessor that is prepared for them. */
  firstPass: number;
  /** All of them again with the same assessor. */
  prepared: number;
}

const SHAPES: readonly Shape[] = [
  { options: 16, expiries: 4 },
  { options: 46, expiries: 4 },
  { options: 126, expiries: 9 },
];
const ACCOUNTS = 1_000;
const ALONE = 100;
/** The best counts: what else the machine does can only slow a pass down, also where it takes none of its time. */
const PASSES = 7;
const CASH = parseWad("1000000");

function main(): void {
  const options = process.argv.slice(2);
  const unknown = options.find((option) => option !== "--json");
  if (unknown !== undefined) throw new Error(`"${unknown}" is no option of the benchmark: it takes --json or nothing.`);
  const rows = SHAPES.map(measure);
  const processor = cpus()[0]?.model ?? "unknown";
  if (options.length > 0) console.log(JSON.stringify({ node: process.version, processor, rows }, null, 2));
  else print(rows, processor);
}

function measure(shape: Shape): Row {
  const snapshot = snapshotFor(shape);
  const accounts = accountsFor(shape, ACCOUNTS);
  const few = accounts.slice(0, ALONE);
  const assessAlone = (held: Position[]): Assessment => assessPortfolio({ ...snapshot, correlation: WAD }, CASH, held);
  const assessWith = (assessor: Assessor) => (held: Position[]) => assessor.assess(CASH, held, WAD);
  const known = prepare(snapshot);
  requireSame(few.map(assessAlone), accounts.map(assessWith(known)));
  return {
    book: `${shape.options} options on ${shape.expiries} expiries and a perp`,
    accounts: ACCOUNTS,
    alone: rate(few.length, () => few.map(assessAlone)),
    firstPass: rate(accounts.length, () => accounts.map(assessWith(prepare(snapshot)))),
    prepared: rate(accounts.length, () => accounts.map(assessWith(known))),
  };
}

/** How often the best pass did in a second of processor time, all threads together, what it did `count` times. */
function rate(count: number, pass: () => unknown): number {
  const seconds = Array.from({ length: PASSES }, () => {
    const start = process.cpuUsage();
    pass();
    const { user, system } = process.cpuUsage(start);
    return (user + system) / 1e6;
  });
  return Math.round(count / Math.min(...seconds));
}

/** A fast answer that is another one is no answer. */
function requireSame(alone: readonly Assessment[], shared: readonly Assessment[]): void {
  alone.forEach(({ initialMargin, maintenanceMargin, equity }, i) => {
    const other = shared[i];
    const same =
      initialMargin === other?.initialMargin &&
      maintenanceMargin === other.maintenanceMargin &&
      equity === other.equity;
    if (!same) throw new Error(`Account ${i} is assessed otherwise when markets are prepared for all.`);
  });
}

function print(rows: readonly Row[], processor: string): void {
  const table = new Table({
    head: ["accounts a second", "each alone", "prepared for all, first pass", "again"],
    colAligns: ["left", "right", "right", "right"],
  });
  for (const { book, alone, firstPass, prepared } of rows) {
    table.push([book, ...[alone, firstPass, prepared].map((figure) => figure.toLocaleString("en"))]);
  }
  console.log(table.toString());
  console.log(
    `${ACCOUNTS} accounts, processor time of ${processor}, Node ${process.version}, best of ${PASSES} passes.`,
  );
}

try {
  main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
