/** The markets as a frame opened now would see them. */
import { type Market, PriceStatus } from "../../sdk";
import type { IClearinghouse, IPriceOracle } from "../../typechain-types";
import type { Bounds } from "./ranking";

/** Reads the snapshot of every underlying named. */
export function readMarkets(clearinghouse: IClearinghouse, underlyings: readonly bigint[]): Promise<Market[]> {
  return Promise.all(
    underlyings.map(async (underlying): Promise<Market> => {
      const market = await clearinghouse.marketOf(underlying);
      // A plain object: the twin reads its fields often, and those of a decoded result are slow to read.
      return {
        underlying,
        status: market.status,
        spot: market.spot,
        mark: market.mark,
        index: market.index,
        confidence: market.confidence,
        dailyVol: market.dailyVol,
        baseRate: market.baseRate,
        volMultiplier: market.volMultiplier,
        slope: market.slope,
        depth: market.depth,
        maintenanceRatio: market.maintenanceRatio,
        referenceVol: market.referenceVol,
        priceRange: market.priceRange,
        credit: market.credit,
      };
    }),
  );
}

/** Reads the price bounds of every market whose price is unusable. */
export async function readBounds(priceOracle: IPriceOracle, markets: readonly Market[]): Promise<Bounds> {
  const sick = markets.filter(({ status }) => status === PriceStatus.Unusable);
  const entries = sick.map(async ({ underlying }) => {
    const [lower, upper] = await priceOracle.boundsOf(underlying);
    return [underlying, { lower, upper }] as const;
  });
  return new Map(await Promise.all(entries));
}
