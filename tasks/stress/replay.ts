import { writeFile } from "node:fs/promises";

import type { HardhatRuntimeEnvironment } from "hardhat/types";

import { type ReplayArguments, readOptions } from "../../scripts/replay/options";
import { prepare, replay } from "../../scripts/replay/replay";
import { reportFile } from "../../scripts/replay/report/destination";
import { page } from "../../scripts/replay/report/page";
import { Recorder } from "../../scripts/replay/report/recorder";
import { rangeOf, subjectOf } from "../../scripts/replay/report/subject";
import { describe } from "../../scripts/replay/summary";
import { beginChainAt } from "../internal/chain";
import { type Answer, note } from "../internal/command";

/** Reads the prices, replays them on an in-process network of their time, and reports. Progress goes to stderr. */
export async function run(hre: HardhatRuntimeEnvironment, values: ReplayArguments): Promise<Answer> {
  const options = readOptions(values);
  const file = options.report === undefined ? undefined : await reportFile(options.report);
  const scenario = await prepare(options);
  await beginChainAt(hre, scenario.beginsAt);
  const recorder = file === undefined ? undefined : new Recorder(rangeOf(scenario));
  const tell = (line: string): void => {
    console.error(line);
  };
  const replayed = await replay(hre, scenario, tell, recorder);
  if (recorder && file !== undefined) {
    await writeFile(file, page(subjectOf(scenario, replayed, recorder.finish())));
    note(`The report is ${file}.`);
  }
  return { json: replayed.outcome, text: describe(scenario, replayed) };
}
