/** What tasks that trade have in common: order files, batches sent, and fills told. */
import { readFile } from "node:fs/promises";

import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/signers";
import type { HardhatRuntimeEnvironment } from "hardhat/types";

import { type System, parametersOf, underlyingNamed, underlyingNames } from "../../scripts/lib/system";
import {
  type Batch,
  type Fill,
  type Instrument,
  type Lots,
  type OrderDomain,
  PlimsollInputError,
  type SignedOrder,
  formatAccountId,
  formatLots,
  formatWad,
  instrumentName,
  isOption,
  orderDomain,
  parseInstrument,
  perp,
  roundWad,
  underlyingOf,
} from "../../sdk";
import { readSignedOrder } from "../../sdk/orderFile";
import { abs } from "../../sdk/risk/fixedPoint";
import type { Answer } from "./command";
import { confirmSending } from "./consent";
import { list } from "./table";

/** Seconds: long enough for any block to come, short enough that a forgotten order is soon worthless. */
export const ORDER_LIFE = 3_600n;

/** Which ledger on which chain orders are for here. */
export async function domainOf(hre: HardhatRuntimeEnvironment, { clearinghouse }: System): Promise<OrderDomain> {
  const { chainId } = await hre.ethers.provider.getNetwork();
  return orderDomain(chainId, await clearinghouse.getAddress());
}

/** Reads an order from a file. Throws PlimsollInputError where it cannot be read or is no order. */
export async function readOrderFile(path: string): Promise<{ domain: OrderDomain; signed: SignedOrder }> {
  const text = await readFile(path, "utf8").catch(() => undefined);
  if (text === undefined)
    throw new PlimsollInputError(`The order file ${path} cannot be read: order:sign writes one with --out.`);
  return readSignedOrder(text);
}

/** Throws PlimsollInputError where the order is for another ledger, or another chain. */
export async function checkDomain(
  hre: HardhatRuntimeEnvironment,
  system: System,
  { domain }: { domain: OrderDomain },
  path: string,
): Promise<void> {
  const here = await domainOf(hre, system);
  if (domain.chainId === here.chainId && domain.verifyingContract === here.verifyingContract) return;
  throw new PlimsollInputError(
    `The order in ${path} is for the ledger ${domain.verifyingContract} on chain ${domain.chainId}, and this is ${here.verifyingContract} on chain ${here.chainId}.`,
  );
}

/**
 * How much of a maker's order is meant, without a sign.
 * @param size what the taker buys, or with a minus sells.
 * @throws PlimsollInputError where the maker is on that side as well.
 */
export function lotsAgainst({ order }: SignedOrder, size: Lots): Lots {
  if (size > 0n !== order.size > 0n) return abs(size);
  const [maker, right] = order.size > 0n ? ["buys", "a negative"] : ["sells", "a positive"];
  throw new PlimsollInputError(`The maker ${maker} as well: take it with ${right} size.`);
}

/** What the instrument is called. */
export function nameOf(hre: HardhatRuntimeEnvironment, instrument: Instrument): string {
  return instrumentName(instrument, underlyingNames(parametersOf(hre)));
}

/**
 * What is to be traded: an underlying's perpetual, or the instrument named.
 * @throws PlimsollInputError where neither is given, or both are, or there is no such thing.
 */
export function readInstrument(
  hre: HardhatRuntimeEnvironment,
  { underlying, instrument }: { underlying: string | undefined; instrument: string | undefined },
): Instrument {
  const parameters = parametersOf(hre);
  if (instrument !== undefined && underlying === undefined) {
    return parseInstrument(instrument, underlyingNames(parameters));
  }
  if (underlying !== undefined && instrument === undefined) {
    return perp(BigInt(underlyingNamed(parameters, underlying).id));
  }
  throw new PlimsollInputError(
    "Say what is traded, once: --underlying ETH for its perpetual, or --instrument ETH-20261225-2200-C.",
  );
}

/** The market's fees for an instrument, basis points. */
export async function feesOf(
  { clearinghouse }: System,
  instrument: Instrument,
): Promise<{ makerFeeBps: bigint; takerFeeBps: bigint }> {
  const underlying = underlyingOf(instrument);
  const { makerFeeBps, takerFeeBps } = await (isOption(instrument)
    ? clearinghouse.optionParams(underlying)
    : clearinghouse.marketParams(underlying));
  return { makerFeeBps, takerFeeBps };
}

/** One line on a batch of one fill, for people to agree to. */
function describeBatch(hre: HardhatRuntimeEnvironment, { orders, fills }: Batch): string {
  const { maker, taker, fill } = matched(orders, fills);
  const verb = taker.size > 0n ? "buys" : "sells";
  return (
    `settle: ${formatAccountId(taker.account)} ${verb} ${formatLots(fill.lots)} ${nameOf(hre, taker.instrument)} ` +
    `at ${formatWad(fill.price)} USD, fee at most ${taker.maxFeeBps} bps, ` +
    `${formatAccountId(maker.account)} on the other side, fee at most ${maker.maxFeeBps} bps`
  );
}

/** Settles a batch of one fill, once the ledger would and whoever runs the task agreed, and tells it. */
export async function settle(
  hre: HardhatRuntimeEnvironment,
  { clearinghouse }: System,
  sender: HardhatEthersSigner,
  { orders, fills }: Batch,
): Promise<Answer> {
  const ledger = clearinghouse.connect(sender);
  await ledger.settle.estimateGas(orders, fills);
  await confirmSending(hre, [describeBatch(hre, { orders, fills })]);
  const transaction = await ledger.settle(orders, fills);
  const receipt = await transaction.wait();
  const { maker, taker } = matched(orders, fills);
  const block = receipt?.blockNumber;
  const filled = await clearinghouse.queryFilter(
    clearinghouse.filters.Filled(maker.account, taker.account),
    block,
    block,
  );
  const event = filled.find(({ transactionHash }) => transactionHash === transaction.hash);
  if (!event) throw new Error(`Transaction ${transaction.hash} settled, and the node does not show its fill.`);
  const { takerLots, price, makerFee, takerFee } = event.args;
  const found = {
    instrument: nameOf(hre, taker.instrument),
    maker: formatAccountId(maker.account),
    taker: formatAccountId(taker.account),
    takerSize: formatLots(takerLots),
    price: formatWad(price),
    makerFee: formatWad(makerFee),
    takerFee: formatWad(takerFee),
    gas: (receipt?.gasUsed ?? 0n).toString(),
    transaction: transaction.hash,
  };
  const text = list({
    instrument: found.instrument,
    maker: found.maker,
    taker: found.taker,
    "taker's size": found.takerSize,
    "price, USD": roundWad(price),
    "maker's fee, USD": roundWad(makerFee),
    "taker's fee, USD": roundWad(takerFee),
    gas: found.gas,
    transaction: found.transaction,
  });
  return { json: found, text };
}

function matched(orders: readonly SignedOrder[], fills: readonly Fill[]) {
  const [fill] = fills;
  const maker = orders[fill?.maker ?? 0]?.order;
  const taker = orders[fill?.taker ?? 1]?.order;
  if (!fill || !maker || !taker) throw new Error("A batch of one fill has a maker and a taker.");
  return { fill, maker, taker };
}
