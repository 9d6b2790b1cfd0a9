/** Sells what a keeper took over, against whoever offers to take it. */
import {
  type Instrument,
  type Lots,
  type MarketSnapshot,
  type OrderDomain,
  type Seconds,
  type SignedOrder,
  type Wad,
  fixedPoint,
  signOrder,
} from "../../sdk";
import { IClearinghouse__factory } from "../../typechain-types";
import type { AccountRecord } from "./book";
import type { Call, KeeperChain } from "./chain";

/** A signed order to trade against, and the price it trades at, USD per unit. */
export interface CounterOrder {
  signed: SignedOrder;
  price: Wad;
}

/** Somebody who quotes firm prices: a market maker, a matcher's book. */
export interface CounterOrders {
  /**
   * An order that takes the other side of `lots` (signed for the one who asks), or undefined where there is none, as for
   * an option that is past.
   * @param now unix seconds; the order must still stand in the next block.
   */
  quote(instrument: Instrument, lots: Lots, snapshot: MarketSnapshot, now: Seconds): Promise<CounterOrder | undefined>;
}

/** How long an order that is sent at once stays good, seconds. */
const ORDER_LIFE = 300n;
/** The protocol's hard cap on fees. */
const MAX_FEE_BPS = 50n;

const clearing = IClearinghouse__factory.createInterface();

export class Unwinder {
  readonly #chain: KeeperChain;
  readonly #domain: OrderDomain;
  readonly #counterOrders: CounterOrders | undefined;
  #nonce = 0n;

  constructor(chain: KeeperChain, domain: OrderDomain, counterOrders: CounterOrders | undefined) {
    this.#chain = chain;
    this.#domain = domain;
    this.#counterOrders = counterOrders;
  }

  /** One settlement that closes every position somebody quotes for; undefined where nobody does. */
  async close(record: AccountRecord, snapshot: MarketSnapshot, now: Seconds): Promise<Call | undefined> {
    const orders: SignedOrder[] = [];
    const fills: { maker: number; taker: number; lots: bigint; price: bigint }[] = [];
    for (const { instrument, lots } of record.positions) {
      const change = 0n - lots;
      const counter = await this.#counterOrders?.quote(instrument, change, snapshot, now);
      if (!counter) continue;
      const own = await this.#order(record, instrument, change, counter.price, now);
      orders.push(counter.signed, own);
      fills.push({
        maker: orders.length - 2,
        taker: orders.length - 1,
        lots: fixedPoint.abs(lots),
        price: counter.price,
      });
    }
    if (fills.length === 0) return undefined;
    return { to: this.#domain.verifyingContract, data: clearing.encodeFunctionData("settle", [orders, fills]) };
  }

  #order(
    { id, account }: AccountRecord,
    instrument: Instrument,
    size: Lots,
    limitPrice: Wad,
    now: Seconds,
  ): Promise<SignedOrder> {
    // Counting on from the time, a restarted keeper meets none of its former nonces.
    const floor = now << 20n;
    this.#nonce = this.#nonce < floor ? floor : this.#nonce + 1n;
    return signOrder(this.#chain.signer, this.#domain, {
      account: id,
      instrument,
      size,
      limitPrice,
      maxFeeBps: MAX_FEE_BPS,
      expiry: now + ORDER_LIFE,
      priceNotBefore: 0n,
      nonce: this.#nonce,
      epoch: account.epoch,
      reduceOnly: true,
    });
  }
}
