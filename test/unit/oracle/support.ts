import AccessManagerBuild from "@openzeppelin/contracts/build/contracts/AccessManager.json";
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/signers";
import { time } from "@nomicfoundation/hardhat-network-helpers";
import type { AddressLike } from "ethers";
import { ethers, network } from "hardhat";
import { readFileSync } from "node:fs";

import type { MockAggregator, PriceOracle } from "../../../typechain-types";
import { hasShared, sharedPath } from "../../support/shared";

export const WAD = 10n ** 18n;
export const MINUTE = 60;
export const HOUR = 3_600;
export const DAY = 86_400;

/** PriceStatus of contracts/types/Market.sol. */
export const Status = { Unusable: 0n, Aged: 1n, Fresh: 2n } as const;

/** A decimal number of USD, or of anything else, as a Wad. */
export function wad(decimal: string): bigint {
  return ethers.parseEther(decimal);
}

/** A parameter's name as the contracts put it into errors. */
export function name32(name: string): string {
  return ethers.encodeBytes32String(name);
}

/** An AccessManager whose only administrator is `admin`. */
export async function deployAuthority(admin: HardhatEthersSigner): Promise<string> {
  const factory = ethers.ContractFactory.fromSolidity(AccessManagerBuild, admin);
  const manager = await factory.deploy(admin.address);
  return manager.getAddress();
}

/** A sound feed with 8 decimals; `price` in USD. */
export async function deployFeed(price: number, description = "ETH / USD"): Promise<MockAggregator> {
  return ethers.deployContract("MockAggregator", [8, toAnswer(price), description]);
}

/** A USD price as a feed with 8 decimals answers it. */
export function toAnswer(price: number): bigint {
  return BigInt(Math.round(price * 1e8));
}

/**
 * A price oracle in which the underlyings 1, 2, ... have the given feeds, a heartbeat of an hour and 0.25 %.
 * @param sequencerFeed none unless given.
 */
export async function deployPriceOracle(
  authority: string,
  feeds: MockAggregator[],
  sequencerFeed: AddressLike = ethers.ZeroAddress,
): Promise<PriceOracle> {
  const oracle = await ethers.deployContract("PriceOracle", [authority, sequencerFeed]);
  for (const [i, feed] of feeds.entries()) {
    const { answer } = await feed.latestRoundData();
    await oracle.registerFeed(i + 1, feed, HOUR, 25, answer * 10n ** 10n);
  }
  return oracle;
}

interface Trace {
  structLogs: { op: string; depth: number; stack?: string[] }[];
}

/** How many storage slots of its own the contract `to` reads while it answers `data`. */
export async function slotsRead(from: HardhatEthersSigner, to: string, data: string): Promise<number> {
  const { hash } = await from.sendTransaction({ to, data });
  const trace = (await network.provider.send("debug_traceTransaction", [hash])) as Trace;
  const reads = trace.structLogs.filter(({ op, depth }) => op === "SLOAD" && depth === 1);
  return new Set(reads.map(({ stack }) => stack?.at(-1))).size;
}

/** Has everything `act` sends run at `timestamp`, each transaction in a block of its own. */
export async function at(timestamp: number, act: (() => Promise<unknown>)[]): Promise<void> {
  for (const step of act) {
    await time.setNextBlockTimestamp(timestamp);
    await step();
  }
}

/** Has a feed say `answer`, observed `age` seconds before a block at which its readers may then be asked. */
export async function observe(feed: MockAggregator, answer: bigint, age: number): Promise<number> {
  const now = (await time.latest()) + 10;
  await at(now, [() => feed.updateRoundData(2, answer, now - age, now - age)]);
  return now - age;
}

/** The modes of a hostile feed after Sound, in its order. */
export const HOSTILE_MODES = [
  "Revert",
  "RevertRound",
  "RevertHuge",
  "BurnGas",
  "ReturnNothing",
  "ReturnShort",
  "ReturnLong",
  "ReturnHuge",
] as const;

/** Smallest double-precision room for rounding: `relative` of the larger, or `absolute`. */
export function isClose(a: number, b: number, relative: number, absolute = 0): boolean {
  return Math.abs(a - b) <= Math.max(relative * Math.max(Math.abs(a), Math.abs(b)), absolute);
}

/** Whether a file of market data is at hand. */
export function hasData(file: string): boolean {
  return hasShared("data", file);
}

/** The rows of a file of market data as records of its header. */
export function readData(file: string): Record<string, string>[] {
  const [header = "", ...lines] = readFileSync(sharedPath("data", file), "utf8").trim().split("\n");
  const names = header.split(",");
  return lines.map((line) => {
    const cells = line.split(",");
    return Object.fromEntries(names.map((name, i) => [name, cells[i] ?? ""]));
  });
}
