/**
 * Watches a ledger and liquidates what falls below maintenance margin. `npm run keeper`; the environment says where:
 * see scripts/keeper/config.ts. Logs are JSON lines on stdout. SIGINT and SIGTERM end it after the look it is at.
 */
// Before what it speeds up.
import "./lib/transpiled";

import { createRequire } from "node:module";

import { pino } from "pino";

import { PlimsollInputError } from "../sdk/inputError";
import type * as Config from "./keeper/config";
import type * as Run from "./keeper/run";

const load = createRequire(__filename);

async function main(): Promise<void> {
  const { readConfig } = load("./keeper/config") as typeof Config;
  const { runKeeper } = load("./keeper/run") as typeof Run;
  const config = readConfig(process.env);
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => {
      stop.abort();
    });
  }
  await runKeeper(config, pino({ name: "keeper", level: config.logLevel }), stop.signal);
}

main().catch((error: unknown) => {
  process.exitCode = 1;
  const unbuilt = (error as NodeJS.ErrnoException).code === "MODULE_NOT_FOUND";
  if (error instanceof PlimsollInputError) console.error(error.message);
  else console.error(unbuilt ? "The contracts' types are missing: run npm run build first." : error);
});
