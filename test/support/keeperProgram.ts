/** The keeper as operators run it: over JSON-RPC, against this process's chain. */
import { PassThrough } from "node:stream";

import hre from "hardhat";
import { TASK_NODE_CREATE_SERVER } from "hardhat/builtin-tasks/task-names";
import type { JsonRpcServer } from "hardhat/types";
import { pino } from "pino";

import type { KeeperConfig } from "../../scripts/keeper/config";
import { runKeeper } from "../../scripts/keeper/run";

/** Where it answers. */
export interface Node {
  url: string;
  close: () => Promise<void>;
}

/** What the keeper logs: a message, and what it is about. */
export interface Line {
  msg: string;
  account?: string;
  /** What the chain would not take. */
  kind?: string;
}

/** Longer than any test waits for a line. */
const PATIENCE_MS = 60_000;

/** Serves the chain on a port of its own. */
export async function serve(): Promise<Node> {
  const hostname = "127.0.0.1";
  const { provider } = hre.network;
  const server = (await hre.run(TASK_NODE_CREATE_SERVER, { hostname, port: 0, provider })) as JsonRpcServer;
  const { port } = await server.listen();
  return { url: `http://${hostname}:${port}`, close: () => server.close() };
}

/** Runs the keeper until it has logged a line for which `done` holds, then has it stop. */
export async function runUntil(config: KeeperConfig, done: (line: Line) => boolean): Promise<Line[]> {
  const lines: Line[] = [];
  const stop = new AbortController();
  const stream = new PassThrough();
  stream.on("data", (chunk: Buffer) => {
    for (const text of chunk.toString().trim().split("\n")) {
      const line = JSON.parse(text) as Line;
      lines.push(line);
      if (done(line)) stop.abort();
    }
  });
  const timeout = setTimeout(() => {
    stop.abort();
  }, PATIENCE_MS);
  await runKeeper(config, pino({ level: "info" }, stream), stop.signal).finally(() => {
    clearTimeout(timeout);
  });
  return lines;
}
