import { randomBytes, toBigInt } from "ethers";
import type { HardhatRuntimeEnvironment } from "hardhat/types";

import { readHolding, readMark } from "../../scripts/lib/reads";
import type { System } from "../../scripts/lib/system";
import {
  type AccountId,
  Mode,
  type Order,
  PlimsollInputError,
  type SignedOrder,
  type Usdc,
  indexOf,
  parseUsdc,
  signOrder,
} from "../../sdk";
import { abs } from "../../sdk/risk/fixedPoint";
import { latestTime, openSystem, provideTokens, readAccount, signerOf } from "../internal/chain";
import type { Answer } from "../internal/command";
import { ORDER_LIFE, domainOf, feesOf, readInstrument, settle } from "../internal/orders";
import { readPrice, readSize } from "../internal/read";

const NONCE_BYTES = 8;

interface Values {
  maker: string;
  taker: string;
  underlying: string | undefined;
  instrument: string | undefined;
  size: string;
  price: string | undefined;
  fund: string | undefined;
  reduceOnly: boolean;
}

/** One fill between two accounts whose owners' keys are at hand. */
export async function trade(hre: HardhatRuntimeEnvironment, values: Values): Promise<Answer> {
  const size = readSize(values.size);
  const wantedPrice = values.price === undefined ? undefined : readPrice(values.price);
  const funds = values.fund === undefined ? undefined : parseUsdc(values.fund, "amount");
  const instrument = readInstrument(hre, values);
  const maker = await readAccount(hre, values.maker);
  const taker = await readAccount(hre, values.taker);
  const system = await openSystem(hre);
  if (funds !== undefined) for (const id of [maker, taker]) await openWith(hre, system, id, funds);

  const price = wantedPrice ?? (await readMark(system, instrument));
  const { makerFeeBps, takerFeeBps } = await feesOf(system, instrument);
  const terms = { instrument, limitPrice: price };
  const orders = [
    await sign(hre, system, maker, { ...terms, size: 0n - size, maxFeeBps: makerFeeBps, reduceOnly: false }),
    await sign(hre, system, taker, { ...terms, size, maxFeeBps: takerFeeBps, reduceOnly: values.reduceOnly }),
  ];
  const lots = abs(size);
  const [sender] = await hre.ethers.getSigners();
  if (!sender) throw new PlimsollInputError(`The network ${hre.network.name} has no account to send from.`);
  return settle(hre, system, sender, { orders, fills: [{ maker: 0, taker: 1, lots, price }] });
}

async function sign(
  hre: HardhatRuntimeEnvironment,
  system: System,
  account: AccountId,
  terms: Pick<Order, "instrument" | "limitPrice" | "size" | "maxFeeBps" | "reduceOnly">,
): Promise<SignedOrder> {
  const order: Order = {
    ...terms,
    account,
    expiry: (await latestTime(hre)) + ORDER_LIFE,
    priceNotBefore: 0n,
    nonce: toBigInt(randomBytes(NONCE_BYTES)),
    epoch: (await readHolding(system, account, "latest")).account.epoch,
  };
  return signOrder(await signerOf(hre, account), await domainOf(hre, system), order);
}

/** Opens and funds an account that is not open yet. */
async function openWith(hre: HardhatRuntimeEnvironment, system: System, id: AccountId, funds: Usdc): Promise<void> {
  if (!system.parameters.local) {
    throw new PlimsollInputError("The option --fund is for local networks: use account:open and account:fund here.");
  }
  if ((await readHolding(system, id, "latest")).account.mode !== Mode.None) return;
  const owner = await signerOf(hre, id);
  await provideTokens(system, owner, funds);
  const ledger = system.clearinghouse.connect(owner);
  const calls = [
    ledger.interface.encodeFunctionData("openAccount", [indexOf(id), Mode.Cross]),
    ledger.interface.encodeFunctionData("deposit", [id, funds]),
  ];
  await (await ledger.execute(calls)).wait();
}
