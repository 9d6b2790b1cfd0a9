import { TASK_COMPILE } from "hardhat/builtin-tasks/task-names";
import { task } from "hardhat/config";

/** Runs `work` with everything it logs sent to stderr, which leaves stdout to the caller's own result. */
export async function quietly<T>(work: () => Promise<T>): Promise<T> {
  const { log, info } = console;
  console.log = console.info = console.error;
  try {
    return await work();
  } finally {
    console.log = log;
    console.info = info;
  }
}

// Any task may compile first, and with --json only JSON may be on stdout. Tests compile once, before they start many
// tasks beside each other: one that read Hardhat's record of it while another was writing that would begin anew.
task(TASK_COMPILE).setAction(async (_args, _hre, runSuper) => {
  if (process.env.PLIMSOLL_COMPILED !== "1") await quietly(() => runSuper());
});
