/** What portfolio margin sees of an account: its gains by scenario, and what its requirement is made of. */
import type { HardhatRuntimeEnvironment } from "hardhat/types";

import { modeName } from "../../scripts/lib/modes";
import { readAssessment, readHolding, readMarket, readSnapshotAt } from "../../scripts/lib/reads";
import { type System, loadLens, underlyingNames } from "../../scripts/lib/system";
import {
  type AccountId,
  Mode,
  PlimsollInputError,
  type Position,
  WAD,
  type Wad,
  formatAccountId,
  formatWad,
  marketDataOf,
  portfolio,
  settleOptions,
} from "../../sdk";
import { mulDivFloor, mulWadUp } from "../../sdk/risk/fixedPoint";
import type { MarginLens } from "../../typechain-types";
import { openSystem, readAccount } from "../internal/chain";
import type { Answer } from "../internal/command";
import { chosenMarkets } from "../market/chosen";
import { matrixText } from "./matrixText";

const SHOCKS = ["down", "up", "up beyond 30 days", "up within 30 days"] as const;
const BINDINGS: ReadonlyMap<bigint, "scenarios" | "floor" | "cap"> = new Map([
  [portfolio.Binding.Scenarios, "scenarios"],
  [portfolio.Binding.Floor, "floor"],
  [portfolio.Binding.Cap, "cap"],
]);
/** Of the scenarios' losses, what maintenance margin asks. */
const MAINTENANCE_CORE = (8n * WAD) / 10n;
const SCENARIOS = 24n;

export type Matrix = Awaited<ReturnType<typeof describeMatrix>>;
export type Requirement = Awaited<ReturnType<typeof describeRequirement>>;
export interface Found {
  account: string;
  mode: string;
  /** What the account's own mode asks, USD. */
  initialMargin: string;
  maintenanceMargin: string;
  underlyings: Matrix[];
  requirement: Requirement;
}

/** Of one underlying, or of all that are held. */
export async function showMatrix(
  hre: HardhatRuntimeEnvironment,
  values: { account: string; underlying: string | undefined },
): Promise<Answer> {
  const id = await readAccount(hre, values.account);
  const system = await openSystem(hre);
  const block = await hre.ethers.provider.getBlockNumber();
  const { account, positions } = await readHolding(system, id, block);
  if (account.mode === Mode.None) {
    throw new PlimsollInputError(`Account ${formatAccountId(id)} is not open: open it with account:open.`);
  }
  const lens = await loadLens(hre);
  const { underlyings: held } = await lens.accountGreeks(id, { blockTag: block });
  const chosen = await chosenMarkets(hre, system, values.underlying, block);
  const shown = values.underlying === undefined ? held : chosen.map(({ id: underlying }) => BigInt(underlying));
  const charges = await contingenciesBy(system, account.cash, positions, block);
  const underlyings: Matrix[] = [];
  for (const underlying of shown) {
    underlyings.push(await describeMatrix(system, lens, id, { underlying, charges: charges.get(underlying) }, block));
  }
  const { initialMargin, maintenanceMargin } = await readAssessment(system, id, block);
  const found: Found = {
    account: formatAccountId(id),
    mode: modeName(account.mode),
    initialMargin: formatWad(initialMargin),
    maintenanceMargin: formatWad(maintenanceMargin),
    underlyings,
    requirement: await describeRequirement(lens, id, account.mode, block),
  };
  return { json: found, text: matrixText(found) };
}

/** Of each underlying held, by the twin: the model adds them up at once. */
async function contingenciesBy(
  system: System,
  cash: Wad,
  positions: readonly Position[],
  block: number,
): Promise<Map<bigint, portfolio.Contingencies>> {
  const snapshot = await readSnapshotAt(system, [positions], block);
  const live = settleOptions(snapshot, cash, positions).positions;
  const data = marketDataOf(snapshot, live);
  const found = portfolio.contingenciesOf(data, live);
  return new Map(found.map((one, i) => [data.markets[i]?.underlying ?? 0n, one]));
}

async function describeMatrix(
  system: System,
  lens: MarginLens,
  id: AccountId,
  { underlying, charges }: { underlying: bigint; charges: portfolio.Contingencies | undefined },
  block: number,
) {
  const found = await lens.scenarioMatrix(id, underlying, { blockTag: block });
  const { spot } = await readMarket(system, underlying, block);
  return {
    underlying: underlyingNames(system.parameters).get(underlying) ?? underlying.toString(),
    spot: formatWad(spot),
    /** PR, the core scenarios' largest move, as a part of the price. */
    range: formatWad(found.range),
    /** The first scenario that loses most; null where none loses. */
    worst: placeOf(found.worst),
    core: formatWad(found.core),
    initialContingencies: formatWad(found.initialCharges),
    maintenanceContingencies: formatWad(found.maintenanceCharges),
    /** What these are made of; initial margin counts the first two twice. Null where nothing is held. */
    contingencies: charges ? describeCharges(charges) : null,
    value: formatWad(found.value),
    /** USD. */
    delta: formatWad(found.delta),
    mostLost: found.bounded ? formatWad(found.mostLost) : null,
    scenarios: found.scenarios.map(({ move, shock, weight, pnl }) => ({
      move: formatWad(move),
      price: formatWad(spot + mulDivFloor(spot, move, WAD)),
      volatility: SHOCKS[Number(shock)] ?? shock.toString(),
      weight: formatWad(weight),
      pnl: formatWad(pnl),
    })),
  };
}

function describeCharges(charges: portfolio.Contingencies) {
  return {
    linear: formatWad(charges.linear),
    nakedShorts: formatWad(charges.nakedShorts),
    roll: formatWad(charges.roll),
    calendarVega: formatWad(charges.calendarVega),
    concentration: formatWad(charges.concentration),
    confidence: formatWad(charges.confidence),
  };
}

async function describeRequirement(lens: MarginLens, id: AccountId, mode: bigint, block: number) {
  const found = await lens.portfolioRequirement(id, { blockTag: block });
  const cap = found.bounded ? formatWad(found.cap) : null;
  return {
    /** Whether the account is judged by it. */
    inForce: mode === Mode.Portfolio,
    cores: formatWad(found.cores),
    jointCore: formatWad(found.jointCore),
    jointScenario: placeOf(found.jointScenario),
    credit: formatWad(found.credit),
    creditedCore: formatWad(found.creditedCore),
    initial: {
      scenarios: formatWad(found.creditedCore),
      contingencies: formatWad(found.initialCharges),
      floor: formatWad(found.initialFloor),
      cap,
      margin: formatWad(found.initialMargin),
      binds: BINDINGS.get(found.initialBinding) ?? found.initialBinding.toString(),
    },
    maintenance: {
      scenarios: formatWad(mulWadUp(found.creditedCore, MAINTENANCE_CORE)),
      contingencies: formatWad(found.maintenanceCharges),
      floor: formatWad(found.maintenanceFloor),
      cap,
      margin: formatWad(found.maintenanceMargin),
      binds: BINDINGS.get(found.maintenanceBinding) ?? found.maintenanceBinding.toString(),
    },
  };
}

function placeOf(scenario: bigint): number | null {
  return scenario === SCENARIOS ? null : Number(scenario);
}
