/** Runs tasks as people do, and the case they evaluate. */
import { spawn } from "node:child_process";
import path from "node:path";

export interface Outcome {
  code: number | null;
  stdout: string;
  /** Without empty lines. */
  stderr: string[];
}

export interface CaseFile {
  timestamp: number | string;
  underlyings: Record<string, { spot: string; perp: string; dailyVol: string; confidence: string }>;
  account: {
    mode: string;
    cash: string;
    positions: { underlying: string; kind: string; size: string; entry?: string }[];
    collateral?: unknown[];
  };
}

const ROOT = path.join(__dirname, "..", "..");
const HARDHAT = require.resolve("hardhat/internal/cli/bootstrap");

/** Runs a task in a process of its own, on the in-process network. */
export function hardhat(...args: string[]): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [HARDHAT, ...args], { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"] });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => (stdout += chunk));
    child.stderr.setEncoding("utf8").on("data", (chunk: string) => (stderr += chunk));
    child.on("error", reject);
    child.on("close", (code) => {
      resolve({ code, stdout, stderr: stderr.split("\n").filter((line) => line !== "") });
    });
  });
}

/** One long perpetual on a million of cash. */
export function longOnePerp(): CaseFile {
  return {
    timestamp: 1_700_000_000,
    underlyings: { ETH: { spot: "2000", perp: "2003", dailyVol: "0.035", confidence: "0.0025" } },
    account: {
      mode: "cross",
      cash: "1000000",
      positions: [{ underlying: "ETH", kind: "perp", size: "1.0", entry: "2003" }],
    },
  };
}
