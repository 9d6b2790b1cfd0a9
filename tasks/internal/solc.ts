import { readFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import path from "node:path";

import {
  TASK_COMPILE_SOLIDITY_COMPILE,
  TASK_COMPILE_SOLIDITY_COMPILE_JOBS,
  TASK_COMPILE_SOLIDITY_GET_SOLC_BUILD,
  TASK_COMPILE_SOLIDITY_LOG_COMPILATION_ERRORS,
} from "hardhat/builtin-tasks/task-names";
import { subtask } from "hardhat/config";
import type { CompilationJob, CompilerInput, CompilerOutput, CompilerOutputBytecode, SolcBuild } from "hardhat/types";

/** That transient storage can be misused, which the compiler says once to whoever uses it. */
const TRANSIENT_STORAGE = "2394";

/** Release commits, which a build-info names and the npm package's manifest does not. */
const LONG_VERSIONS: Readonly<Record<string, string>> = { "0.8.30": "0.8.30+commit.73712a01" };

/** Whether this process has said that it compiles. */
let announced = false;

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
    if (!announced) console.error("Compiling the contracts, a minute or two ...");
    announced = true;
    return {
      version: solcVersion,
      longVersion: LONG_VERSIONS[solcVersion] ?? solcVersion,
      compilerPath: path.join(path.dirname(manifestPath), "soljson.js"),
      isSolcJs: true,
    };
  },
);

type Selection = CompilerInput["settings"]["outputSelection"];

interface Compiled {
  output: CompilerOutput & { errors?: { severity: string }[] };
  solcBuild: SolcBuild;
}

interface CompileArguments {
  input: CompilerInput;
  compilationJob: CompilationJob;
}

/** What the compiler says of the code of an interface. */
const NO_CODE: CompilerOutputBytecode = {
  object: "",
  opcodes: "",
  sourceMap: "",
  linkReferences: {},
  immutableReferences: {},
};

/** All there is in `shape`, with the code where `code` has it and without any elsewhere. */
function joined(code: CompilerOutput, shape: CompilerOutput): CompilerOutput {
  const contracts: CompilerOutput["contracts"] = {};
  for (const [file, named] of Object.entries(shape.contracts)) {
    const without = Object.entries(named).map(([name, known]) => {
      return [name, { ...known, evm: { ...known.evm, bytecode: NO_CODE, deployedBytecode: NO_CODE } }] as const;
    });
    contracts[file] = { ...Object.fromEntries(without), ...code.contracts[file] };
  }
  return { ...code, sources: shape.sources, contracts };
}

/**
 * Makes code of the files a job is for and of nothing they import, which another job makes code of. The compiler makes
 * code of every file it is asked the syntax tree of as well, so it is asked twice: traces need the trees of all files.
 */
subtask(
  TASK_COMPILE_SOLIDITY_COMPILE,
  async ({ input, compilationJob, ...rest }: CompileArguments, _hre, runSuper): Promise<Compiled> => {
    const compile = (outputSelection: Selection): Promise<Compiled> => {
      const settings = { ...input.settings, outputSelection };
      return runSuper({ ...rest, compilationJob, input: { ...input, settings } }) as Promise<Compiled>;
    };
    const asked = input.settings.outputSelection;
    const files = compilationJob.getResolvedFiles();
    const meant = files.filter((file) => compilationJob.emitsArtifacts(file));
    if (meant.length === files.length) return compile(asked);

    const ofContracts = { "*": asked["*"]?.["*"] ?? [] };
    const code = await compile(Object.fromEntries(meant.map((file) => [file.sourceName, ofContracts])));
    if (code.output.errors?.some(({ severity }) => severity === "error")) return code;
    const shape = await compile({ "*": { "*": ["abi", "evm.methodIdentifiers"], "": asked["*"]?.[""] ?? [] } });
    return { ...code, output: joined(code.output, shape.output) };
  },
);

/** Runs as many compilers beside each other as there are processors; Hardhat would leave one idle. */
subtask(TASK_COMPILE_SOLIDITY_COMPILE_JOBS, (jobs: object, _hre, runSuper) => {
  return runSuper({ ...jobs, concurrency: availableParallelism() }) as Promise<unknown>;
});

/** Leaves out the warning that every compilation of transient storage has, and that nobody can mend. */
subtask(
  TASK_COMPILE_SOLIDITY_LOG_COMPILATION_ERRORS,
  ({ output, ...rest }: { output: { errors?: { errorCode?: string }[] | undefined } }, _hre, runSuper) => {
    const errors = output.errors?.filter(({ errorCode }) => errorCode !== TRANSIENT_STORAGE);
    return runSuper({ ...rest, output: { ...output, errors } }) as Promise<unknown>;
  },
);
