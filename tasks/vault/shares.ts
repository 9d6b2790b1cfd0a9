import type { HardhatRuntimeEnvironment } from "hardhat/types";

import type { System } from "../../scripts/lib/system";
import { formatDuration, formatTime } from "../../scripts/lib/times";
import {
  PlimsollInputError,
  type Shares,
  checkAddress,
  formatShares,
  formatUsdc,
  parseShares,
  parseUsdc,
} from "../../sdk";
import { openSystem, provideTokens, readSigner, tokensToProvide } from "../internal/chain";
import type { Answer } from "../internal/command";
import { confirmSending } from "../internal/consent";
import { list } from "../internal/table";

interface Owned {
  owner: string | undefined;
}

/** Buys shares for whoever pays. */
export async function deposit(hre: HardhatRuntimeEnvironment, values: Owned & { amount: string }): Promise<Answer> {
  const amount = parseUsdc(values.amount, "amount");
  if (amount === 0n) throw new PlimsollInputError("The amount is zero: name what to deposit.");
  const signer = await readSigner(hre, values.owner ?? "0");
  const system = await openSystem(hre);
  await confirmSending(hre, [
    ...(await tokensToProvide(system, signer, amount, "vault")),
    `deposit: ${formatUsdc(amount)} USDC of ${signer.address} into the vault`,
  ]);
  await provideTokens(system, signer, amount, "vault");
  const vault = system.vault.connect(signer);
  const transaction = await vault.deposit(amount, signer);
  const receipt = await transaction.wait();
  const block = receipt?.blockNumber;
  const deposits = await vault.queryFilter(vault.filters.Deposit(signer, signer), block, block);
  const shares = deposits.find(({ transactionHash }) => transactionHash === transaction.hash)?.args.shares ?? 0n;
  const found = {
    owner: signer.address,
    deposited: formatUsdc(amount),
    shares: formatShares(shares),
    transaction: transaction.hash,
  };
  return { json: found, text: list(found) };
}

interface RequestValues extends Owned {
  shares: string | undefined;
  cancel: boolean;
}

/** Asks to leave, or takes that back. */
export async function request(hre: HardhatRuntimeEnvironment, values: RequestValues): Promise<Answer> {
  if (values.cancel && values.shares !== undefined) {
    throw new PlimsollInputError("A request is taken back as a whole: leave out --shares.");
  }
  const wanted = readShares(values.shares);
  const signer = await readSigner(hre, values.owner ?? "0");
  const system = await openSystem(hre);
  const vault = system.vault.connect(signer);
  const owner = signer.address;
  const standing = (await vault.redeemRequest(owner)).shares;
  if (values.cancel) {
    if (standing === 0n) throw new PlimsollInputError(`${owner} has no request to take back.`);
    await confirmSending(hre, [`cancelRedeem: ${formatShares(standing)} shares of ${owner}`]);
    const transaction = await vault.cancelRedeem();
    await transaction.wait();
    const found = { owner, cancelled: formatShares(standing), transaction: transaction.hash };
    return { json: found, text: list(found) };
  }
  const shares = wanted ?? (await vault.balanceOf(owner));
  if (shares === 0n) throw new PlimsollInputError(`${owner} holds no shares of the vault.`);
  const replacing = standing === 0n ? "" : ", instead of the request before, whose time is lost";
  await confirmSending(hre, [`requestRedeem: ${formatShares(shares)} shares of ${owner}${replacing}`]);
  const transaction = await vault.requestRedeem(shares);
  await transaction.wait();
  const { opensAt, closesAt } = await vault.redeemRequest(owner);
  const found = { owner, requested: formatShares(shares) };
  const { hash } = transaction;
  return {
    json: { ...found, opensAt: Number(opensAt), closesAt: Number(closesAt), transaction: hash },
    text: list({ ...found, "exit window": `${formatTime(opensAt)} to ${formatTime(closesAt)}`, transaction: hash }),
  };
}

interface WithdrawValues extends Owned {
  shares: string | undefined;
  to: string | undefined;
}

/** Redeems while the exit window is open; what it is refused with says when that is. */
export async function withdraw(hre: HardhatRuntimeEnvironment, values: WithdrawValues): Promise<Answer> {
  const wanted = readShares(values.shares);
  if (values.to !== undefined) checkAddress(values.to);
  const signer = await readSigner(hre, values.owner ?? "0");
  const owner = signer.address;
  const to = values.to ?? owner;
  const system = await openSystem(hre);
  const vault = system.vault.connect(signer);
  const shares = wanted ?? (await redeemable(system, owner));
  // Tried before anybody is asked to agree: it waits for a day, and until then there is nothing to agree to.
  await vault.redeem.estimateGas(shares, to, owner);
  await confirmSending(hre, [`redeem: ${formatShares(shares)} shares of ${owner}, to ${to}`]);
  const transaction = await vault.redeem(shares, to, owner);
  const receipt = await transaction.wait();
  const block = receipt?.blockNumber;
  const withdrawals = await vault.queryFilter(vault.filters.Withdraw(owner, to, owner), block, block);
  const assets = withdrawals.find(({ transactionHash }) => transactionHash === transaction.hash)?.args.assets ?? 0n;
  const found = {
    owner,
    redeemed: formatShares(shares),
    received: formatUsdc(assets),
    to,
    transaction: transaction.hash,
  };
  return { json: found, text: list(found) };
}

/** All that was requested, as far as the vault has the cash. Throws PlimsollInputError where nothing was. */
async function redeemable({ vault }: System, owner: string): Promise<Shares> {
  const { shares } = await vault.redeemRequest(owner);
  if (shares === 0n) {
    const { cooldown, exitWindow } = await vault.limits();
    throw new PlimsollInputError(
      `${owner} has no request that stands: ask with vault:request, wait ${formatDuration(cooldown)}, and redeem within ${formatDuration(exitWindow)}.`,
    );
  }
  const most = await vault.maxRedeem(owner);
  return most === 0n ? shares : most;
}

function readShares(text: string | undefined): Shares | undefined {
  const shares = text === undefined ? undefined : parseShares(text);
  if (shares === 0n) throw new PlimsollInputError("The number of shares is zero.");
  return shares;
}
