/** The in-process chain under the replay's own clock: transactions wait until a block is mined at a chosen second. */
import type { Signer } from "ethers";
import type { EthereumProvider } from "hardhat/types";

import type { Call, KeeperChain } from "../keeper/chain";
import type { LogEntry } from "../keeper/book";
import { intercept, sends, setNextTime } from "../lib/intercept";

/** A transaction that was mined. */
export interface Receipt {
  hash: string;
  /** What the sender called it. */
  kind: string;
  from: string;
  call: Call;
  ok: boolean;
  gasUsed: number;
  logs: LogEntry[];
  /** Of its block, unix seconds. */
  time: number;
}

type Waiting = Pick<Receipt, "hash" | "kind" | "from" | "call">;

interface RpcReceipt {
  status: string;
  gasUsed: string;
  logs: LogEntry[];
}

/** The most a transaction may use since Osaka. */
const GAS_LIMIT = "0xffffff";
const GAS_PRICE = "0x77359400";
/** Room for every transaction of one moment in one block, whatever limit each states. */
const BLOCK_GAS_LIMIT = "0x9184e72a000";

/**
 * Runs `work` with each transaction in a block of its own, a second apart from `start` on. Otherwise blocks are stamped
 * by the machine's clock, and no two replays would be the same.
 */
export async function withSteadyClock<T>(
  provider: EthereumProvider,
  start: number,
  work: () => Promise<T>,
): Promise<T> {
  let time = start;
  const restore = intercept(provider, async (args, forward) => {
    if (sends(args)) await setNextTime(forward, ++time);
    return forward(args);
  });
  try {
    return await work();
  } finally {
    restore();
  }
}

export class ReplayChain {
  readonly #provider: EthereumProvider;
  #waiting: Waiting[] = [];
  #time = 0;

  private constructor(provider: EthereumProvider) {
    this.#provider = provider;
  }

  /** Takes the chain over: from here on nothing is mined but by `mine`. */
  static async takeOver(provider: EthereumProvider): Promise<ReplayChain> {
    await provider.send("evm_setAutomine", [false]);
    await provider.send("evm_setBlockGasLimit", [BLOCK_GAS_LIMIT]);
    return new ReplayChain(provider);
  }

  /** Of the next block, unix seconds. */
  get time(): number {
    return this.#time;
  }

  /** Moves the clock; it does not go back. */
  async moveTo(time: number): Promise<void> {
    this.#time = time;
    await this.#provider.send("evm_setNextBlockTimestamp", [time]);
  }

  /** Executes a call in the next block, after what waits for it. Throws when it reverts. */
  async call(from: string, call: Call): Promise<string> {
    return (await this.#provider.send("eth_call", [{ from, ...call }, "pending"])) as string;
  }

  /** Has a transaction wait for the next block. */
  async send(from: string, call: Call, kind: string): Promise<string> {
    const transaction = { from, ...call, gas: GAS_LIMIT, gasPrice: GAS_PRICE };
    const hash = (await this.#provider.send("eth_sendTransaction", [transaction])) as string;
    this.#waiting.push({ hash, kind, from, call });
    return hash;
  }

  /** Mines what waits, in the order it was sent. Without anything waiting there is no block. */
  async mine(): Promise<Receipt[]> {
    if (this.#waiting.length === 0) return [];
    await this.#provider.send("evm_mine");
    // The clock would otherwise run on by itself.
    await this.moveTo(this.#time);
    const receipts: Receipt[] = [];
    for (const waiting of this.#waiting) {
      const found = (await this.#provider.send("eth_getTransactionReceipt", [waiting.hash])) as RpcReceipt | null;
      if (!found) throw new Error(`The transaction ${waiting.hash} (${waiting.kind}) was not mined.`);
      const { status, gasUsed, logs } = found;
      receipts.push({ ...waiting, ok: status === "0x1", gasUsed: Number(gasUsed), logs, time: this.#time });
    }
    this.#waiting = [];
    return receipts;
  }

  /** The chain as a keeper sees it that sends from `address`. */
  asSeenBy(signer: Signer, address: string): KeeperChain {
    return {
      signer,
      call: (call) => this.call(address, call),
      send: (call, purpose) => this.send(address, call, purpose),
      time: () => Promise.resolve(BigInt(this.#time)),
    };
  }
}
