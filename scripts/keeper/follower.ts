/** Keeps an account book level with the chain, over JSON-RPC. */
import type { Provider } from "ethers";

import type { AccountBook } from "./book";

interface Place {
  number: number;
  hash: string;
}

/** Reads a ledger's events from its first block on, each once, and again from there when the chain takes blocks back. */
export class BookFollower {
  readonly #provider: Provider;
  readonly #clearinghouse: string;
  readonly #fromBlock: number;
  readonly #range: number;
  readonly #book: AccountBook;
  #place: Place | undefined;

  /** @param range how many blocks of events to ask for at once. */
  constructor(provider: Provider, book: AccountBook, clearinghouse: string, fromBlock: number, range: number) {
    this.#provider = provider;
    this.#clearinghouse = clearinghouse;
    this.#fromBlock = fromBlock;
    this.#range = range;
    this.#book = book;
  }

  /** Brings the book to the latest block. Returns whether it had to begin afresh. */
  async follow(): Promise<boolean> {
    const restarted = await this.#forgetIfReorganised();
    const latest = await this.#provider.getBlock("latest");
    if (!latest?.hash) throw new Error("The node has no blocks yet.");
    let from = this.#place ? this.#place.number + 1 : this.#fromBlock;
    while (from <= latest.number) {
      const to = Math.min(latest.number, from + this.#range - 1);
      const filter = { address: this.#clearinghouse, fromBlock: from, toBlock: to };
      for (const log of await this.#provider.getLogs(filter)) this.#book.apply(log);
      from = to + 1;
    }
    this.#place = { number: latest.number, hash: latest.hash };
    return restarted;
  }

  async #forgetIfReorganised(): Promise<boolean> {
    if (!this.#place) return false;
    const same = await this.#provider.getBlock(this.#place.number);
    if (same?.hash === this.#place.hash) return false;
    this.#place = undefined;
    this.#book.clear();
    return true;
  }
}
