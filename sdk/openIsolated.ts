import { IClearinghouse__factory } from "../typechain-types/factories/contracts/interfaces";
import { type AccountId, formatAccountId, indexOf, makeAccountId } from "./ids";
import { PlimsollInputError } from "./inputError";
import type { SignedOrder } from "./orders";
import { type QuoteTerms, takeQuote } from "./quotes";
import type { Usdc } from "./units";
import { Mode, decodeAccount } from "./words";

/** What is asked of a clearinghouse to find accounts: ethers' contract has it. */
export interface AccountReader {
  accountOf(id: AccountId): Promise<bigint>;
}

/** A trade that an account is opened for. */
export interface OpeningTrade extends QuoteTerms {
  /** A maker's signed order, all of which or a part is taken. */
  quote: SignedOrder;
}

/** An account that is about to be opened. */
export interface IsolatedOpening {
  account: AccountId;
  /** What `Clearinghouse.execute` takes, sent by the owner: all of it happens, or nothing. */
  calls: string[];
}

/** How many accounts are looked at at once. */
const WINDOW = 8;
const clearinghouse = IClearinghouse__factory.createInterface();

/** The first account of `owner` that is not open, with the epoch it would have. */
export async function firstFreeAccount(
  ledger: AccountReader,
  owner: string,
): Promise<{ account: AccountId; epoch: bigint }> {
  for (let from = 0n; ; from += BigInt(WINDOW)) {
    const ids = Array.from({ length: WINDOW }, (_, i) => makeAccountId(owner, from + BigInt(i)));
    const states = await Promise.all(ids.map(async (id) => decodeAccount(await ledger.accountOf(id))));
    for (const [i, { mode, epoch }] of states.entries()) {
      const account = ids[i];
      if (mode === Mode.None && account !== undefined) return { account, epoch };
    }
  }
}

/**
 * Opens the owner's first free account in isolated mode, deposits into it, and trades against a maker's quote if one is
 * given: one instrument and one deposit, beyond which nothing can be lost. The owner sends the calls in one transaction,
 * having let the clearinghouse take the deposit.
 * @param deposit in units of the settlement token.
 * @throws PlimsollInputError where there is nothing to deposit, the quote is the new account's own, or as `takeQuote` does.
 */
export async function openIsolated(
  ledger: AccountReader,
  owner: string,
  deposit: Usdc,
  trade?: OpeningTrade,
): Promise<IsolatedOpening> {
  if (deposit <= 0n) throw new PlimsollInputError("The deposit is zero, and an isolated account carries nothing else.");
  const { account, epoch } = await firstFreeAccount(ledger, owner);
  const calls = [
    clearinghouse.encodeFunctionData("openAccount", [indexOf(account), Mode.Isolated]),
    clearinghouse.encodeFunctionData("deposit", [account, deposit]),
  ];
  if (trade) {
    const { orders, fills } = takeQuote(trade.quote, account, epoch, trade);
    if (trade.quote.order.account === account) {
      throw new PlimsollInputError(`The quote is of account ${formatAccountId(account)} itself: take somebody else's.`);
    }
    calls.push(clearinghouse.encodeFunctionData("settle", [orders, fills]));
  }
  return { account, calls };
}
