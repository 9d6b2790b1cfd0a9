/** What kinds of traders there are: what each means to hold, and how much of it that is now. */
import {
  type Expiry,
  type Instrument,
  type Lots,
  type MarketSnapshot,
  Mode,
  type Usdc,
  SurfaceStatus,
  marketOf,
  perp,
} from "../../sdk";
import type { OptionMarket } from "./optionMarket/OptionMarket";
import { STRUCTURES, legsOf } from "./optionMarket/structures";
import { type Plan, PlanDraw, targetLots } from "./plans";
import type { Random } from "./random";
import { type CostOf, type Funds, type Leg, lotsOf, multipleFor } from "./sizing";
import type { World } from "./world";

/** What a trader means to hold until it is sold out or until `endsAt`. */
export interface Intent {
  /** What the trader has in the account when entering. */
  collateral: Usdc;
  /** When the book is over and closed, unix seconds; Infinity for one that is held on. */
  endsAt: number;
  /** Whether all of it is traded in one transaction, which alone keeps its hedges. */
  atOnce: boolean;
  /** How much of each that is now, for an account that stands so. */
  targets: (snapshot: MarketSnapshot, funds: Funds, costOf: CostOf) => Map<Instrument, Lots>;
}

/** Somebody who enters. */
export interface Entrant {
  /** Its place among the traders. */
  index: number;
  mode: Mode;
  random: Random;
}

export interface Strategy {
  /** Undefined where there is nothing to trade at the moment. @param now unix seconds. */
  draw(entrant: Entrant, snapshot: MarketSnapshot, now: number): Intent | undefined;
}

/** Whose traders, and on what. */
type Crowd = Pick<World, "markets" | "accounts">;

/** Perpetuals, long or short. */
export class PerpetualStrategy implements Strategy {
  readonly #draw: PlanDraw;

  constructor({ markets, accounts }: Crowd) {
    this.#draw = new PlanDraw(markets, accounts.traders.length);
  }

  draw({ random, mode }: Entrant): Intent {
    const plan = this.#draw.draw(random, mode);
    return { collateral: plan.collateral, endsAt: Infinity, atOnce: false, targets: perpetualTargets(plan) };
  }
}

function perpetualTargets(plan: Plan): Intent["targets"] {
  return (snapshot, funds) => {
    const { mode, equity } = funds;
    if (mode !== Mode.Portfolio) {
      const lots = targetLots(plan, snapshot.markets, equity);
      return new Map([...lots].map(([underlying, size]) => [perp(underlying), size]));
    }
    const legs = plan.legs.map(({ underlying, weight }) => ({
      instrument: perp(underlying),
      ratio: weight / toNumber(marketOf(snapshot.markets, underlying).mark),
    }));
    const alone = { mode, equity, cash: equity, positions: [] };
    return lotsOf(legs, plan.leverage * multipleFor(1, snapshot, alone, legs, free));
  };
}

const free: CostOf = () => 0n;

/** A book holds one structure or two, each of as much notional. */
const SECOND = 0.5;
/** An expiry is traded until so long before it. */
const LEAST_TENOR = 2n * 86_400n;

/** Structures of options, hedged. */
export class OptionStrategy implements Strategy {
  readonly #world: Crowd;
  readonly #market: Pick<OptionMarket, "strikesOf">;
  readonly #draw: PlanDraw;
  readonly #random: Random;
  readonly #modes: number;

  /** @param modes how many modes traders are spread over: so many neighbours draw the same book. */
  constructor(world: Crowd, market: Pick<OptionMarket, "strikesOf">, random: Random, modes: number) {
    this.#world = world;
    this.#market = market;
    this.#draw = new PlanDraw(world.markets, world.accounts.traders.length);
    this.#random = random;
    this.#modes = modes;
  }

  /** The same for one trader of each mode who enter at once; an isolated account holds the book's first part alone. */
  draw({ index, mode }: Entrant, snapshot: MarketSnapshot, now: number): Intent | undefined {
    const random = this.#random.stream(`book ${Math.floor(index / this.#modes)} of ${now}`);
    const { collateral, leverage } = this.#draw.drawMeans(random);
    const structures = random.chance(SECOND) ? 2 : 1;
    const legs = new Map<Instrument, number>();
    let endsAt = Infinity;
    for (let i = 0; i < (mode === Mode.Isolated ? 1 : structures); ++i) {
      const found = this.#structure(random, snapshot, mode === Mode.Isolated);
      if (!found) return undefined;
      endsAt = Math.min(endsAt, found.endsAt);
      for (const { instrument, ratio } of found.legs) legs.set(instrument, (legs.get(instrument) ?? 0) + ratio);
    }
    const book: Leg[] = [...legs].map(([instrument, ratio]) => ({ instrument, ratio }));
    return {
      collateral,
      endsAt,
      atOnce: true,
      targets: (now, funds, costOf) => lotsOf(book, multipleFor(leverage, now, funds, book, costOf)),
    };
  }

  #structure(random: Random, snapshot: MarketSnapshot, alone: boolean): { legs: Leg[]; endsAt: number } | undefined {
    const [traded] = random.shuffled(this.#world.markets);
    const structure = STRUCTURES[Math.floor(random.next() * STRUCTURES.length)];
    const mirrored = random.chance(0.5);
    const later = random.chance(0.5) ? 1 : 0;
    const strikes = traded && this.#market.strikesOf(traded.underlying);
    if (!traded || !structure || !strikes) return undefined;
    const market = marketOf(snapshot.markets, traded.underlying);
    const expiries = tradable(snapshot, traded.underlying);
    const [near, far] = [expiries[later], expiries[later + 1]];
    if (!near || !far) return undefined;
    const legs = legsOf(structure, { market, strikes, near, far }, alone, mirrored);
    const gross = legs.reduce((sum, { ratio }) => sum + Math.abs(ratio), 0) * toNumber(market.spot);
    return {
      legs: legs.map(({ instrument, ratio }) => ({ instrument, ratio: ratio / gross })),
      endsAt: Number(near.expiresAt),
    };
  }
}

/** Those of an underlying whose surface takes new risk, the earliest first. */
function tradable({ expiries = [] }: MarketSnapshot, underlying: bigint): Expiry[] {
  return expiries
    .filter((one) => one.underlying === underlying && one.status >= SurfaceStatus.Stale && one.timeLeft >= LEAST_TENOR)
    .sort((a, b) => Number(a.expiresAt - b.expiresAt));
}

function toNumber(value: bigint): number {
  return Number(value) / 1e18;
}
