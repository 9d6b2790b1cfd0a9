/** The structs of contracts/types/Market.sol and Expiry.sol. What the ledger's views return can be passed as it is. */
import type { Seconds, Wad } from "../units";
import type { Position } from "../words";
import type { Svi } from "./svi";

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
  /** sigma_ref: the standard margin of short options grows as dailyVol does beyond it. */
  referenceVol: Wad;
  /** Portfolio margin: PR0, the least price move the core scenarios reach. */
  priceRange: Wad;
  /** kappa_u, how much of what other underlyings offset is credited. */
  credit: Wad;
}

/** How far an expiry's surface may be relied on; higher may do more. */
export const SurfaceStatus = {
  /** Nothing was reported for this expiry. */
  Absent: 0n,
  /** Its options are worth what they pay. */
  Expired: 1n,
  /** Older than three hours: values and liquidations go on, new risk does not. */
  Aged: 2n,
  /** Older than one hour: scenario vols widen. */
  Stale: 3n,
  /** Everything. */
  Fresh: 4n,
} as const;
export type SurfaceStatus = (typeof SurfaceStatus)[keyof typeof SurfaceStatus];

/** What a frame knows of one expiry of one underlying. */
export interface Expiry extends Svi {
  underlying: bigint;
  /** Unix seconds, as in the ids of its options. */
  expiresAt: Seconds;
  /** Seconds until then, zero once it is past. */
  timeLeft: Seconds;
  /** One of `SurfaceStatus`. */
  status: bigint;
  /** When the surface was measured, unix seconds. */
  observedAt: Seconds;
  /** The time to expiry it was fitted at, seconds. */
  tenor: Seconds;
  /** phi: the forward over spot. */
  forwardRatio: Wad;
  /** r, continuously compounded, a year. */
  rate: Wad;
  /** By what part scenarios widen volatility further. */
  widening: Wad;
}

/** What a margin model is told of the world. */
export interface MarketData {
  /** Every underlying held, in any order. */
  markets: readonly Market[];
  /** Every expiry of which an option is held, in any order; none if absent. */
  expiries?: readonly Expiry[];
  /** The smallest correlation among the underlyings held; zero, for which nothing is credited, if absent. */
  correlation?: Wad;
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

/** A margin model: a pure function of the world, settlement cash (no keeper deposit in it) and positions. */
export type MarginModel = (data: MarketData, cash: Wad, positions: readonly Position[]) => Assessment;
