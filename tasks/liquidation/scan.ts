import type { HardhatRuntimeEnvironment } from "hardhat/types";

import { type Holding, readHolding, readMarkets } from "../../scripts/lib/reads";
import { type System, deploymentBlock } from "../../scripts/lib/system";
import {
  type Market,
  PlimsollInputError,
  assess,
  distanceToMaintenance,
  formatAccountId,
  formatWad,
  roundWad,
  toAccountId,
} from "../../sdk";
import { modeName } from "../account/open";
import { openSystem } from "../internal/chain";
import type { Answer } from "../internal/command";
import { table } from "../internal/table";

const DEFAULT_LIMIT = 20;

/** Every account that holds positions, by how far the twin says it is from maintenance margin. */
export async function scan(hre: HardhatRuntimeEnvironment, values: { limit: string | undefined }): Promise<Answer> {
  const limit = values.limit === undefined ? DEFAULT_LIMIT : readLimit(values.limit);
  const system = await openSystem(hre);
  const block = await hre.ethers.provider.getBlockNumber();
  const markets = await readMarkets(system, block);
  const holdings = await readOpenAccounts(hre, system, block);
  const ranked = holdings
    .filter(({ positions }) => positions.length > 0)
    .map((holding) => rank(markets, holding))
    .sort((a, b) => (a.distance < b.distance ? -1 : 1))
    .slice(0, limit);

  const json = ranked.map(({ id, account, distance, assessment }) => ({
    account: formatAccountId(id),
    mode: modeName(account.mode),
    flagged: account.flagged,
    distanceToMaintenance: formatWad(distance),
    equity: formatWad(assessment.equityForMaintenance),
    maintenanceMargin: formatWad(assessment.maintenanceMargin),
  }));
  if (ranked.length === 0) return { json, text: "No account holds a position." };
  const head = ["account", "mode", "state", "distance", "equity, USD", "maintenance margin, USD"];
  const rows = ranked.map(({ id, account, distance, assessment }) => [
    formatAccountId(id),
    modeName(account.mode),
    account.flagged ? "flagged" : distance < 0n ? "below maintenance" : "healthy",
    `${roundWad(distance * 100n)} %`,
    roundWad(assessment.equityForMaintenance),
    roundWad(assessment.maintenanceMargin),
  ]);
  return { json, text: table(head, rows) };
}

async function readOpenAccounts(hre: HardhatRuntimeEnvironment, system: System, block: number): Promise<Holding[]> {
  const opened = await system.clearinghouse.queryFilter(
    system.clearinghouse.filters.AccountOpened(),
    await deploymentBlock(hre),
    block,
  );
  const ids = new Set(opened.map(({ args }) => args.account));
  return Promise.all([...ids].map((id) => readHolding(system, toAccountId(id), block)));
}

function rank(markets: readonly Market[], holding: Holding) {
  const { account, positions } = holding;
  const assessment = assess(account.mode, markets, account.cash, positions);
  const distance = distanceToMaintenance(assessment, markets, positions) ?? 0n;
  return { ...holding, assessment, distance };
}

function readLimit(text: string): number {
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw new PlimsollInputError(`The limit "${text}" is not a whole number above zero.`);
}
