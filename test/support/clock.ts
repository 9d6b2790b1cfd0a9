import type { EthereumProvider, RequestArguments } from "hardhat/types";

/** What says when the next block is. */
const TELL = new Set(["evm_setNextBlockTimestamp", "evm_increaseTime"]);
/** What makes that block without a transaction. */
const MINE = new Set(["evm_mine", "hardhat_mine"]);
const SEND = new Set(["eth_sendTransaction", "eth_sendRawTransaction"]);

/**
 * Holds the clock of the in-process chain: a transaction is mined in the second of the block before it unless a test
 * has set the time. Interest and ages then follow what the test says, not how busy the machine is.
 */
export async function holdClock(): Promise<void> {
  // Not before Hardhat is configured, of which this is a part.
  const { default: hre } = await import("hardhat");
  const { provider } = hre.network;
  const request = provider.request.bind(provider);
  let told = false;
  const held = async (args: RequestArguments): Promise<unknown> => {
    if (SEND.has(args.method) && !told) await stay(request);
    if (TELL.has(args.method)) told = true;
    if (SEND.has(args.method) || MINE.has(args.method)) told = false;
    return request(args);
  };
  provider.request = held;
  provider.send = (method, params) => held({ method, params });
}

/** Gives the next block the time of the last. */
async function stay(request: EthereumProvider["request"]): Promise<void> {
  const block = (await request({ method: "eth_getBlockByNumber", params: ["latest", false] })) as { timestamp: string };
  await request({ method: "evm_setNextBlockTimestamp", params: [Number(block.timestamp)] });
}
