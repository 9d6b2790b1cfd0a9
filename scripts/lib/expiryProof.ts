/** What settles an expiry, found with reads alone. */
import {
  PlimsollInputError,
  type Seconds,
  SettlementBasis,
  type SettlementProof,
  proveSettlement,
  roundReader,
} from "../../sdk";
import type { IExpirySettlement } from "../../typechain-types";

/** Something that answers calls, such as a provider. */
type Caller = Parameters<typeof roundReader>[0];

/** The rounds that settle the expiry, and at what. Throws PlimsollInputError where its feed cannot prove any yet. */
export async function proveExpiry(
  caller: Caller,
  settlement: Pick<IExpirySettlement, "window" | "terms">,
  underlying: bigint | number,
  expiry: Seconds,
): Promise<SettlementProof> {
  const [[start], terms] = await Promise.all([settlement.window(expiry), settlement.terms(underlying)]);
  const { feed, scale, lower, upper, usableFor } = terms;
  if (BigInt(feed) === 0n) throw new PlimsollInputError("The underlying has no price feed to settle an expiry from.");
  return proveSettlement(roundReader(caller, feed), { start, end: expiry }, { scale, lower, upper, usableFor });
}

/** Whether the proof settles the expiry at once; one that does not finalises it, once the contract allows that. */
export function settlesAtOnce({ basis }: SettlementProof): boolean {
  return basis === SettlementBasis.Window;
}
