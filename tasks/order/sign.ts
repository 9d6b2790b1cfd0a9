import { writeFile } from "node:fs/promises";

import type { HardhatRuntimeEnvironment } from "hardhat/types";

import { readHolding } from "../../scripts/lib/reads";
import type { System } from "../../scripts/lib/system";
import { formatTime, readMoment } from "../../scripts/lib/times";
import {
  type AccountId,
  Mode,
  type Order,
  PlimsollInputError,
  formatAccountId,
  formatLots,
  formatWad,
  hashOrder,
  nextNonce,
  signOrder,
} from "../../sdk";
import { formatSignedOrder } from "../../sdk/orderFile";
import { actorFor, latestTime, openSystem, readAccount } from "../internal/chain";
import { type Answer, note } from "../internal/command";
import { domainOf, feesOf, nameOf, readInstrument } from "../internal/orders";
import { readPrice, readSize, readWhole } from "../internal/read";
import { list } from "../internal/table";

interface Values {
  account: string;
  underlying: string | undefined;
  instrument: string | undefined;
  size: string;
  limit: string;
  expiry: string | undefined;
  nonce: string | undefined;
  maxFee: string | undefined;
  reduceOnly: boolean;
  signer: string | undefined;
  out: string | undefined;
}

const DEFAULT_LIFE = "1h";
const MOST_NONCE = 2n ** 64n - 1n;
const MOST_FEE = 10_000n;

/** Signs an order and writes it where it is wanted. */
export async function sign(hre: HardhatRuntimeEnvironment, values: Values): Promise<Answer> {
  const size = readSize(values.size);
  const limitPrice = readPrice(values.limit, "limit");
  const wantedNonce = values.nonce === undefined ? undefined : readWhole(values.nonce, "nonce", MOST_NONCE);
  const wantedFee = values.maxFee === undefined ? undefined : readWhole(values.maxFee, "maximum fee", MOST_FEE);
  const instrument = readInstrument(hre, values);
  const account = await readAccount(hre, values.account);
  const signer = await actorFor(hre, account, values.signer);
  const system = await openSystem(hre);

  const order: Order = {
    account,
    instrument,
    size,
    limitPrice,
    maxFeeBps: wantedFee ?? (await feesOf(system, instrument)).takerFeeBps,
    expiry: readMoment(values.expiry ?? DEFAULT_LIFE, await latestTime(hre), "expiry"),
    priceNotBefore: 0n,
    nonce: wantedNonce ?? (await nextNonce(system.clearinghouse, account)),
    epoch: await openEpoch(system, account),
    reduceOnly: values.reduceOnly,
  };
  await checkUnused(system, order);
  const domain = await domainOf(hre, system);
  const text = formatSignedOrder({ domain, signed: await signOrder(signer, domain, order) });
  if (values.out !== undefined) await write(values.out, text);
  if (wantedNonce === undefined) {
    note(
      `The nonce ${order.nonce} is the next unused one on chain: orders of one nonce exclude each other, see --nonce.`,
    );
  }
  const shown = list({
    account: formatAccountId(account),
    instrument: nameOf(hre, instrument),
    size: formatLots(size),
    "limit, USD": formatWad(limitPrice),
    "maximum fee, bps": order.maxFeeBps.toString(),
    expiry: formatTime(order.expiry),
    nonce: order.nonce.toString(),
    "reduce only": order.reduceOnly ? "yes" : "no",
    hash: hashOrder(domain, order),
    ...(values.out === undefined ? {} : { file: values.out }),
  });
  return { json: JSON.parse(text), text: values.out === undefined ? `${shown}\n${text.trimEnd()}` : shown };
}

async function openEpoch(system: System, id: AccountId): Promise<bigint> {
  const { account } = await readHolding(system, id, "latest");
  if (account.mode !== Mode.None) return account.epoch;
  throw new PlimsollInputError(`Account ${formatAccountId(id)} is not open: open it with account:open.`);
}

async function checkUnused({ clearinghouse }: System, { account, nonce }: Order): Promise<void> {
  const [spent, filled] = await clearinghouse.nonceState(account, nonce);
  if (!spent && filled === 0n) return;
  throw new PlimsollInputError(
    `The nonce ${nonce} of account ${formatAccountId(account)} is used: leave out --nonce for one that is not.`,
  );
}

/** A signed order is worth something: no other file is overwritten with it, nor it with another. */
async function write(path: string, text: string): Promise<void> {
  try {
    await writeFile(path, text, { flag: "wx" });
  } catch (error) {
    const exists = error instanceof Error && "code" in error && error.code === "EEXIST";
    throw new PlimsollInputError(
      exists ? `The file ${path} exists: choose another for the order.` : `The file ${path} cannot be written.`,
    );
  }
}
