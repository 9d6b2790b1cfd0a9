import { AbiCoder } from "ethers";

import { type Order, type SignedOrder, checkOrder, orderTypes } from "./orders";

/**
 * An order of the backstop vault's that sells what it took over: the vault signs it (ERC-1271) while it reduces a
 * position of one of its open takeovers at `BackstopVault.offerPrice` or better and the price is fresh. Any nonce not
 * used before will do. Throws PlimsollInputError as `checkOrder` does.
 */
export function vaultOffer(order: Omit<Order, "reduceOnly">): SignedOrder {
  const complete = { ...order, reduceOnly: true };
  checkOrder(complete);
  const fields = orderTypes.Order;
  const signature = AbiCoder.defaultAbiCoder().encode(
    fields.map(({ type }) => type),
    fields.map(({ name }) => complete[name]),
  );
  return { order: complete, signature };
}
