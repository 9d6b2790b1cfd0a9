import type { HardhatRuntimeEnvironment } from "hardhat/types";

import { allLogs } from "../../scripts/lib/logs";
import { modeName } from "../../scripts/lib/modes";
import { type Holding, readHolding, readSnapshotAt } from "../../scripts/lib/reads";
import { type System, deploymentBlock } from "../../scripts/lib/system";
import {
  type MarketSnapshot,
  distanceToMaintenance,
  formatAccountId,
  formatWad,
  judge,
  roundWad,
  toAccountId,
} from "../../sdk";
import { openSystem } from "../internal/chain";
import type { Answer } from "../internal/command";
import { progressOf } from "../internal/progress";
import { readLimit } from "../internal/read";
import { table } from "../internal/table";

const DEFAULT_LIMIT = 20;

/** Every account that holds positions, by how far the twin says it is from maintenance margin. */
export async function scan(hre: HardhatRuntimeEnvironment, values: { limit: string | undefined }): Promise<Answer> {
  const limit = readLimit(values.limit, DEFAULT_LIMIT);
  const system = await openSystem(hre);
  const block = await hre.ethers.provider.getBlockNumber();
  const holders = (await readOpenAccounts(hre, system, block)).filter(({ positions }) => positions.length > 0);
  const held = holders.map(({ positions }) => positions);
  const snapshot = await readSnapshotAt(system, held, block);
  const ranked = holders
    .map((holding) => rank(snapshot, holding))
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
  const head = ["account", "mode", "state", "distance", "equity, USD", "MM, USD"];
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
  const { clearinghouse } = system;
  const range = { from: await deploymentBlock(hre), to: block };
  const onProgress = progressOf("Events");
  const opened = await allLogs(hre, clearinghouse, clearinghouse.filters.AccountOpened(), { range, onProgress });
  const ids = new Set(opened.map(({ args }) => args.account));
  return Promise.all([...ids].map((id) => readHolding(system, toAccountId(id), block)));
}

function rank(snapshot: MarketSnapshot, holding: Holding) {
  const { account, positions } = holding;
  const assessment = judge(account.mode, snapshot, account.cash, positions);
  const distance = distanceToMaintenance(assessment, snapshot.markets, positions) ?? 0n;
  return { ...holding, assessment, distance };
}
