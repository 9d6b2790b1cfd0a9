import type { HardhatRuntimeEnvironment } from "hardhat/types";

import { isLive, variableName } from "../../config/variables";
import { parametersOf, underlyingNames } from "../../scripts/lib/system";
import { explainError } from "../../sdk";

/** Hardhat's number for "Cannot connect to the network". */
const CANNOT_CONNECT = 108;

/** One sentence for whatever a task threw; everything there is to know with --show-stack-traces. */
export function explainFailure(hre: HardhatRuntimeEnvironment, error: unknown): string {
  if (hre.hardhatArguments.showStackTraces && error instanceof Error) return error.stack ?? error.message;
  const { name } = hre.network;
  if (isUnreachable(error)) {
    return isLive(name)
      ? `No node answers on the network ${name}: see what ${variableName(name, "RPC_URL")} is set to.`
      : `No node answers on the network ${name}: start one with npx hardhat node.`;
  }
  return explainError(error, underlyingNames(parametersOf(hre)));
}

function isUnreachable(error: unknown): boolean {
  return error instanceof Error && "number" in error && error.number === CANNOT_CONNECT;
}
