/** Made-up prices for when nobody gave a file: a calm week, then a crash of a third within hours, and a rebound. */
import type { PriceSeries, Visit } from "./prices";
import type { Random } from "./random";

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const STEP = 5 * MINUTE;
const UNIT = 1e8;

/** When the made-up prices begin, 2024-01-01 UTC, and when the replay of them does. */
const START = 1_704_067_200;
export const SYNTHETIC_FROM = START + 7 * DAY;
const END = SYNTHETIC_FROM + 2 * DAY;

/** Drift and volatility from a moment on, seconds after SYNTHETIC_FROM. */
interface Phase {
  from: number;
  /** Log return an hour. */
  drift: number;
  /** Standard deviation of one hour's log return. */
  hourlyVol: number;
}

const PHASES: readonly Phase[] = [
  { from: -Infinity, drift: 0, hourlyVol: 0.005 },
  { from: 14 * HOUR, drift: -0.02, hourlyVol: 0.012 },
  { from: 18 * HOUR, drift: -0.055, hourlyVol: 0.03 },
  { from: 24 * HOUR, drift: 0.02, hourlyVol: 0.025 },
  { from: 30 * HOUR, drift: 0, hourlyVol: 0.012 },
];

/** First price, USD, and how strongly the underlying follows the phases. */
const UNDERLYINGS = [
  { underlying: "ETH", price: 2_300, beta: 1 },
  { underlying: "BTC", price: 43_000, beta: 0.8 },
] as const;

/** How much of each shock is common to all. */
const COMMON = Math.sqrt(0.8);

/** The made-up prices of a seed, five minutes apart. */
export function syntheticCrash(random: Random): PriceSeries[] {
  const common = random.stream("common");
  const shocks: number[] = [];
  for (let time = START; time < END; time += STEP) shocks.push(common.normal());
  return UNDERLYINGS.map(({ underlying, price, beta }) => {
    const own = random.stream(underlying);
    const visits: Visit[] = [];
    let logPrice = Math.log(price);
    shocks.forEach((shock, index) => {
      const time = START + index * STEP;
      visits.push({ time, price: BigInt(Math.round(Math.exp(logPrice) * UNIT)) });
      const phase = PHASES.findLast(({ from }) => time - SYNTHETIC_FROM >= from) ?? PHASES[0];
      const mixed = COMMON * shock + Math.sqrt(1 - COMMON ** 2) * own.normal();
      const hours = STEP / HOUR;
      if (phase) logPrice += beta * (phase.drift * hours + phase.hourlyVol * Math.sqrt(hours) * mixed);
    });
    return { underlying, visits, end: END, source: "synthetic crash" };
  });
}
