import type { HardhatRuntimeEnvironment } from "hardhat/types";

import type { System } from "../../scripts/lib/system";
import {
  type Lots,
  type OpeningTrade,
  PlimsollInputError,
  type Wad,
  formatAccountId,
  formatLots,
  formatUsdc,
  formatWad,
  openIsolated,
  parseUsdc,
} from "../../sdk";
import { abs } from "../../sdk/risk/fixedPoint";
import { latestTime, openSystem, provideTokens, readSigner, tokensToProvide } from "../internal/chain";
import type { Answer } from "../internal/command";
import { confirmSending } from "../internal/consent";
import { ORDER_LIFE, checkDomain, feesOf, lotsAgainst, nameOf, readOrderFile } from "../internal/orders";
import { readPrice, readSize } from "../internal/read";
import { list } from "../internal/table";

interface Values {
  owner: string | undefined;
  fund: string;
  maker: string | undefined;
  size: string | undefined;
  price: string | undefined;
}

/** Opens, funds and trades in one transaction. */
export async function isolate(hre: HardhatRuntimeEnvironment, values: Values): Promise<Answer> {
  const deposit = parseUsdc(values.fund, "deposit");
  const wanted = readWanted(values);
  const file = values.maker === undefined ? undefined : await readOrderFile(values.maker);
  const signer = await readSigner(hre, values.owner ?? "0");
  const system = await openSystem(hre);
  if (file) await checkDomain(hre, system, file, values.maker ?? "");
  const trade = file && (await tradeAgainst(hre, system, file, wanted));
  const { account, calls } = await openIsolated(system.clearinghouse, signer.address, deposit, trade);

  const traded = trade && describe(hre, trade);
  const name = formatAccountId(account);
  const trading = traded ? `, and trade ${traded.size} ${traded.instrument} at ${traded.price} USD` : "";
  await confirmSending(hre, [
    ...(await tokensToProvide(system, signer, deposit)),
    `execute: open ${name}, isolated, deposit ${formatUsdc(deposit)} USDC${trading}`,
  ]);
  await provideTokens(system, signer, deposit);
  const transaction = await system.clearinghouse.connect(signer).execute(calls);
  await transaction.wait();
  const found = { account: name, mode: "isolated", funded: formatUsdc(deposit) };
  const { hash } = transaction;
  return {
    json: { ...found, trade: traded ?? null, transaction: hash },
    text: list({ ...found, ...traded, transaction: hash }),
  };
}

interface Wanted {
  size: Lots | undefined;
  price: Wad | undefined;
}

function readWanted({ maker, size, price }: Values): Wanted {
  if (maker === undefined && (size ?? price) !== undefined) {
    throw new PlimsollInputError("There is nothing to trade against: name a maker's order with --maker.");
  }
  return {
    size: size === undefined ? undefined : readSize(size),
    price: price === undefined ? undefined : readPrice(price),
  };
}

async function tradeAgainst(
  hre: HardhatRuntimeEnvironment,
  system: System,
  { signed }: Pick<Awaited<ReturnType<typeof readOrderFile>>, "signed">,
  { size, price }: Wanted,
): Promise<OpeningTrade> {
  const { takerFeeBps } = await feesOf(system, signed.order.instrument);
  const [, filled] = await system.clearinghouse.nonceState(signed.order.account, signed.order.nonce);
  return {
    quote: signed,
    lots: size === undefined ? abs(signed.order.size) - filled : lotsAgainst(signed, size),
    price,
    maxFeeBps: takerFeeBps,
    expiry: (await latestTime(hre)) + ORDER_LIFE,
  };
}

function describe(hre: HardhatRuntimeEnvironment, { quote, lots = 0n, price }: OpeningTrade) {
  const { account, instrument, size, limitPrice } = quote.order;
  return {
    instrument: nameOf(hre, instrument),
    size: formatLots(size < 0n ? lots : 0n - lots),
    price: formatWad(price ?? limitPrice),
    maker: formatAccountId(account),
  };
}
