import type { HardhatRuntimeEnvironment } from "hardhat/types";

import { requireForDeployment } from "../../config/variables";
import { checkDeployment } from "../../scripts/deploy/check";
import type { Finding } from "../../scripts/deploy/findings";
import { checkManifest } from "../../scripts/deploy/manifest";
import { parametersOf } from "../../scripts/lib/system";
import { openSystem } from "../internal/chain";
import type { Answer } from "../internal/command";
import { folded, table } from "../internal/table";

/** Characters a cell: addresses are a little longer, and with them the table fits a line of 120. */
const CELL = 40;

/** Everything that was compared, and exit code 1 where anything is wrong. */
export async function check(hre: HardhatRuntimeEnvironment): Promise<Answer> {
  requireForDeployment(hre.network.name);
  await openSystem(hre);
  const findings = await checkDeployment(hre);
  const complete = findings.every(({ is }) => is !== "missing");
  if (complete && !parametersOf(hre).local) findings.push(...(await checkManifest(hre)));
  return {
    json: findings,
    text: describeFindings(findings, findings.length),
    failed: findings.some(({ ok }) => !ok),
  };
}

/** A row for each of `shown`, and how many of `total` were right. */
export function describeFindings(shown: readonly Finding[], total: number): string {
  const wrong = shown.filter(({ ok }) => !ok).length;
  const summary = wrong === 0 ? `${total} of ${total} checks ok` : `${wrong} of ${total} checks wrong`;
  if (shown.length === 0) return summary;
  const rows = shown.map(({ step, what, is, should, ok }) => [
    step,
    folded(what, CELL),
    folded(is, CELL),
    ok ? "ok" : folded(`wrong: should be ${should}`, CELL),
  ]);
  return `${table(["step", "what", "is", "result"], rows)}\n${summary}`;
}
