/** What became of a transaction, asked of the node until it knows. */
import { setTimeout as sleep } from "node:timers/promises";

import type { Provider, TransactionReceipt } from "ethers";

/** How long receipts are waited for, and how often they are asked for. */
export interface Patience {
  timeoutMs: number;
  pollMs: number;
}

/**
 * Asks until there is a receipt, or returns null when it has been too long. The provider's own wait compares with a
 * block number that it may remember from before the transaction, and then waits for a block that nobody makes on a
 * chain without others.
 */
export async function receiptOf(
  provider: Pick<Provider, "getTransactionReceipt">,
  hash: string,
  { timeoutMs, pollMs }: Patience,
): Promise<TransactionReceipt | null> {
  const until = Date.now() + timeoutMs;
  for (;;) {
    const receipt = await provider.getTransactionReceipt(hash);
    if (receipt !== null || Date.now() >= until) return receipt;
    await sleep(pollMs);
  }
}
