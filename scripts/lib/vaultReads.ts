/** The backstop vault: what it has, what it may still spend, and what it took over and offers. */
import type { HardhatRuntimeEnvironment } from "hardhat/types";

import {
  type AccountId,
  BPS,
  type Instrument,
  type Lots,
  type Seconds,
  type Shares,
  WAD,
  WAD_PER_USDC_UNIT,
  type Wad,
  makeAccountId,
  toAccountId,
  underlyingOf,
} from "../../sdk";
import { max } from "../../sdk/risk/fixedPoint";
import { type OnProgress, allLogs, timesOf } from "./logs";
import { readAssessment, readHolding, readMarket } from "./reads";
import type { System } from "./system";

/** The vault's window for what an hour may cost, in seconds. */
const HOUR = 3_600;
/** Shares have 12 decimals, Wad 18. */
const WAD_PER_SHARE_UNIT = 10n ** 6n;

/** Amounts are USD Wad. */
export interface VaultState {
  assets: Wad;
  cash: Wad;
  shares: Shares;
  /** USD Wad a share; null while there are none. */
  sharePrice: Wad | null;
  /** What one event may cost now. */
  eventLimit: Wad;
  /** What the hour may still cost, and what the last hour did cost. */
  hourLeft: Wad;
  hourSpent: Wad;
  cooldown: Seconds;
  exitWindow: Seconds;
  takeovers: Takeover[];
}

/** An account that the vault took over. */
export interface Takeover {
  index: bigint;
  account: AccountId;
  begunAt: Seconds;
  equity: Wad;
  positions: OfferedPosition[];
}

export interface OfferedPosition {
  instrument: Instrument;
  /** The vault's: it sells what is positive, and buys back what is negative. */
  lots: Lots;
  /** USD Wad a unit. */
  mark: Wad;
  offer: Wad;
}

export async function readVault(
  hre: HardhatRuntimeEnvironment,
  system: System,
  onProgress?: OnProgress,
): Promise<VaultState> {
  const { vault } = system;
  const blockTag = await hre.ethers.provider.getBlockNumber();
  const at = { blockTag };
  const [assets, shares, limits, left, takeovers] = await Promise.all([
    vault.totalAssets(at),
    vault.totalSupply(at),
    vault.limits(at),
    vault.coverLimit(at),
    readTakeovers(system, blockTag),
  ]);
  const own = await readHolding(system, toAccountId(await vault.vaultAccount()), blockTag);
  const cash = max(0n, own.account.cash);
  const hourSpent = await readHourSpent(hre, system, blockTag, onProgress);
  const hourLimit = ((cash + hourSpent) * limits.hourCapBps) / BPS;
  return {
    assets: assets * WAD_PER_USDC_UNIT,
    cash: own.account.cash,
    shares,
    sharePrice: shares === 0n ? null : (assets * WAD_PER_USDC_UNIT * WAD) / (shares * WAD_PER_SHARE_UNIT),
    eventLimit: left,
    hourLeft: max(0n, hourLimit - hourSpent),
    hourSpent,
    cooldown: limits.cooldown,
    exitWindow: limits.exitWindow,
    takeovers,
  };
}

/** Every takeover that is open, with what the vault takes or pays for each position. */
export async function readTakeovers(system: System, blockTag: number): Promise<Takeover[]> {
  const { vault } = system;
  const { indices, begunAt } = await vault.takeovers({ blockTag });
  const owner = await vault.getAddress();
  return Promise.all(
    indices.map(async (index, i) => {
      const account = makeAccountId(owner, index);
      const begun = begunAt[i] ?? 0n;
      const { positions } = await readHolding(system, account, blockTag);
      const offered = positions.map(async ({ instrument, lots }) => ({
        instrument,
        lots,
        mark: (await readMarket(system, underlyingOf(instrument), blockTag)).mark,
        offer: await vault.offerPrice(underlyingOf(instrument), begun, lots > 0n, { blockTag }),
      }));
      const { equity } = await readAssessment(system, account, blockTag);
      return { index, account, begunAt: begun, equity, positions: await Promise.all(offered) };
    }),
  );
}

/** What bankruptcies and takeovers cost in the hour before the block. */
async function readHourSpent(
  hre: HardhatRuntimeEnvironment,
  { vault }: System,
  block: number,
  onProgress: OnProgress | undefined,
): Promise<Wad> {
  const [covered, begun] = [vault.filters.Covered(), vault.filters.TakeoverBegun()];
  const spent = [
    ...(await allLogs(hre, vault, covered, { onProgress })).map((log) => ({ log, amount: log.args.paid })),
    ...(await allLogs(hre, vault, begun, { onProgress })).map((log) => ({ log, amount: log.args.margin })),
  ];
  const times = await timesOf(hre, [...spent.map(({ log }) => log.blockNumber), block]);
  const now = times.get(block) ?? 0;
  const recent = spent.filter(({ log }) => (times.get(log.blockNumber) ?? 0) > now - HOUR);
  return recent.reduce((sum, { amount }) => sum + amount, 0n);
}
