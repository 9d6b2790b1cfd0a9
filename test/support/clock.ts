import type { EthereumProvider, RequestArguments } from "hardhat/types";

/** What says when the next block is. */
const TELL = new Set(["evm_setNextBlockTimestamp", "evm_increaseTime"]);
/** What makes that block without a transaction. */
const MINE = new Set(["evm_mine", "hardhat_mine"]);
const SEND = new Set(["eth_sendTransaction", "eth_sendRawTransaction"]);

let running = false;

/** Lets the clock run for tests of what waits for time, such as a keeper; `false` holds it again. */
export function letClockRun(run: boolean): void {
  running = run;
}

/**
 * Holds the clock of the in-process chain: a transaction is mined in the second of the block before it unless a test
 * has set the time, or mines for itself. Interest and ages then follow what the test says, not how busy the machine is.
 */
export async function holdClock(): Promise<void> {
  // Not before Hardhat is configured, of which this is a part.
  const { default: hre } = await import("hardhat");
  const { provider } = hre.network;
  const request = provider.request.bind(provider);
  let told = false;
  let automine = true;
  let last: Promise<unknown> = Promise.resolve();
  const sendInTime = async (args: RequestArguments): Promise<unknown> => {
    if (automine && !told && !running) await stay(request);
    told = false;
    return request(args);
  };
  const held = (args: RequestArguments): Promise<unknown> => {
    if (SEND.has(args.method)) {
      // One after the other, for a time is set for the next block alone.
      const sent = last.then(() => sendInTime(args));
      last = sent.catch(() => undefined);
      return sent;
    }
    if (args.method === "evm_setAutomine") [automine] = args.params as [boolean];
    if (TELL.has(args.method)) told = true;
    if (MINE.has(args.method)) told = false;
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
