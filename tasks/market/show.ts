import type { HardhatRuntimeEnvironment } from "hardhat/types";

import type { UnderlyingParameters } from "../../config/schema";
import { readMarket } from "../../scripts/lib/reads";
import { type System, parametersOf, underlyingNamed } from "../../scripts/lib/system";
import { WAD, formatLots, formatWad } from "../../sdk";
import { max, min, mulWadUp, valueUp } from "../../sdk/risk/fixedPoint";
import { openSystem } from "../internal/chain";
import type { Answer } from "../internal/command";
import { list, percent, table, usd } from "../internal/table";
import { chosenMarkets, statusName } from "./chosen";

/** Every listed market on a line. */
export async function listMarkets(hre: HardhatRuntimeEnvironment): Promise<Answer> {
  const system = await openSystem(hre);
  const block = await hre.ethers.provider.getBlockNumber();
  const known = await chosenMarkets(hre, system, undefined, block);
  const markets = await Promise.all(known.map((underlying) => describe(system, underlying, block)));
  const head = ["market", "price", "spot", "mark", "basis", "daily vol", "IM", "MM", "open interest, USD", "cap, USD"];
  const rows = markets.map((m) => [
    m.instrument,
    m.priceStatus,
    usd(m.spot),
    usd(m.mark),
    percent(m.basis),
    percent(m.dailyVol),
    percent(m.initialMarginRate),
    percent(m.maintenanceMarginRate),
    usd(m.openInterestUsd),
    m.openInterestCap,
  ]);
  return { json: markets, text: table(head, rows) };
}

/** One market in full. */
export async function showMarket(hre: HardhatRuntimeEnvironment, values: { underlying: string }): Promise<Answer> {
  const underlying = underlyingNamed(parametersOf(hre), values.underlying);
  const system = await openSystem(hre);
  const block = await hre.ethers.provider.getBlockNumber();
  await chosenMarkets(hre, system, underlying.name, block);
  const perpetual = await describe(system, underlying, block);
  const options = await describeOptions(system, underlying, block);
  return { json: { ...perpetual, options }, text: asText(perpetual, options) };
}

function asText(m: Awaited<ReturnType<typeof describe>>, options: Awaited<ReturnType<typeof describeOptions>>): string {
  return list({
    market: m.instrument,
    price: m.priceStatus,
    "spot, USD": usd(m.spot),
    "mark, USD": usd(m.mark),
    basis: percent(m.basis),
    confidence: percent(m.confidence),
    "daily volatility": percent(m.dailyVol),
    "initial margin, before size": percent(m.initialMarginRate),
    "maintenance margin, before size": percent(m.maintenanceMarginRate),
    slope: percent(m.slope),
    "depth, USD": usd(m.depth),
    "taker fee, bps": m.takerFeeBps,
    "maker fee, bps": m.makerFeeBps,
    "open interest": m.openInterest,
    "open interest, USD": usd(m.openInterestUsd),
    "its cap, USD": usd(m.openInterestCap),
    "cumulative funding, USD a unit": m.cumulativeFunding,
    "pot, USD": usd(m.pot),
    "portfolio margin, price range": percent(options.priceRange),
    "portfolio margin, credit": percent(options.credit),
    "short options, reference volatility": percent(options.referenceVol),
    "options, taker fee, bps": options.takerFeeBps,
    "options, maker fee, bps": options.makerFeeBps,
    "options, open interest": options.openInterest,
    "options, open interest, USD": usd(options.openInterestUsd),
    "options, cap, USD": usd(options.openInterestCap),
  });
}

/** What is in force of what governance set for options, and what of them is open. */
async function describeOptions(system: System, { id }: UnderlyingParameters, block: number) {
  const { clearinghouse } = system;
  const at = { blockTag: block };
  const { priceRange, credit, referenceVol, spot } = await readMarket(system, BigInt(id), block);
  const params = await clearinghouse.optionParams(id, at);
  const openInterest = await clearinghouse.optionInterest(id, at);
  return {
    priceRange: formatWad(priceRange),
    credit: formatWad(credit),
    referenceVol: formatWad(referenceVol),
    takerFeeBps: params.takerFeeBps.toString(),
    makerFeeBps: params.makerFeeBps.toString(),
    openInterest: formatLots(openInterest),
    // At spot, as the cap has it.
    openInterestUsd: formatWad(valueUp(openInterest, spot)),
    openInterestCap: params.openInterestCap.toString(),
  };
}

async function describe(system: System, { id, name }: UnderlyingParameters, block: number) {
  const market = await readMarket(system, BigInt(id), block);
  const state = await system.clearinghouse.marketState(id, { blockTag: block });
  const params = await system.clearinghouse.marketParams(id, { blockTag: block });
  const [basis] = await system.basisOracle.read(id, { blockTag: block });
  const initialMarginRate = min(WAD, max(market.baseRate, mulWadUp(market.volMultiplier, market.dailyVol)));
  return {
    instrument: `${name}-PERP`,
    priceStatus: statusName(market.status),
    spot: formatWad(market.spot),
    mark: formatWad(market.mark),
    basis: formatWad(basis),
    confidence: formatWad(market.confidence),
    dailyVol: formatWad(market.dailyVol),
    initialMarginRate: formatWad(initialMarginRate),
    maintenanceMarginRate: formatWad(mulWadUp(initialMarginRate, market.maintenanceRatio)),
    slope: formatWad(market.slope),
    depth: formatWad(market.depth),
    takerFeeBps: params.takerFeeBps.toString(),
    makerFeeBps: params.makerFeeBps.toString(),
    openInterest: formatLots(state.openInterest),
    openInterestUsd: formatWad(valueUp(state.openInterest, market.mark)),
    openInterestCap: params.openInterestCap.toString(),
    cumulativeFunding: formatWad(state.cumulativeFunding),
    pot: formatWad(state.pot),
  };
}
