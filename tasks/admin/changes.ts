/** Restricted calls, sent as their sender's role lets them be, and told of. */
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/signers";
import type { HardhatRuntimeEnvironment } from "hardhat/types";

import { type DoneChange, type PlannedChange, planChanges, sendChanges } from "../../scripts/deploy/changes";
import type { Change } from "../../scripts/deploy/remedies";
import type { System } from "../../scripts/lib/system";
import { formatDuration, formatTime } from "../../scripts/lib/times";
import { confirmSending } from "../internal/consent";
import { table } from "../internal/table";

/** Shows what will be sent to a live network and asks; then sends, schedules or executes what can be now. */
export async function makeChanges(
  hre: HardhatRuntimeEnvironment,
  system: System,
  signer: HardhatEthersSigner,
  changes: readonly Change[],
): Promise<DoneChange[]> {
  const planned = await planChanges(hre, system, signer.address, changes);
  const sending = planned.filter(({ way }) => way.do !== "wait" && way.do !== "nothing");
  if (sending.length > 0) await confirmSending(hre, sending.map(describePlanned));
  return sendChanges(system, signer, planned);
}

function describePlanned({ what, way }: PlannedChange): string {
  if (way.do === "schedule") return `schedule, to be executed in ${formatDuration(way.delay)}: ${what}`;
  return `${way.do}: ${what}`;
}

/** A row for each change; empty where there is none. */
export function describeChanges(changes: readonly DoneChange[]): string {
  if (changes.length === 0) return "";
  const rows = changes.map(({ what, state, at, because }) => {
    return [
      what.replaceAll(/, (?=\w+: )/g, ",\n  "),
      at === null ? (because ?? state) : `${state}, can be made from ${formatTime(at)} on`,
    ];
  });
  return table(["change", "state"], rows);
}
