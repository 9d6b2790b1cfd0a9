import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/signers";
import { time } from "@nomicfoundation/hardhat-network-helpers";
import { ethers } from "hardhat";

import { type SettlementProof, proveSettlement, roundReader } from "../../../sdk";
import type { ExpirySettlement, MockPhasedFeed, MockRounds, PriceOracle } from "../../../typechain-types";
import { DAY, HOUR, deployAuthority, toAnswer, wad } from "../oracle/support";

export const ETH = 1;
/** Moods of contracts/mocks/MockPhasedFeed.sol, in its order. */
export const MOODS = [
  "Sound",
  "RevertNoData",
  "RevertOther",
  "RevertHuge",
  "BurnGas",
  "ReturnNothing",
  "ReturnShort",
  "ReturnLong",
  "OtherId",
  "AnswerWithoutTime",
  "Hungry",
] as const;
export const mood = (name: (typeof MOODS)[number]): number => MOODS.indexOf(name);

/** A round: unix seconds, and the answer in 1e-8 USD. */
export type Sample = readonly [at: number, answer: bigint];

export interface Deployed {
  settlement: ExpirySettlement;
  oracle: PriceOracle;
  feed: MockPhasedFeed;
  admin: HardhatEthersSigner;
  stranger: HardhatEthersSigner;
}

/** A settlement over a proxied feed of 2,000 USD, registered while its phase 1 was fresh. */
export async function deploySettlement(referencePrice = 2_000): Promise<Deployed> {
  const [admin, stranger] = await ethers.getSigners();
  const authority = await deployAuthority(admin!);
  const oracle = await ethers.deployContract("PriceOracle", [authority, ethers.ZeroAddress]);
  const feed = await ethers.deployContract("MockPhasedFeed", ["ETH / USD"]);
  await beginPhase(feed, 1, [[await time.latest(), toAnswer(referencePrice)]]);
  await oracle.registerFeed(ETH, feed, HOUR, 25, wad(referencePrice.toString()));
  const settlement = await ethers.deployContract("ExpirySettlement", [authority, oracle, DAY]);
  return { settlement, oracle, feed, admin: admin!, stranger: stranger! };
}

/** More than this many would not fit into a transaction. */
const ROUNDS_AT_ONCE = 600;

/** Has the proxy begin a phase whose aggregator has these rounds, from its own id 1. */
export async function beginPhase(feed: MockPhasedFeed, phase: number, rounds: readonly Sample[]): Promise<MockRounds> {
  const aggregator = await ethers.deployContract("MockRounds", [8]);
  await addRounds(aggregator, rounds);
  await feed.begin(phase, aggregator);
  return aggregator;
}

export async function addRounds(aggregator: MockRounds, rounds: readonly Sample[]): Promise<void> {
  for (let i = 0; i < rounds.length; i += ROUNDS_AT_ONCE) {
    const part = rounds.slice(i, i + ROUNDS_AT_ONCE);
    await aggregator.add(part.map(([timestamp, answer]) => ({ timestamp, answer })));
  }
}

/** The proxy's id of an aggregator's round. */
export function idOf(phase: number, round: number): bigint {
  return (BigInt(phase) << 64n) | BigInt(round);
}

/** What the sdk proves from the feed as it is. */
export async function prove({ settlement }: Deployed, expiry: number): Promise<SettlementProof> {
  const [start] = await settlement.window(expiry);
  const { feed, scale, lower, upper, usableFor } = await settlement.terms(ETH);
  const span = { start, end: BigInt(expiry) };
  return proveSettlement(roundReader(ethers.provider, feed), span, { scale, lower, upper, usableFor });
}

/** Rounds of a feed by phase, as a reference reads them. */
export type Phases = ReadonlyMap<number, readonly Sample[]>;

/**
 * The average in double precision, USD, written from the definition: at each moment the newest phase with a round by
 * then is in force, with its last round by then.
 */
export function referenceAverage(phases: Phases, start: number, end: number): number {
  const newestFirst = [...phases].sort(([a], [b]) => b - a).map(([, rounds]) => rounds);
  const inForce = (moment: number): number => {
    for (const rounds of newestFirst) {
      const last = rounds.filter(([at]) => at <= moment).at(-1);
      if (last) return Number(last[1]) / 1e8;
    }
    throw new Error("No round is in force.");
  };
  const changes = newestFirst.flat().map(([at]) => at);
  const marks = [...new Set([start, end, ...changes.filter((at) => at > start && at < end)])].sort((a, b) => a - b);
  let area = 0;
  marks.slice(1).forEach((mark, i) => (area += inForce(marks[i]!) * (mark - marks[i]!)));
  return area / (end - start);
}
