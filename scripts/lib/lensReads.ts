/** What the lens tells of an account, as plain objects: an ethers result has its names on a prototype. */
import type { BlockTag } from "ethers";

import type { AccountId, Assessment, Instrument, Lots, Position, Wad } from "../../sdk";
import { decodePosition } from "../../sdk";
import type { Greeks } from "../../sdk/math/black76";
import type { MarginLens } from "../../typechain-types";

/** An account at a glance, USD. */
export interface Summary {
  assessment: Assessment;
  /** Whether everything the account is valued by is fresh. */
  fresh: boolean;
  locked: Wad;
  freeCollateral: Wad;
  grossExposure: Wad;
  netExposure: Wad;
  /** Over equity. */
  grossEfficiency: Wad;
  netEfficiency: Wad;
}

/** An account before and after an order, USD. */
export interface Preview {
  current: Assessment;
  next: Assessment;
  fee: Wad;
  cash: Wad;
  locked: Wad;
  tradable: boolean;
  fresh: boolean;
  meetsInitial: boolean;
  onlyReduces: boolean;
  allowed: boolean;
}

export async function readSummary(lens: MarginLens, id: AccountId, blockTag: BlockTag): Promise<Summary> {
  const s = await lens.summary(id, { blockTag });
  return {
    assessment: plainAssessment(s.assessment),
    fresh: s.fresh,
    locked: s.locked,
    freeCollateral: s.freeCollateral,
    grossExposure: s.grossExposure,
    netExposure: s.netExposure,
    grossEfficiency: s.grossEfficiency,
    netEfficiency: s.netEfficiency,
  };
}

/** The Greeks of each position as it is stored, and by underlying. */
export async function readGreeks(
  lens: MarginLens,
  id: AccountId,
  blockTag: BlockTag,
): Promise<{ positions: (readonly [Position, Greeks])[]; underlyings: (readonly [bigint, Greeks])[] }> {
  const each = await lens.positionGreeks(id, { blockTag });
  const all = await lens.accountGreeks(id, { blockTag });
  return {
    positions: each.greeks.map((greeks, i) => [decodePosition(each.positions[i] ?? 0n), plainGreeks(greeks)] as const),
    underlyings: all.greeks.map((greeks, i) => [all.underlyings[i] ?? 0n, plainGreeks(greeks)] as const),
  };
}

/** What an order would do, which need not be signed. */
export async function readPreview(
  lens: MarginLens,
  id: AccountId,
  { instrument, lots, price }: { instrument: Instrument; lots: Lots; price: Wad },
  blockTag: BlockTag,
): Promise<Preview> {
  const p = await lens.previewOrder(id, instrument, lots, price, { blockTag });
  return {
    current: plainAssessment(p.current),
    next: plainAssessment(p.next),
    fee: p.fee,
    cash: p.cash,
    locked: p.locked,
    tradable: p.tradable,
    fresh: p.fresh,
    meetsInitial: p.meetsInitial,
    onlyReduces: p.onlyReduces,
    allowed: p.allowed,
  };
}

function plainAssessment(a: Assessment): Assessment {
  return {
    equity: a.equity,
    equityForInitial: a.equityForInitial,
    equityForMaintenance: a.equityForMaintenance,
    initialMargin: a.initialMargin,
    maintenanceMargin: a.maintenanceMargin,
  };
}

function plainGreeks(g: Greeks): Greeks {
  return { delta: g.delta, gamma: g.gamma, vega: g.vega, theta: g.theta, rho: g.rho };
}
