/** Replays prices through the real oracles while traders hold positions and the keeper runs. */
import type { HardhatRuntimeEnvironment } from "hardhat/types";

import { networkParameters } from "../../config/networks";
import { type Mode, WAD, type Wad } from "../../sdk";
import { Keeper } from "../keeper/Keeper";
import { rank } from "../keeper/ranking";
import { ExpirySettler } from "../keeper/settling";
import { type Receipt, ReplayChain, withSteadyClock } from "./chain";
import { EfficiencyMeter } from "./efficiency";
import { MakerDesk } from "./makers";
import { OutsideWorld } from "./market";
import { type LevelSeries, describeLevels, readLevels } from "./optionMarket/levels";
import { OptionMarket } from "./optionMarket/OptionMarket";
import type { ReplayObserver } from "./observer";
import type { ReplayOptions } from "./options";
import { HALF_SPREAD } from "./pricing";
import { type PriceSeries, type Step, type Timeline, readPrices, timelineOf } from "./prices";
import { Random } from "./random";
import { byMode, eachMode } from "./report/modes";
import { type Outcome, conclude } from "./outcome";
import { Shortfalls } from "./shortfalls";
import { Stage } from "./stage";
import { OptionStrategy, PerpetualStrategy } from "./strategies";
import { SYNTHETIC_FROM, syntheticCrash } from "./synthetic";
import { Tally } from "./tally";
import { Traders } from "./traders";
import { type World, buildWorld } from "./world";

/** What is to be replayed, read and checked before anything is deployed. */
export interface Scenario {
  timeline: Timeline;
  traders: number;
  /** The modes traders are spread over evenly. */
  modes: readonly Mode[];
  /** What chance is drawn from. */
  seed: string;
  /** Where the prices come from, for people. */
  sources: string[];
  /** When the chain has to begin, unix seconds. */
  beginsAt: number;
  /** Where the levels of the surfaces come from; undefined where no options are traded. */
  levels: readonly LevelSeries[] | undefined;
}

/** What a replay found. */
export interface Replayed {
  outcome: Outcome;
  /** The system at the end, with everybody's accounts. */
  world: World;
  /** What the chain refused the traders, and how often. */
  refusals: ReadonlyMap<string, number>;
}

const HOUR = 3_600;
const DAY = 24 * HOUR;
/** The system is deployed in the hour before the first price. */
const LEAD = HOUR;
/** Seconds from one block to the next. */
const BLOCK = 12;
const PROGRESS_LINES = 12;

/** The keeper wants a dollar a bid beyond what selling costs: fee and half-spread, and half as much again for the risk. */
const MIN_GAIN: Wad = WAD;
const UNWIND_COST: Wad = 3n * HALF_SPREAD;

/** Reads prices and options. Throws PlimsollInputError naming what is wrong. */
export async function prepare(asked: ReplayOptions): Promise<Scenario> {
  const { prices, traders, modes, seed, from, to, options, vol } = asked;
  const known = networkParameters("hardhat").underlyings.map(({ name }) => name);
  const synthetic = prices === undefined;
  const series = synthetic ? syntheticCrash(new Random(seed).stream("prices")) : await readPrices(prices, known);
  const timeline = timelineOf(series, { from: from ?? (synthetic ? SYNTHETIC_FROM : undefined), to });
  const first = timeline.warmUp[0] ?? timeline.steps[0];
  const levels = vol === undefined ? [] : await readLevels(vol, timeline.underlyings);
  return {
    ...{ timeline, traders, modes, seed },
    sources: series.map(sourceOf),
    beginsAt: (first?.time ?? 0) - LEAD,
    levels: options ? levels : undefined,
  };
}

/**
 * Runs the scenario on the in-process network, whose chain begins at `scenario.beginsAt`.
 * @param observer told what happens, where somebody wants more than the outcome.
 */
export async function replay(
  hre: HardhatRuntimeEnvironment,
  scenario: Scenario,
  progress: (line: string) => void,
  observer?: ReplayObserver,
): Promise<Replayed> {
  const { timeline, traders, modes, seed, sources, beginsAt, levels } = scenario;
  progress(`Prices of ${sources.join(", ")}. The basis is made up from the seed.`);
  if (levels) for (const line of describeLevels(levels, timeline)) progress(line);
  progress(`Deploying, with ${traders} traders.`);
  const world = await withSteadyClock(hre.network.provider, beginsAt, () =>
    buildWorld(hre, timeline, traders, modes, levels !== undefined),
  );
  const chain = await ReplayChain.takeOver(hre.network.provider);
  const contracts = await keeperContracts(world);
  const stage = new Stage(world, chain, new Tally(world.book), contracts.volatilityOracle);
  const run = new Run(stage, scenario, new Random(seed), contracts, progress, observer);
  await observer?.begin(world);
  stage.onMined = (receipt) => {
    run.mined(receipt);
  };
  await run.warmUp();
  await run.run();
  return { outcome: await run.outcome(), world, refusals: stage.refusals() };
}

class Run {
  readonly #stage: Stage;
  readonly #timeline: Timeline;
  readonly #progress: (line: string) => void;
  readonly #observer: ReplayObserver | undefined;
  readonly #outside: OutsideWorld;
  readonly #options: OptionMarket | undefined;
  readonly #desk: MakerDesk;
  readonly #traders: Traders;
  readonly #keeper: Keeper;
  readonly #meters: ReadonlyMap<Mode, EfficiencyMeter>;
  readonly #shortfalls: Shortfalls;
  #nextDay: number;
  #nextLine: number;

  constructor(
    stage: Stage,
    { timeline, levels, modes }: Scenario,
    random: Random,
    contracts: Awaited<ReturnType<typeof keeperContracts>>,
    progress: (line: string) => void,
    observer: ReplayObserver | undefined,
  ) {
    const { world, chain } = stage;
    const { accounts, book } = world;
    this.#stage = stage;
    this.#timeline = timeline;
    this.#progress = progress;
    this.#observer = observer;
    this.#outside = new OutsideWorld(stage, contracts, random);
    this.#desk = new MakerDesk(world.makers, world.domain, accounts.makers, book);
    const quiet = { info: nothing, warn: nothing, debug: nothing };
    const seen = chain.asSeenBy(world.keeper, world.keeper.address);
    const warn = (_: object, message: string): void => {
      stage.noteRefusal(`settle expiry: ${message}`);
    };
    const settler = new ExpirySettler(seen, book, contracts.expirySettlement, { ...quiet, warn });
    this.#options = levels && new OptionMarket(stage, contracts, levels, settler);
    const strategy = this.#options
      ? new OptionStrategy(world, this.#options, random, modes.length)
      : new PerpetualStrategy(world);
    this.#traders = new Traders(stage, this.#desk, strategy, random);
    stage.onLiquidated = (account) => {
      this.#traders.noteLiquidated(account);
    };
    const options = { account: accounts.keeper, minGain: MIN_GAIN, unwindCost: UNWIND_COST, counterOrders: this.#desk };
    this.#keeper = new Keeper(seen, book, contracts, options, quiet);
    const ids = accounts.traders.map(({ account }) => account);
    this.#meters = new Map(Object.values(byMode((mode) => mode)).map((mode) => [mode, new EfficiencyMeter(mode, ids)]));
    this.#shortfalls = new Shortfalls(world.markets);
    this.#nextDay = this.#nextLine = timeline.steps[0]?.time ?? 0;
  }

  /** A transaction was mined. */
  mined(receipt: Receipt): void {
    this.#shortfalls.mined(receipt);
    this.#observer?.mined(receipt);
  }

  /** Samples the volatility through the feeds, an hour at a time. */
  async warmUp(): Promise<void> {
    const { warmUp } = this.#timeline;
    if (warmUp.length > 0) this.#progress(`Warming the volatility with ${warmUp.length} hours of prices.`);
    for (const step of warmUp) {
      await this.#stage.chain.moveTo(step.time);
      await this.#outside.publishPrices(step);
      await this.#keeper.sample();
      await this.#stage.commit();
    }
  }

  async run(): Promise<void> {
    const { steps, end } = this.#timeline;
    this.#progress(`Replaying ${steps.length} steps.`);
    for (const [index, step] of steps.entries()) {
      await this.#stage.chain.moveTo(step.time);
      const moved = await this.#outside.publishPrices(step);
      await this.#outside.reportBasis(step.time);
      await this.#options?.publish(step.time, step.prices);
      await this.#stage.commit();
      await this.#options?.settle();
      const traded = await this.#trade(step.time);
      if (moved || traded) await this.#measure();
      for (const meter of this.#meters.values()) meter.step();
      const until = steps[index + 1]?.time ?? end;
      await this.#settleWithin(until);
      if (moved || traded || this.#busy()) await this.#watch(until);
      this.#report(step);
    }
  }

  async outcome(): Promise<Outcome> {
    return conclude(this.#stage, {
      steps: this.#timeline.steps.length,
      traders: byMode((mode) => this.#traders.count(mode)),
      capitalEfficiency: byMode((mode) => this.#meters.get(mode)?.mean() ?? 0),
      shortfalls: this.#shortfalls.finish(this.#stage.world.book.holders().map(({ id }) => id)),
      terms: { minGain: MIN_GAIN, unwindCost: UNWIND_COST },
      options: this.#options?.counts ?? null,
    });
  }

  /** Settles an expiry that can be before the next step. */
  async #settleWithin(until: number): Promise<void> {
    const due = this.#options?.nextSettlement ?? Infinity;
    if (due >= until || due < this.#stage.chain.time) return;
    await this.#stage.chain.moveTo(due);
    if (!(await this.#options?.settle())) return;
    await this.#traders.closeBooks();
    await this.#measure();
  }

  /** Whether any trader sent anything. */
  async #trade(time: number): Promise<boolean> {
    const before = this.#stage.committed;
    if (time >= this.#nextDay) {
      if (this.#nextDay === this.#timeline.steps[0]?.time) await this.#traders.enterAll();
      else await this.#traders.comeBack();
      this.#nextDay += DAY;
    }
    await this.#traders.closeBooks();
    await this.#traders.complete();
    return this.#stage.committed > before;
  }

  /**
   * Lets the keeper look from the next block on, as long as there is something to wait for, and before the next step.
   * While nothing can be done it looks less and less often.
   */
  async #watch(until: number): Promise<void> {
    const { chain } = this.#stage;
    let wait = BLOCK;
    let time = Math.min(chain.time + wait, until);
    do {
      await chain.moveTo(time);
      const actions = await this.#keeper.tick();
      if (actions.length > 0) {
        await this.#stage.commit();
        this.#desk.settled();
        await this.#measure();
      }
      wait = actions.length > 0 ? BLOCK : 2 * wait;
      time += wait;
    } while (this.#busy() && time < until);
  }

  /** Whether an auction runs or the keeper holds what it took. */
  #busy(): boolean {
    const { book, accounts } = this.#stage.world;
    const inventory = book.get(accounts.keeper)?.positions.length ?? 0;
    return inventory > 0 || book.holders().some(({ account }) => account.flagged);
  }

  async #measure(): Promise<void> {
    const { world, chain } = this.#stage;
    const snapshot = await this.#stage.readSnapshot();
    const { markets } = snapshot;
    const judged = rank(world.book.holders(), snapshot);
    for (const meter of this.#meters.values()) meter.measure(judged, markets);
    this.#shortfalls.measured(chain.time, markets, judged);
    if (!this.#observer) return;
    const efficiency = new Map([...this.#meters].map(([mode, { latest }]) => [mode, latest]));
    this.#observer.measured({ time: chain.time, markets, judged, efficiency });
  }

  #report({ time, prices }: Step): void {
    const { steps, end } = this.#timeline;
    if (time < this.#nextLine) return;
    this.#nextLine += Math.max(HOUR, (end - (steps[0]?.time ?? 0)) / PROGRESS_LINES);
    const at = new Date(time * 1000).toISOString().slice(0, 16).replace("T", " ");
    const quotes = [...prices].map(([name, price]) => `${name} ${(Number(price) / 1e8).toFixed(2)}`).join(", ");
    const { tally } = this.#stage;
    const liquidations = byMode((mode) => tally.liquidationsOf(mode));
    this.#progress(`${at}  ${quotes}  liquidations: ${eachMode((mode) => String(liquidations[mode]))}`);
  }
}

async function keeperContracts({ system, domain }: World): Promise<{
  clearinghouse: string;
  auction: string;
  vault: string;
  volatilityOracle: string;
  priceOracle: string;
  basisOracle: string;
  surfaceOracle: string;
  expirySettlement: string;
  domain: World["domain"];
}> {
  return {
    clearinghouse: domain.verifyingContract,
    auction: await system.auction.getAddress(),
    vault: await system.vault.getAddress(),
    volatilityOracle: await system.volatilityOracle.getAddress(),
    priceOracle: await system.priceOracle.getAddress(),
    basisOracle: await system.basisOracle.getAddress(),
    surfaceOracle: await system.surfaceOracle.getAddress(),
    expirySettlement: await system.expirySettlement.getAddress(),
    domain,
  };
}

function sourceOf({ underlying, source }: PriceSeries): string {
  return `${underlying} from ${source}`;
}

function nothing(): void {
  // A replay tells what happened by its outcome.
}
