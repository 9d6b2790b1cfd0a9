/** contracts/margin/StandardMargin.sol in bigint, to the bit: the rules isolated and cross margin share. */
import { isPerp, underlyingOf } from "../ids";
import { type Lots, WAD, type Wad } from "../units";
import type { Position } from "../words";
import { abs, max, min, mulDivUp, mulWadUp, valueFloor, valueUp } from "./fixedPoint";
import { MarginModelError, marginRefusals, unsupported } from "./refusal";
import type { Assessment, Market, MarketData } from "./types";

/** Initial and maintenance margin, USD. */
export interface Requirement {
  initial: Wad;
  maintenance: Wad;
}

/** Equity and requirements of a book of perpetuals. Throws MarginModelError where the Solidity model reverts. */
export function assessStandard({ markets }: MarketData, cash: Wad, positions: readonly Position[]): Assessment {
  let equity = cash;
  let initialMargin = 0n;
  let maintenanceMargin = 0n;
  for (const { instrument, lots, index } of positions) {
    if (!isPerp(instrument)) throw unsupported(instrument);
    const market = marketOf(markets, underlyingOf(instrument));
    equity += valueFloor(lots, market.index - index);
    const { initial, maintenance } = perpRequirement(market, abs(lots));
    initialMargin += initial;
    maintenanceMargin += maintenance;
  }
  return { equity, equityForInitial: equity, equityForMaintenance: equity, initialMargin, maintenanceMargin };
}

/** What `lots` (unsigned) of the perpetual require, rounded up. */
export function perpRequirement(market: Market, lots: Lots): Requirement {
  const notional = valueUp(lots, market.mark);
  const rate = min(
    WAD,
    max(market.baseRate, mulWadUp(market.volMultiplier, market.dailyVol)) +
      mulDivUp(market.slope, notional, market.depth),
  );
  const charge = mulWadUp(notional, rate);
  const uncertainty = mulWadUp(valueUp(lots, market.spot), market.confidence);
  return { initial: charge + uncertainty, maintenance: mulWadUp(charge, market.maintenanceRatio) + uncertainty };
}

/** The market of `underlying`. Throws MarginModelError where it is missing, as the Solidity model reverts. */
export function marketOf(markets: readonly Market[], underlying: bigint): Market {
  const market = markets.find((candidate) => candidate.underlying === underlying);
  if (market) return market;
  throw new MarginModelError("MarginModel_MissingMarket", marginRefusals.MarginModel_MissingMarket(underlying));
}
