/** A provider's requests, seen before the chain sees them. */
import type { EthereumProvider, RequestArguments } from "hardhat/types";

type Request = EthereumProvider["request"];

const SENDING = new Set(["eth_sendTransaction", "eth_sendRawTransaction"]);

/** Whether the request sends a transaction. */
export function sends({ method }: RequestArguments): boolean {
  return SENDING.has(method);
}

/**
 * Has `handle` answer every request to the provider, with `forward` to ask the chain. Returns what takes it away again.
 */
export function intercept(
  provider: EthereumProvider,
  handle: (args: RequestArguments, forward: Request) => Promise<unknown>,
): () => void {
  const request = provider.request.bind(provider);
  const send = provider.send.bind(provider);
  provider.request = (args) => handle(args, request);
  provider.send = (method, params = []) => handle({ method, params }, request);
  return () => {
    provider.request = request;
    provider.send = send;
  };
}

/** Says when the next block is, in unix seconds. */
export async function setNextTime(forward: Request, time: number): Promise<void> {
  await forward({ method: "evm_setNextBlockTimestamp", params: [time] });
}

/** The last block's unix seconds. */
export async function lastTime(forward: Request): Promise<number> {
  const block = (await forward({ method: "eth_getBlockByNumber", params: ["latest", false] })) as { timestamp: string };
  return Number(block.timestamp);
}
