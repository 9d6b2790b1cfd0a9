/**
 * Runs the replays the documentation tells of, one after another, and records them in test/replay/snapshot.json:
 * `ts-node scripts/replays.ts update [NAME...]`. Which they are is in scripts/replay/named.ts.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";

import hre from "hardhat";

import { beginChainAt } from "../tasks/internal/chain";
import { quietly } from "../tasks/internal/quiet";
import { largestMoves } from "./replay/moves";
import { type RecordedReplay, argumentsOf, everyReplay, findingOf } from "./replay/named";
import { readOptions } from "./replay/options";
import { prepare, replay } from "./replay/replay";

const ROOT = path.join(__dirname, "..");
const SNAPSHOT = path.join(ROOT, "test", "replay", "snapshot.json");
/** A replay prints its record; only its parent asks for one. */
const ONE = "one";
const LARGEST_OUTPUT = 64 * 2 ** 20;

async function main(): Promise<void> {
  const [verb, ...names] = process.argv.slice(2);
  if (verb === ONE) await runOne(names.join(" "));
  else if (verb === "update") update(names);
  else throw new Error(`"${verb ?? ""}" is no verb of replays.ts: say update, and the names of some replays or none.`);
}

function update(names: readonly string[]): void {
  const all = everyReplay();
  const unknown = names.find((name) => all.every((one) => one.name !== name));
  if (unknown !== undefined) {
    const known = [...new Set(all.map(({ name }) => name))].join(", ");
    throw new Error(`There is no replay "${unknown}": there are ${known}.`);
  }
  for (const { key, name } of all) {
    if (names.length > 0 && !names.includes(name)) continue;
    console.log(key);
    // Each in a process of its own: the time of a chain only goes forward.
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      ["-r", "ts-node/register/transpile-only", __filename, ONE, key],
      { cwd: ROOT, encoding: "utf8", maxBuffer: LARGEST_OUTPUT },
    );
    if (status !== 0) throw new Error(`${key} failed: ${stderr}`);
    record(key, JSON.parse(stdout) as RecordedReplay);
  }
}

/** Written at once, in the order of the list: a run that is interrupted keeps what it has. */
function record(key: string, found: RecordedReplay): void {
  mkdirSync(path.dirname(SNAPSHOT), { recursive: true });
  const records = { ...readRecords(), [key]: found };
  const ordered = everyReplay().flatMap(({ key: at }) => (records[at] ? [[at, records[at]]] : []));
  writeFileSync(SNAPSHOT, `${JSON.stringify(Object.fromEntries(ordered), null, 2)}\n`);
}

function readRecords(): Partial<Record<string, RecordedReplay>> {
  try {
    return JSON.parse(readFileSync(SNAPSHOT, "utf8")) as Record<string, RecordedReplay>;
  } catch {
    return {};
  }
}

async function runOne(key: string): Promise<void> {
  const found = everyReplay().find((one) => one.key === key);
  if (!found) throw new Error(`There is no replay "${key}".`);
  const begun = performance.now();
  const scenario = await prepare(readOptions(argumentsOf(found.name, found.mode)));
  await beginChainAt(hre, scenario.beginsAt);
  const { outcome } = await quietly(() => replay(hre, scenario, () => undefined));
  const { user, system } = process.cpuUsage();
  const seconds = Math.round((performance.now() - begun) / 1e3);
  const processorSeconds = Math.round((user + system) / 1e6);
  console.log(
    JSON.stringify({ moves: largestMoves(scenario.timeline), ...findingOf(outcome), seconds, processorSeconds }),
  );
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
