/** The other side of every trade: deeply funded accounts that quote around mark. Prices never react to what they do. */
import type { Signer } from "ethers";

import {
  type AccountId,
  type Instrument,
  type Lots,
  type MarketSnapshot,
  type OrderDomain,
  type Seconds,
  fixedPoint,
  isOption,
  signOrder,
} from "../../sdk";
import type { AccountBook } from "../keeper/book";
import type { CounterOrder, CounterOrders } from "../keeper/inventory";
import { priceOf } from "./pricing";

const ORDER_LIFE = 300n;
const MAX_FEE_BPS = 50n;
/** A prime: strikes and expiries are multiples of much, and their remainders by it are not. */
const SPREADER = 1_000_003n;

/** Whose accounts quote what. */
export interface MakerAccounts {
  perpetuals: readonly AccountId[];
  /** None where no options are traded. */
  options: readonly AccountId[];
}

export class MakerDesk implements CounterOrders {
  readonly #signer: Signer;
  readonly #domain: OrderDomain;
  readonly #accounts: MakerAccounts;
  readonly #book: AccountBook;
  /** What was quoted and may not be in the book yet. */
  readonly #inventory = new Map<string, Lots>();
  #nonce = 0n;

  constructor(signer: Signer, domain: OrderDomain, accounts: MakerAccounts, book: AccountBook) {
    this.#signer = signer;
    this.#domain = domain;
    this.#accounts = accounts;
    this.#book = book;
  }

  /** Trusts that what it quotes is traded; `settled` puts right what was not. */
  async quote(
    instrument: Instrument,
    lots: Lots,
    snapshot: MarketSnapshot,
    now: Seconds,
  ): Promise<CounterOrder | undefined> {
    const price = priceOf(snapshot, instrument, lots);
    if (price === undefined) return undefined;
    const account = isOption(instrument) ? this.#specialistIn(instrument) : this.#leastExposed(instrument, lots);
    const signed = await signOrder(this.#signer, this.#domain, {
      account,
      instrument,
      size: 0n - lots,
      limitPrice: price,
      maxFeeBps: MAX_FEE_BPS,
      expiry: now + ORDER_LIFE,
      priceNotBefore: 0n,
      nonce: ++this.#nonce,
      epoch: this.#book.get(account)?.account.epoch ?? 0n,
      reduceOnly: false,
    });
    const key = `${account}/${instrument}`;
    this.#inventory.set(key, this.#lotsOf(account, instrument) - lots);
    return { signed, price };
  }

  /** Everything quoted is in the book now, or never will be. */
  settled(): void {
    this.#inventory.clear();
  }

  /** Each series has one account for it: what one sells another buys back, and no account holds very many. */
  #specialistIn(instrument: Instrument): AccountId {
    const { options } = this.#accounts;
    const account = options[Number(instrument % SPREADER) % options.length];
    if (account === undefined) throw new Error("There is no market maker in options.");
    return account;
  }

  /** Spread over the accounts, no position comes near what one account may hold. */
  #leastExposed(instrument: Instrument, lots: Lots): AccountId {
    const after = (account: AccountId): Lots => fixedPoint.abs(this.#lotsOf(account, instrument) - lots);
    const [first, ...others] = this.#accounts.perpetuals;
    if (first === undefined) throw new Error("There is no market maker.");
    return others.reduce((best, account) => (after(account) < after(best) ? account : best), first);
  }

  #lotsOf(account: AccountId, instrument: Instrument): Lots {
    const quoted = this.#inventory.get(`${account}/${instrument}`);
    if (quoted !== undefined) return quoted;
    return this.#book.get(account)?.positions.find((held) => held.instrument === instrument)?.lots ?? 0n;
  }
}
