/** A folder that tasks in processes of their own take for the machine's: for what they keep, and what they are told. */
import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

/**
 * Makes one in the system's temporary folder. Hardhat's file of variables is in it, empty: of several tasks that start
 * at once each would write it where it is missing, and one that reads it meanwhile finds half of it.
 */
export async function makeHome(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), "plimsoll-"));
  const kept = path.join(folder, "hardhat-nodejs");
  await mkdir(kept);
  await writeFile(path.join(kept, "vars.json"), JSON.stringify({ _format: "hh-vars-1", vars: {} }));
  return folder;
}

/** The variables that make tasks use it. What this machine keeps is none of theirs. */
export function homeVariables(folder: string): Record<string, string> {
  return { XDG_CONFIG_HOME: folder, HARDHAT_VAR_PLIMSOLL_REHEARSAL: folder };
}
