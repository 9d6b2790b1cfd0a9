/** What a keeper needs of a chain, and that over any ethers provider. */
import { setTimeout as sleep } from "node:timers/promises";

import {
  type ContractRunner,
  type JsonRpcApiProvider,
  type Signer,
  type TransactionRequest,
  formatUnits,
} from "ethers";

import { fixedPoint } from "../../sdk";

/** What a node has to take a transaction. */
const SENDING_MS = 30_000;

/** One call to a contract. */
export interface Call {
  to: string;
  /** 0x-prefixed hex. */
  data: string;
}

/** A chain as a keeper sees it: it reads and tries at the block that comes next, and sends. */
export interface KeeperChain {
  /** The account that sends; it signs the keeper's orders too. */
  readonly signer: Signer;
  /** Executes a call in the next block without sending it. Throws what the node throws when it reverts. */
  call(call: Call): Promise<string>;
  /** Sends a transaction and returns its hash without waiting. `purpose` names it, where somebody keeps count. */
  send(call: Call, purpose: string): Promise<string>;
  /** The time the next block has at least, unix seconds. */
  time(): Promise<bigint>;
}

/** Lets ethers' contracts read through the chain. */
export function readerOf(chain: Pick<KeeperChain, "call">): ContractRunner {
  return {
    provider: null,
    call: ({ to, data }) => {
      if (typeof to !== "string" || typeof data !== "string") throw new Error("A read names a contract and its call.");
      return chain.call({ to, data });
    },
  };
}

/** A chain over JSON-RPC. */
export class RpcChain implements KeeperChain {
  readonly signer: Signer;
  readonly #provider: JsonRpcApiProvider;
  readonly #from: string;
  readonly #maxGasPrice: bigint | undefined;
  /** Settles when the node has taken or refused what was sent last, and knows the next nonce. */
  #sent: Promise<unknown> = Promise.resolve();

  /** @param maxGasPrice wei a unit of gas may cost; nothing is sent while it is dearer. */
  constructor(provider: JsonRpcApiProvider, signer: Signer, from: string, maxGasPrice?: bigint) {
    this.#provider = provider;
    this.signer = signer;
    this.#from = from;
    this.#maxGasPrice = maxGasPrice;
  }

  call(call: Call): Promise<string> {
    return this.#provider.call({ ...call, from: this.#from, blockTag: "pending" });
  }

  /**
   * One after the other, whoever sends: two at once would be given the same nonce. Nobody waits long for another's that
   * the node does not show. Throws where gas is dearer than it may be.
   */
  async send(call: Call): Promise<string> {
    const sending = this.#sent.then(async () => this.signer.sendTransaction({ ...call, ...(await this.#fees()) }));
    const patience = sleep(SENDING_MS, undefined, { ref: false });
    this.#sent = Promise.race([sending.catch(() => undefined), patience]);
    return (await sending).hash;
  }

  async time(): Promise<bigint> {
    // Asked for raw: a pending block has neither number nor hash yet, and ethers insists on them.
    const pending = await this.#timeOf("pending");
    const time = pending ?? (await this.#timeOf("latest"));
    if (time === undefined) throw new Error("The node has no blocks yet.");
    return time;
  }

  /** What the transaction offers for gas; empty where that is for the signer to say. */
  async #fees(): Promise<TransactionRequest> {
    const most = this.#maxGasPrice;
    if (most === undefined) return {};
    const { gasPrice, maxFeePerGas, maxPriorityFeePerGas } = await this.#provider.getFeeData();
    if (gasPrice === null) throw new Error("The node does not say what gas costs.");
    if (gasPrice > most) {
      const [costs, may] = [gasPrice, most].map((wei) => formatUnits(wei, "gwei"));
      throw new Error(`Gas costs ${costs} gwei, more than the ${may} of KEEPER_MAX_GAS_GWEI: it is not sent.`);
    }
    if (maxFeePerGas === null || maxPriorityFeePerGas === null) return { gasPrice };
    // Nor is it ever mined for more.
    const atMost = (fee: bigint): bigint => fixedPoint.min(fee, most);
    return { maxFeePerGas: atMost(maxFeePerGas), maxPriorityFeePerGas: atMost(maxPriorityFeePerGas) };
  }

  async #timeOf(tag: "pending" | "latest"): Promise<bigint | undefined> {
    const block = (await this.#provider.send("eth_getBlockByNumber", [tag, false])) as { timestamp: string } | null;
    return block ? BigInt(block.timestamp) : undefined;
  }
}
