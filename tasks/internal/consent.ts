/** Nothing is sent to a live network before whoever runs the task has seen it and agreed. */
import type { HardhatConfig, HardhatRuntimeEnvironment } from "hardhat/types";

import { parametersOf } from "../../scripts/lib/system";
import { PlimsollInputError } from "../../sdk/inputError";
import { type Terminal, ask, canAsk, terminal } from "./ask";

// By configuration: Hardhat hands each task an environment object of its own.
const given = new WeakSet<HardhatConfig>();

/** Agrees beforehand to whatever the task will send. */
export function agree(hre: HardhatRuntimeEnvironment): void {
  given.add(hre.config);
}

/**
 * Shows what is about to be sent to a live network, and asks unless it was agreed to beforehand.
 * Throws PlimsollInputError where nobody is there to ask, or the answer is not yes.
 * @param what each of the transactions, or a plan of them all.
 */
export async function confirmSending(
  hre: HardhatRuntimeEnvironment,
  what: readonly string[],
  where: Terminal = terminal,
): Promise<void> {
  const { local, chainId } = parametersOf(hre);
  if (local) return;
  const { name } = hre.network;
  const agreed = given.has(hre.config);
  if (!agreed && !canAsk(where)) {
    throw new PlimsollInputError(
      `This would send transactions to ${name} and nobody is at the terminal to agree: add --yes to agree beforehand.`,
    );
  }
  where.output.write(`To ${name}, chain ${chainId}:\n${what.join("\n")}\n`);
  if (agreed) return;
  const answer = await ask(where, "Send? [y/N] ");
  if (!/^y(es)?$/i.test(answer.trim())) throw new PlimsollInputError("Nothing was sent.");
}
