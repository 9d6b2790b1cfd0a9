/** Expiries as they stand: what is listed of them, and what they are settled at. */
import type { HardhatRuntimeEnvironment } from "hardhat/types";

import { type Expiry, type Seconds, SettlementBasis, type Wad } from "../../sdk";
import { allLogs } from "./logs";
import type { System } from "./system";

export interface ExpiryState {
  /** Of the latest block, unix seconds. */
  now: Seconds;
  /** The window's, which ends at the expiry. */
  start: Seconds;
  settleFrom: Seconds;
  finaliseFrom: Seconds;
  /** Undefined until it is settled. */
  settled: SettledExpiry | undefined;
}

/** What was settled, and how. */
export interface SettledExpiry {
  price: Wad;
  basis: SettlementBasis;
  at: Seconds;
  feed: string;
  roundIds: readonly bigint[];
  transaction: string;
}

/** What the basis means, for people and programs. */
export const basisNames: ReadonlyMap<bigint, string> = new Map([
  [SettlementBasis.Window, "the whole window"],
  [SettlementBasis.UsablePart, "the usable part of the window"],
  [SettlementBasis.AfterWindow, "the first usable round after the expiry"],
]);

export async function readExpiry(
  hre: HardhatRuntimeEnvironment,
  { expirySettlement }: System,
  underlying: number,
  expiry: Seconds,
): Promise<ExpiryState> {
  const block = await hre.ethers.provider.getBlock("latest");
  if (!block) throw new Error("The network has no block.");
  const at = { blockTag: block.number };
  const [[start, settleFrom, finaliseFrom], { price, basis, settledAt }] = await Promise.all([
    expirySettlement.window(expiry, at),
    expirySettlement.settlementOf(underlying, expiry, at),
  ]);
  const times = { now: BigInt(block.timestamp), start, settleFrom, finaliseFrom };
  if (basis === SettlementBasis.None) return { ...times, settled: undefined };
  const [log] = await allLogs(hre, expirySettlement, expirySettlement.filters.Settled(underlying, expiry));
  if (!log) throw new Error("A settled expiry has no event.");
  const { feed, roundIds } = log.args;
  const how = { feed, roundIds, transaction: log.transactionHash };
  return { ...times, settled: { price, basis: basis as SettlementBasis, at: settledAt, ...how } };
}

/** An expiry that was listed, as of one block. */
export interface ListedExpiry {
  expiry: Seconds;
  surface: Expiry;
  /** Zero until it is settled. */
  settlementPrice: Wad;
  /** Those that may be opened before it, USD with 8 decimals. */
  strikes: { lowest: bigint; highest: bigint; step: bigint };
}

/** Every expiry of the underlying that was ever listed, the earliest first. */
export async function readListedExpiries(
  hre: HardhatRuntimeEnvironment,
  { clearinghouse }: System,
  underlying: number,
  block: number,
): Promise<ListedExpiry[]> {
  const events = await allLogs(hre, clearinghouse, clearinghouse.filters.ExpiryListed(underlying));
  const expiries = [...new Set(events.map(({ args }) => args.expiry))].sort((a, b) => Number(a - b));
  const at = { blockTag: block };
  return Promise.all(
    expiries.map(async (expiry) => {
      const [[surface, settlementPrice], strikes] = await Promise.all([
        clearinghouse.expiryOf(underlying, expiry, at),
        clearinghouse.strikesOf(underlying, expiry, at),
      ]);
      return { expiry, surface, settlementPrice, strikes };
    }),
  );
}
