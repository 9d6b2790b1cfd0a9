import { randomBytes, toBigInt } from "ethers";
import type { HardhatRuntimeEnvironment } from "hardhat/types";

import { readHolding, readMarket } from "../../scripts/lib/reads";
import { type System, parametersOf, underlyingNamed } from "../../scripts/lib/system";
import {
  type AccountId,
  Mode,
  type Order,
  PlimsollInputError,
  type SignedOrder,
  type Usdc,
  formatAccountId,
  formatLots,
  formatWad,
  indexOf,
  orderDomain,
  parseLots,
  parseUsdc,
  parseWad,
  perp,
  roundWad,
  signOrder,
} from "../../sdk";
import { abs } from "../../sdk/risk/fixedPoint";
import { openSystem, provideTokens, readAccount, signerOf } from "../internal/chain";
import type { Answer } from "../internal/command";
import { confirmSending } from "../internal/consent";
import { list } from "../internal/table";

/** Long enough for any block to come, short enough that a forgotten order is soon worthless. */
const ORDER_LIFE = 3_600n;
const NONCE_BYTES = 8;

interface Values {
  maker: string;
  taker: string;
  underlying: string;
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
  const underlying = BigInt(underlyingNamed(parametersOf(hre), values.underlying).id);
  const maker = await readAccount(hre, values.maker);
  const taker = await readAccount(hre, values.taker);
  const system = await openSystem(hre);
  if (funds !== undefined) for (const id of [maker, taker]) await openWith(hre, system, id, funds);

  const price = wantedPrice ?? (await readMarket(system, underlying, "latest")).mark;
  const { makerFeeBps, takerFeeBps } = await system.clearinghouse.marketParams(underlying);
  await confirmSending(hre, [
    `settle: ${formatAccountId(taker)} ${size > 0n ? "buys" : "sells"} ${formatLots(abs(size))} ${values.underlying}-PERP ` +
      `at ${formatWad(price)} USD, fee ${takerFeeBps} bps, ${formatAccountId(maker)} on the other side, fee ${makerFeeBps} bps`,
  ]);
  const terms = { instrument: perp(underlying), limitPrice: price };
  const orders = [
    await sign(hre, system, maker, { ...terms, size: 0n - size, maxFeeBps: makerFeeBps, reduceOnly: false }),
    await sign(hre, system, taker, { ...terms, size, maxFeeBps: takerFeeBps, reduceOnly: values.reduceOnly }),
  ];
  const lots = abs(size);
  const transaction = await system.clearinghouse.settle(orders, [{ maker: 0, taker: 1, lots, price }]);
  const receipt = await transaction.wait();
  const [fill] = await system.clearinghouse.queryFilter(
    system.clearinghouse.filters.Filled(maker, taker),
    receipt?.blockNumber,
    receipt?.blockNumber,
  );
  const found = {
    instrument: `${values.underlying}-PERP`,
    maker: formatAccountId(maker),
    taker: formatAccountId(taker),
    takerSize: formatLots(size),
    price: formatWad(price),
    makerFee: formatWad(fill?.args.makerFee ?? 0n),
    takerFee: formatWad(fill?.args.takerFee ?? 0n),
    gas: (receipt?.gasUsed ?? 0n).toString(),
    transaction: transaction.hash,
  };
  return { json: found, text: list({ ...found, price: roundWad(price) }) };
}

function readSize(text: string): bigint {
  const size = parseLots(text, "size");
  if (size !== 0n) return size;
  throw new PlimsollInputError("The size is zero: buy with a positive size, sell with a negative.");
}

function readPrice(text: string): bigint {
  const price = parseWad(text, "price");
  if (price > 0n) return price;
  throw new PlimsollInputError(`The price "${text}" is not above zero.`);
}

async function sign(
  hre: HardhatRuntimeEnvironment,
  system: System,
  account: AccountId,
  terms: Pick<Order, "instrument" | "limitPrice" | "size" | "maxFeeBps" | "reduceOnly">,
): Promise<SignedOrder> {
  const { chainId } = await hre.ethers.provider.getNetwork();
  const latest = await hre.ethers.provider.getBlock("latest");
  const order: Order = {
    ...terms,
    account,
    expiry: BigInt(latest?.timestamp ?? 0) + ORDER_LIFE,
    priceNotBefore: 0n,
    nonce: toBigInt(randomBytes(NONCE_BYTES)),
    epoch: (await readHolding(system, account, "latest")).account.epoch,
  };
  const domain = orderDomain(chainId, await system.clearinghouse.getAddress());
  return signOrder(await signerOf(hre, account), domain, order);
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
