import type { HardhatRuntimeEnvironment } from "hardhat/types";

import { readHolding } from "../../scripts/lib/reads";
import type { System } from "../../scripts/lib/system";
import { Mode, PlimsollInputError, formatAccountId, formatUsdc, makeAccountId, parseUsdc } from "../../sdk";
import { openSystem, provideTokens, readSigner, tokensToProvide } from "../internal/chain";
import type { Answer } from "../internal/command";
import { confirmSending } from "../internal/consent";
import { list } from "../internal/table";

const MODES: ReadonlyMap<string, bigint> = new Map([
  ["isolated", Mode.Isolated],
  ["cross", Mode.Cross],
]);

interface Values {
  owner: string | undefined;
  index: string | undefined;
  mode: string | undefined;
  fund: string | undefined;
}

/** Opens an account of the owner's and funds it in the same transaction. */
export async function openAccount(hre: HardhatRuntimeEnvironment, values: Values): Promise<Answer> {
  const mode = readMode(values.mode ?? "cross");
  const funds = values.fund === undefined ? 0n : parseUsdc(values.fund, "amount");
  const wantedIndex = values.index === undefined ? undefined : readIndex(values.index);
  const signer = await readSigner(hre, values.owner ?? "0");
  const system = await openSystem(hre);
  const index = wantedIndex ?? (await freeIndex(system, signer.address));
  const id = makeAccountId(signer.address, index);

  const funding = funds === 0n ? "" : ` and deposit ${formatUsdc(funds)} USDC`;
  await confirmSending(hre, [
    ...(funds === 0n ? [] : await tokensToProvide(system, signer, funds)),
    `execute: open ${formatAccountId(id)}, ${modeName(mode)}${funding}`,
  ]);
  const ledger = system.clearinghouse.connect(signer);
  const calls = [ledger.interface.encodeFunctionData("openAccount", [index, mode])];
  if (funds !== 0n) {
    await provideTokens(system, signer, funds);
    calls.push(ledger.interface.encodeFunctionData("deposit", [id, funds]));
  }
  const transaction = await ledger.execute(calls);
  await transaction.wait();
  const found = {
    account: formatAccountId(id),
    mode: values.mode ?? "cross",
    funded: formatUsdc(funds),
    transaction: transaction.hash,
  };
  return { json: found, text: list(found) };
}

/** Reads a mode by name. Throws PlimsollInputError naming the modes there are. */
export function readMode(text: string): bigint {
  const mode = MODES.get(text);
  if (mode !== undefined) return mode;
  throw new PlimsollInputError(`There is no mode "${text}": choose isolated or cross.`);
}

/** The name of a mode, or its number where it has none. */
export function modeName(mode: bigint): string {
  for (const [name, number] of MODES) if (number === mode) return name;
  return mode.toString();
}

function readIndex(text: string): bigint {
  if (/^\d+$/.test(text)) return BigInt(text);
  throw new PlimsollInputError(`The index "${text}" is not a whole number such as 0.`);
}

async function freeIndex(system: System, owner: string): Promise<bigint> {
  let index = 0n;
  while ((await readHolding(system, makeAccountId(owner, index), "latest")).account.mode !== Mode.None) ++index;
  return index;
}
