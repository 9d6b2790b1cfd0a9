import type { HardhatRuntimeEnvironment } from "hardhat/types";

import { modeName } from "../../scripts/lib/modes";
import { readGreeks, readSummary } from "../../scripts/lib/lensReads";
import { readHolding, readSnapshotAt } from "../../scripts/lib/reads";
import { type System, loadLens, underlyingNames } from "../../scripts/lib/system";
import {
  type AccountId,
  LOTS_PER_UNIT,
  type MarketSnapshot,
  Mode,
  type Position,
  PlimsollInputError,
  type UnderlyingNames,
  distanceToMaintenance,
  formatAccountId,
  formatLots,
  formatUsdc,
  formatWad,
  grossNotional,
  instrumentName,
  isOption,
  liquidationPrices,
  marketOf,
  roundWad,
  parseWad,
  settleOptions,
  valueOfOptions,
  underlyingOf,
} from "../../sdk";
import { valueFloor } from "../../sdk/risk/fixedPoint";
import { openSystem, readAccount } from "../internal/chain";
import type { Answer } from "../internal/command";
import { list, percent, table, usd } from "../internal/table";
import { greekFigures, greekTable } from "./greeks";

/** What an account holds, what it is worth and changes with, what it must carry, and where it would be liquidated. */
export async function showAccount(hre: HardhatRuntimeEnvironment, values: { account: string }): Promise<Answer> {
  const id = await readAccount(hre, values.account);
  const found = await describeAccount(hre, await openSystem(hre), id);
  return { json: found, text: asText(found) };
}

type Description = Awaited<ReturnType<typeof describeAccount>>;

async function describeAccount(hre: HardhatRuntimeEnvironment, system: System, id: AccountId) {
  const block = await hre.ethers.provider.getBlockNumber();
  const { account, positions } = await readHolding(system, id, block);
  if (account.mode === Mode.None) {
    throw new PlimsollInputError(`Account ${formatAccountId(id)} is not open: open it with account:open.`);
  }
  const lens = await loadLens(hre);
  const { assessment, ...summary } = await readSummary(lens, id, block);
  const greeks = await readGreeks(lens, id, block);
  const snapshot = await readSnapshotAt(system, [positions], block);
  const live = settleOptions(snapshot, account.cash, positions).positions;
  const distance = distanceToMaintenance(assessment, snapshot.markets, live);
  const names = underlyingNames(system.parameters);
  const nameOf = (underlying: bigint): string => names.get(underlying) ?? underlying.toString();
  return {
    account: formatAccountId(id),
    mode: modeName(account.mode),
    flagged: account.flagged,
    cash: formatWad(account.cash),
    keeperDeposit: formatUsdc(account.keeperDeposit),
    equity: formatWad(assessment.equity),
    initialMargin: formatWad(assessment.initialMargin),
    maintenanceMargin: formatWad(assessment.maintenanceMargin),
    freeCollateral: formatWad(summary.freeCollateral),
    lockedProceeds: formatWad(summary.locked),
    grossExposure: formatWad(summary.grossExposure),
    netExposure: formatWad(summary.netExposure),
    grossEfficiency: formatWad(summary.grossEfficiency),
    netEfficiency: formatWad(summary.netEfficiency),
    distanceToMaintenance: distance === undefined ? null : formatWad(distance),
    positions: greeks.positions.map(([position, ofIt]) => ({
      ...describePosition(snapshot, names, position),
      greeks: greekFigures(ofIt),
    })),
    greeks: greeks.underlyings.map(([underlying, ofAll]) => ({
      underlying: nameOf(underlying),
      ...greekFigures(ofAll),
    })),
    liquidatedAt: greeks.underlyings.map(([underlying]) => {
      const { down, up } = liquidationPrices(account.mode, snapshot, account.cash, positions, underlying);
      return {
        underlying: nameOf(underlying),
        spot: formatWad(marketOf(snapshot.markets, underlying).spot),
        down: down ? formatWad(down.spot) : null,
        downMark: down ? formatWad(down.mark) : null,
        up: up ? formatWad(up.spot) : null,
        upMark: up ? formatWad(up.mark) : null,
      };
    }),
  };
}

function describePosition(snapshot: MarketSnapshot, names: UnderlyingNames, position: Position) {
  const { instrument, lots, index } = position;
  const market = marketOf(snapshot.markets, underlyingOf(instrument));
  const option = isOption(instrument);
  const value = option ? valueOfOptions(snapshot, [position]) : valueFloor(lots, market.index - index);
  return {
    instrument: instrumentName(instrument, names),
    size: formatLots(lots),
    mark: formatWad(option ? valueOfOptions(snapshot, [{ ...position, lots: LOTS_PER_UNIT }]) : market.mark),
    notional: formatWad(grossNotional(snapshot.markets, [position])),
    value: formatWad(value),
  };
}

function asText({ positions, ...account }: Description): string {
  const heading = list({
    account: account.account,
    mode: account.flagged ? `${account.mode}, flagged for liquidation` : account.mode,
    "cash, USD": usd(account.cash),
    "keeper deposit, USD": usd(account.keeperDeposit),
    "equity, USD": usd(account.equity),
    "initial margin, USD": usd(account.initialMargin),
    "maintenance margin, USD": usd(account.maintenanceMargin),
    "free collateral, USD": usd(account.freeCollateral),
    "gross exposure, USD": exposure(account.grossExposure, account.grossEfficiency),
    "net exposure, USD": exposure(account.netExposure, account.netEfficiency),
    "distance to maintenance":
      account.distanceToMaintenance === null ? "no positions" : percent(account.distanceToMaintenance, 2),
  });
  if (positions.length === 0) return heading;
  const head = ["position", "size", "mark, USD", "notional, USD", "value, USD"];
  const rows = positions.map((p) => [p.instrument, p.size, usd(p.mark), usd(p.notional), usd(p.value)]);
  const prices = ["liquidated at", "price, USD", "falling to, USD", "its mark", "rising to, USD", "its mark"];
  const never = (price: string | null): string => (price === null ? "never" : usd(price));
  const moves = account.liquidatedAt.map((at) => [
    at.underlying,
    usd(at.spot),
    never(at.down),
    never(at.downMark),
    never(at.up),
    never(at.upMark),
  ]);
  const greeks = greekTable([
    ...positions.map((position) => [position.instrument, position.greeks] as const),
    ...account.greeks.map(({ underlying, ...ofAll }) => [`${underlying}, all`, ofAll] as const),
  ]);
  return [heading, table(head, rows), greeks, table(prices, moves)].join("\n");
}

function exposure(amount: string, efficiency: string): string {
  return `${usd(amount)}, ${roundWad(parseWad(efficiency))} times equity`;
}
