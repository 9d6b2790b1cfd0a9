/** Runs tasks as people do, and the case they evaluate. */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import path from "node:path";
import type { Readable } from "node:stream";

import { expect } from "chai";

export interface Outcome {
  code: number | null;
  stdout: string;
  /** Without empty lines. */
  stderr: string[];
}

export interface CaseFile {
  timestamp: number | string;
  minCorrelation?: string;
  underlyings: Record<
    string,
    { spot: string; perp: string; dailyVol: string; confidence: string; expiries?: CaseExpiry[] }
  >;
  account: {
    mode: string;
    cash: string;
    positions: CasePosition[];
    collateral?: unknown[];
  };
}

interface CaseExpiry {
  days: string;
  forwardRatio: string;
  rate: string;
  svi: { a: string; b: string; rho: string; m: string; sigma: string };
}

interface CasePosition {
  underlying: string;
  kind: string;
  size: string;
  entry?: string;
  days?: string;
  strike?: string;
  call?: unknown;
}

const ROOT = path.join(__dirname, "..", "..");
const HARDHAT = require.resolve("hardhat/internal/cli/bootstrap");

/** Runs a task in a process of its own, on the in-process network unless another is named. */
export function hardhat(...args: string[]): Promise<Outcome> {
  return hardhatWith({}, ...args).outcome;
}

/** A task that is running. */
export interface Running {
  child: ChildProcessByStdio<null, Readable, Readable>;
  outcome: Promise<Outcome>;
}

/** Starts a task in a process of its own, with variables besides this process's. Nobody is at its terminal. */
export function hardhatWith(env: Readonly<Record<string, string>>, ...args: string[]): Running {
  const child = spawn(process.execPath, [HARDHAT, ...args], {
    cwd: ROOT,
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => (stdout += chunk));
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => (stderr += chunk));
  const outcome = new Promise<Outcome>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => {
      resolve({ code, stdout, stderr: stderr.split("\n").filter((line) => line !== "") });
    });
  });
  return { child, outcome };
}

/** What a person gets for input that cannot be right: one sentence, and nothing on stdout. */
export function expectRefusal({ code, stdout, stderr }: Outcome, sentence: string | RegExp): void {
  if (typeof sentence === "string") expect(stderr).to.deep.equal([sentence]);
  else expect(stderr.join("\n")).to.match(sentence);
  expect(stderr).to.have.length(1);
  expect(stdout).to.equal("");
  expect(code).to.equal(1);
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

/** Short of one call of a week and a half, of whose expiry there is a surface. */
export function shortOneCall(): CaseFile {
  const file = longOnePerp();
  file.underlyings.ETH!.expiries = [
    {
      days: "7.5",
      forwardRatio: "1.001",
      rate: "0.04",
      svi: { a: "0.0035", b: "0.017", rho: "-0.2", m: "0", sigma: "0.2" },
    },
  ];
  file.account.mode = "portfolio";
  file.account.positions = [
    { underlying: "ETH", kind: "option", days: "7.5", strike: "2100.5", call: true, size: "-1" },
  ];
  return file;
}
