import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/signers";
import { time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ethers } from "hardhat";

import type { MockAggregator, PriceOracle, VolatilityOracle } from "../../../typechain-types";
import { DAY, HOUR, at, deployAuthority, deployFeed, deployPriceOracle, isClose, toAnswer, wad } from "./support";

export const ETH = 1;
export const BTC = 2;
export const UNLISTED = 9;
/** 3.5 % a day */
export const SEED = wad("0.001225");
export const BTC_SEED = wad("0.0009");
export const LAMBDA = 0.94;
export const MAX_VARIANCE = 4;

export interface Deployed {
  oracle: VolatilityOracle;
  prices: PriceOracle;
  authority: string;
  eth: MockAggregator;
  btc: MockAggregator;
  stranger: HardhatEthersSigner;
}

export async function deployUnlisted(): Promise<Deployed> {
  const [admin, stranger] = await ethers.getSigners();
  const authority = await deployAuthority(admin!);
  const eth = await deployFeed(2_000);
  const btc = await deployFeed(30_000, "BTC / USD");
  const prices = await deployPriceOracle(authority, [eth, btc]);
  const oracle = await ethers.deployContract("VolatilityOracle", [authority, prices]);
  return { oracle, prices, authority, eth, btc, stranger: stranger! };
}

/** ETH and BTC listed at one moment, `start`, with prices observed then. */
export async function deploy(): Promise<Deployed & { start: number }> {
  const fixture = await deployUnlisted();
  const { oracle, eth, btc } = fixture;
  const start = (await time.latest()) + HOUR;
  await at(start, [
    () => eth.updateAnswer(toAnswer(2_000)),
    () => btc.updateAnswer(toAnswer(30_000)),
    () => oracle.list(ETH, SEED),
    () => oracle.list(BTC, BTC_SEED),
  ]);
  return { ...fixture, start };
}

/** A Wad as a double. */
export function toNumber(value: bigint): number {
  return Number(value) / 1e18;
}

/** V <- l*V + (1-l)*x^2*day/dt, l = lambda^(dt/day), in double precision; `square` is x^2, or the product for a pair. */
export function ewma(previous: number, square: number, dt: number): number {
  const l = LAMBDA ** (Math.min(dt, 30 * DAY) / DAY);
  return Math.min(l * previous + ((1 - l) * square * DAY) / dt, MAX_VARIANCE);
}

/** What hours without a sample multiply a variance by: 1.01 each after the third, up to 30 days. */
export function widening(elapsed: number): number {
  return 1.01 ** Math.max(0, Math.floor(Math.min(elapsed, 30 * DAY) / HOUR) - 3);
}

/** The forecast as RISK section 6 states it, in double precision. */
export class Reference {
  hourly: number;
  daily: number;

  constructor(
    seed: bigint,
    private price: number,
    private sampledAt: number,
    private dayPrice = price,
    private dayAt = sampledAt,
  ) {
    this.hourly = this.daily = toNumber(seed);
  }

  sample(price: number, now: number): void {
    const dt = now - this.sampledAt;
    const w = widening(dt);
    this.hourly = ewma(Math.min(this.hourly * w, MAX_VARIANCE), Math.log(price / this.price) ** 2, dt);
    this.daily = Math.min(this.daily * w, MAX_VARIANCE);
    this.price = price;
    this.sampledAt = now;
  }

  /** The daily sample, whose log return it gives back. */
  sampleDay(price: number, now: number): number {
    const x = Math.log(price / this.dayPrice);
    this.daily = ewma(this.daily, x * x, now - this.dayAt);
    this.dayPrice = price;
    this.dayAt = now;
    return x;
  }

  vol(now: number): number {
    const variance = Math.max(this.hourly, this.daily) * widening(now - this.sampledAt);
    return Math.sqrt(Math.min(variance, MAX_VARIANCE));
  }
}

/**
 * Doubles carry 1e-16 and a power of many steps a few hundred times that; each sample rounds a variance up by at most
 * one 1e-18, and the past is forgotten within some 400 hourly samples.
 */
export function expectVariance(actual: bigint, expected: number, what: string): void {
  expect(isClose(toNumber(actual), expected, 1e-12, 1e-15), `${what}: ${toNumber(actual)} is not ${expected}`).to.equal(
    true,
  );
}

/** New answers of both feeds and then the daily sample, all at `now`. */
export async function day(
  { oracle, eth, btc }: Pick<Deployed, "oracle" | "eth" | "btc">,
  now: number,
  ethPrice: number,
  btcPrice: number,
): Promise<void> {
  await at(now, [
    () => eth.updateAnswer(toAnswer(ethPrice)),
    () => btc.updateAnswer(toAnswer(btcPrice)),
    () => oracle.sampleDay(),
  ]);
}
