/** What a replay found, as programs read it. */
import { WAD_PER_USDC_UNIT, type Wad, formatWad } from "../../sdk";
import type { Terms } from "../keeper/liquidation";
import { conservationError } from "./accounting";
import type { OptionCounts } from "./optionMarket/OptionMarket";
import { type Straggler, stragglers } from "./reasons";
import { type ModeName, byMode } from "./report/modes";
import type { Shortfall } from "./shortfalls";
import type { Stage } from "./stage";
import { DEEP_POCKET } from "./world";

/** A figure for each mode. */
export type ByMode = Record<ModeName, number>;

/** Amounts are USD as exact decimal strings; counts, ratios and gas are numbers. */
export interface Outcome {
  steps: number;
  traders: ByMode;
  /** Auctions with at least one bid. */
  liquidations: ByMode;
  /** Accounts the vault took over because nobody bid. */
  takeovers: ByMode;
  bids: number;
  badDebt: string;
  backstopPaid: string;
  deleveraged: string;
  socialised: string;
  discountsPaid: string;
  /** What the keeper ended with beyond what it began with: discounts, rewards and cover, less what selling cost it. */
  keeperIncome: string;
  fundingPaid: string;
  conservationError: string;
  /**
   * Mean over steps of gross notional (perpetuals at mark, options at their underlying's price, bought and sold alike)
   * over collateral at mark, which is equity.
   */
  capitalEfficiency: ByMode;
  endedBelowMaintenance: Straggler[];
  /** Accounts that lost more than they had. */
  shortfalls: Shortfall[];
  /** What the option market did; null where no options are traded. */
  options: OptionCounts | null;
  /** Medians; null for what did not happen. */
  gas: Record<string, number | null>;
}

/** What the run itself has counted. */
export interface Counted {
  steps: number;
  traders: ByMode;
  capitalEfficiency: ByMode;
  shortfalls: Shortfall[];
  options: OptionCounts | null;
  /** What the keeper asks for. */
  terms: Omit<Terms, "coverLimit">;
}

/** Transactions that are always in the table, in this order; others follow. */
const MAIN_KINDS = ["open", "increase", "close", "flag", "bid"];
/** Nothing in the ledger can be deleveraged or socialised as long as it has neither. */
const NONE = formatWad(0n);

/** Adds up the chain's state at the end of a run. */
export async function conclude(
  stage: Stage,
  { steps, traders, capitalEfficiency, shortfalls, terms, options }: Counted,
): Promise<Outcome> {
  const { tally } = stage;
  const snapshot = await stage.readSnapshot();
  const usd = (value: Wad): string => formatWad(value);
  return {
    steps,
    traders,
    liquidations: byMode((mode) => tally.liquidationsOf(mode)),
    takeovers: byMode((mode) => tally.takeovers.get(mode) ?? 0),
    bids: tally.bids,
    badDebt: usd(tally.totals.badDebt),
    backstopPaid: usd(tally.totals.backstopPaid),
    deleveraged: NONE,
    socialised: NONE,
    discountsPaid: usd(tally.totals.discountsPaid),
    keeperIncome: usd(await keeperIncome(stage)),
    fundingPaid: usd(tally.totals.fundingPaid),
    conservationError: usd(await conservationError(stage.world, snapshot)),
    capitalEfficiency,
    endedBelowMaintenance: await stragglers(stage, snapshot, terms),
    shortfalls,
    options,
    gas: medians(tally.gas),
  };
}

async function keeperIncome({ world }: Stage): Promise<Wad> {
  const { keeper } = world.accounts;
  const { equity } = await world.system.clearinghouse.assess(keeper, { blockTag: "pending" });
  const deposit = world.book.get(keeper)?.account.keeperDeposit ?? 0n;
  return equity + (deposit - DEEP_POCKET) * WAD_PER_USDC_UNIT;
}

function medians(gas: ReadonlyMap<string, readonly number[]>): Record<string, number | null> {
  const kinds = [...new Set([...MAIN_KINDS, ...gas.keys()])];
  return Object.fromEntries(kinds.map((kind) => [kind, median(gas.get(kind) ?? [])]));
}

/** The lower of the two middle values where there are two. */
function median(values: readonly number[]): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? null;
}
