/** Mocks at the addresses where a live network has the real thing. */
import { parseUnits, toBeHex } from "ethers";

import { testnetUnderlyings, testnets } from "../../config/testnets";
import type { LiveNetwork } from "../../config/variables";
import { type MockAggregator, MockAggregator__factory, type MockUSDC, MockUSDC__factory } from "../../typechain-types";
import type { Node } from "./node";

const WORD = 32;
/** More slots than any of the mocks has besides its mappings. */
const SLOTS = 8;

export interface StandIns {
  token: MockUSDC;
  /** By underlying. */
  feeds: Record<"ETH" | "BTC", MockAggregator>;
}

/** Puts a token and feeds at the addresses the network's parameters name. */
export async function placeStandIns(node: Node, network: LiveNetwork): Promise<StandIns> {
  const facts = testnets[network];
  const signer = await node.provider.getSigner();
  const original = await new MockUSDC__factory(signer).deploy();
  await move(node, await original.getAddress(), facts.settlementToken);
  const feeds: Partial<StandIns["feeds"]> = {};
  for (const { name, feed, referencePrice } of testnetUnderlyings(facts)) {
    if (feed.kind !== "chainlink" || (name !== "ETH" && name !== "BTC")) continue;
    feeds[name] = await placeFeed(node, feed.address, feed.description, referencePrice / 10n ** 10n);
  }
  const { ETH, BTC } = feeds;
  if (!ETH || !BTC) throw new Error(`The network ${network} lacks a feed.`);
  return { token: MockUSDC__factory.connect(facts.settlementToken, signer), feeds: { ETH, BTC } };
}

/** Puts a feed with 8 decimals at `address`. */
export async function placeFeed(
  node: Node,
  address: string,
  description: string,
  answer: bigint = parseUnits("1", 8),
): Promise<MockAggregator> {
  const signer = await node.provider.getSigner();
  const original = await new MockAggregator__factory(signer).deploy(8, answer, description);
  await move(node, await original.getAddress(), address);
  return MockAggregator__factory.connect(address, signer);
}

/** Copies code, immutables in it, and the first slots of storage. */
async function move({ provider }: Node, from: string, to: string): Promise<void> {
  await provider.send("anvil_setCode", [to, await provider.getCode(from)]);
  for (let slot = 0; slot < SLOTS; ++slot) {
    await provider.send("anvil_setStorageAt", [to, toBeHex(slot, WORD), await provider.getStorage(from, slot)]);
  }
}
