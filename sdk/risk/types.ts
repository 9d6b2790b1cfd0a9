/** The structs of contracts/types/Market.sol. What the ledger's views return can be passed as it is. */
import type { Wad } from "../units";
import type { Position } from "../words";

/** How far a price may be relied on; higher may do more. */
export const PriceStatus = {
  /** Nothing may be judged by it. */
  Unusable: 0n,
  /** Liquidation and reduction of risk only. */
  Aged: 1n,
  /** Everything. */
  Fresh: 2n,
} as const;
export type PriceStatus = (typeof PriceStatus)[keyof typeof PriceStatus];

/** What a frame knows of one underlying, and all that a margin model needs. */
export interface Market {
  /** Its index, as in instruments. */
  underlying: bigint;
  /** One of `PriceStatus`. */
  status: bigint;
  /** S, the oracle's price, USD per unit. */
  spot: Wad;
  /** P, the perpetual's mark price: spot * (1 + basis). */
  mark: Wad;
  /** Mark price minus cumulative funding per unit; what perpetuals are settled against. */
  index: Wad;
  /** conf_u, the oracle's relative uncertainty. */
  confidence: Wad;
  /** sigma_d, the forecast volatility of one day, not annualised. */
  dailyVol: Wad;
  /** im0: IM% = min(1, max(baseRate, volMultiplier * dailyVol) + slope * notional / depth). */
  baseRate: Wad;
  volMultiplier: Wad;
  slope: Wad;
  /** USD. */
  depth: Wad;
  /** MM% = maintenanceRatio * IM%. */
  maintenanceRatio: Wad;
}

/** What a margin model says of an account. USD; equity counts losses rounded up, requirements are rounded up. */
export interface Assessment {
  /** E*, with collateral at full price. */
  equity: Wad;
  /** E_IM, with collateral after its haircut for initial margin. */
  equityForInitial: Wad;
  /** E_MM, with collateral after its haircut for maintenance margin. */
  equityForMaintenance: Wad;
  initialMargin: Wad;
  maintenanceMargin: Wad;
}

/** A margin model: a pure function of the markets held, settlement cash (no keeper deposit in it) and positions. */
export type MarginModel = (markets: readonly Market[], cash: Wad, positions: readonly Position[]) => Assessment;
