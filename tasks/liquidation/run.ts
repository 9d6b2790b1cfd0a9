import type { HardhatRuntimeEnvironment } from "hardhat/types";

import { readAssessment, readHolding } from "../../scripts/lib/reads";
import { PlimsollInputError, WAD, formatAccountId, formatWad, parseWad } from "../../sdk";
import { openSystem, readAccount, signerOf } from "../internal/chain";
import type { Answer } from "../internal/command";
import { confirmSending } from "../internal/consent";
import { list, percent, usd } from "../internal/table";

interface Values {
  account: string;
  bidder: string;
  fraction: string | undefined;
  minGain: string | undefined;
}

/** Flags the account unless it is flagged, then bids for it; the first bid may come a block after the flag. */
export async function run(hre: HardhatRuntimeEnvironment, values: Values): Promise<Answer> {
  const fraction = readFraction(values.fraction ?? "1");
  const minGain = parseWad(values.minGain ?? "0", "gain");
  const account = await readAccount(hre, values.account);
  const bidder = await readAccount(hre, values.bidder);
  const signer = await signerOf(hre, bidder);
  const system = await openSystem(hre);
  const ledger = system.clearinghouse.connect(signer);

  const before = await readHolding(system, account, "latest");
  const name = formatAccountId(account);
  await confirmSending(hre, [
    ...(before.account.flagged ? [] : [`flag: ${name}, rewarding ${formatAccountId(bidder)}`]),
    `bid: ${formatAccountId(bidder)} for up to ${formatWad(fraction)} of ${name}, gaining ${formatWad(minGain)} USD or more`,
  ]);
  let flagTransaction: string | null = null;
  if (!before.account.flagged) {
    const flag = await ledger.flag(account, bidder);
    await flag.wait();
    flagTransaction = flag.hash;
  }
  const bid = await ledger.bid(account, bidder, fraction, minGain);
  const receipt = await bid.wait();
  const block = receipt?.blockNumber ?? "latest";
  const [sold] = await ledger.queryFilter(ledger.filters.SliceSold(account, bidder), block, block);
  const after = await readAssessment(system, account, block);
  const found = {
    account: formatAccountId(account),
    bidder: formatAccountId(bidder),
    flagTransaction,
    bidTransaction: bid.hash,
    fraction: formatWad(sold?.args.fraction ?? 0n),
    payment: formatWad(sold?.args.payment ?? 0n),
    cover: formatWad(sold?.args.cover ?? 0n),
    stillFlagged: (await readHolding(system, account, block)).account.flagged,
    equity: formatWad(after.equity),
    maintenanceMargin: formatWad(after.maintenanceMargin),
  };
  const text = list({
    account: found.account,
    bidder: found.bidder,
    "part taken": percent(found.fraction),
    "bidder paid, USD": usd(found.payment),
    "vault paid, USD": usd(found.cover),
    "equity left, USD": usd(found.equity),
    "maintenance margin left, USD": usd(found.maintenanceMargin),
    "still flagged": found.stillFlagged ? "yes" : "no",
    "flag transaction": flagTransaction ?? "flagged before",
    "bid transaction": found.bidTransaction,
  });
  return { json: found, text };
}

function readFraction(text: string): bigint {
  const fraction = parseWad(text, "fraction");
  if (fraction > 0n && fraction <= WAD) return fraction;
  throw new PlimsollInputError(`The fraction "${text}" must be above 0 and at most 1.`);
}
