/** What became of an order: what the ledger says of it now, and from events how that came about. */
import type { HardhatRuntimeEnvironment } from "hardhat/types";

import { type Lots, type Order, type Wad, cancellation } from "../../sdk";
import { abs } from "../../sdk/risk/fixedPoint";
import { type OnProgress, allLogs } from "./logs";
import type { System } from "./system";

/** `OrderStatus` of the ledger, by its numbers. */
const STATUSES = ["open", "expired", "wrong epoch", "spent", "nonce taken"] as const;

export interface OrderFate {
  status: Exclude<(typeof STATUSES)[number], "spent"> | "partly filled" | "filled" | "cancelled";
  /** The EIP-712 digest. */
  hash: string;
  filled: Lots;
  /** What can still be filled, without a sign. */
  left: Lots;
  fills: { lots: Lots; price: Wad; block: number; transaction: string }[];
}

/**
 * Events name an order's nonce and not its digest, so an order whose nonce was spent by another of the same instrument,
 * side and size cannot be told from one that was filled itself.
 */
export async function readOrderFate(
  hre: HardhatRuntimeEnvironment,
  system: System,
  order: Order,
  onProgress?: OnProgress,
): Promise<OrderFate> {
  const [hash, status, filled] = await system.clearinghouse.orderStatus(order);
  const name = STATUSES[Number(status)];
  if (name === undefined) throw new Error(`The ledger says ${status} of the order, which means nothing here.`);
  if (name === "nonce taken") return { status: name, hash, filled: 0n, left: 0n, fills: [] };
  const size = abs(order.size);
  if (name !== "spent" && filled === 0n) {
    return { status: name, hash, filled, left: name === "open" ? size : 0n, fills: [] };
  }
  const fills = await readFills(hre, system, order, onProgress);
  if (name !== "spent") {
    const open = name === "open";
    return { status: open ? "partly filled" : name, hash, filled, left: open ? size - filled : 0n, fills };
  }
  const sum = fills.reduce((total, { lots }) => total + lots, 0n);
  const end = { hash, left: 0n };
  if (sum === size) return { ...end, status: "filled", filled: size, fills };
  if (await wasCancelled(hre, system, order, onProgress)) return { ...end, status: "cancelled", filled: sum, fills };
  return { ...end, status: "nonce taken", filled: 0n, fills: [] };
}

async function readFills(
  hre: HardhatRuntimeEnvironment,
  { clearinghouse }: System,
  { account, nonce, instrument, size }: Order,
  onProgress: OnProgress | undefined,
): Promise<OrderFate["fills"]> {
  const { filters } = clearinghouse;
  const asMaker = await allLogs(hre, clearinghouse, filters.Filled(account), { onProgress });
  const asTaker = await allLogs(hre, clearinghouse, filters.Filled(undefined, account), { onProgress });
  const own = [
    ...asMaker.filter(({ args }) => args.makerNonce === nonce && args.takerLots > 0n !== size > 0n),
    ...asTaker.filter(({ args }) => args.takerNonce === nonce && args.takerLots > 0n === size > 0n),
  ];
  return own
    .filter(({ args }) => args.instrument === instrument)
    .sort((a, b) => a.blockNumber - b.blockNumber || a.index - b.index)
    .map(({ args, blockNumber, transactionHash }) => ({
      lots: abs(args.takerLots),
      price: args.price,
      block: blockNumber,
      transaction: transactionHash,
    }));
}

async function wasCancelled(
  hre: HardhatRuntimeEnvironment,
  { clearinghouse }: System,
  { account, nonce }: Order,
  onProgress: OnProgress | undefined,
): Promise<boolean> {
  const [group, bit] = cancellation(nonce);
  const logs = await allLogs(hre, clearinghouse, clearinghouse.filters.NoncesCancelled(account), { onProgress });
  return logs.some(({ args }) => args.group === group && (args.mask & bit) !== 0n);
}
