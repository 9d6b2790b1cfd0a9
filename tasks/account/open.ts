import type { HardhatRuntimeEnvironment } from "hardhat/types";

import { modeName, readMode } from "../../scripts/lib/modes";
import {
  PlimsollInputError,
  firstFreeAccount,
  formatAccountId,
  formatUsdc,
  indexOf,
  makeAccountId,
  parseUsdc,
} from "../../sdk";
import { openSystem, provideTokens, readSigner, tokensToProvide } from "../internal/chain";
import type { Answer } from "../internal/command";
import { confirmSending } from "../internal/consent";
import { list } from "../internal/table";

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
  const id =
    wantedIndex === undefined
      ? (await firstFreeAccount(system.clearinghouse, signer.address)).account
      : makeAccountId(signer.address, wantedIndex);

  const funding = funds === 0n ? "" : ` and deposit ${formatUsdc(funds)} USDC`;
  await confirmSending(hre, [
    ...(funds === 0n ? [] : await tokensToProvide(system, signer, funds)),
    `execute: open ${formatAccountId(id)}, ${modeName(mode)}${funding}`,
  ]);
  const ledger = system.clearinghouse.connect(signer);
  const calls = [ledger.interface.encodeFunctionData("openAccount", [indexOf(id), mode])];
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

function readIndex(text: string): bigint {
  if (/^\d+$/.test(text)) return BigInt(text);
  throw new PlimsollInputError(`The index "${text}" is not a whole number such as 0.`);
}
