/**
 * Runs the whole suite: Hardhat's tests, those that start processes apart, and Forge's beside them, each to its end
 * even when another fails.
 * With arguments, only the runner they are meant for starts: .sol files go to Forge, anything else to Hardhat.
 * --gas reports the gas of the Hardhat tests.
 */
import { existsSync, readdirSync } from "node:fs";
import path from "node:path";

import { type Job, runBeside } from "./lib/jobs";

const ROOT = path.join(__dirname, "..");
const HARDHAT = require.resolve("hardhat/internal/cli/bootstrap");
/** Tests that start processes, and mostly wait for them. */
const PROCESSES = ["test/rehearsal", "test/tasks"];
/** About half of what the others take. */
const INTEGRATION = "test/integration";
/**
 * The chain of tests that call much, see test/support/chain.ts. Of those that make thousands of blocks of little calls
 * it is the slower one, for it hashes all state again at each.
 */
const ANVIL = { PLIMSOLL_CHAIN: "anvil" };
/** Once for all of Hardhat's tests, who would compile into the same folder. */
const COMPILE: Job = { program: [HARDHAT, "compile", "--quiet"], env: {} };

/** Compiles Forge's tests, which need nothing of Hardhat's for it. */
const FORGE_BUILD: Job = forge("build");

/** The test files below a folder. */
function testsBelow(folder: string): string[] {
  const names = readdirSync(path.join(ROOT, folder), { recursive: true, encoding: "utf8" });
  return names.filter((name) => name.endsWith(".test.ts")).map((name) => path.join(folder, name));
}

/** Neither the tests nor the tasks that they start compile again. */
function hardhatTest(files: string[], env: NodeJS.ProcessEnv = {}): Job {
  const program = [HARDHAT, "test", "--no-compile", ...files];
  return { program, env: { ...env, PLIMSOLL_COMPILED: "1" }, after: [COMPILE] };
}

function forge(...args: string[]): Job {
  const profile = process.env.FOUNDRY_PROFILE ?? (process.env.CI === "true" ? "ci" : "default");
  return {
    program: ["-r", "ts-node/register/transpile-only", path.join(__dirname, "forge.ts"), ...args],
    env: { FOUNDRY_PROFILE: profile, PLIMSOLL_COMPILED: "1" },
  };
}

/** Forge's tests deploy what Hardhat compiled. */
function forgeTest(...args: string[]): Job {
  return { ...forge("test", ...args), after: [COMPILE, FORGE_BUILD] };
}

/** The suite in parts that do not touch each other's files: Forge compiles its tests beside Hardhat. */
function everything(): Job[] {
  const apart = PROCESSES.flatMap(testsBelow);
  const integration = testsBelow(INTEGRATION);
  const rest = testsBelow("test").filter((file) => !apart.includes(file) && !integration.includes(file));
  const jobs = [hardhatTest(rest), hardhatTest(integration, ANVIL), forgeTest(), hardhatTest(apart, ANVIL)];
  return [COMPILE, FORGE_BUILD, ...jobs];
}

function chosen(contracts: string[], others: string[], gas: boolean): Job[] {
  const jobs = [COMPILE];
  if (others.length > 0 || gas) jobs.push(hardhatTest(others, gas ? { GAS: "1" } : {}));
  if (contracts.length > 0) jobs.push(FORGE_BUILD, ...contracts.map((file) => forgeTest("--match-path", file)));
  return jobs;
}

async function main(): Promise<void> {
  const gas = process.argv.includes("--gas");
  const args = process.argv.slice(2).filter((arg) => arg !== "--gas");
  const contracts = args.filter((arg) => arg.endsWith(".sol"));
  const missing = contracts.filter((file) => !existsSync(file));
  if (missing.length > 0) {
    // Forge takes a path without tests for success.
    throw new Error(`There is no test file ${missing.join(", ")}: name one under test/fuzz or test/invariant.`);
  }
  const others = args.filter((arg) => !arg.endsWith(".sol"));
  const jobs = args.length === 0 && !gas ? everything() : chosen(contracts, others, gas);
  const codes = await runBeside(jobs, ROOT);
  process.exitCode = codes.find((code) => code !== 0) ?? 0;
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
