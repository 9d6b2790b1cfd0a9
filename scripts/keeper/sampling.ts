/** Keeps the volatility oracle sampled: anyone may, and missing samples widen everyone's margin. */
import { type IVolatilityOracle, IVolatilityOracle__factory } from "../../typechain-types";
import { type Call, type KeeperChain, readerOf } from "./chain";

const HOUR = 3600n;

/** Tells when samples are due. Until the moment it has read from the chain it asks nothing. */
export class VolatilitySampler {
  readonly #chain: KeeperChain;
  readonly #address: string;
  readonly #oracle: IVolatilityOracle;
  #underlyings: bigint[] = [];
  #nextHour = 0n;
  #nextDay = 0n;

  constructor(chain: KeeperChain, volatilityOracle: string) {
    this.#chain = chain;
    this.#address = volatilityOracle;
    this.#oracle = IVolatilityOracle__factory.connect(volatilityOracle, readerOf(chain));
  }

  /** The call that takes what is due at `now`, unix seconds; undefined where nothing can be sampled. */
  async due(now: bigint): Promise<Call | undefined> {
    if (now < this.#nextHour && now < this.#nextDay) return undefined;
    await this.#look();
    // The daily sample takes the hourly ones that are due with it.
    if (now >= this.#nextDay) return this.#tried(this.#oracle.interface.encodeFunctionData("sampleDay"));
    if (now < this.#nextHour) return undefined;
    const taken = await this.#oracle.sampleMany.staticCall(this.#underlyings);
    if (taken === 0n) return undefined;
    return {
      to: this.#address,
      data: this.#oracle.interface.encodeFunctionData("sampleMany", [this.#underlyings]),
    };
  }

  async #look(): Promise<void> {
    this.#underlyings = [...(await this.#oracle.listed())];
    this.#nextDay = await this.#oracle.nextDayAt();
    const forecasts = await Promise.all(this.#underlyings.map((underlying) => this.#oracle.forecastOf(underlying)));
    const dueAt = forecasts.map(({ sampledAt }) => sampledAt + HOUR);
    this.#nextHour = dueAt.reduce((first, at) => (at < first ? at : first), this.#nextDay + HOUR);
  }

  /** The call, where it passes now: a stale price is waited out. */
  async #tried(data: string): Promise<Call | undefined> {
    const call = { to: this.#address, data };
    try {
      await this.#chain.call(call);
      return call;
    } catch {
      return undefined;
    }
  }
}
