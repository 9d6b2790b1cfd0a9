/** A chain of one's own that has a live network's id. */
import { JsonRpcProvider, parseEther, toQuantity } from "ethers";

import { findAnvil } from "../../scripts/lib/foundry";
import { type Anvil, startAnvil } from "../support/anvil";

export interface Node extends Anvil {
  provider: JsonRpcProvider;
}

/** Skips a suite aloud where there is no node to start; in CI that is a failure. */
export function needNode(context: Mocha.Context): void {
  if (findAnvil() !== undefined) return;
  const sentence = "Foundry's anvil is neither installed by npm nor on the PATH: rehearsals need it.";
  if (process.env.CI === "true") throw new Error(sentence);
  console.warn(sentence);
  context.skip();
}

/** Starts a node that mines each transaction at once. */
export async function startNode(chainId: bigint): Promise<Node> {
  const { url, stop } = await startAnvil(["--chain-id", chainId.toString(), "--accounts", "1"]);
  const provider = new JsonRpcProvider(url, chainId, { staticNetwork: true, cacheTimeout: -1, batchMaxCount: 1 });
  return {
    url,
    provider,
    stop: async () => {
      provider.destroy();
      await stop();
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
