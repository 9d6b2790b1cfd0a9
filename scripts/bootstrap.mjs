// The first command in a fresh clone: it makes node_modules match the lock file, then runs the real command.
// Plain JavaScript without dependencies, because nothing is installed when it starts.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), "..");
const stamp = path.join(root, "node_modules", ".lock-hash");
// Hardhat would ask about telemetry and, now and then, about a survey.
const env = {
  ...process.env,
  HARDHAT_DISABLE_TELEMETRY_PROMPT: "true",
  HARDHAT_HIDE_SOLIDITY_SURVEY_MESSAGE: "true",
};

/** Runs npm in the repository and ends this process with npm's exit code unless that is zero. */
function npm(args, stdio = "inherit") {
  // npm is a batch file on Windows, which only a shell can start; the shell then needs its arguments quoted.
  const windows = process.platform === "win32";
  const words = windows ? args.map((word) => JSON.stringify(word)) : args;
  const { status, error } = spawnSync("npm", words, { cwd: root, env, stdio, shell: windows });
  if (error) fail(`Plimsoll could not start npm: ${error.message}.`);
  if (status !== 0) process.exit(status ?? 1);
}

function fail(sentence) {
  console.error(sentence);
  process.exit(1);
}

const [major, minor] = process.versions.node.split(".").map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  fail(
    `Plimsoll needs Node.js 20.19 or newer, and this is ${process.versions.node}: install a newer one and run again.`,
  );
}

const [command = "install", ...args] = process.argv.slice(2);
const hash = createHash("sha256")
  .update(readFileSync(path.join(root, "package-lock.json")))
  .digest("hex");
if (command === "stamp") {
  // npm calls this after each install of its own, so that such an install is not repeated here.
  writeFileSync(stamp, hash);
  process.exit();
}
if (!existsSync(stamp) || readFileSync(stamp, "utf8") !== hash) {
  console.error("Installing dependencies (npm ci), about half a minute ...");
  npm(["ci", "--no-audit", "--no-fund", "--loglevel=error"], ["ignore", 2, 2]);
  writeFileSync(stamp, hash);
}
if (command !== "install") npm(["run", "--silent", `${command}:run`, "--", ...args]);
