/** What governance has set, in the shape in which it sets it. */
import type { Clearinghouse } from "../../typechain-types";

/** Parameters of one market, by the names `setMarketParams` gives them. */
export interface Params {
  baseRateBps: bigint;
  volMultiplierBps: bigint;
  slopeBps: bigint;
  maintenanceRatioBps: bigint;
  takerFeeBps: bigint;
  makerFeeBps: bigint;
  /** Whole USD. */
  depth: bigint;
  /** Whole USD. */
  openInterestCap: bigint;
}

export async function paramsOf(clearinghouse: Clearinghouse, underlying = 1n): Promise<Params> {
  const p = await clearinghouse.marketParams(underlying);
  return {
    baseRateBps: p.baseRateBps,
    volMultiplierBps: p.volMultiplierBps,
    slopeBps: p.slopeBps,
    maintenanceRatioBps: p.maintenanceRatioBps,
    takerFeeBps: p.takerFeeBps,
    makerFeeBps: p.makerFeeBps,
    depth: p.depth,
    openInterestCap: p.openInterestCap,
  };
}

/** Addresses, by the names `setModules` gives them. */
export interface Modules {
  priceOracle: string;
  basisOracle: string;
  volatilityOracle: string;
  auction: string;
  vault: string;
}

export async function modulesOf(clearinghouse: Clearinghouse): Promise<Modules> {
  const { priceOracle, basisOracle, volatilityOracle, auction, vault } = await clearinghouse.modules();
  return { priceOracle, basisOracle, volatilityOracle, auction, vault };
}
