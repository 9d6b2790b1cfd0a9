/** What the ledger's views return as plain objects: the twin reads their fields often, and decoded results are slow. */
import type { Expiry, Market } from "../../sdk";
import type { ExpiryStructOutput, MarketStructOutput } from "../../typechain-types/contracts/interfaces/IClearinghouse";

export function plainMarket(m: MarketStructOutput): Market {
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

export function plainExpiry(x: ExpiryStructOutput): Expiry {
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
