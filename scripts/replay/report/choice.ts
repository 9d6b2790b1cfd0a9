/** Which accounts are worth a chart of their own, and why. */
import { type Auction, isSold, isTakenOver, notionalSold } from "./auctionLog";
import { distancePercent, number, usd } from "./format";
import { MODES, modeName } from "./modes";
import type { AccountTraces, Recording } from "./recorder";

export interface ChosenAccount {
  account: AccountTraces;
  /** Each a clause that follows the account's name. */
  reasons: string[];
  /** Every one of its auctions, those nobody bid in among them. */
  auctions: Auction[];
}

export interface Choice {
  chosen: ChosenAccount[];
  /** Sentences about whom there was none of, or more than are shown. */
  remarks: string[];
}

/** Of those that ended below zero, so many are shown. */
const MOST_BELOW_ZERO = 4;

/**
 * The largest liquidated and the largest survivor of each mode, who came closest to maintenance margin without losing
 * a slice, the largest the vault took over, and who ended below zero.
 */
export function choose({ accounts, auctions }: Pick<Recording, "accounts" | "auctions">): Choice {
  const picked = new Map<AccountTraces, string[]>();
  const pick = (account: AccountTraces, reason: string): void => {
    picked.set(account, [...(picked.get(account) ?? []), reason]);
  };
  const remarks: string[] = [];
  const sold = auctions.filter(isSold);
  const soldOf = ({ account }: AccountTraces): number =>
    sold.filter((auction) => auction.account === account).reduce((sum, auction) => sum + notionalSold(auction), 0);
  const takenOver = new Set(auctions.filter(isTakenOver).map(({ account }) => account));
  const survivors = accounts.filter(
    (one) => one.largestNotional > 0 && soldOf(one) === 0 && !takenOver.has(one.account),
  );

  // Of a mode that nobody traded in there is nothing to say.
  const present = MODES.filter((mode) => accounts.some((one) => modeName(one.mode) === mode));
  for (const mode of present) {
    const liquidated = largest(
      accounts.filter((one) => modeName(one.mode) === mode),
      soldOf,
    );
    if (liquidated && soldOf(liquidated) > 0) {
      pick(liquidated, `largest ${mode} liquidation, ${usd(soldOf(liquidated))} USD of notional sold`);
    } else remarks.push(`No ${mode} account was liquidated.`);
  }
  for (const mode of present) {
    const survivor = largest(
      survivors.filter((one) => modeName(one.mode) === mode),
      (one) => one.largestNotional,
    );
    if (survivor) {
      const held = usd(survivor.largestNotional);
      pick(survivor, `largest ${mode} survivor, up to ${held} USD of notional`);
    } else remarks.push(`No ${mode} account got through without losing a slice.`);
  }
  const closest = largest(survivors, ({ closest: { distance } }) => -distance);
  if (closest) {
    const { distance } = closest.closest;
    const room = `${distancePercent(Math.abs(distance))} of notional ${distance < 0 ? "below" : "above"} it`;
    pick(closest, `nearest to maintenance margin without losing a slice, ${room}`);
  }
  const taken = largest(
    accounts.filter(({ account }) => takenOver.has(account)),
    (one) => one.largestNotional,
  );
  if (taken) pick(taken, `largest the vault took over, of ${number(takenOver.size)}`);
  const belowZero = accounts.filter(({ finalEquity }) => finalEquity < 0).sort((a, b) => a.finalEquity - b.finalEquity);
  for (const account of belowZero.slice(0, MOST_BELOW_ZERO)) {
    pick(account, `ended below zero, at ${usd(account.finalEquity)} USD`);
  }
  if (belowZero.length > MOST_BELOW_ZERO) {
    remarks.push(
      `${number(belowZero.length)} accounts ended below zero, of which the lowest ${MOST_BELOW_ZERO} are shown.`,
    );
  } else if (belowZero.length === 0) remarks.push("No account ended below zero.");

  const chosen = [...picked].map(([account, reasons]) => ({
    account,
    reasons,
    auctions: auctions.filter((auction) => auction.account === account.account),
  }));
  return { chosen, remarks };
}

function largest<T>(candidates: readonly T[], size: (candidate: T) => number): T | undefined {
  return candidates.reduce<T | undefined>(
    (best, one) => (best === undefined || size(one) > size(best) ? one : best),
    undefined,
  );
}
