/**
 * Runs Forge with this command's arguments and exits with its code.
 * After a campaign it prints what each handler's calls were good for, and fails if one was of too little use.
 */
import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";

import { LEAST_USEFUL, idle, readCalls, tableOf } from "./lib/campaign";
import { foundryBinary } from "./lib/foundry";
import { normalTableBytes } from "../sdk/math/normalTable";

const ROOT = path.join(__dirname, "..");

/** Writes the executable that Forge starts as its compiler and returns its path. */
function writeCompiler(): string {
  const script = path.join(__dirname, "solc.ts");
  const register = require.resolve("ts-node/register/transpile-only");
  const command = `"${process.execPath}" -r "${register}" "${script}"`;
  const windows = process.platform === "win32";
  const file = path.join(ROOT, "cache", windows ? "solc.cmd" : "solc");
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, windows ? `@${command} %*\r\n` : `#!/bin/sh\nexec ${command} "$@"\n`, { mode: 0o755 });
  return file;
}

/** Writes the table of the normal distribution, which test/forge/NormalTable.sol deploys. */
function writeNormalTable(): void {
  writeFileSync(path.join(ROOT, "cache", "normalTable.hex"), normalTableBytes());
}

/** Runs Forge, showing its output while keeping it. */
function runForge(compiler: string, args: string[]): Promise<{ code: number; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(foundryBinary("forge"), args, {
      cwd: ROOT,
      env: { ...process.env, FOUNDRY_SOLC: compiler, FOUNDRY_DISABLE_NIGHTLY_WARNING: "1" },
      stdio: ["inherit", "pipe", "inherit"],
    });
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
      output += chunk;
      process.stdout.write(chunk);
    });
    child.on("error", reject);
    child.on("close", (code) => {
      resolve({ code: code ?? 1, output });
    });
  });
}

/** Prints what each handler of the campaigns was good for. Returns whether all were of use. */
function report(output: string): boolean {
  const calls = readCalls(output);
  if (calls.length === 0) return true;
  console.log(`\n${tableOf(calls)}`);
  const useless = idle(calls);
  for (const { handler } of useless) {
    console.error(`The handler ${handler} did what it came for in less than ${100 * LEAST_USEFUL} % of its calls.`);
  }
  return useless.length === 0;
}

/** The tests deploy what Hardhat built. Whoever has seen to it says so in the environment. */
function compileContracts(): void {
  if (process.env.PLIMSOLL_COMPILED === "1") return;
  const program = [require.resolve("hardhat/internal/cli/bootstrap"), "compile", "--quiet"];
  const { status } = spawnSync(process.execPath, program, { cwd: ROOT, stdio: "inherit" });
  if (status !== 0) throw new Error("The contracts do not compile, and Forge's tests need them.");
}

async function main(): Promise<void> {
  if (process.argv[2] === "test") compileContracts();
  const compiler = writeCompiler();
  writeNormalTable();
  const { code, output } = await runForge(compiler, process.argv.slice(2));
  const ofUse = report(output);
  process.exitCode = code === 0 && !ofUse ? 1 : code;
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
