import { type Signer, TypedDataEncoder } from "ethers";

import { type AccountId, type Instrument, checkAddress } from "./ids";
import { PlimsollInputError } from "./inputError";
import { type Bps, type Lots, type Seconds, type Wad, fitsInt, fitsUint } from "./units";

const NONCE_BITS = 64n;
const NONCES_IN_GROUP = 128n;

/** What an account's owner signs: a promise to trade up to `size` at `limitPrice` or better. See contracts/types/Order.sol. */
export interface Order {
  account: AccountId;
  instrument: Instrument;
  /** Positive buys, negative sells. */
  size: Lots;
  /** USD per unit: the most a buyer pays, the least a seller takes. */
  limitPrice: Wad;
  /** The most the account pays in fees, of the notional traded. */
  maxFeeBps: Bps;
  /** The last moment the order may be filled. */
  expiry: Seconds;
  /** Fill only against an oracle price observed at this time or later; zero if any will do. */
  priceNotBefore: Seconds;
  /**
   * Unique per account: a nonce belongs to the first order filled under it. Count up: 128 neighbours share a slot of
   * storage, and the first of them pays for it.
   */
  nonce: bigint;
  /** The account's epoch; raising the epoch cancels every order at once. */
  epoch: bigint;
  /** The fill may only bring the position closer to zero. */
  reduceOnly: boolean;
}

/** An order with its owner's signature, as `Clearinghouse.settle` takes it. */
export interface SignedOrder {
  order: Order;
  /** 0x-prefixed hex; "0x" where the sender may trade for the account and needs no signature. */
  signature: string;
}

/** Which ledger on which chain an order is meant for. */
export interface OrderDomain {
  name: "Plimsoll";
  version: "1";
  chainId: bigint;
  /** The clearinghouse. */
  verifyingContract: string;
}

/** The EIP-712 type of an order, for wallets that sign typed data themselves. */
export const orderTypes = {
  Order: [
    { name: "account", type: "uint256" },
    { name: "instrument", type: "uint120" },
    { name: "size", type: "int64" },
    { name: "limitPrice", type: "uint128" },
    { name: "maxFeeBps", type: "uint16" },
    { name: "expiry", type: "uint40" },
    { name: "priceNotBefore", type: "uint40" },
    { name: "nonce", type: "uint64" },
    { name: "epoch", type: "uint32" },
    { name: "reduceOnly", type: "bool" },
  ],
} satisfies Record<string, { name: keyof Order; type: string }[]>;

/** The EIP-712 domain of the orders of one clearinghouse. Throws PlimsollInputError if it is no address. */
export function orderDomain(chainId: bigint, clearinghouse: string): OrderDomain {
  checkAddress(clearinghouse);
  return { name: "Plimsoll", version: "1", chainId, verifyingContract: clearinghouse };
}

/** The digest that is signed, 0x-prefixed hex. Throws PlimsollInputError as `checkOrder` does. */
export function hashOrder(domain: OrderDomain, order: Order): string {
  checkOrder(order);
  return TypedDataEncoder.hash(domain, orderTypes, order);
}

/** Has the account's owner sign the order. Throws PlimsollInputError as `checkOrder` does. */
export async function signOrder(signer: Signer, domain: OrderDomain, order: Order): Promise<SignedOrder> {
  checkOrder(order);
  return { order, signature: await signer.signTypedData(domain, orderTypes, order) };
}

/**
 * An order for whoever sends it: the account's owner, or an operator who may trade for it. It uses no nonce and cannot
 * be replayed, for only that sender can send it. Throws PlimsollInputError as `checkOrder` does.
 */
export function ownOrder(order: Omit<Order, "nonce">): SignedOrder {
  const complete = { ...order, nonce: 0n };
  checkOrder(complete);
  return { order: complete, signature: "0x" };
}

/** What `Clearinghouse.cancelNonces` takes to cancel one nonce. Throws PlimsollInputError if it is none. */
export function cancellation(nonce: bigint): [group: bigint, mask: bigint] {
  if (!fitsUint(NONCE_BITS, nonce)) {
    throw new PlimsollInputError(`The nonce ${nonce} must be between 0 and 2^${NONCE_BITS} - 1.`);
  }
  return [nonce / NONCES_IN_GROUP, 1n << (nonce % NONCES_IN_GROUP)];
}

/** The calls of `Clearinghouse.cancelNonces` that cancel all of these nonces, one for each group of 128. */
export function cancellations(nonces: Iterable<bigint>): [group: bigint, mask: bigint][] {
  const masks = new Map<bigint, bigint>();
  for (const nonce of nonces) {
    const [group, mask] = cancellation(nonce);
    masks.set(group, (masks.get(group) ?? 0n) | mask);
  }
  return [...masks];
}

/** Throws PlimsollInputError, naming the field, if a field does not fit its type or the size is zero. */
export function checkOrder(order: Order): void {
  if (order.size === 0n)
    throw new PlimsollInputError("The order's size is zero: buy with a positive size, sell with a negative.");
  for (const { name, type } of orderTypes.Order) {
    const value = order[name];
    if (typeof value === "boolean") continue;
    const signed = type.startsWith("int");
    const bits = BigInt(type.slice(signed ? 3 : 4));
    if (signed ? fitsInt(bits, value) : fitsUint(bits, value)) continue;
    const range = signed ? `between -2^${bits - 1n} and 2^${bits - 1n} - 1` : `between 0 and 2^${bits} - 1`;
    throw new PlimsollInputError(`The order's ${name} is ${value} and must be ${range}.`);
  }
}
