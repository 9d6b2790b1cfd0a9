import type { HardhatRuntimeEnvironment } from "hardhat/types";

import { type OrderFate, readOrderFate } from "../../scripts/lib/orderFate";
import { formatTime } from "../../scripts/lib/times";
import { formatAccountId, formatLots, formatWad } from "../../sdk";
import { abs } from "../../sdk/risk/fixedPoint";
import { openSystem } from "../internal/chain";
import type { Answer } from "../internal/command";
import { checkDomain, nameOf, readOrderFile } from "../internal/orders";
import { progressOf } from "../internal/progress";
import { list, table } from "../internal/table";

const SENTENCES: Readonly<Record<OrderFate["status"], string>> = {
  open: "open: nothing filled yet",
  "partly filled": "partly filled, the rest is open",
  filled: "filled",
  cancelled: "cancelled",
  expired: "expired",
  "wrong epoch": "of another epoch than the account's: cancelled with all of its time, or not yet valid",
  "nonce taken": "dead: another order of its nonce was filled first",
};

/** What became of an order. */
export async function showStatus(hre: HardhatRuntimeEnvironment, values: { order: string }): Promise<Answer> {
  const file = await readOrderFile(values.order);
  const system = await openSystem(hre);
  await checkDomain(hre, system, file, values.order);
  const { order } = file.signed;
  const fate = await readOrderFate(hre, system, order, progressOf("Reading events"));
  const found = {
    account: formatAccountId(order.account),
    instrument: nameOf(hre, order.instrument),
    nonce: order.nonce.toString(),
    size: formatLots(order.size),
    limitPrice: formatWad(order.limitPrice),
    expiry: Number(order.expiry),
    hash: fate.hash,
    status: fate.status,
    filled: formatLots(fate.filled),
    left: formatLots(fate.left),
    fills: fate.fills.map(({ lots, price, block, transaction }) => ({
      size: formatLots(lots),
      price: formatWad(price),
      block,
      transaction,
    })),
  };
  const heading = list({
    account: found.account,
    instrument: found.instrument,
    nonce: found.nonce,
    size: found.size,
    "limit, USD": found.limitPrice,
    expiry: formatTime(order.expiry),
    status: SENTENCES[fate.status],
    filled: `${found.filled} of ${formatLots(abs(order.size))}`,
    hash: found.hash,
  });
  if (found.fills.length === 0) return { json: found, text: heading };
  const rows = found.fills.map((fill) => [fill.size, fill.price, fill.block.toString(), fill.transaction]);
  return { json: found, text: `${heading}\n${table(["filled", "price, USD", "block", "transaction"], rows)}` };
}
