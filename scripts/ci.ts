/** Runs every check of the repository and ends with one line, `N passed, N failed`. Started by .ci/run. */
import { spawn } from "node:child_process";
import path from "node:path";
import { stripVTControlCharacters } from "node:util";

import { failuresIn } from "./lib/failures";

interface Count {
  passed: number;
  failed: number;
}

interface Outcome {
  code: number;
  output: string;
}

const STAGES = ["lint", "typecheck", "test", "gas:check", "docs:check"];

/** Runs `npm run stage`, showing its output while keeping it. */
function runStage(stage: string): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawn("npm", ["run", "--silent", stage], {
      cwd: path.join(__dirname, ".."),
      env: { ...process.env, CI: "true" },
      stdio: ["ignore", "pipe", "pipe"],
      shell: process.platform === "win32",
    });
    let output = "";
    const keep = (stream: NodeJS.WriteStream) => (chunk: string) => {
      output += chunk;
      stream.write(chunk);
    };
    child.stdout.setEncoding("utf8").on("data", keep(process.stdout));
    child.stderr.setEncoding("utf8").on("data", keep(process.stderr));
    child.on("error", reject);
    child.on("close", (code) => {
      resolve({ code: code ?? 1, output });
    });
  });
}

/** Sums the first group of every match of `pattern`, or returns undefined where nothing matches. */
function sum(output: string, pattern: RegExp): number | undefined {
  const matches = [...output.matchAll(pattern)];
  return matches.length === 0 ? undefined : matches.reduce((total, match) => total + Number(match[1]), 0);
}

/**
 * Counts what mocha and Forge report. A test that did not run fails here: somebody skipped it, or its data is missing.
 * So does a runner without a summary, which never got as far as its tests.
 */
function countTests({ code, output }: Outcome): Count {
  const text = stripVTControlCharacters(output);
  const mocha = sum(text, /^ +(\d+) passing \(/gm);
  const forge = sum(text, /^Ran \d+ test suites? in .*: (\d+) tests? passed, \d+ failed/gm);
  const failures = [
    sum(text, /^ +(\d+) (?:failing|pending)$/gm),
    sum(text, /^Ran \d+ test suites? in .* (\d+) failed, \d+ skipped/gm),
    sum(text, /^Ran \d+ test suites? in .* (\d+) skipped/gm),
    mocha === undefined ? 1 : 0,
    forge === undefined ? 1 : 0,
  ];
  const failed = failures.reduce<number>((total, count) => total + (count ?? 0), 0);
  return { passed: (mocha ?? 0) + (forge ?? 0), failed: failed === 0 && code !== 0 ? 1 : failed };
}

function countStage({ code }: Outcome): Count {
  return code === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
}

async function main(): Promise<void> {
  const total: Count = { passed: 0, failed: 0 };
  const failures: string[] = [];
  for (const stage of STAGES) {
    console.log(`\n== ${stage}`);
    const start = Date.now();
    const outcome = await runStage(stage);
    const count = stage === "test" ? countTests(outcome) : countStage(outcome);
    total.passed += count.passed;
    total.failed += count.failed;
    const seconds = ((Date.now() - start) / 1000).toFixed(1);
    failures.push(...failuresIn(outcome.output));
    console.log(`== ${stage}: ${count.failed === 0 ? "ok" : "FAILED"} in ${seconds} s`);
  }
  process.exitCode = total.failed === 0 ? 0 : 1;
  // Again, at the end, where whoever reads a long log looks first.
  if (failures.length > 0) console.log(`\n== what failed\n${failures.join("\n")}`);
  console.log(`\n${total.passed} passed, ${total.failed} failed`);
}

main().catch((error: unknown) => {
  console.error(error);
  console.log("0 passed, 1 failed");
  process.exitCode = 1;
});
