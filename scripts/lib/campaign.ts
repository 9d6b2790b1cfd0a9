/** What a campaign of Forge's has done, by the tables of calls it prints. */
import Table from "cli-table3";

/** The calls of one handler, over all campaigns. */
export interface HandlerCalls {
  handler: string;
  calls: number;
  /** Calls that did what they came for: neither reverted nor discarded. */
  useful: number;
}

/** The least part of a handler's calls that must be useful. */
export const LEAST_USEFUL = 0.02;

/** From so many calls on a small part is no accident: of 300 that are useful one time in 20, six are all but sure. */
const ENOUGH_CALLS = 300;

const ROW = /^\| *\w+ *\| *(\w+) *\| *(\d+) *\| *(\d+) *\| *(\d+) *\|$/gm;

/** Sums the rows `| contract | handler | calls | reverts | discards |` of every table in Forge's output. */
export function readCalls(output: string): HandlerCalls[] {
  const sums = new Map<string, HandlerCalls>();
  for (const [, handler = "", calls, reverts, discards] of output.matchAll(ROW)) {
    const sum = sums.get(handler) ?? { handler, calls: 0, useful: 0 };
    sum.calls += Number(calls);
    sum.useful += Number(calls) - Number(reverts) - Number(discards);
    sums.set(handler, sum);
  }
  return [...sums.values()].sort((a, b) => share(a) - share(b));
}

/** The handlers that are of too little use, among those called often enough to tell. */
export function idle(all: readonly HandlerCalls[]): HandlerCalls[] {
  return all.filter((one) => one.calls >= ENOUGH_CALLS && share(one) < LEAST_USEFUL);
}

/** One row a handler, the least useful first. */
export function tableOf(all: readonly HandlerCalls[]): string {
  const table = new Table({ head: ["handler", "calls", "useful", "share"], style: { head: [], border: [] } });
  for (const one of all) table.push([one.handler, one.calls, one.useful, percent(one)]);
  const [calls, useful] = [sum(all, "calls"), sum(all, "useful")];
  table.push([`${all.length} handlers`, calls, useful, percent({ handler: "", calls, useful })]);
  return table.toString();
}

function sum(all: readonly HandlerCalls[], what: "calls" | "useful"): number {
  return all.reduce((total, one) => total + one[what], 0);
}

function share({ calls, useful }: HandlerCalls): number {
  return calls === 0 ? 0 : useful / calls;
}

function percent(one: HandlerCalls): string {
  return `${(100 * share(one)).toFixed(1)} %`;
}
