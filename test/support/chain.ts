/**
 * The chain of a run of the tests. Hardhat's own notes every step of every call, to tell where one failed: of the
 * integration tests that is a third of the time, and gigabytes of memory. Foundry's node can answer in its place, in
 * Hardhat's manner.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";

import type { RequestArguments } from "hardhat/types";

import { LOCAL_KEYS } from "../../config/localKeys";
import { findAnvil } from "../../scripts/lib/foundry";
import { intercept, sends } from "../../scripts/lib/intercept";
import type * as Sdk from "../../sdk";
import { type Anvil, startAnvil } from "./anvil";
import { NodeError, RpcSocket } from "./socket";

/** States kept of blocks gone by, in memory: else hundreds are, and then more on disk. */
const KEPT_BLOCKS = 64;
/** EIP-7825: what a call or a transaction may spend that does not say. */
const GAS_LIMIT = `0x${(16_777_216).toString(16)}`;
const INTERNAL_ERROR = -32_603;

let anvil: Anvil | undefined;
let folder: string | undefined;
let socket: RpcSocket | undefined;
let hardhats = false;

/** Root hook: has Foundry's node answer for Hardhat's own where PLIMSOLL_CHAIN says so and this machine has one. */
export async function beginChain(): Promise<void> {
  if (process.env.PLIMSOLL_CHAIN !== "anvil" || findAnvil() === undefined) return;
  // Not before Hardhat is configured, of which this is a part.
  const { default: hre } = await import("hardhat");
  folder = await mkdtemp(path.join(tmpdir(), "plimsoll-chain-"));
  const file = path.join(folder, "ipc");
  const options = { accounts: LOCAL_KEYS.length, "prune-history": KEPT_BLOCKS, order: "fifo", threads: 1, ipc: file };
  anvil = await startAnvil(Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]));
  socket = await RpcSocket.connect(file);
  const chain = await AnvilChain.on(socket);
  intercept(hre.network.provider, (args, forward) => (hardhats ? forward(args) : chain.answer(args)));
}

/** Root hook: ends what `beginChain` began. */
export async function endChain(): Promise<void> {
  socket?.close();
  await anvil?.stop();
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
}

/** Has Hardhat's own chain, which is another, answer while `run` runs: it tells at which lines a call failed. */
export async function onHardhats<T>(run: () => Promise<T>): Promise<T> {
  hardhats = true;
  try {
    return await run();
  } finally {
    hardhats = false;
  }
}

/** What Foundry's node answers, and refuses, as Hardhat's does. */
class AnvilChain {
  private automine = true;

  private constructor(
    private readonly node: RpcSocket,
    private readonly constants: ReadonlyMap<string, unknown>,
  ) {}

  static async on(node: RpcSocket): Promise<AnvilChain> {
    const constants = new Map<string, unknown>([["hardhat_getStackTraceFailuresCount", 0]]);
    for (const method of ["eth_accounts", "eth_chainId"]) constants.set(method, await node.request(method, []));
    return new AnvilChain(node, constants);
  }

  async answer(args: RequestArguments): Promise<unknown> {
    const { method, params } = args;
    if (this.constants.has(method)) return structuredClone(this.constants.get(method));
    if (sends(args)) return this.send(method, withGas(params));
    if (method === "eth_call" || method === "eth_estimateGas") return this.node.request(method, withGas(params));
    if (method === "evm_setAutomine") [this.automine] = params as [boolean];
    return this.node.request(method, params);
  }

  /** A transaction that is mined at once and fails is an error with what it reverted with. */
  private async send(method: string, params: unknown): Promise<unknown> {
    if (!this.automine) return this.node.request(method, params);
    const receipt = (await this.node.request(`${method}Sync`, params)) as { transactionHash: string; status: string };
    const { transactionHash, status } = receipt;
    if (status !== "0x0") return transactionHash;
    const options = { tracer: "callTracer", tracerConfig: { onlyTopCall: true } };
    const trace = await this.node.request("debug_traceTransaction", [transactionHash, options]);
    const { output = "0x", error = "failed" } = trace as { output?: string; error?: string };
    // Every task loads what is loaded with this file, and no task needs it.
    const { decodeError } = createRequire(__filename)("../../sdk") as typeof Sdk;
    const reason = decodeError(output)?.sentence ?? error;
    throw new NodeError(`The transaction ${transactionHash} was mined and failed: ${reason}`, INTERNAL_ERROR, output);
  }
}

/** The request's parameters with a limit of gas, where its first says what to call and none. */
function withGas(params: unknown): unknown {
  const [call, ...others] = params as unknown[];
  return typeof call === "object" ? [{ gas: GAS_LIMIT, ...call }, ...others] : params;
}
