import type { HardhatRuntimeEnvironment } from "hardhat/types";

import { signBasisReport } from "../../scripts/lib/basis";
import { readMarket } from "../../scripts/lib/reads";
import { type Source, mockFeed, mockFeeds, parametersOf, underlyingNamed } from "../../scripts/lib/system";
import { PlimsollInputError, PriceStatus, type Wad, formatWad, parseWad } from "../../sdk";
import type { MockAggregator } from "../../typechain-types";
import { openSystem } from "../internal/chain";
import { type Answer, note } from "../internal/command";
import { list } from "../internal/table";
import { statusName } from "../market/chosen";

const WAD_DECIMALS = 18n;

interface Values {
  underlying: string;
  price: string | undefined;
  source: string | undefined;
  basis: string | undefined;
}

/** A new round of the mock feeds, observed now, and a basis report by the local signers. */
export async function push(hre: HardhatRuntimeEnvironment, values: Values): Promise<Answer> {
  const price = values.price === undefined ? undefined : parseWad(values.price, "price");
  if (price !== undefined && price <= 0n) throw new PlimsollInputError("The price is not above zero.");
  const basis = values.basis === undefined ? undefined : parseWad(values.basis, "basis");
  const source = readSource(values.source);
  const { id, name } = underlyingNamed(parametersOf(hre), values.underlying);
  const system = await openSystem(hre);
  const feeds = source ? [await mockFeed(hre, name, source)] : await mockFeeds(hre, name);
  for (const feed of feeds) await answer(feed, price);
  if (basis !== undefined) {
    const latest = await hre.ethers.provider.getBlock("latest");
    const report = { underlying: id, basis, observedAt: BigInt(latest?.timestamp ?? 0) };
    await (await system.basisOracle.post(report, await signBasisReport(hre, system, report))).wait();
  }
  const market = await readMarket(system, BigInt(id), "latest");
  const status = statusName(market.status);
  const found = { underlying: name, status, spot: formatWad(market.spot), mark: formatWad(market.mark) };
  if (market.status !== PriceStatus.Fresh) note(`The price of ${name} is ${status}: oracle:show says why.`);
  const text = list({ underlying: name, price: status, "spot, USD": found.spot, "mark, USD": found.mark });
  return { json: found, text };
}

async function answer(feed: MockAggregator, price: Wad | undefined): Promise<void> {
  const unit = 10n ** (WAD_DECIMALS - (await feed.decimals()));
  const [, last] = await feed.latestRoundData();
  await (await feed.updateAnswer(price === undefined ? last : price / unit)).wait();
}

function readSource(text: string | undefined): Source | undefined {
  if (text === undefined || text === "primary" || text === "secondary") return text;
  throw new PlimsollInputError(`There is no source "${text}": choose --source primary or --source secondary.`);
}
