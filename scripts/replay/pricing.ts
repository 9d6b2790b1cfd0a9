/** What makers ask and bid, and what trading with them costs. */
import type { SystemParameters } from "../../config/schema";
import {
  BPS,
  type Bps,
  type Instrument,
  LOTS_PER_UNIT,
  type Lots,
  type MarketSnapshot,
  SurfaceStatus,
  WAD,
  type Wad,
  fixedPoint,
  isOption,
  marketOf,
  underlyingOf,
  valueOfOptions,
} from "../../sdk";
import { findExpiry } from "../../sdk/risk/expiries";
import type { CostOf } from "./sizing";

/** Half the distance between bid and offer: 5 basis points, of a perpetual's mark, or of an option's underlying. */
export const HALF_SPREAD: Wad = 5n * 10n ** 14n;
/** What an option's fee is at most, of its premium. */
const PREMIUM_PART = 8n;

/** Taker fees of each underlying. */
export type Fees = ReadonlyMap<bigint, { perpetual: Bps; option: Bps }>;

export function feesOf({ underlyings }: SystemParameters): Fees {
  return new Map(
    underlyings.map(({ id, market, options }) => [
      BigInt(id),
      { perpetual: BigInt(market.takerFeeBps), option: BigInt(options.takerFeeBps) },
    ]),
  );
}

/**
 * What a maker sells `lots` at, or buys them at where they are negative, USD per unit: half a spread from mark, and of an
 * option no less than half its mark. Undefined for an option that is past or has no surface.
 */
export function priceOf(snapshot: MarketSnapshot, instrument: Instrument, lots: Lots): Wad | undefined {
  const { mark, spot } = marketOf(snapshot.markets, underlyingOf(instrument));
  if (!isOption(instrument)) return (mark * (lots > 0n ? WAD + HALF_SPREAD : WAD - HALF_SPREAD)) / WAD;
  const status = findExpiry(snapshot.expiries ?? [], instrument)?.status ?? SurfaceStatus.Absent;
  if (status <= SurfaceStatus.Expired) return undefined;
  const value = valueOfOptions(snapshot, [{ instrument, lots: LOTS_PER_UNIT, index: 0n }]);
  const half = fixedPoint.mulWadUp(spot, HALF_SPREAD);
  return lots > 0n ? value + half : fixedPoint.max(value - half, value / 2n);
}

/** What it costs to trade with makers at these prices. */
export function costsAt(snapshot: MarketSnapshot, fees: Fees): CostOf {
  // Asked for over and over while a size is looked for.
  const known = new Map<Instrument, { buy: Wad; sell: Wad }>();
  return (instrument, lots) => {
    const underlying = underlyingOf(instrument);
    const { mark, spot } = marketOf(snapshot.markets, underlying);
    const quoted = known.get(instrument) ?? {
      buy: priceOf(snapshot, instrument, 1n) ?? 0n,
      sell: priceOf(snapshot, instrument, -1n) ?? 0n,
    };
    known.set(instrument, quoted);
    const price = lots > 0n ? quoted.buy : quoted.sell;
    const fee = fees.get(underlying) ?? { perpetual: 0n, option: 0n };
    const size = fixedPoint.abs(lots);
    const premium = fixedPoint.valueUp(size, price);
    if (!isOption(instrument)) {
      return 0n - fixedPoint.valueFloor(lots, mark - price) + fixedPoint.mulDivUp(premium, fee.perpetual, BPS);
    }
    const charged = fixedPoint.mulDivUp(fixedPoint.valueUp(size, spot), fee.option, BPS);
    return 0n - fixedPoint.valueFloor(0n - lots, price) + fixedPoint.min(charged, premium / PREMIUM_PART);
  };
}
