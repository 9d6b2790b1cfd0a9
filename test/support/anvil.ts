/** Foundry's node, as a process of its own that ends with this one, whatever ends that. */
import { spawn } from "node:child_process";
import path from "node:path";

import { findAnvil } from "../../scripts/lib/foundry";

export interface Anvil {
  url: string;
  stop(): Promise<void>;
}

const WATCHDOG = path.join(__dirname, "watchdog.ts");
const REGISTER = require.resolve("ts-node/register/transpile-only");
/** The network's rules of the in-process chain, and a port that is free. */
const ALWAYS = ["--hardfork", "osaka", "--port", "0"];

/** Starts a node with these options, and resolves when it listens. Throws where there is none to start. */
export async function startAnvil(options: readonly string[]): Promise<Anvil> {
  const anvil = findAnvil();
  if (anvil === undefined) throw new Error("There is no anvil to start.");
  const child = spawn(process.execPath, ["-r", REGISTER, WATCHDOG, anvil, ...ALWAYS, ...options], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const exited = new Promise<void>((resolve) => child.once("exit", resolve));
  const url = await new Promise<string>((resolve, reject) => {
    let printed = "";
    // Read to its end: a node whose output nobody takes stops answering.
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
      if (!printed.includes("Listening on")) printed += chunk;
      const listening = /Listening on (\S+)\n/.exec(printed);
      if (listening) resolve(`http://${listening[1] ?? ""}`);
    });
    child.once("error", reject);
    child.once("exit", () => {
      reject(new Error(`The node ended before it listened: ${printed}`));
    });
  });
  return {
    url,
    stop: async () => {
      child.stdin.end();
      await exited;
    },
  };
}
