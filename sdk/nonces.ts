import type { AccountId } from "./ids";

/** What is asked of a clearinghouse about nonces: ethers' contract has it. */
export interface NonceReader {
  nonceState(account: AccountId, nonce: bigint): Promise<[spent: boolean, filled: bigint]>;
}

/**
 * An account's next nonce as far as the chain knows: one that nothing was filled or cancelled under, right after one
 * that was, or else 1. Where nonces are counted up, as they should be, it is the first free one, found in a number of
 * calls that grows with the nonces' digits. The chain does not know of orders that are signed and not yet filled: a
 * signer who keeps several open at once must count on from here.
 */
export async function nextNonce(ledger: NonceReader, account: AccountId): Promise<bigint> {
  const isUsed = async (nonce: bigint): Promise<boolean> => {
    const [spent, filled] = await ledger.nonceState(account, nonce);
    return spent || filled !== 0n;
  };
  let used = 0n;
  let free = 1n;
  while (await isUsed(free)) [used, free] = [free, free * 2n];
  while (free - used > 1n) {
    const middle = (used + free) / 2n;
    if (await isUsed(middle)) used = middle;
    else free = middle;
  }
  return free;
}
