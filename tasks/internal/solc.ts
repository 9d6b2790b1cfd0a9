import { readFile } from "node:fs/promises";
import path from "node:path";

import {
  TASK_COMPILE_SOLIDITY_GET_SOLC_BUILD,
  TASK_COMPILE_SOLIDITY_LOG_COMPILATION_ERRORS,
} from "hardhat/builtin-tasks/task-names";
import { subtask } from "hardhat/config";
import type { SolcBuild } from "hardhat/types";

/** That transient storage can be misused, which the compiler says once to whoever uses it. */
const TRANSIENT_STORAGE = "2394";

/** Release commits, which a build-info names and the npm package's manifest does not. */
const LONG_VERSIONS: Readonly<Record<string, string>> = { "0.8.30": "0.8.30+commit.73712a01" };

/**
 * Hands Hardhat the compiler that the lock file pins, so a build needs no download and cannot drift from it.
 * Any other version still takes Hardhat's own way.
 */
subtask(
  TASK_COMPILE_SOLIDITY_GET_SOLC_BUILD,
  async ({ solcVersion }: { solcVersion: string }, _hre, runSuper): Promise<SolcBuild> => {
    const manifestPath = require.resolve("solc/package.json");
    const manifest = JSON.parse(await readFile(manifestPath, "utf8")) as { version: string };
    if (manifest.version !== solcVersion) return (await runSuper()) as SolcBuild;
    console.error("Compiling the contracts, up to a minute ...");
    return {
      version: solcVersion,
      longVersion: LONG_VERSIONS[solcVersion] ?? solcVersion,
      compilerPath: path.join(path.dirname(manifestPath), "soljson.js"),
      isSolcJs: true,
    };
  },
);

/** Leaves out the warning that every compilation of transient storage has, and that nobody can mend. */
subtask(
  TASK_COMPILE_SOLIDITY_LOG_COMPILATION_ERRORS,
  ({ output, ...rest }: { output: { errors?: { errorCode?: string }[] | undefined } }, _hre, runSuper) => {
    const errors = output.errors?.filter(({ errorCode }) => errorCode !== TRANSIENT_STORAGE);
    return runSuper({ ...rest, output: { ...output, errors } }) as Promise<unknown>;
  },
);
