import type { HardhatRuntimeEnvironment } from "hardhat/types";

import { type ReplayArguments, readOptions } from "../../scripts/replay/options";
import { prepare, replay } from "../../scripts/replay/replay";
import { describe } from "../../scripts/replay/report";
import { beginChainAt } from "../internal/chain";
import type { Answer } from "../internal/command";

/** Reads the prices, replays them on an in-process network of their time, and reports. Progress goes to stderr. */
export async function run(hre: HardhatRuntimeEnvironment, values: ReplayArguments): Promise<Answer> {
  const scenario = await prepare(readOptions(values));
  await beginChainAt(hre, scenario.beginsAt);
  const replayed = await replay(hre, scenario, (line) => {
    console.error(line);
  });
  return { json: replayed.outcome, text: describe(scenario, replayed) };
}
