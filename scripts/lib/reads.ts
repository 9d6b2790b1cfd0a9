/** Accounts and markets as the ledger has them, in the sdk's words. */
import type { BlockTag } from "ethers";

import {
  type Account,
  type AccountId,
  type Assessment,
  type Expiry,
  type Instrument,
  LOTS_PER_UNIT,
  type Market,
  type MarketData,
  type MarketSnapshot,
  PlimsollInputError,
  type Position,
  SurfaceStatus,
  type Wad,
  decodeAccount,
  decodeInstrument,
  decodePosition,
  isOption,
  marketDataOf,
  valueOfOptions,
  settleOptions,
  underlyingOf,
} from "../../sdk";
import { IClearinghouse__factory } from "../../typechain-types";
import { plainExpiry, plainMarket } from "./plain";
import { readSnapshot } from "./snapshots";
import type { System } from "./system";

/** An account and its positions at one block. */
export interface Holding {
  id: AccountId;
  account: Account;
  positions: Position[];
}

export async function readHolding({ clearinghouse }: System, id: AccountId, blockTag: BlockTag): Promise<Holding> {
  const account = decodeAccount(await clearinghouse.accountOf(id, { blockTag }));
  const words = account.positions === 0n ? [] : await clearinghouse.positionsOf(id, { blockTag });
  return { id, account, positions: words.map(decodePosition) };
}

/** What a frame opened at that block would know of the underlying. */
export async function readMarket({ clearinghouse }: System, underlying: bigint, blockTag: BlockTag): Promise<Market> {
  return plainMarket(await clearinghouse.marketOf(underlying, { blockTag }));
}

/** What one unit of an instrument is worth: a perpetual's mark price, an option's value, rounded down. USD. */
export async function readMark(system: System, instrument: Instrument): Promise<Wad> {
  const market = await readMarket(system, underlyingOf(instrument), "latest");
  if (!isOption(instrument)) return market.mark;
  const { underlying, expiry } = decodeInstrument(instrument);
  const found = await readExpiry(system, underlying, expiry, "latest");
  if (found.status === SurfaceStatus.Absent) {
    throw new PlimsollInputError("The option has no mark yet, because its expiry has no surface: give --price.");
  }
  const unit = { instrument, lots: LOTS_PER_UNIT, index: 0n };
  return valueOfOptions({ markets: [market], expiries: [found] }, [unit]);
}

/** One expiry, as a frame opened at that block would see it. */
export async function readExpiry(
  { clearinghouse }: System,
  underlying: bigint | number,
  expiresAt: bigint | number,
  blockTag: BlockTag,
): Promise<Expiry> {
  const [found] = await clearinghouse.expiryOf(underlying, expiresAt, { blockTag });
  return plainExpiry(found);
}

/** Every listed market. */
export async function readMarkets(system: System, blockTag: BlockTag): Promise<Market[]> {
  const listed = await system.clearinghouse.listedMarkets({ blockTag });
  return Promise.all(listed.map((underlying) => readMarket(system, underlying, blockTag)));
}

/** All that the accounts are judged by whose positions these are. */
export async function readSnapshotAt(
  { clearinghouse, volatilityOracle }: System,
  accounts: readonly (readonly Position[])[],
  blockTag: BlockTag,
): Promise<MarketSnapshot> {
  const ledger = IClearinghouse__factory.connect(await clearinghouse.getAddress(), clearinghouse.runner);
  return readSnapshot(ledger, volatilityOracle, accounts, { blockTag });
}

/** What the ledger tells the margin model of an account, and the twin is to be told. */
export interface ModelInputs {
  data: Required<MarketData>;
  /** With what options of settled expiries paid, whether or not anyone has touched the account since. USD. */
  cash: Wad;
  /** Without those. */
  positions: readonly Position[];
}

/** All that an account is valued by at one block. */
export async function readInputs(
  system: System,
  { account, positions }: Pick<Holding, "account" | "positions">,
  blockTag: BlockTag,
): Promise<ModelInputs> {
  const snapshot = await readSnapshotAt(system, [positions], blockTag);
  const live = settleOptions(snapshot, account.cash, positions);
  return { data: marketDataOf(snapshot, live.positions), ...live };
}

/** The account as its margin model judges it on chain. */
export async function readAssessment(
  { clearinghouse }: System,
  id: AccountId,
  blockTag: BlockTag,
): Promise<Assessment> {
  const a = await clearinghouse.assess(id, { blockTag });
  return {
    equity: a.equity,
    equityForInitial: a.equityForInitial,
    equityForMaintenance: a.equityForMaintenance,
    initialMargin: a.initialMargin,
    maintenanceMargin: a.maintenanceMargin,
  };
}
