/** Brings a case about on chain: its prices through the oracles, its positions through signed orders. */
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/signers";
import { time } from "@nomicfoundation/hardhat-network-helpers";
import type { HardhatRuntimeEnvironment } from "hardhat/types";

import { signBasisReport } from "../../scripts/lib/basis";
import { readMarket } from "../../scripts/lib/reads";
import { type System, mockFeed, underlyingNamed } from "../../scripts/lib/system";
import {
  type AccountId,
  Mode,
  type SignedOrder,
  type Usdc,
  makeAccountId,
  orderDomain,
  perp,
  signOrder,
} from "../../sdk";
import { abs } from "../../sdk/risk/fixedPoint";
import { provideTokens } from "../internal/chain";
import type { Case } from "./case";

/** Locked while an account holds positions, and no part of the case's cash. */
const KEEPER_DEPOSIT: Usdc = 10_000_000n;
/** What stands on the other side of every position: enough for any. */
const COUNTERPARTY_CASH: Usdc = 10n ** 18n;
/** EIP-7825. Given, so that no estimate runs at another moment than the transaction. */
export const GAS_LIMIT = 16_777_216n;

const TRADER = 1;
const COUNTERPARTY = 2;

/** At the case's moment, every feed answers its spot and every perpetual has its basis. */
export async function setMarket(hre: HardhatRuntimeEnvironment, system: System, given: Case): Promise<void> {
  for (const { name, spot, basis } of given.underlyings) {
    const feed = await mockFeed(hre, name);
    await time.setNextBlockTimestamp(given.timestamp);
    await (await feed.updateAnswer(spot, { gasLimit: GAS_LIMIT })).wait();
    const { id } = underlyingNamed(system.parameters, name);
    const report = { underlying: id, basis, observedAt: given.timestamp };
    const signatures = await signBasisReport(hre, system, report);
    await time.setNextBlockTimestamp(given.timestamp);
    await (await system.basisOracle.post(report, signatures, { gasLimit: GAS_LIMIT })).wait();
  }
}

/** The case's account and the one that stands on the other side. */
export interface Parties {
  account: AccountId;
  trader: HardhatEthersSigner;
  other: AccountId;
  counterparty: HardhatEthersSigner;
}

/** Opens and funds both accounts; this takes time, so it comes before the case's moment. */
export async function openAccounts(hre: HardhatRuntimeEnvironment, system: System, given: Case): Promise<Parties> {
  const signers = await hre.ethers.getSigners();
  const [trader, counterparty] = [signers[TRADER], signers[COUNTERPARTY]];
  if (!trader || !counterparty) throw new Error("The in-process network has too few accounts.");
  const deposit = given.positions.length === 0 ? 0n : KEEPER_DEPOSIT;
  const account = await openWith(system, trader, given.mode, given.cash + deposit);
  const other = await openWith(system, counterparty, Mode.Cross, COUNTERPARTY_CASH);
  return { account, trader, other, counterparty };
}

/** Opens every position in one transaction, at its entry or at mark, and returns the transaction's gas. */
export async function openPositions(
  hre: HardhatRuntimeEnvironment,
  system: System,
  { account, trader, other, counterparty }: Parties,
  given: Case,
): Promise<number> {
  if (given.positions.length === 0) return 0;
  const { chainId } = await hre.ethers.provider.getNetwork();
  const domain = orderDomain(chainId, await system.clearinghouse.getAddress());
  const orders: SignedOrder[] = [];
  const fills: { maker: number; taker: number; lots: bigint; price: bigint }[] = [];
  for (const [i, { underlying, size, entry }] of given.positions.entries()) {
    const id = BigInt(underlyingNamed(system.parameters, underlying).id);
    const price = entry ?? (await readMarket(system, id, "latest")).mark;
    const terms = { instrument: perp(id), limitPrice: price, maxFeeBps: 0n, expiry: given.timestamp };
    const fresh = { ...terms, priceNotBefore: 0n, nonce: BigInt(i), epoch: 0n, reduceOnly: false };
    orders.push(await signOrder(counterparty, domain, { ...fresh, account: other, size: 0n - size }));
    orders.push(await signOrder(trader, domain, { ...fresh, account, size }));
    fills.push({ maker: 2 * i, taker: 2 * i + 1, lots: abs(size), price });
  }
  await time.setNextBlockTimestamp(given.timestamp);
  const transaction = await system.clearinghouse.settle(orders, fills, { gasLimit: GAS_LIMIT });
  const receipt = await transaction.wait();
  return Number(receipt?.gasUsed ?? 0n);
}

async function openWith(system: System, signer: HardhatEthersSigner, mode: bigint, cash: Usdc): Promise<AccountId> {
  const id = makeAccountId(signer.address, 0n);
  const ledger = system.clearinghouse.connect(signer);
  const calls = [ledger.interface.encodeFunctionData("openAccount", [0n, mode])];
  if (cash !== 0n) {
    await provideTokens(system, signer, cash);
    calls.push(ledger.interface.encodeFunctionData("deposit", [id, cash]));
  }
  await (await ledger.execute(calls)).wait();
  return id;
}
