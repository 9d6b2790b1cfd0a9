/** What a perpetual costs to hold, and who holds it. */
import type { HardhatRuntimeEnvironment } from "hardhat/types";

import { type AccountId, type Lots, type Market, type Seconds, type Wad, WAD, hourlyRateOf, perp } from "../../sdk";
import { abs, valueUp } from "../../sdk/risk/fixedPoint";
import { IClearinghouse__factory } from "../../typechain-types";
import { AccountBook } from "../keeper/book";
import { type OnProgress, rawLogs } from "./logs";
import { readMarket } from "./reads";
import { type System, deploymentBlock } from "./system";

const HOURS_IN_YEAR = 8_760n;
/** As the ledger has it: one account may hold a quarter of a market's cap. */
const ACCOUNT_SHARE = 4n;

export interface FundingState {
  basis: Wad;
  /** Wad per hour that the present basis makes longs pay. */
  hourlyRate: Wad;
  /** The same over a year, not compounded. */
  annualRate: Wad;
  /** What a long of one unit has paid since the market was listed, up to now. */
  cumulative: Wad;
  /** How much of it has accrued since the ledger last wrote the market. */
  accruing: Wad;
  touchedAt: Seconds;
}

/** Funding of one market at one block. */
export async function readFundingState(system: System, underlying: bigint, block: number): Promise<FundingState> {
  const { clearinghouse, basisOracle } = system;
  const at = { blockTag: block };
  const market = await readMarket(system, underlying, block);
  const { fundedAt, cumulativeFunding } = await clearinghouse.marketState(underlying, at);
  const [basis] = await basisOracle.read(underlying, at);
  const hourlyRate = hourlyRateOf(basis);
  const cumulative = market.mark - market.index;
  return {
    basis,
    hourlyRate,
    annualRate: hourlyRate * HOURS_IN_YEAR,
    cumulative,
    accruing: cumulative - cumulativeFunding,
    touchedAt: fundedAt,
  };
}

export interface Interest {
  openInterest: Lots;
  /** USD Wad at mark. */
  notional: Wad;
  /** USD Wad, of all accounts together and of one. */
  cap: Wad;
  accountCap: Wad;
  /** Largest first. */
  holders: { account: AccountId; lots: Lots; notional: Wad }[];
}

/** Open interest of one market at one block. */
export async function readInterest(
  system: System,
  book: AccountBook,
  underlying: bigint,
  block: number,
): Promise<Interest> {
  const { clearinghouse } = system;
  const market: Market = await readMarket(system, underlying, block);
  const { openInterest } = await clearinghouse.marketState(underlying, { blockTag: block });
  const { openInterestCap } = await clearinghouse.marketParams(underlying, { blockTag: block });
  const cap = openInterestCap * WAD;
  const holders = book.holders().flatMap(({ id, positions }) => {
    const lots = positions.find(({ instrument }) => instrument === perp(underlying))?.lots;
    return lots === undefined ? [] : [{ account: id, lots, notional: valueUp(abs(lots), market.mark) }];
  });
  return {
    openInterest,
    notional: valueUp(openInterest, market.mark),
    cap,
    accountCap: cap / ACCOUNT_SHARE,
    holders: holders.sort((a, b) => (a.notional > b.notional ? -1 : 1)),
  };
}

/** Every account of the ledger as its events tell it, up to a block. */
export async function readBook(
  hre: HardhatRuntimeEnvironment,
  { clearinghouse }: System,
  block: number,
  onProgress?: OnProgress,
): Promise<AccountBook> {
  const address = await clearinghouse.getAddress();
  const events = IClearinghouse__factory.createInterface();
  const names = ["AccountOpened", "AccountChanged", "PositionChanged"] as const;
  const topics = [names.map((name) => events.getEvent(name).topicHash)];
  const range = { from: await deploymentBlock(hre), to: block };
  const book = new AccountBook(address);
  for (const log of await rawLogs(hre, [{ address, topics }], range, onProgress)) book.apply(log);
  return book;
}
