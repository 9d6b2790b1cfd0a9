/** Which accounts stand nearest to liquidation, by the twin of their margin models. */
import {
  type Assessment,
  type MarketSnapshot,
  type PriceBounds,
  PriceStatus,
  type Wad,
  assessWithoutPrices,
  distanceToMaintenance,
  judge,
  settleOptions,
  statusOf,
} from "../../sdk";
import type { AccountRecord } from "./book";

/** Bounds of the underlyings whose price is unusable. */
export type Bounds = ReadonlyMap<bigint, PriceBounds>;

/** An account as its model judges it now. */
export interface Judged {
  record: AccountRecord;
  /** Of everything, or of what has a price where that is enough to tell. */
  assessment: Assessment;
  /** (E - M) over gross notional; below zero it can be liquidated. */
  distance: Wad;
  /** Whether it can be judged: every price is usable, or it is below maintenance margin at any. */
  priced: boolean;
}

/** Accounts with positions, the one nearest to (or furthest below) maintenance first. */
export function rank(records: readonly AccountRecord[], snapshot: MarketSnapshot, bounds?: Bounds): Judged[] {
  return records
    .map((record) => judgeRecord(record, snapshot, bounds))
    .filter((judged) => judged !== undefined)
    .sort((a, b) => (a.distance < b.distance ? -1 : a.distance > b.distance ? 1 : 0));
}

/** The account at these markets; undefined where it holds nothing. */
export function judgeRecord(
  record: AccountRecord,
  snapshot: MarketSnapshot,
  bounds: Bounds = new Map(),
): Judged | undefined {
  const { account, positions } = record;
  const { markets } = snapshot;
  const assessment = judge(account.mode, snapshot, account.cash, positions);
  const distance = distanceToMaintenance(assessment, markets, positions);
  if (distance === undefined) return undefined;
  const live = settleOptions(snapshot, account.cash, positions);
  if (live.positions.every((position) => statusOf(snapshot, position) !== PriceStatus.Unusable))
    return { record, assessment, distance, priced: true };
  const known = assessWithoutPrices(account.mode, snapshot, account.cash, positions, bounds);
  if (!known?.below) return { record, assessment, distance, priced: false };
  return {
    record,
    assessment: known.assessment,
    distance: distanceToMaintenance(known.assessment, markets, positions) ?? distance,
    priced: true,
  };
}

/** Whether the account may be liquidated, as far as the twin can tell. */
export function isBelowMaintenance({ assessment }: Judged): boolean {
  return assessment.equityForMaintenance < assessment.maintenanceMargin;
}
