/** Opens a case's account and its positions, which are signed orders against a counterparty that takes any. */
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/signers";
import { mine, takeSnapshot, time } from "@nomicfoundation/hardhat-network-helpers";
import type { HardhatRuntimeEnvironment } from "hardhat/types";

import { readSnapshotAt } from "../../scripts/lib/reads";
import { type System, underlyingNamed } from "../../scripts/lib/system";
import {
  type AccountId,
  type Instrument,
  LOTS_PER_UNIT,
  type MarketSnapshot,
  Mode,
  PlimsollInputError,
  type Seconds,
  type SignedOrder,
  type Usdc,
  type Wad,
  makeAccountId,
  marketOf,
  valueOfOptions,
  option,
  orderDomain,
  perp,
  signOrder,
  underlyingOf,
} from "../../sdk";
import { abs } from "../../sdk/risk/fixedPoint";
import { provideTokens } from "../internal/chain";
import type { Case, CasePosition } from "./case";
import { GAS_LIMIT } from "./market";

/** Locked while an account holds positions, and no part of the case's cash. */
const KEEPER_DEPOSIT: Usdc = 10_000_000n;
/** What stands on the other side of every position: enough for any. */
const COUNTERPARTY_CASH: Usdc = 10n ** 18n;
/** It holds options and perpetuals of every underlying, whatever the case's mode. */
const COUNTERPARTY_MODE = Mode.Portfolio;

/** Calls within calls that run out of gas leave a little of it, a 64th for each. */
const NEARLY_ALL = (GAS_LIMIT * 9n) / 10n;

const TRADER = 1;
const COUNTERPARTY = 2;

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
  const other = await openWith(system, counterparty, COUNTERPARTY_MODE, COUNTERPARTY_CASH);
  return { account, trader, other, counterparty };
}

/** Two orders that meet, and at what. */
interface Match {
  maker: SignedOrder;
  taker: SignedOrder;
  price: Wad;
}

/**
 * Opens every position at its entry, else at mark, and returns the gas: of one transaction, or of as few as it takes
 * where one has too little, added up.
 */
export async function openPositions(
  hre: HardhatRuntimeEnvironment,
  system: System,
  parties: Parties,
  given: Case,
): Promise<number> {
  if (given.positions.length === 0) return 0;
  const { chainId } = await hre.ethers.provider.getNetwork();
  const domain = orderDomain(chainId, await system.clearinghouse.getAddress());
  const { account, trader, other, counterparty } = parties;
  const wanted = given.positions.map((position) => ({
    position,
    instrument: instrumentOf(system, position, given.timestamp),
  }));
  const book = wanted.map(({ instrument, position: { size } }) => ({ instrument, lots: size, index: 0n }));
  const snapshot = await readSnapshotAt(system, [book], "latest");
  const matches: Match[] = [];
  for (const [i, { position, instrument }] of wanted.entries()) {
    const { size } = position;
    const price = priceOf(instrument, position, snapshot);
    const terms = { instrument, limitPrice: price, maxFeeBps: 0n, expiry: given.timestamp };
    const fresh = { ...terms, priceNotBefore: 0n, nonce: BigInt(i), epoch: 0n, reduceOnly: false };
    const maker = await signOrder(counterparty, domain, { ...fresh, account: other, size: 0n - size });
    const taker = await signOrder(trader, domain, { ...fresh, account, size });
    matches.push({ maker, taker, price });
  }
  return settleInParts(hre, system, matches, given.timestamp);
}

function instrumentOf({ parameters }: System, position: CasePosition, timestamp: Seconds): Instrument {
  const underlying = BigInt(underlyingNamed(parameters, position.underlying).id);
  if (position.kind === "perp") return perp(underlying);
  const { timeLeft, strike, call } = position;
  return option({ underlying, expiry: timestamp + timeLeft, strike, call });
}

/** A perpetual's entry, or its mark; what an option is worth. USD a unit. */
function priceOf(instrument: Instrument, position: CasePosition, snapshot: MarketSnapshot): Wad {
  if (position.kind === "perp") {
    return position.entry ?? marketOf(snapshot.markets, underlyingOf(instrument)).mark;
  }
  return valueOfOptions(snapshot, [{ instrument, lots: LOTS_PER_UNIT, index: 0n }]);
}

/** In one transaction, else in two, and so on. */
async function settleInParts(
  { ethers }: HardhatRuntimeEnvironment,
  system: System,
  matches: readonly Match[],
  timestamp: Seconds,
): Promise<number> {
  const before = await takeSnapshot();
  // A transaction that fails is then mined as any other: to throw, the network would trace every step of it.
  await ethers.provider.send("evm_setAutomine", [false]);
  try {
    for (let parts = 1; parts <= matches.length; parts++) {
      const gas = await settleIn(parts, system, matches, timestamp);
      if (gas !== undefined) return Number(gas);
      await before.restore();
    }
  } finally {
    await ethers.provider.send("evm_setAutomine", [true]);
  }
  throw new PlimsollInputError(`Opening one of the positions takes more gas than a transaction may, ${GAS_LIMIT}.`);
}

/** The gas of all parts; undefined where one has too little. Throws what the ledger refuses. */
async function settleIn(
  parts: number,
  { clearinghouse }: System,
  matches: readonly Match[],
  timestamp: Seconds,
): Promise<bigint | undefined> {
  const length = Math.ceil(matches.length / parts);
  let gas = 0n;
  for (let at = 0; at < matches.length; at += length) {
    const part = matches.slice(at, at + length);
    const orders = part.flatMap(({ maker, taker }) => [maker, taker]);
    const fills = part.map(({ taker, price }, i) => {
      return { maker: 2 * i, taker: 2 * i + 1, lots: abs(taker.order.size), price };
    });
    const transaction = await clearinghouse.settle(orders, fills, { gasLimit: GAS_LIMIT });
    await time.setNextBlockTimestamp(timestamp);
    await mine();
    const receipt = await transaction.provider.getTransactionReceipt(transaction.hash);
    if (!receipt) throw new Error("A block was mined without the transaction that opens positions.");
    if (receipt.status === 0) {
      if (receipt.gasUsed > NEARLY_ALL) return undefined;
      await clearinghouse.settle.staticCall(orders, fills, { gasLimit: GAS_LIMIT });
      throw new Error("A transaction failed that the ledger then did not refuse.");
    }
    gas += receipt.gasUsed;
  }
  return gas;
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
