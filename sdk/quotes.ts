import { formatLots, formatWad } from "./amounts";
import type { AccountId } from "./ids";
import { PlimsollInputError } from "./inputError";
import { type SignedOrder, ownOrder } from "./orders";
import { abs } from "./risk/fixedPoint";
import type { Bps, Lots, Seconds, Wad } from "./units";

/** A match of two orders of a batch, as `Clearinghouse.settle` takes it. */
export interface Fill {
  /** Where the maker's order stands in the batch. */
  maker: number;
  taker: number;
  /** Without a sign. */
  lots: Lots;
  /** USD per unit. */
  price: Wad;
}

/** A batch, as `Clearinghouse.settle` takes it. */
export interface Batch {
  orders: SignedOrder[];
  fills: Fill[];
}

/** How a quote is taken. */
export interface QuoteTerms {
  /** How much of the quote is taken, without a sign; all of it unless given. */
  lots?: Lots | undefined;
  /** USD per unit; the quote's limit unless given. */
  price?: Wad | undefined;
  /** The most the taker pays in fees, of the notional traded. */
  maxFeeBps: Bps;
  /** The last moment the trade may happen. */
  expiry: Seconds;
}

/**
 * The batch by which an account trades against a maker's signed quote. The account's own order is not signed: only its
 * owner, or an operator who may trade for it, can send the batch.
 * @param epoch the account's.
 * @throws PlimsollInputError where more is taken than the quote is for, or at a price beyond its limit.
 */
export function takeQuote(quote: SignedOrder, account: AccountId, epoch: bigint, terms: QuoteTerms): Batch {
  const { instrument, size, limitPrice } = quote.order;
  const lots = terms.lots ?? abs(size);
  const price = terms.price ?? limitPrice;
  checkFill(quote, lots, price);
  const own = ownOrder({
    account,
    instrument,
    size: size < 0n ? lots : 0n - lots,
    limitPrice: price,
    maxFeeBps: terms.maxFeeBps,
    expiry: terms.expiry,
    priceNotBefore: 0n,
    epoch,
    reduceOnly: false,
  });
  return { orders: [quote, own], fills: [{ maker: 0, taker: 1, lots, price }] };
}

/**
 * Throws PlimsollInputError where `lots`, without a sign, are none or more than the order is for, or where `price`, USD
 * per unit, is beyond its limit.
 */
export function checkFill({ order }: SignedOrder, lots: Lots, price: Wad): void {
  const [most, limit] = [abs(order.size), order.limitPrice];
  if (lots <= 0n) throw new PlimsollInputError("The size to trade is zero: name how much of the order to fill.");
  if (lots > most) {
    throw new PlimsollInputError(`The order is for ${formatLots(most)}, and ${formatLots(lots)} was wanted of it.`);
  }
  if (order.size > 0n ? price <= limit : price >= limit) return;
  const bound = order.size > 0n ? "buys for at most" : "sells for at least";
  throw new PlimsollInputError(`The order ${bound} ${formatWad(limit)} a unit, and the price is ${formatWad(price)}.`);
}
