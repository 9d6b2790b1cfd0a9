/** Accounts and markets as the ledger has them, in the sdk's words. */
import type { BlockTag } from "ethers";

import {
  type Account,
  type AccountId,
  type Assessment,
  type Expiry,
  type Market,
  type Position,
  decodeAccount,
  decodePosition,
} from "../../sdk";
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
  const m = await clearinghouse.marketOf(underlying, { blockTag });
  return {
    underlying: m.underlying,
    status: m.status,
    spot: m.spot,
    mark: m.mark,
    index: m.index,
    confidence: m.confidence,
    dailyVol: m.dailyVol,
    baseRate: m.baseRate,
    volMultiplier: m.volMultiplier,
    slope: m.slope,
    depth: m.depth,
    maintenanceRatio: m.maintenanceRatio,
    referenceVol: m.referenceVol,
    priceRange: m.priceRange,
    credit: m.credit,
  };
}

/** One expiry, as a frame opened now would see it. */
export async function readExpiry(
  { clearinghouse }: System,
  underlying: bigint | number,
  expiresAt: bigint | number,
  blockTag: BlockTag,
): Promise<Expiry> {
  const [x] = await clearinghouse.expiryOf(underlying, expiresAt, { blockTag });
  return {
    underlying: x.underlying,
    expiresAt: x.expiresAt,
    timeLeft: x.timeLeft,
    status: x.status,
    observedAt: x.observedAt,
    tenor: x.tenor,
    forwardRatio: x.forwardRatio,
    rate: x.rate,
    a: x.a,
    b: x.b,
    rho: x.rho,
    m: x.m,
    s: x.s,
    widening: x.widening,
  };
}

/** Every listed market. */
export async function readMarkets(system: System, blockTag: BlockTag): Promise<Market[]> {
  const listed = await system.clearinghouse.listedMarkets({ blockTag });
  return Promise.all(listed.map((underlying) => readMarket(system, underlying, blockTag)));
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
