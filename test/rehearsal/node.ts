/** A chain of one's own that has a live network's id. */
import { spawn } from "node:child_process";
import path from "node:path";

import { JsonRpcProvider, parseEther, toQuantity } from "ethers";

import { findAnvil } from "../../scripts/lib/foundry";

export interface Node {
  url: string;
  provider: JsonRpcProvider;
  stop(): Promise<void>;
}

const WATCHDOG = path.join(__dirname, "watchdog.ts");
const REGISTER = require.resolve("ts-node/register/transpile-only");

/** Skips a suite aloud where there is no node to start; in CI that is a failure. */
export function needNode(context: Mocha.Context): void {
  if (findAnvil() !== undefined) return;
  const sentence = "Foundry's anvil is neither installed by npm nor on the PATH: rehearsals need it.";
  if (process.env.CI === "true") throw new Error(sentence);
  console.warn(sentence);
  context.skip();
}

/** Starts a node that mines each transaction at once. It ends with this process, whatever ends that. */
export async function startNode(chainId: bigint): Promise<Node> {
  const anvil = findAnvil();
  if (anvil === undefined) throw new Error("There is no anvil to start.");
  const options = ["--chain-id", chainId.toString(), "--port", "0", "--hardfork", "osaka", "--accounts", "1"];
  const child = spawn(process.execPath, ["-r", REGISTER, WATCHDOG, anvil, ...options], {
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
  const provider = new JsonRpcProvider(url, chainId, { staticNetwork: true, cacheTimeout: -1, batchMaxCount: 1 });
  return {
    url,
    provider,
    stop: async () => {
      provider.destroy();
      child.stdin.end();
      await exited;
    },
  };
}

/** Gives an account ETH for gas. */
export async function fund({ provider }: Node, address: string, ether = "100"): Promise<void> {
  await provider.send("anvil_setBalance", [address, toQuantity(parseEther(ether))]);
}

/** Lets time pass, and mines a block at its end. */
export async function pass({ provider }: Node, seconds: number): Promise<void> {
  await provider.send("evm_increaseTime", [seconds]);
  await provider.send("evm_mine", []);
}
