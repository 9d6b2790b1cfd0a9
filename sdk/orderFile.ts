/**
 * Signed orders as files, which makers hand to takers and matchers. It is no part of the index, so that only who reads
 * such files has zod in their bundle.
 */
import { isAddress } from "ethers";
import { z } from "zod";

import { formatLots, formatStrike, formatWad, parseLots, parseStrike, parseWad } from "./amounts";
import {
  type Instrument,
  decodeInstrument,
  formatAccountId,
  isCall,
  isOption,
  isPerp,
  option,
  parseAccountId,
  perp,
  underlyingOf,
} from "./ids";
import { PlimsollInputError } from "./inputError";
import { type Order, type OrderDomain, type SignedOrder, checkOrder, orderDomain } from "./orders";

/** A signed order, and which ledger on which chain it is meant for. */
export interface OrderFile {
  domain: OrderDomain;
  signed: SignedOrder;
}

const count = z.number().int().nonnegative();
const decimal = z.string().regex(/^-?\d+(\.\d+)?$/, "must be a decimal number, in quotes");
const whole = z.string().regex(/^\d{1,20}$/, "must be a whole number, in quotes");

const instrument = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("perp"), underlying: count }),
  /** Expiry in unix seconds, strike in USD. */
  z.strictObject({ kind: z.enum(["call", "put"]), underlying: count, expiry: count, strike: decimal }),
]);

const file = z.strictObject({
  format: z.literal(1, "must be 1, as in every file that order:sign writes"),
  chainId: whole,
  clearinghouse: z.string().refine((text) => isAddress(text), "must be an address"),
  order: z.strictObject({
    /** As `parseAccountId` reads it. */
    account: z.string(),
    instrument,
    /** Units of the underlying; with a minus the order sells. */
    size: decimal,
    /** USD per unit. */
    limitPrice: decimal,
    maxFeeBps: count,
    /** Unix seconds. */
    expiry: count,
    /** Unix seconds; zero where any price will do. */
    priceNotBefore: count,
    nonce: whole,
    epoch: count,
    reduceOnly: z.boolean(),
  }),
  signature: z.string().regex(/^0x([0-9a-f]{2})+$/i, "must be bytes of hex after 0x"),
});

type Contents = z.infer<typeof file>;

/**
 * Reads the text of a file that `formatSignedOrder` wrote. Whether the signature is good is for the ledger to say.
 * @throws PlimsollInputError naming the first field that is wrong.
 */
export function readSignedOrder(text: string): OrderFile {
  const result = file.safeParse(parseJson(text));
  if (!result.success) {
    const [issue] = result.error.issues;
    const field = issue?.path.join(".") ?? "";
    throw new PlimsollInputError(
      `The order file's ${field === "" ? "content" : field} is wrong: ${issue?.message ?? "unreadable"}.`,
    );
  }
  const { chainId, clearinghouse, signature } = result.data;
  const order = toOrder(result.data.order);
  checkOrder(order);
  return { domain: orderDomain(BigInt(chainId), clearinghouse), signed: { order, signature } };
}

/**
 * The text of a file: every amount exact, and nothing that a reader could take for something else.
 * @throws PlimsollInputError where the order is not signed, or is for what is neither a perpetual nor an option.
 */
export function formatSignedOrder({ domain, signed }: OrderFile): string {
  const { order, signature } = signed;
  if (signature === "0x") throw new PlimsollInputError("The order is not signed: only its sender could use the file.");
  const contents: Contents = {
    format: 1,
    chainId: domain.chainId.toString(),
    clearinghouse: domain.verifyingContract,
    order: {
      account: formatAccountId(order.account),
      instrument: describeInstrument(order.instrument),
      size: formatLots(order.size),
      limitPrice: formatWad(order.limitPrice),
      maxFeeBps: Number(order.maxFeeBps),
      expiry: Number(order.expiry),
      priceNotBefore: Number(order.priceNotBefore),
      nonce: order.nonce.toString(),
      epoch: Number(order.epoch),
      reduceOnly: order.reduceOnly,
    },
    signature,
  };
  return `${JSON.stringify(contents, undefined, 2)}\n`;
}

function describeInstrument(id: Instrument): Contents["order"]["instrument"] {
  const underlying = Number(underlyingOf(id));
  if (isPerp(id)) return { kind: "perp", underlying };
  if (!isOption(id)) {
    throw new PlimsollInputError(`The instrument ${id} is neither a perpetual nor an option, which files are for.`);
  }
  const { expiry, strike } = decodeInstrument(id);
  return { kind: isCall(id) ? "call" : "put", underlying, expiry: Number(expiry), strike: formatStrike(strike) };
}

function toInstrument(described: Contents["order"]["instrument"]): Instrument {
  const underlying = BigInt(described.underlying);
  if (described.kind === "perp") return perp(underlying);
  const { kind, expiry } = described;
  const strike = parseStrike(described.strike, "order file's strike");
  return option({ underlying, expiry: BigInt(expiry), strike, call: kind === "call" });
}

function toOrder(order: Contents["order"]): Order {
  return {
    account: parseAccountId(order.account),
    instrument: toInstrument(order.instrument),
    size: parseLots(order.size, "order file's size"),
    limitPrice: parseWad(order.limitPrice, "order file's limitPrice"),
    maxFeeBps: BigInt(order.maxFeeBps),
    expiry: BigInt(order.expiry),
    priceNotBefore: BigInt(order.priceNotBefore),
    nonce: BigInt(order.nonce),
    epoch: BigInt(order.epoch),
    reduceOnly: order.reduceOnly,
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new PlimsollInputError("The order file is not JSON.");
  }
}
