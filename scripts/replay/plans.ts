/** What a trader means to hold, drawn from the seed, and how much of it that is at today's prices. */
import { LOTS_PER_UNIT, type Lots, type Market, Mode, type Usdc, WAD, marketOf } from "../../sdk";
import type { Random } from "./random";
import type { ReplayedMarket } from "./world";

/** One leg of a plan: a part of the gross notional, negative where it is short. */
export interface Leg {
  underlying: bigint;
  weight: number;
}

export interface Plan {
  /** What the trader has in the account when entering. */
  collateral: Usdc;
  /** Part of the largest leverage the mode allows. */
  leverage: number;
  /** Magnitudes add up to one. */
  legs: Leg[];
}

const MIN_LEVERAGE = 0.3;
const MAX_LEVERAGE = 0.95;
/** USD. Below it the keeper deposit would weigh. */
const SMALLEST_COLLATERAL = 500;
const LARGEST_COLLATERAL = 50_000;
const COLLATERAL_SPREAD = 25;
/** Traders together stay below half of the smallest market's open-interest cap at this leverage. */
const TYPICAL_LEVERAGE = 8;
const USDC_UNIT = 1e6;

/** Draws plans for `traders` traders on these markets. */
export class PlanDraw {
  readonly #markets: readonly ReplayedMarket[];
  readonly #largest: number;

  constructor(markets: readonly ReplayedMarket[], traders: number) {
    this.#markets = markets;
    const cap = Math.min(...markets.map(({ openInterestCap }) => Number(openInterestCap)));
    const fair = cap / 2 / TYPICAL_LEVERAGE / traders;
    this.#largest = Math.max(2 * SMALLEST_COLLATERAL, Math.min(LARGEST_COLLATERAL, fair));
  }

  /** Collateral is uniform in its logarithm, leverage as it is. */
  drawMeans(random: Random): Pick<Plan, "collateral" | "leverage"> {
    const smallest = Math.max(SMALLEST_COLLATERAL, this.#largest / COLLATERAL_SPREAD);
    const collateral = BigInt(Math.round(random.logBetween(smallest, this.#largest) * USDC_UNIT));
    return { collateral, leverage: random.between(MIN_LEVERAGE, MAX_LEVERAGE) };
  }

  /** Isolated accounts hold one underlying, others two or more where there are. */
  draw(random: Random, mode: Mode): Plan {
    const { collateral, leverage } = this.drawMeans(random);
    const most = this.#markets.length;
    // Drawn in every mode, so that with one underlying both hold the same book.
    const several = Math.min(most, 2 + Math.floor(random.next() * (most - 1)));
    const held = mode === Mode.Isolated ? 1 : several;
    const chosen = random.shuffled(this.#markets).slice(0, held);
    const shares = chosen.map(() => random.between(0.5, 1.5));
    const sum = shares.reduce((total, share) => total + share, 0);
    const legs = chosen.map(({ underlying }, index) => ({
      underlying,
      weight: ((random.chance(0.5) ? 1 : -1) * (shares[index] ?? 0)) / sum,
    }));
    return { collateral, leverage, legs };
  }
}

/**
 * The signed size of each leg at which an account under standard margin has the plan's part of the largest leverage.
 * Initial margin grows with the square of size, so the largest gross notional G solves a * G^2 + b * G = equity.
 * @param equity USD, Wad.
 */
export function targetLots(plan: Plan, markets: readonly Market[], equity: bigint): Map<bigint, Lots> {
  let quadratic = 0;
  let linear = 0;
  for (const { underlying, weight } of plan.legs) {
    const market = marketOf(markets, underlying);
    const size = Math.abs(weight);
    const rate = Math.max(toNumber(market.baseRate), toNumber(market.volMultiplier) * toNumber(market.dailyVol));
    linear +=
      size * (Math.min(1, rate) + (toNumber(market.confidence) * toNumber(market.spot)) / toNumber(market.mark));
    quadratic += (size ** 2 * toNumber(market.slope)) / toNumber(market.depth);
  }
  const available = Math.max(0, toNumber(equity));
  const gross = (2 * available) / (linear + Math.sqrt(linear ** 2 + 4 * quadratic * available));
  return new Map(
    plan.legs.map(({ underlying, weight }) => {
      const units = (weight * plan.leverage * gross) / toNumber(marketOf(markets, underlying).mark);
      return [underlying, BigInt(Math.trunc(units * Number(LOTS_PER_UNIT)))];
    }),
  );
}

function toNumber(value: bigint): number {
  return Number(value) / Number(WAD);
}
