/**
 * Runs Forge with this command's arguments and exits with its code.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";

import { foundryBinary } from "./lib/foundry";

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

try {
  const { status, error } = spawnSync(foundryBinary("forge"), process.argv.slice(2), {
    cwd: ROOT,
    env: { ...process.env, FOUNDRY_SOLC: writeCompiler(), FOUNDRY_DISABLE_NIGHTLY_WARNING: "1" },
    stdio: "inherit",
  });
  if (error) throw error;
  process.exitCode = status ?? 1;
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
