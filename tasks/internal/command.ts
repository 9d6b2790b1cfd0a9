/** How every task of the protocol is declared, run, answered and refused. */
import { createRequire } from "node:module";

import { TASK_COMPILE, TASK_HELP } from "hardhat/builtin-tasks/task-names";
import { task, types } from "hardhat/config";
import type { HardhatRuntimeEnvironment } from "hardhat/types";

import { isLive, requireVariable, variableName } from "../../config/variables";
import { PlimsollInputError } from "../../sdk/inputError";
import type * as Consent from "./consent";
import type * as Failure from "./failure";
import type * as Keys from "./keys";
import { quietly } from "./quiet";

/** An option of a task. One without a value is a flag; one that is not required may be left out. */
interface Option {
  readonly description: string;
  readonly required?: true;
  readonly flag?: true;
}
type Options = Readonly<Record<string, Option>>;

/** What the command line gave, by option. */
type Values<O extends Options> = {
  [K in keyof O]: O[K] extends { flag: true } ? boolean : O[K] extends { required: true } ? string : string | undefined;
};

/** What a command found: the same for programs and for people. */
export interface Answer {
  /** Serialised for `--json`; bigints must have become strings. */
  json: unknown;
  text: string;
  /** Whether the answer itself is bad news: it is printed all the same, and the exit code is 1. */
  failed?: boolean;
}

/** How a command is shown in use, and what it does to the chain. */
interface Manner<O extends Options> {
  /** What follows `npx hardhat` and the command's name. */
  readonly example: string;
  /** Whether it sends transactions: it then has the network's keys, and must `confirmSending` before it does. */
  readonly sends?: true | ((values: Values<O>) => boolean);
  /** Whether it signs without sending, for which it has the network's keys as well. */
  readonly signs?: true;
}

const NODE = "http://127.0.0.1:8545";

const load = createRequire(__filename);
const notes: string[] = [];
const asides: [refusal: RegExp, aside: string][] = [];
const examples = new Map<string, string>();

task(TASK_HELP).setAction(async (args: { scopeOrTask?: string }, _hre, runSuper) => {
  await runSuper();
  const example = examples.get(args.scopeOrTask ?? "");
  if (example !== undefined) console.log(`EXAMPLE:\n\n  ${example}\n`);
});

/** How the task of that name is shown in use; undefined where it is none of the protocol's. */
export function exampleOf(name: string): string | undefined {
  return examples.get(name);
}

/** Tells whoever runs the task something besides its answer, on stderr, once it has succeeded. */
export function note(sentence: string): void {
  notes.push(sentence);
}

/** Has a refusal from now on, if it is of that kind, say in brackets what is behind it. */
export function noteRefusal(refusal: RegExp, aside: string): void {
  asides.push([refusal, aside]);
}

/** Has `help` show a task in use that is not declared by `command`. */
export function showInUse(name: string, example: string): void {
  examples.set(name, `npx hardhat ${name} ${example}`.trim());
}

/**
 * Registers a task that prints what `run` answers: a table, or with --json nothing but JSON. What it throws becomes one
 * sentence on stderr and exit code 1.
 * @param name noun:verb.
 * @param run must load what needs the contracts' types only when called: a first run has yet to generate them.
 */
export function command<O extends Options>(
  name: string,
  description: string,
  options: O,
  run: (hre: HardhatRuntimeEnvironment, values: Values<O>) => Promise<Answer>,
  { example, sends, signs }: Manner<O>,
): void {
  showInUse(name, example);
  const definition = task(name, description).addFlag("json", "Print JSON and nothing else");
  if (sends) definition.addFlag("yes", "Send to a live network without asking");
  for (const [option, { description: text, flag }] of Object.entries(options)) {
    if (flag) definition.addFlag(option, text);
    else definition.addOptionalParam(option, text, undefined, types.string);
  }
  definition.setAction((values: Values<O> & { json: boolean; yes?: boolean }, hre) =>
    respond(hre, values.json, async () => {
      requireAll(options, values);
      requireNode(hre);
      await hre.run(TASK_COMPILE, { quiet: true });
      leaveOutTraces(hre);
      if (signs ?? (typeof sends === "function" ? sends(values) : sends))
        await prepareSending(hre, values.yes === true);
      return run(hre, values);
    }),
  );
}

/** Prints what `work` answers, or one sentence on what it threw. */
export async function respond(
  hre: HardhatRuntimeEnvironment,
  json: boolean,
  work: () => Promise<Answer>,
): Promise<void> {
  try {
    const answer = await quietly(work);
    console.log(json ? JSON.stringify(answer.json, undefined, 2) : answer.text);
    for (const sentence of notes) console.error(sentence);
    if (answer.failed === true) process.exitCode = 1;
  } catch (error) {
    process.exitCode = 1;
    const sentence =
      error instanceof PlimsollInputError
        ? error.message
        : (load("./failure") as typeof Failure).explainFailure(hre, error);
    const aside = asides.find(([refusal]) => refusal.test(sentence))?.[1];
    console.error(aside === undefined ? sentence : sentence.replace(/\.$/, ` (${aside}).`));
  }
}

/** Has the keys at hand, and knows whether it was agreed to beforehand. */
export async function prepareSending(hre: HardhatRuntimeEnvironment, yes: boolean): Promise<void> {
  if (yes) (load("./consent") as typeof Consent).agree(hre);
  await (load("./keys") as typeof Keys).unlockKeys(hre);
}

/**
 * Has the in-process chain begin without what it would read, for longer than most tasks take, to trace a revert to a
 * line of Solidity: a task tells why from the data that the revert carries.
 */
function leaveOutTraces({ artifacts }: HardhatRuntimeEnvironment): void {
  artifacts.getBuildInfoPaths = () => Promise.resolve([]);
}

/** Throws PlimsollInputError where the network is a live one of which no node is named, or its node's address is none. */
export function requireNode({ network: { name, config } }: HardhatRuntimeEnvironment): void {
  if (isLive(name)) requireVariable(name, "RPC_URL");
  if (!("url" in config) || /^(https?|wss?):\/\/[^/]/.test(config.url)) return;
  const variable = isLive(name) ? variableName(name, "RPC_URL") : "LOCALHOST_RPC_URL";
  throw new PlimsollInputError(`${variable} has "${config.url}", which is no address of a node such as ${NODE}.`);
}

function requireAll(options: Options, values: Readonly<Record<string, unknown>>): void {
  for (const [option, { required, description }] of Object.entries(options)) {
    if (!required || values[option] !== undefined) continue;
    const dashed = option.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    throw new PlimsollInputError(`The option --${dashed} is missing: ${description}.`);
  }
}
