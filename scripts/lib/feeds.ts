/** What a price feed says of itself, held against what it must be. */
import { isError } from "ethers";
import type { HardhatRuntimeEnvironment } from "hardhat/types";

import type { UnderlyingParameters } from "../../config/schema";
import { formatWad } from "../../sdk/amounts";
import { PlimsollInputError } from "../../sdk/inputError";
import type { Wad } from "../../sdk/units";

/** What a price feed must be. */
export interface FeedTerms {
  /** What it is called here, such as "feed of ETH". */
  name: string;
  address: string;
  description: string;
  decimals: number;
  /** Seconds within which it promises an observation. */
  heartbeat: number;
  /** USD Wad. */
  referencePrice: Wad;
}

/** What a feed says of itself. */
export interface FeedIdentity {
  description: string;
  decimals: number;
  price: Wad;
  /** Seconds since its last observation by the chain's clock. */
  age: number;
}

/** As PriceOracle has them: how late a feed may be, in seconds, and how far from its reference. */
const GRACE = 600;
const REFERENCE_BAND = 10n;
const WAD_DECIMALS = 18n;

/** Throws PlimsollInputError where no feed answers at the address. */
export async function readFeed(
  hre: HardhatRuntimeEnvironment,
  { name, address }: Pick<FeedTerms, "name" | "address">,
): Promise<FeedIdentity> {
  const feed = await hre.ethers.getContractAt("AggregatorV3Interface", address);
  try {
    const [description, decimals, { answer, updatedAt }, block] = await Promise.all([
      feed.description(),
      feed.decimals(),
      feed.latestRoundData(),
      hre.ethers.provider.getBlock("latest"),
    ]);
    const price = decimals > WAD_DECIMALS ? 0n : answer * 10n ** (WAD_DECIMALS - decimals);
    return { description, decimals: Number(decimals), price, age: (block?.timestamp ?? 0) - Number(updatedAt) };
  } catch (error) {
    if (!answersOtherwise(error)) throw error;
    throw new PlimsollInputError(`The ${name} at ${address} does not answer as a feed on ${hre.network.name}.`);
  }
}

/** Whether whatever is there answered, and not as a feed does; nodes word reverts in their own ways. */
function answersOtherwise(error: unknown): boolean {
  if (isError(error, "BAD_DATA") || isError(error, "CALL_EXCEPTION")) return true;
  return error instanceof Error && /revert/i.test(error.message);
}

/** One thing a feed must be, and whether it is. */
export interface FeedJudgement {
  what: string;
  should: string;
  is: string;
  ok: boolean;
  /** Says what is wrong and what would be right. */
  sentence: string;
}

/** Whether a feed is the one that was meant. */
function judgeIdentity(
  { name, address, description, decimals }: Pick<FeedTerms, "name" | "address" | "description" | "decimals">,
  found: FeedIdentity,
): FeedJudgement[] {
  const subject = `The ${name} at ${address}`;
  return [
    {
      what: "calls itself",
      should: description,
      is: found.description,
      ok: found.description === description,
      sentence: `${subject} calls itself "${found.description}" and must be "${description}".`,
    },
    {
      what: "answers with decimals",
      should: decimals.toString(),
      is: found.decimals.toString(),
      ok: found.decimals === decimals,
      sentence: `${subject} has ${found.decimals} decimals and must have ${decimals}.`,
    },
  ];
}

/** Holds a feed against its terms, the identity first: a wrong feed's price means nothing. */
export function judgeFeed(terms: FeedTerms, found: FeedIdentity): FeedJudgement[] {
  const { name, address, heartbeat, referencePrice } = terms;
  const subject = `The ${name} at ${address}`;
  const oldest = heartbeat + GRACE;
  const [lower, upper] = [referencePrice / REFERENCE_BAND, referencePrice * REFERENCE_BAND];
  const [price, from, to] = [formatWad(found.price), formatWad(lower), formatWad(upper)];
  return [
    ...judgeIdentity(terms, found),
    {
      what: "is old, s",
      should: `at most ${oldest}`,
      is: found.age.toString(),
      ok: found.age <= oldest,
      sentence: `${subject} is ${found.age} s old and may be ${oldest} s old.`,
    },
    {
      what: "says, USD",
      should: `${from} to ${to}`,
      is: price,
      ok: found.price >= lower && found.price <= upper,
      sentence: `${subject} says ${price} USD and must say between ${from} and ${to}.`,
    },
  ];
}

/** Returns what the feed says of itself. Throws PlimsollInputError saying the first thing that is wrong with it. */
export async function checkFeed(hre: HardhatRuntimeEnvironment, terms: FeedTerms): Promise<FeedIdentity> {
  const found = await readFeed(hre, terms);
  const wrong = judgeFeed(terms, found).find(({ ok }) => !ok);
  if (wrong) throw new PlimsollInputError(wrong.sentence);
  return found;
}

/** The terms of an underlying's live feed, or undefined where a mock stands in. */
export function feedTerms({ name, feed, heartbeat, referencePrice }: UnderlyingParameters): FeedTerms | undefined {
  if (feed.kind === "mock") return undefined;
  const { address, description, decimals } = feed;
  return { name: `feed of ${name}`, address, description, decimals, heartbeat, referencePrice };
}

/** The same of its second source. */
export function secondFeedTerms({ name, secondFeed, referencePrice }: UnderlyingParameters): FeedTerms | undefined {
  if (secondFeed?.kind !== "chainlink") return undefined;
  const { address, description, decimals, heartbeat } = secondFeed;
  return { name: `second feed of ${name}`, address, description, decimals, heartbeat, referencePrice };
}

/**
 * The address of a feed that the chain has already, which tells something else than a price. Throws PlimsollInputError
 * unless it is what it should be.
 */
export async function liveFeed(
  hre: HardhatRuntimeEnvironment,
  of: string,
  { address, description, decimals }: { address: string; description: string; decimals: number },
): Promise<string> {
  const terms = { name: `feed of ${of}`, address: hre.ethers.getAddress(address), description, decimals };
  const judgements = judgeIdentity(terms, await readFeed(hre, terms));
  const wrong = judgements.find(({ ok }) => !ok);
  if (wrong) throw new PlimsollInputError(wrong.sentence);
  return terms.address;
}
