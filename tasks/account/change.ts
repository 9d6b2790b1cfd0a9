import type { HardhatRuntimeEnvironment } from "hardhat/types";

import { checkAddress, formatAccountId, formatUsdc, parseUsdc } from "../../sdk";
import { openSystem, provideTokens, readAccount, readSigner, signerOf, tokensToProvide } from "../internal/chain";
import type { Answer } from "../internal/command";
import { confirmSending } from "../internal/consent";
import { list } from "../internal/table";

/** Deposits into any open account, from its owner or whoever is named. */
export async function fundAccount(
  hre: HardhatRuntimeEnvironment,
  values: { account: string; amount: string; from: string | undefined },
): Promise<Answer> {
  const amount = parseUsdc(values.amount, "amount");
  const id = await readAccount(hre, values.account);
  const payer = values.from === undefined ? await signerOf(hre, id) : await readSigner(hre, values.from);
  const system = await openSystem(hre);
  await confirmSending(hre, [
    ...(await tokensToProvide(system, payer, amount)),
    `deposit: ${formatUsdc(amount)} USDC of ${payer.address} into ${formatAccountId(id)}`,
  ]);
  await provideTokens(system, payer, amount);
  const transaction = await system.clearinghouse.connect(payer).deposit(id, amount);
  await transaction.wait();
  const found = {
    account: formatAccountId(id),
    deposited: formatUsdc(amount),
    from: payer.address,
    transaction: transaction.hash,
  };
  return { json: found, text: list(found) };
}

/** Withdraws to the owner or whoever is named. */
export async function withdrawFromAccount(
  hre: HardhatRuntimeEnvironment,
  values: { account: string; amount: string; to: string | undefined },
): Promise<Answer> {
  const amount = parseUsdc(values.amount, "amount");
  if (values.to !== undefined) checkAddress(values.to);
  const id = await readAccount(hre, values.account);
  const owner = await signerOf(hre, id);
  const to = values.to ?? owner.address;
  const system = await openSystem(hre);
  await confirmSending(hre, [`withdraw: ${formatUsdc(amount)} USDC from ${formatAccountId(id)} to ${to}`]);
  const transaction = await system.clearinghouse.connect(owner).withdraw(id, amount, to);
  await transaction.wait();
  const found = { account: formatAccountId(id), withdrawn: formatUsdc(amount), to, transaction: transaction.hash };
  return { json: found, text: list(found) };
}
