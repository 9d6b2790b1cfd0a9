import type { HardhatRuntimeEnvironment } from "hardhat/types";

import { modeName } from "../../scripts/lib/modes";
import { readAssessment, readHolding, readMarket } from "../../scripts/lib/reads";
import { type System, underlyingNames } from "../../scripts/lib/system";
import {
  type AccountId,
  type Market,
  Mode,
  type Position,
  PlimsollInputError,
  distanceToMaintenance,
  formatAccountId,
  formatLots,
  formatUsdc,
  formatWad,
  liquidationPrice,
  marketOf,
  underlyingOf,
} from "../../sdk";
import { abs, max, valueFloor, valueUp } from "../../sdk/risk/fixedPoint";
import { openSystem, readAccount } from "../internal/chain";
import type { Answer } from "../internal/command";
import { list, percent, table, usd } from "../internal/table";

/** What an account holds, what it is worth, what it must carry, and where it would be liquidated. */
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
  const assessment = await readAssessment(system, id, block);
  const markets = await Promise.all(
    positions.map(({ instrument }) => readMarket(system, underlyingOf(instrument), block)),
  );
  const distance = distanceToMaintenance(assessment, markets, positions);
  const liquidationAt = (position: Position): string | null => {
    const found = liquidationPrice(account.mode, markets, account.cash, positions, underlyingOf(position.instrument));
    return found ? formatWad(found.mark) : null;
  };
  return {
    account: formatAccountId(id),
    mode: modeName(account.mode),
    flagged: account.flagged,
    cash: formatWad(account.cash),
    keeperDeposit: formatUsdc(account.keeperDeposit),
    equity: formatWad(assessment.equity),
    initialMargin: formatWad(assessment.initialMargin),
    maintenanceMargin: formatWad(assessment.maintenanceMargin),
    freeCollateral: formatWad(max(0n, assessment.equityForInitial - assessment.initialMargin)),
    distanceToMaintenance: distance === undefined ? null : formatWad(distance),
    positions: positions.map((position) => ({
      ...describePosition(system, markets, position),
      liquidationMark: liquidationAt(position),
    })),
  };
}

function describePosition({ parameters }: System, markets: readonly Market[], { instrument, lots, index }: Position) {
  const underlying = underlyingOf(instrument);
  const market = marketOf(markets, underlying);
  return {
    instrument: `${underlyingNames(parameters).get(underlying) ?? underlying.toString()}-PERP`,
    size: formatLots(lots),
    mark: formatWad(market.mark),
    notional: formatWad(valueUp(abs(lots), market.mark)),
    unsettled: formatWad(valueFloor(lots, market.index - index)),
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
    "distance to maintenance":
      account.distanceToMaintenance === null ? "no positions" : percent(account.distanceToMaintenance, 2),
  });
  if (positions.length === 0) return heading;
  const head = ["position", "size", "mark, USD", "notional, USD", "unsettled, USD", "liquidated at mark, USD"];
  const rows = positions.map((p) => [
    p.instrument,
    p.size,
    usd(p.mark),
    usd(p.notional),
    usd(p.unsettled),
    p.liquidationMark === null ? "never" : usd(p.liquidationMark),
  ]);
  return `${heading}\n${table(head, rows)}`;
}
