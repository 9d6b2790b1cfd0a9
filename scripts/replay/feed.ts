/** When a Chainlink feed publishes: after a move of its deviation threshold, and at least once a heartbeat. */

/** 0.5 %, in parts of ten thousand. */
export const DEVIATION_BPS = 50;
export const HEARTBEAT = 3600;

const BPS = 10_000n;

/** One feed's memory. Prices in 1e-8 USD, time in unix seconds. */
export class FeedRule {
  #price = 0n;
  #time = -Infinity;

  /** Whether the feed publishes `price` now; if so it remembers having done so. */
  publishes(price: bigint, time: number): boolean {
    const move = price > this.#price ? price - this.#price : this.#price - price;
    const due = move * BPS >= this.#price * BigInt(DEVIATION_BPS) || time - this.#time >= HEARTBEAT;
    if (due) this.published(price, time);
    return due;
  }

  /** Remembers an observation published for another reason. */
  published(price: bigint, time: number): void {
    this.#price = price;
    this.#time = time;
  }
}
