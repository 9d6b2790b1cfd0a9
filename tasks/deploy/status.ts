import { HARDHAT_NETWORK_NAME } from "hardhat/plugins";
import type { HardhatRuntimeEnvironment } from "hardhat/types";

import { deploymentStatus } from "../../scripts/deploy/status";
import { checkChain } from "../../scripts/lib/system";
import { openSystem } from "../internal/chain";
import type { Answer } from "../internal/command";
import { list, table } from "../internal/table";

/** What is deployed with addresses and balances, and which steps are left. */
export async function status(hre: HardhatRuntimeEnvironment): Promise<Answer> {
  // The in-process network begins empty and has nothing to show.
  if (hre.network.name === HARDHAT_NETWORK_NAME) await openSystem(hre);
  else await checkChain(hre);
  const found = await deploymentStatus(hre);
  const text = [
    table(
      ["contract", "address", "state"],
      found.contracts.map(({ record, address, state }) => [record, address ?? "", state]),
    ),
    table(
      ["step", "state", "missing"],
      found.steps.map(({ step, state, missing }) => [step, state, missing.join("\n")]),
    ),
    ...(Object.keys(found.balances).length === 0 ? [] : [list(found.balances)]),
  ].join("\n");
  return { json: found, text };
}
