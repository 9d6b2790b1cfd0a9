/**
 * Measures the named gas scenarios and holds them against test/gas/snapshot.json.
 * `ts-node scripts/gas.ts check` exits 1 where a figure moved; `update` writes what was measured.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import Table from "cli-table3";
import hre from "hardhat";

import { type GasReport, measure } from "../test/gas/scenarios";

const SNAPSHOT = join(__dirname, "..", "test", "gas", "snapshot.json");

async function main(): Promise<void> {
  const verb = process.argv[2];
  if (verb !== "check" && verb !== "update") {
    throw new Error(`"${verb ?? ""}" is no verb of gas.ts: say check or update.`);
  }
  // What code a contract gets depends a little on what is compiled with it: figures to keep are of a whole build.
  await hre.run("compile", { quiet: true, force: verb === "update" });
  const measured = await measure();
  if (verb === "update") {
    writeFileSync(SNAPSHOT, `${JSON.stringify(Object.fromEntries(measured), null, 2)}\n`);
  }
  const drifted = print(measured, readSnapshot());
  if (drifted === 0) return;
  console.error(`${drifted} scenarios cost other than test/gas/snapshot.json says: npm run gas:update accepts them.`);
  process.exitCode = 1;
}

function readSnapshot(): GasReport {
  try {
    return new Map(Object.entries(JSON.parse(readFileSync(SNAPSHOT, "utf8")) as Record<string, number>));
  } catch {
    throw new Error("test/gas/snapshot.json is missing or no JSON: npm run gas:update writes it.");
  }
}

/** Prints both side by side and returns how many differ, a scenario only one side knows included. */
function print(measured: GasReport, snapshot: GasReport): number {
  const table = new Table({
    head: ["scenario", "gas", "snapshot", "change"],
    colAligns: ["left", "right", "right", "right"],
  });
  let drifted = 0;
  for (const name of new Set([...measured.keys(), ...snapshot.keys()])) {
    const [now, then] = [measured.get(name), snapshot.get(name)];
    if (now !== then) drifted++;
    const change = now === undefined || then === undefined ? "only one" : now === then ? "" : signed(now - then);
    table.push([name, now?.toLocaleString("en") ?? "", then?.toLocaleString("en") ?? "", change]);
  }
  console.log(table.toString());
  return drifted;
}

function signed(difference: number): string {
  return difference > 0 ? `+${difference}` : `${difference}`;
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
