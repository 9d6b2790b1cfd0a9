/**
 * The outside world of a replay: feeds that follow the prices, signers who report a made-up basis each hour, and the
 * risk admin, who over months moves the reference that answers are held against.
 */
import { IBasisOracle__factory, IPriceOracle__factory, MockAggregator__factory } from "../../typechain-types";
import { signBasisReport } from "../lib/basis";
import { FeedRule } from "./feed";
import type { Step } from "./prices";
import type { Random } from "./random";
import type { Stage } from "./stage";
import { type ReplayedMarket, WAD_PER_ANSWER } from "./world";

const HOUR = 3600;
const WAD = 1e18;

/** The basis reverts to a mean of one basis point within hours, and wanders by a few. */
const MEAN_BASIS = 1e-4;
const PERSISTENCE = 0.9;
const BASIS_SHOCK = 3e-4;
const LARGEST_BASIS = 5e-3;

interface Source {
  market: ReplayedMarket;
  rule: FeedRule;
  random: Random;
  /** 1e-8 USD. */
  price: bigint;
  /** What the oracle takes the price to be roughly, 1e-8 USD. */
  reference: bigint;
  basis: number;
}

const feed = MockAggregator__factory.createInterface();
const priceOracle = IPriceOracle__factory.createInterface();
const basisOracle = IBasisOracle__factory.createInterface();

export class OutsideWorld {
  readonly #stage: Stage;
  readonly #sources: Source[];
  readonly #basisOracle: string;
  readonly #priceOracle: string;
  #nextReport = 0;

  constructor(stage: Stage, oracles: { basisOracle: string; priceOracle: string }, random: Random) {
    this.#stage = stage;
    this.#basisOracle = oracles.basisOracle;
    this.#priceOracle = oracles.priceOracle;
    this.#sources = stage.world.markets.map((market) => ({
      market,
      rule: new FeedRule(),
      random: random.stream(`basis of ${market.name}`),
      price: 0n,
      reference: market.reference,
      basis: MEAN_BASIS,
    }));
  }

  /** Sends what the feeds publish at this step. Returns whether any did. */
  async publishPrices({ time, prices }: Step): Promise<boolean> {
    let published = false;
    for (const source of this.#sources) {
      source.price = prices.get(source.market.name) ?? source.price;
      if (!source.rule.publishes(source.price, time)) continue;
      const data = feed.encodeFunctionData("updateAnswer", [source.price]);
      await this.#stage.send({ to: source.market.feed, data }, "feed");
      await this.#moveReference(source);
      published = true;
    }
    return published;
  }

  /** Sends the signers' reports when an hour has passed since the last. */
  async reportBasis(time: number): Promise<void> {
    if (time < this.#nextReport) return;
    this.#nextReport = time + HOUR;
    for (const source of this.#sources) await this.#report(source, time);
  }

  /** The oracle refuses answers beyond ten times its reference, and lets it be moved to twice or half at once. */
  async #moveReference(source: Source): Promise<void> {
    const { price, reference, market } = source;
    if (price < 2n * reference && 2n * price > reference) return;
    source.reference = price > reference ? 2n * reference : reference / 2n;
    const args = [market.underlying, source.reference * WAD_PER_ANSWER] as const;
    const data = priceOracle.encodeFunctionData("setReferencePrice", [...args]);
    await this.#stage.send({ to: this.#priceOracle, data }, "reference");
  }

  async #report(source: Source, time: number): Promise<void> {
    const { hre, system } = this.#stage.world;
    const drawn = MEAN_BASIS + PERSISTENCE * (source.basis - MEAN_BASIS) + BASIS_SHOCK * source.random.normal();
    source.basis = Math.max(-LARGEST_BASIS, Math.min(LARGEST_BASIS, drawn));
    const report = {
      underlying: Number(source.market.underlying),
      basis: BigInt(Math.round(source.basis * WAD)),
      observedAt: BigInt(time),
    };
    const signatures = await signBasisReport(hre, system, report);
    const data = basisOracle.encodeFunctionData("post", [report, signatures]);
    await this.#stage.send({ to: this.#basisOracle, data }, "basis");
  }
}
