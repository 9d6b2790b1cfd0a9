/** Options in a `World`: an expiry that is listed and has a surface, and its settlement. */
import { time } from "@nomicfoundation/hardhat-network-helpers";
import type { ContractTransactionResponse } from "ethers";
import hre from "hardhat";

import { readExpiry } from "../../scripts/lib/reads";
import { underlyingNamed } from "../../scripts/lib/system";
import { signSurfaceReport } from "../../scripts/surface/sign";
import { type Expiry, type Instrument, option, parseStrike } from "../../sdk";
import { slice } from "../unit/oracle/surface";
import type { World } from "./world";

const HOUR = 3_600;
const DAY = 86_400;
const STRIKE_UNIT = 10n ** 8n;

/** How the market prices an expiry. */
export interface Smile {
  vol?: number;
  forward?: number;
  rate?: number;
  rho?: number;
}

export class OptionDesk {
  private constructor(
    private readonly world: World,
    readonly name: string,
    readonly underlying: number,
    /** Unix seconds, ascending. */
    readonly expiries: readonly number[],
  ) {}

  /** Lists expiries so many days from now, on the hour, with every hundredth USD of strike, and reports surfaces. */
  static async open(world: World, days: readonly number[], name = "ETH"): Promise<OptionDesk> {
    const now = await time.latest();
    const expiries = days.map((count) => Math.ceil((now + count * DAY) / HOUR) * HOUR);
    const desk = new OptionDesk(world, name, underlyingNamed(world.system.parameters, name).id, expiries);
    for (const expiry of expiries) await desk.list(expiry);
    await desk.report();
    return desk;
  }

  async list(expiry: number, lowest = 100, highest = 10_000, step = 50): Promise<ContractTransactionResponse> {
    const rule = { lowest: strikeOf(lowest), highest: strikeOf(highest), step: strikeOf(step) };
    return this.world.clearinghouse.listExpiry(this.underlying, expiry, rule);
  }

  /** Lists every strike there can be of the expiry of that number. */
  async listFinely(at: number): Promise<void> {
    const rule = { lowest: 1n, highest: 10n ** 13n, step: 1n };
    await this.world.clearinghouse.listExpiry(this.underlying, this.expiryAt(at), rule);
  }

  /** A call struck at any price, USD, of the expiry of that number. */
  finely(strike: string, at: number): Instrument {
    const terms = { underlying: BigInt(this.underlying), expiry: BigInt(this.expiryAt(at)), call: true };
    return option({ ...terms, strike: parseStrike(strike) });
  }

  /** Has the signers report the same smile for every expiry that is left, as of the last block. */
  async report({ vol = 0.6, forward = 1, rate = 0, rho = -0.2 }: Smile = {}): Promise<void> {
    const { surfaceOracle } = this.world.system;
    const now = await time.latest();
    const slices = this.expiries
      .filter((expiry) => expiry > now)
      .map((expiry) => slice(expiry, now, { vol, forward, rate, rho }));
    const report = { underlying: this.underlying, observedAt: BigInt(now), slices };
    await surfaceOracle.post(report, await signSurfaceReport(hre, surfaceOracle, report));
  }

  /** A call or a put, struck at whole USD, of the expiry of that number. */
  call(strike: number, at = 0): Instrument {
    return this.option(strike, true, at);
  }

  put(strike: number, at = 0): Instrument {
    return this.option(strike, false, at);
  }

  /** What the ledger knows of the expiry of that number. */
  async found(at: number): Promise<Expiry> {
    return readExpiry(this.world.system, this.underlying, this.expiryAt(at), "latest");
  }

  /** Goes to just after an expiry, its last hour at `price` throughout, and settles it. */
  async settle(at: number, price: string): Promise<void> {
    await this.expire(at, price);
    await this.settleByRound(at);
  }

  /** Settles an expiry that is past by a single round: the feed's latest, or so many before it. */
  async settleByRound(at: number, before = 0n): Promise<void> {
    const { expirySettlement, priceOracle } = this.world.system;
    const { aggregator } = await priceOracle.feedOf(this.underlying);
    const feed = await hre.ethers.getContractAt("MockAggregator", aggregator);
    const { roundId } = await feed.latestRoundData();
    await expirySettlement.settle(this.underlying, this.expiryAt(at), [roundId - before]);
  }

  /** Goes to just after an expiry, with a price observed an hour before it, and leaves it unsettled. */
  async expire(at: number, price: string): Promise<void> {
    const expiry = this.expiryAt(at);
    await time.increaseTo(expiry - HOUR - 60);
    await this.world.setPrice(this.name, price);
    await time.increaseTo(expiry + 61);
  }

  private expiryAt(at: number): number {
    const expiry = this.expiries[at];
    if (expiry === undefined) throw new RangeError(`There is no expiry ${at}.`);
    return expiry;
  }

  private option(strike: number, call: boolean, at: number): Instrument {
    const expiry = BigInt(this.expiryAt(at));
    return option({ underlying: BigInt(this.underlying), expiry, strike: strikeOf(strike), call });
  }
}

function strikeOf(usd: number): bigint {
  return BigInt(usd) * STRIKE_UNIT;
}
