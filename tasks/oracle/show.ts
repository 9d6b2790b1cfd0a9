/** Why a price is what it is: every source by itself, and what the oracle makes of them. */
import type { HardhatRuntimeEnvironment } from "hardhat/types";

import type { UnderlyingParameters } from "../../config/schema";
import { type Source, type System, parametersOf, underlyingNamed } from "../../scripts/lib/system";
import { PriceStatus, type Seconds, type Wad, WAD, formatWad, parseWad, roundWad } from "../../sdk";
import { abs } from "../../sdk/risk/fixedPoint";
import type { PriceOracle } from "../../typechain-types";
import { openSystem } from "../internal/chain";
import type { Answer } from "../internal/command";
import { list, table } from "../internal/table";

type Observation = Awaited<ReturnType<PriceOracle["observe"]>>["primary"];

/** What is read at one block, so that all of it fits together. */
interface View {
  hre: HardhatRuntimeEnvironment;
  system: System;
  at: { blockTag: number };
  now: Seconds;
}

/** What programs get. */
export interface Found {
  /** Of the block, unix seconds. */
  time: number;
  /** Null where the chain has no sequencer feed. */
  sequencer: Awaited<ReturnType<typeof describeSequencer>>;
  underlyings: Awaited<ReturnType<typeof describe>>[];
}

/** USD Wad in a unit of a reference price. */
const REFERENCE_UNIT = 10n ** 10n;
const REFERENCE_BAND = 10n;

/** One underlying or all of them; see the task's description. Prices are decimal strings in USD, times unix seconds. */
export async function show(
  hre: HardhatRuntimeEnvironment,
  { underlying }: { underlying: string | undefined },
): Promise<Answer> {
  const parameters = parametersOf(hre);
  const chosen = underlying === undefined ? parameters.underlyings : [underlyingNamed(parameters, underlying)];
  return describeOracle(hre, await openSystem(hre), chosen);
}

/** The answer for the underlyings chosen, all read at one block. */
export async function describeOracle(
  hre: HardhatRuntimeEnvironment,
  system: System,
  chosen: readonly UnderlyingParameters[],
): Promise<Answer & { json: Found }> {
  const block = await hre.ethers.provider.getBlock("latest");
  if (!block) throw new Error("The network has no block.");
  const view = { hre, system, at: { blockTag: block.number }, now: BigInt(block.timestamp) };
  const sequencer = await describeSequencer(view);
  const found = await Promise.all(chosen.map((terms) => describe(view, terms)));
  const json = { time: block.timestamp, sequencer, underlyings: found };
  return { json, text: [...found.map(asText), sequencerText(sequencer)].join("\n") };
}

async function describeSequencer({ system: { priceOracle }, at, now }: View) {
  const feed = await priceOracle.sequencerFeed(at);
  if (BigInt(feed) === 0n) return null;
  const { limit, upSince } = await priceOracle.sequencer(at);
  return { feed, up: upSince !== 0n, upFor: upSince === 0n ? null : Number(now - upSince), ...uses(limit) };
}

async function describe(view: View, { id, name }: UnderlyingParameters) {
  const { priceOracle, volatilityOracle } = view.system;
  const { at, now } = view;
  const [feed, second, { primary, secondary }, reading, [until, stoppableFrom]] = await Promise.all([
    priceOracle.feedOf(id, at),
    priceOracle.secondFeedOf(id, at),
    priceOracle.observe(id, at),
    priceOracle.read(id, at),
    priceOracle.stopOf(id, at),
  ]);
  const middle = feed.referencePrice8 * REFERENCE_UNIT;
  const bounds = { lower: formatWad(middle / REFERENCE_BAND), upper: formatWad(middle * REFERENCE_BAND) };
  const sources = [await describeSource(view, "primary", feed, primary)];
  if (BigInt(second.aggregator) !== 0n) sources.push(await describeSource(view, "secondary", second, secondary));
  const listed = (await volatilityOracle.listed(at)).includes(BigInt(id));
  return {
    underlying: name,
    price: formatWad(reading.price),
    age: ageAt(now, reading.updatedAt),
    ...uses(reading.status),
    confidence: formatWad(reading.confidence),
    deviation: deviationOf(primary.price, secondary.price),
    maxDeviation: sources.length > 1 ? formatWad((second.maxDeviationBps * WAD) / 10_000n) : null,
    bounds,
    stoppedUntil: until === 0n ? null : Number(until),
    stoppableFrom: stoppableFrom > now ? Number(stoppableFrom) : null,
    volatility: listed ? await describeVolatility(view, id, reading.price) : null,
    sources,
  };
}

async function describeSource(
  { hre, at, now }: View,
  source: Source,
  { aggregator, heartbeat }: { aggregator: string; heartbeat: bigint },
  { price, updatedAt, status }: Observation,
) {
  const feed = await hre.ethers.getContractAt("AggregatorV3Interface", aggregator);
  // A feed that is sick may not even know its name.
  const description = await feed.description(at).catch(() => null);
  return {
    source,
    address: aggregator,
    description,
    answer: formatWad(price),
    age: ageAt(now, updatedAt),
    heartbeat: Number(heartbeat),
    ...uses(status),
  };
}

async function describeVolatility({ system: { volatilityOracle }, at, now }: View, id: number, price: Wad) {
  const [forecast, last] = await Promise.all([
    volatilityOracle.dailyVol(id, price, at),
    volatilityOracle.forecastOf(id, at),
  ]);
  return { daily: formatWad(forecast), lastSample: formatWad(last.price), sampleAge: Number(now - last.sampledAt) };
}

/** What a price of that status serves. */
function uses(status: bigint): { newRisk: boolean; liquidation: boolean } {
  return { newRisk: status === PriceStatus.Fresh, liquidation: status !== PriceStatus.Unusable };
}

function ageAt(now: Seconds, updatedAt: Seconds): number | null {
  return updatedAt === 0n ? null : Number(now - updatedAt);
}

/** In parts of the primary; null unless both sources answer. */
function deviationOf(primary: Wad, secondary: Wad): string | null {
  return primary === 0n || secondary === 0n ? null : formatWad((abs(primary - secondary) * WAD) / primary);
}

function asText(found: Found["underlyings"][number]): string {
  const head = ["source", "address", "description", "answer, USD", "age, s", "heartbeat, s", "new risk", "liquidation"];
  const rows = found.sources.map((s) => [
    s.source,
    s.address,
    s.description ?? "unreadable",
    s.answer,
    orNone(s.age),
    s.heartbeat.toString(),
    yes(s.newRisk),
    yes(s.liquidation),
  ]);
  const { volatility } = found;
  const summary = list({
    underlying: found.underlying,
    "price, USD": `${found.price} (bounds ${found.bounds.lower} to ${found.bounds.upper})`,
    "age, s": orNone(found.age),
    "usable for new risk": yes(found.newRisk),
    "usable for liquidation": yes(found.liquidation),
    confidence: percent(found.confidence),
    "deviation of the sources": found.deviation === null ? "none" : percent(found.deviation),
    "maximum deviation": found.maxDeviation === null ? "none" : percent(found.maxDeviation),
    "stopped until": found.stoppedUntil === null ? "not stopped" : timeOf(found.stoppedUntil),
    "may be stopped from": found.stoppableFrom === null ? "now" : timeOf(found.stoppableFrom),
    "daily volatility": volatility ? percent(volatility.daily) : "not listed",
    "last sample": volatility ? `${volatility.lastSample} USD, ${volatility.sampleAge} s ago` : "none",
  });
  return `${summary}\n${table(head, rows)}`;
}

function sequencerText(sequencer: Found["sequencer"]): string {
  if (!sequencer) return "The chain has no sequencer feed.";
  const state = sequencer.up ? `up for ${orNone(sequencer.upFor)} s` : "down or unknown";
  return list({
    "sequencer feed": sequencer.feed,
    sequencer: state,
    "allows new risk": yes(sequencer.newRisk),
    "allows liquidation": yes(sequencer.liquidation),
  });
}

function orNone(seconds: number | null): string {
  return seconds === null ? "none" : seconds.toString();
}

function yes(holds: boolean): string {
  return holds ? "yes" : "no";
}

function percent(text: string): string {
  return `${roundWad(parseWad(text) * 100n, 3)} %`;
}

function timeOf(seconds: number): string {
  return `${new Date(seconds * 1000).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}
