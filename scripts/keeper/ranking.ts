/** Which accounts stand nearest to liquidation, by the twin of their margin models. */
import { type Assessment, type Market, type Wad, assess, distanceToMaintenance } from "../../sdk";
import { PriceStatus, underlyingOf } from "../../sdk";
import type { AccountRecord } from "./book";

/** An account as its model judges it now. */
export interface Judged {
  record: AccountRecord;
  assessment: Assessment;
  /** (E - M) over gross notional; below zero it can be liquidated. */
  distance: Wad;
  /** Whether every price it depends on may be used to judge it. */
  priced: boolean;
}

/** Accounts with positions, the one nearest to (or furthest below) maintenance first. */
export function rank(records: readonly AccountRecord[], markets: readonly Market[]): Judged[] {
  return records
    .map((record) => judge(record, markets))
    .filter((judged) => judged !== undefined)
    .sort((a, b) => (a.distance < b.distance ? -1 : a.distance > b.distance ? 1 : 0));
}

/** The account at these markets; undefined where it holds nothing. */
export function judge(record: AccountRecord, markets: readonly Market[]): Judged | undefined {
  const { account, positions } = record;
  const held = marketsOf(record, markets);
  const assessment = assess(account.mode, held, account.cash, positions);
  const distance = distanceToMaintenance(assessment, held, positions);
  if (distance === undefined) return undefined;
  const priced = held.every(({ status }) => status !== PriceStatus.Unusable);
  return { record, assessment, distance, priced };
}

/** Whether the account may be liquidated, as far as the twin can tell. */
export function isBelowMaintenance({ assessment }: Judged): boolean {
  return assessment.equityForMaintenance < assessment.maintenanceMargin;
}

function marketsOf({ positions }: AccountRecord, markets: readonly Market[]): Market[] {
  return markets.filter(({ underlying }) =>
    positions.some(({ instrument }) => underlyingOf(instrument) === underlying),
  );
}
