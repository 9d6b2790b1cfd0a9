/** contracts/margin/StandardMargin.sol in bigint, to the bit: the rules isolated and cross margin share. */
import { isOption, isPerp, underlyingOf } from "../ids";
import { NORMAL_ONE } from "../math/normal";
import { type Lots, WAD, type Wad } from "../units";
import type { Position } from "../words";
import { abs, max, min, mulDivUp, mulWadUp, valueFloor, valueUp } from "./fixedPoint";
import {
  DELTA_UNIT,
  type Group,
  type Requirement,
  addToGroup,
  beginGroup,
  groupKeyOf,
  togetherOf,
} from "./optionGroups";
import { MarginModelError, marginRefusals, unsupported } from "./refusal";
import type { Assessment, Market, MarketData } from "./types";

export type { Requirement } from "./optionGroups";

interface Totals {
  equity: Wad;
  initial: Wad;
  maintenance: Wad;
}

/**
 * Equity and requirements of a book.
 * @param together whether options of an expiry are margined together.
 * @throws MarginModelError where the Solidity model reverts.
 */
export function assessStandard(
  data: MarketData,
  cash: Wad,
  positions: readonly Position[],
  together: boolean,
): Assessment {
  const totals: Totals = { equity: cash, initial: 0n, maintenance: 0n };
  if (positions.some(({ instrument }) => isOption(instrument))) assessAny(totals, data, positions, together);
  else assessPerps(totals, data, positions);
  const { equity, initial: initialMargin, maintenance: maintenanceMargin } = totals;
  return { equity, equityForInitial: equity, equityForMaintenance: equity, initialMargin, maintenanceMargin };
}

/** What `lots` (unsigned) of the perpetual require, rounded up. */
export function perpRequirement(market: Market, lots: Lots): Requirement {
  const { initial, maintenance } = perpCharge(market, lots);
  const uncertainty = mulWadUp(valueUp(lots, market.spot), market.confidence);
  return { initial: initial + uncertainty, maintenance: maintenance + uncertainty };
}

/** The market of `underlying`. Throws MarginModelError where it is missing, as the Solidity model reverts. */
export function marketOf(markets: readonly Market[], underlying: bigint): Market {
  const market = markets.find((candidate) => candidate.underlying === underlying);
  if (market) return market;
  throw new MarginModelError("MarginModel_MissingMarket", marginRefusals.MarginModel_MissingMarket(underlying));
}

function assessPerps(totals: Totals, { markets }: MarketData, positions: readonly Position[]): void {
  for (const { instrument, lots, index } of positions) {
    if (!isPerp(instrument)) throw unsupported(instrument);
    const market = marketOf(markets, underlyingOf(instrument));
    totals.equity += valueFloor(lots, market.index - index);
    charge(totals, perpRequirement(market, abs(lots)));
  }
}

function assessAny(
  totals: Totals,
  { markets, expiries = [] }: MarketData,
  positions: readonly Position[],
  together: boolean,
): void {
  const groups = new Map<string, Group>();
  const deltas = new Map<Market, bigint>(markets.map((market) => [market, 0n]));
  const move = (market: Market, delta: bigint): unknown => deltas.set(market, (deltas.get(market) ?? 0n) + delta);
  for (const position of positions) {
    const { instrument, lots, index } = position;
    if (isOption(instrument)) {
      const key = groupKeyOf(position);
      const group = groups.get(key) ?? beginGroup(marketOf(markets, underlyingOf(instrument)), expiries, position);
      groups.set(key, group);
      totals.equity += addToGroup(group, position);
    } else {
      if (!isPerp(instrument)) throw unsupported(instrument);
      const market = marketOf(markets, underlyingOf(instrument));
      totals.equity += valueFloor(lots, market.index - index);
      move(market, lots * market.spot * NORMAL_ONE);
      charge(totals, perpCharge(market, abs(lots)));
    }
  }
  for (const group of groups.values()) {
    move(group.market, group.delta);
    charge(totals, together ? togetherOf(group) : group.apart);
  }
  for (const [market, delta] of deltas) {
    const uncertainty = mulWadUp(mulDivUp(abs(delta), 1n, DELTA_UNIT), market.confidence);
    charge(totals, { initial: uncertainty, maintenance: uncertainty });
  }
}

/** Without the oracle's uncertainty. */
function perpCharge(market: Market, lots: Lots): Requirement {
  const notional = valueUp(lots, market.mark);
  const rate = min(
    WAD,
    max(market.baseRate, mulWadUp(market.volMultiplier, market.dailyVol)) +
      mulDivUp(market.slope, notional, market.depth),
  );
  const initial = mulWadUp(notional, rate);
  return { initial, maintenance: mulWadUp(initial, market.maintenanceRatio) };
}

function charge(totals: Totals, { initial, maintenance }: Requirement): void {
  totals.initial += initial;
  totals.maintenance += maintenance;
}
