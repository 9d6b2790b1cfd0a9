/** A market with options as the replay makes them up: BTC at 50,000 USD, vol of 80 %. */
import { underlyings } from "../../../config/underlyings";
import { sliceAt } from "../../../scripts/replay/optionMarket/smile";
import { forwardRatioOf, sviOf } from "../../../scripts/surface/slice";
import { type Expiry, type Market, PriceStatus, SurfaceStatus, WAD, parseWad } from "../../../sdk";

export const NOW = 1_620_604_800;
const DAY = 86_400;
const { market: terms, options: optionTerms } = underlyings.BTC;
const bps = (value: number): bigint => parseWad(String(value / 10_000));

export const market: Market = {
  underlying: 2n,
  status: PriceStatus.Fresh,
  spot: parseWad("50000"),
  mark: parseWad("50010"),
  index: parseWad("49990"),
  confidence: parseWad("0.0025"),
  dailyVol: parseWad("0.04"),
  baseRate: bps(terms.baseRateBps),
  volMultiplier: bps(terms.volMultiplierBps),
  slope: bps(terms.slopeBps),
  depth: terms.depth * WAD,
  maintenanceRatio: bps(terms.maintenanceRatioBps),
  referenceVol: bps(optionTerms.referenceVolBps),
  priceRange: bps(optionTerms.priceRangeBps),
  credit: bps(optionTerms.creditBps),
};

/** An expiry so many days from `NOW`, with a surface. */
export function expiryIn(days: number): Expiry {
  const expiresAt = NOW + days * DAY;
  const slice = sliceAt(0.8, expiresAt, NOW);
  return {
    ...sviOf(slice),
    underlying: market.underlying,
    expiresAt: BigInt(expiresAt),
    timeLeft: BigInt(days * DAY),
    status: SurfaceStatus.Fresh,
    observedAt: BigInt(NOW),
    tenor: BigInt(days * DAY),
    forwardRatio: forwardRatioOf(slice),
    rate: 0n,
    widening: 0n,
  };
}
