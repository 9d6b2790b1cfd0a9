import type { HardhatRuntimeEnvironment } from "hardhat/types";

import { readHolding } from "../../scripts/lib/reads";
import type { System } from "../../scripts/lib/system";
import {
  type AccountId,
  type Batch,
  type Lots,
  PlimsollInputError,
  type SignedOrder,
  type Wad,
  checkFill,
  formatAccountId,
  takeQuote,
} from "../../sdk";
import { abs, min } from "../../sdk/risk/fixedPoint";
import { actorFor, latestTime, openSystem, readAccount, readSigner } from "../internal/chain";
import type { Answer } from "../internal/command";
import { ORDER_LIFE, checkDomain, feesOf, lotsAgainst, readOrderFile, settle } from "../internal/orders";
import { readPrice, readSize } from "../internal/read";

interface Values {
  maker: string;
  taker: string | undefined;
  account: string | undefined;
  size: string | undefined;
  price: string | undefined;
  sender: string | undefined;
}

/** Settles one fill of a maker's order. */
export async function submit(hre: HardhatRuntimeEnvironment, values: Values): Promise<Answer> {
  if ((values.taker === undefined) === (values.account === undefined)) {
    throw new PlimsollInputError("Name the other side: either --taker, a signed order, or --account, one of your own.");
  }
  const wanted = {
    size: values.size === undefined ? undefined : readSize(values.size),
    price: values.price === undefined ? undefined : readPrice(values.price),
  };
  const maker = await readOrderFile(values.maker);
  const taker = values.taker === undefined ? undefined : await readOrderFile(values.taker);
  const account = values.account === undefined ? undefined : await readAccount(hre, values.account);
  const sender =
    account === undefined ? await readSigner(hre, values.sender ?? "0") : await actorFor(hre, account, values.sender);
  const system = await openSystem(hre);
  await checkDomain(hre, system, maker, values.maker);
  if (taker) await checkDomain(hre, system, taker, values.taker ?? "");
  const batch = taker
    ? await match(system, maker.signed, taker.signed, wanted)
    : await take(hre, system, maker.signed, account, wanted);
  return settle(hre, system, sender, batch);
}

interface Wanted {
  size: Lots | undefined;
  price: Wad | undefined;
}

/** Two signed orders, as far as both are still to be filled. */
async function match(system: System, maker: SignedOrder, taker: SignedOrder, wanted: Wanted): Promise<Batch> {
  const { size, price = maker.order.limitPrice } = wanted;
  lotsAgainst(maker, taker.order.size);
  const left = min(await leftOf(system, maker), await leftOf(system, taker));
  const lots = size === undefined ? left : lotsAgainst(maker, size);
  for (const order of [maker, taker]) checkFill(order, lots, price);
  return { orders: [maker, taker], fills: [{ maker: 0, taker: 1, lots, price }] };
}

/** A quote, taken by whoever sends. */
async function take(
  hre: HardhatRuntimeEnvironment,
  system: System,
  quote: SignedOrder,
  account: AccountId | undefined,
  { size, price }: Wanted,
): Promise<Batch> {
  if (account === undefined) throw new Error("A quote is taken for an account.");
  const { takerFeeBps } = await feesOf(system, quote.order.instrument);
  const { epoch } = (await readHolding(system, account, "latest")).account;
  return takeQuote(quote, account, epoch, {
    lots: size === undefined ? await leftOf(system, quote) : lotsAgainst(quote, size),
    price,
    maxFeeBps: takerFeeBps,
    expiry: (await latestTime(hre)) + ORDER_LIFE,
  });
}

/** What is left to fill. Throws PlimsollInputError where that is nothing. */
async function leftOf({ clearinghouse }: System, { order }: SignedOrder): Promise<Lots> {
  const [spent, filled] = await clearinghouse.nonceState(order.account, order.nonce);
  if (!spent) return abs(order.size) - filled;
  throw new PlimsollInputError(
    `Order ${order.nonce} of account ${formatAccountId(order.account)} is filled or cancelled: see order:status.`,
  );
}
