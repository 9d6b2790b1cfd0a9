/** The tables of docs/replays.md, from test/replay/snapshot.json. */
import { readFileSync } from "node:fs";
import path from "node:path";

import { parseWad } from "../../sdk";
import {
  type NamedReplay,
  type RecordedReplay,
  type ReplayName,
  argumentsOf,
  everyReplay,
  namedReplays,
} from "../replay/named";
import { MODES, allModes } from "../replay/report/modes";
import type { Moment, Shortfall } from "../replay/shortfalls";
import { usd } from "./format";
import { table } from "./table";

/** Replays that a test runs again; the others take minutes. */
const SHORT = /Hours$/;

const HOUR = 3600;
const SNAPSHOT = path.join(__dirname, "../../test/replay/snapshot.json");

export function readRecords(): Record<string, RecordedReplay> {
  return JSON.parse(readFileSync(SNAPSHOT, "utf8")) as Record<string, RecordedReplay>;
}

/** Every block of docs/replays.md. */
export const replayBlocks: Readonly<Record<string, () => string>> = {
  "replay commands": commands,
  "replay results": () => results((name) => !SHORT.test(name) && !tradesOptions(name)),
  "replay options": optionResults,
  "replay optionTotals": optionTotals,
  "replay hours": () => results((name) => SHORT.test(name)),
  "replay moves": moveTable,
  "replay time": times,
  "replay shortfalls": shortfalls,
};

function commands(): string {
  const rows = everyReplay().map(({ key, name, mode }) => {
    const { prices, from, to, traders, mode: only, options, vol } = argumentsOf(name, mode);
    const parts = [
      "npx hardhat stress:replay",
      `--prices ${prices ?? ""} --from ${from ?? ""} --to ${to ?? ""} --traders ${traders ?? ""}`,
      ...(only === undefined ? [] : [`--mode ${only}`]),
      ...(options ? [`--options --vol ${vol ?? ""}`] : []),
    ];
    return `${parts.join(" ")} # ${key}`;
  });
  return `\`\`\`sh\n${rows.join("\n")}\n\`\`\``;
}

function tradesOptions(name: ReplayName): boolean {
  const { vol }: NamedReplay = namedReplays[name];
  return vol !== undefined;
}

function results(chosen: (name: ReplayName) => boolean): string {
  const records = readRecords();
  const rows = everyReplay()
    .filter(({ name }) => chosen(name))
    .map(({ key, name, mode }) => {
      const found = recordOf(records, key);
      const { capitalEfficiency: efficiency } = found;
      const carried = mode === "all" ? MODES.map((each) => efficiency[each]) : [efficiency[mode]];
      return [
        key,
        window(namedReplays[name].from, namedReplays[name].to),
        String(allModes(found.traders)),
        String(allModes(found.liquidations)),
        usd(parseWad(found.badDebt)),
        usd(parseWad(found.backstopPaid)),
        usd(parseWad(found.discountsPaid)),
        usd(parseWad(found.keeperIncome)),
        String(allModes(found.takeovers)),
        String(found.endedBelowMaintenance.length),
        carried.map((value) => value.toFixed(2)).join(", "),
        Number(found.conservationError).toExponential(1),
      ];
    });
  return table(
    [
      ["replay"],
      ["from, to (UTC)"],
      ["traders", "right"],
      ["auctions", "right"],
      ["bad debt", "right"],
      ["vault paid", "right"],
      ["discounts", "right"],
      ["keeper's income", "right"],
      ["takeovers", "right"],
      ["below MM at the end", "right"],
      ["notional / collateral", "right"],
      ["conservation error", "right"],
    ],
    rows,
  );
}

/** Each replay with options, mode by mode. */
function optionResults(): string {
  const records = readRecords();
  const rows = everyReplay()
    .filter(({ name }) => tradesOptions(name))
    .flatMap(({ key }) => {
      const { traders, liquidations, takeovers, capitalEfficiency } = recordOf(records, key);
      return MODES.map((mode) => [
        key,
        mode,
        String(traders[mode]),
        String(liquidations[mode]),
        String(takeovers[mode]),
        capitalEfficiency[mode].toFixed(2),
      ]);
    });
  return table(
    [
      ["replay"],
      ["mode"],
      ["traders", "right"],
      ["auctions", "right"],
      ["takeovers", "right"],
      ["notional / collateral", "right"],
    ],
    rows,
  );
}

/** What replays with options come to as a whole. */
function optionTotals(): string {
  const records = readRecords();
  const rows = everyReplay()
    .filter(({ name }) => tradesOptions(name))
    .map(({ key, name }) => {
      const found = recordOf(records, key);
      return [
        key,
        window(namedReplays[name].from, namedReplays[name].to),
        String(found.options?.expiriesSettled ?? 0),
        String(found.options?.surfaceReports ?? 0),
        String(found.options?.clippedReports ?? 0),
        usd(parseWad(found.badDebt)),
        usd(parseWad(found.discountsPaid)),
        usd(parseWad(found.keeperIncome)),
        String(found.endedBelowMaintenance.length),
        Number(found.conservationError).toExponential(1),
      ];
    });
  return table(
    [
      ["replay"],
      ["from, to (UTC)"],
      ["expiries settled", "right"],
      ["surface reports", "right"],
      ["held back", "right"],
      ["bad debt", "right"],
      ["discounts", "right"],
      ["keeper's income", "right"],
      ["below MM at the end", "right"],
      ["conservation error", "right"],
    ],
    rows,
  );
}

function moveTable(): string {
  const records = readRecords();
  const rows = everyReplay()
    .filter(({ name, mode }) => !SHORT.test(name) && (mode === "all" || mode === "isolated"))
    .flatMap(({ key, name }) =>
      Object.entries(recordOf(records, key).moves).map(([underlying, { fall, rise }]) => [
        name,
        underlying,
        `${(100 * fall).toFixed(1)} %`,
        `${(100 * rise).toFixed(1)} %`,
      ]),
    );
  return table([["replay"], ["underlying"], ["largest fall", "right"], ["largest rise", "right"]], rows);
}

function times(): string {
  const records = readRecords();
  const rows = everyReplay().map(({ key }) => {
    const { steps, seconds, processorSeconds } = recordOf(records, key);
    return [key, steps.toLocaleString("en"), String(seconds), String(processorSeconds)];
  });
  return table([["replay"], ["steps", "right"], ["seconds", "right"], ["processor seconds", "right"]], rows);
}

/** One line for all accounts that the same move took below zero. */
function shortfalls(): string {
  const records = readRecords();
  const groups = new Map<string, { key: string; found: Shortfall[] }>();
  for (const { key, name } of everyReplay()) {
    if (SHORT.test(name)) continue;
    for (const one of recordOf(records, key).shortfalls) {
      const id = [key, one.solvent?.time, one.bankrupt.time, one.sound?.time === one.solvent?.time].join();
      const group = groups.get(id) ?? { key, found: [] };
      group.found.push(one);
      groups.set(id, group);
    }
  }
  const rows = [...groups.values()].map(({ key, found }) => {
    const [first] = found;
    if (!first) throw new Error("A group has at least one member.");
    const before = found.flatMap(({ solvent }) => (solvent ? [solvent] : []));
    return [
      key,
      String(found.length),
      minute(first.bankrupt.time),
      String(first.bankrupt.time - (first.solvent?.time ?? first.bankrupt.time)),
      moves(found),
      range(before.map((at) => part(at.equity, at))),
      range(before.map((at) => part(at.maintenanceMargin, at))),
      String(found.filter(soldShortlyBefore).length),
      total(found.map(({ badDebt }) => badDebt)),
      total(found.map(({ covered }) => covered)),
    ];
  });
  return table(
    [
      ["replay"],
      ["accounts", "right"],
      ["found below zero (UTC)"],
      ["seconds since the observation before", "right"],
      ["move"],
      ["equity before", "right"],
      ["maintenance margin before", "right"],
      ["sold in part in the hour before", "right"],
      ["bad debt", "right"],
      ["vault paid", "right"],
    ],
    rows,
  );
}

function soldShortlyBefore({ soldAt, bankrupt }: Shortfall): boolean {
  return soldAt !== null && soldAt > bankrupt.time - HOUR;
}

function moves(found: readonly Shortfall[]): string {
  const seen = new Map<string, string>();
  for (const { solvent, bankrupt } of found) {
    for (const [name, after] of Object.entries(bankrupt.prices)) {
      const before = solvent?.prices[name];
      if (before === undefined || before === after) continue;
      const change = 100 * (Number(after) / Number(before) - 1);
      seen.set(name, `${name} ${change.toFixed(2)} %, ${usd(parseWad(before))} to ${usd(parseWad(after))}`);
    }
  }
  return [...seen.values()].join("; ");
}

const part = (amount: string, { notional }: Moment): number => (100 * Number(amount)) / Number(notional);

/** "18.90 to 19.01 %". */
function range(values: readonly number[]): string {
  const [least, most] = [Math.min(...values), Math.max(...values)].map((value) => value.toFixed(2)) as [string, string];
  return least === most ? `${least} %` : `${least} to ${most} %`;
}

function total(amounts: readonly string[]): string {
  return usd(amounts.reduce((sum, amount) => sum + parseWad(amount), 0n));
}

function recordOf(records: Record<string, RecordedReplay>, key: string): RecordedReplay {
  const found = records[key];
  if (!found) throw new Error(`test/replay/snapshot.json has no "${key}": npm run replays:update writes it.`);
  return found;
}

function window(from: number, to: number): string {
  return `${minute(from)} to ${minute(to)}`;
}

function minute(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(0, 16).replace("T", " ");
}
