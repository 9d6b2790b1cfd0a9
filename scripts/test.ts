/**
 * Runs the whole suite: Hardhat's tests, then Forge's, even when the first fail.
 * With arguments, only the runner they are meant for starts: .sol files go to Forge, anything else to Hardhat.
 * --gas reports the gas of the Hardhat tests.
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";

/** Runs a Node program in the repository and returns its exit code. */
function run(program: string[], env: NodeJS.ProcessEnv): number {
  const { status, error } = spawnSync(process.execPath, program, {
    cwd: path.join(__dirname, ".."),
    env: { ...process.env, ...env },
    stdio: "inherit",
  });
  if (error) console.error(error.message);
  return status ?? 1;
}

const gas = process.argv.includes("--gas");
const args = process.argv.slice(2).filter((arg) => arg !== "--gas");
const contracts = args.filter((arg) => arg.endsWith(".sol"));
const others = args.filter((arg) => !arg.endsWith(".sol"));

const hardhat = [require.resolve("hardhat/internal/cli/bootstrap"), "test", ...others];
const forge = ["-r", "ts-node/register/transpile-only", path.join(__dirname, "forge.ts"), "test"];
const profile = process.env.FOUNDRY_PROFILE ?? (process.env.CI === "true" ? "ci" : "default");

const missing = contracts.filter((file) => !existsSync(file));
if (missing.length > 0) {
  // Forge takes a path without tests for success.
  console.error(`There is no test file ${missing.join(", ")}: name one under test/fuzz or test/invariant.`);
  process.exit(1);
}

const codes: number[] = [];
if (contracts.length === 0 || others.length > 0 || gas) codes.push(run(hardhat, gas ? { GAS: "1" } : {}));
if (args.length === 0 && !gas) codes.push(run(forge, { FOUNDRY_PROFILE: profile }));
for (const file of contracts) codes.push(run([...forge, "--match-path", file], { FOUNDRY_PROFILE: profile }));
process.exitCode = codes.find((code) => code !== 0) ?? 0;
