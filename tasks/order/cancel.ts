import type { ContractTransactionResponse } from "ethers";
import type { HardhatRuntimeEnvironment } from "hardhat/types";

import type { System } from "../../scripts/lib/system";
import { type AccountId, PlimsollInputError, cancellations, formatAccountId } from "../../sdk";
import { actorFor, openSystem, readAccount } from "../internal/chain";
import type { Answer } from "../internal/command";
import { confirmSending } from "../internal/consent";
import { checkDomain, readOrderFile } from "../internal/orders";
import { readWhole } from "../internal/read";
import { list } from "../internal/table";

interface Values {
  order: string | undefined;
  account: string | undefined;
  nonce: string | undefined;
  all: boolean;
  sender: string | undefined;
}

const MOST_NONCE = 2n ** 64n - 1n;

/** Cancels one order, some nonces, or everything. */
export async function cancel(hre: HardhatRuntimeEnvironment, values: Values): Promise<Answer> {
  const file = values.order === undefined ? undefined : await readOrderFile(values.order);
  checkChoice(values);
  const account = file ? file.signed.order.account : await readAccount(hre, values.account ?? "");
  const nonces = file ? [file.signed.order.nonce] : readNonces(values.nonce);
  if (values.all && values.sender !== undefined) {
    throw new PlimsollInputError("The owner alone cancels everything: leave out --sender.");
  }
  const sender = await actorFor(hre, account, values.sender);
  const system = await openSystem(hre);
  if (file) await checkDomain(hre, system, file, values.order ?? "");
  const ledger = system.clearinghouse.connect(sender);
  return values.all ? cancelAll(hre, ledger, account) : cancelNonces(hre, ledger, account, nonces);
}

/** Throws PlimsollInputError unless it is one of the three. */
function checkChoice({ order, account, nonce, all }: Values): void {
  const byAccount = account !== undefined && (nonce !== undefined) !== all;
  const byFile = order !== undefined && account === undefined && nonce === undefined && !all;
  if (order === undefined ? byAccount : byFile) return;
  throw new PlimsollInputError("Say what to cancel: --order FILE, --account with --nonce, or --account with --all.");
}

function readNonces(text: string | undefined): bigint[] {
  return (text ?? "")
    .split(",")
    .filter((part) => part !== "")
    .map((part) => readWhole(part.trim(), "nonce", MOST_NONCE));
}

async function cancelNonces(
  hre: HardhatRuntimeEnvironment,
  ledger: System["clearinghouse"],
  id: AccountId,
  nonces: readonly bigint[],
): Promise<Answer> {
  const account = formatAccountId(id);
  if (nonces.length === 0) throw new PlimsollInputError("The option --nonce is empty: name nonces such as 7,8.");
  const states = await Promise.all(nonces.map((nonce) => ledger.nonceState(id, nonce)));
  const spent = nonces.find((_, i) => states[i]?.[0]);
  if (spent !== undefined) {
    throw new PlimsollInputError(`Order ${spent} of account ${account} is filled or cancelled already.`);
  }
  await confirmSending(hre, [`cancelNonces: ${nonces.join(", ")} of ${account}`]);
  const calls = cancellations(nonces).map(([group, mask]) =>
    ledger.interface.encodeFunctionData("cancelNonces", [id, group, mask]),
  );
  const hash = await mined(ledger.execute(calls));
  const found = { account, cancelled: nonces.map(String), transaction: hash };
  return { json: found, text: list({ ...found, cancelled: nonces.join(", ") }) };
}

async function cancelAll(
  hre: HardhatRuntimeEnvironment,
  ledger: System["clearinghouse"],
  id: AccountId,
): Promise<Answer> {
  const account = formatAccountId(id);
  await confirmSending(hre, [`raiseEpoch: cancels every order ${account} ever signed, and dismisses its operators`]);
  const hash = await mined(ledger.raiseEpoch(id));
  const found = { account, cancelled: "all", transaction: hash };
  return { json: found, text: list({ ...found, cancelled: "every order; every operator is dismissed as well" }) };
}

async function mined(sent: Promise<ContractTransactionResponse>): Promise<string> {
  const transaction = await sent;
  await transaction.wait();
  return transaction.hash;
}
