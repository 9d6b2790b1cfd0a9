/** A market with listed options, and accounts that hold some of them: the same ones every time. */
import {
  type Expiry,
  type Market,
  type MarketData,
  type Position,
  PriceStatus,
  SurfaceStatus,
  option,
  parseLots,
  parseWad,
  perp,
} from "../../sdk";
import { Random } from "../replay/random";

/** A book by its size: options spread evenly over expiries, and a perpetual. */
export interface Shape {
  options: number;
  expiries: number;
}

export const ETH = 0n;
export const NOW = 1_700_000_000n;
export const DAY = 86_400n;
/** In USD, about the price. */
const [LOWEST_STRIKE, STRIKE_STEP, STRIKES] = [1_200, 50, 33];
const [SMALLEST, LARGEST] = [0.01, 10];

/** As the peers were measured on. */
export const market: Market = {
  underlying: ETH,
  status: PriceStatus.Fresh,
  spot: parseWad("2000"),
  mark: parseWad("2003"),
  index: parseWad("2003"),
  confidence: parseWad("0.0025"),
  dailyVol: parseWad("0.035"),
  baseRate: parseWad("0.08"),
  volMultiplier: parseWad("2.8"),
  slope: parseWad("0.01"),
  depth: parseWad("20000000"),
  maintenanceRatio: parseWad("0.7"),
  referenceVol: parseWad("0.035"),
  priceRange: parseWad("0.19"),
  credit: parseWad("0.6"),
};

/** The market with a smile for each expiry. */
export function snapshotFor({ expiries }: Shape): MarketData {
  return { markets: [market], expiries: daysOf(expiries).map((days) => expiryIn(days)) };
}

/** `count` accounts of the shape: no two hold the same options in the same sizes. */
export function accountsFor(shape: Shape, count: number): Position[][] {
  const draw = new Random(`${shape.options} options on ${shape.expiries} expiries`);
  return Array.from({ length: count }, () => accountOf(shape, draw));
}

function accountOf({ options, expiries }: Shape, draw: Random): Position[] {
  const held = daysOf(expiries).flatMap((days, i) => {
    const most = Math.floor(options / expiries) + (i < options % expiries ? 1 : 0);
    return draw.shuffled(seriesIn(days)).slice(0, most);
  });
  const lots = (): bigint => parseLots((draw.logBetween(SMALLEST, LARGEST) * (draw.chance(0.5) ? 1 : -1)).toFixed(8));
  return [
    ...held.map((instrument) => ({ instrument, lots: lots(), index: 0n })),
    { instrument: perp(ETH), lots: lots(), index: market.index },
  ];
}

function seriesIn(days: bigint): Position["instrument"][] {
  return Array.from({ length: STRIKES }, (_, i) => BigInt(LOWEST_STRIKE + STRIKE_STEP * i) * 10n ** 8n).flatMap(
    (strike) => [true, false].map((call) => option({ underlying: ETH, expiry: NOW + days * DAY, strike, call })),
  );
}

function daysOf(expiries: number): bigint[] {
  return Array.from({ length: expiries }, (_, i) => 7n + 20n * BigInt(i));
}

/** 60 % a year at the money, more either way, and wider with the root of time. */
export function expiryIn(days: bigint, rate = parseWad("0.04")): Expiry {
  const part = (wad: string): bigint => (parseWad(wad) * days) / 30n;
  return {
    underlying: ETH,
    expiresAt: NOW + days * DAY,
    timeLeft: days * DAY,
    status: SurfaceStatus.Fresh,
    observedAt: NOW,
    forwardRatio: parseWad("1") + part("0.0041"),
    rate,
    a: part("0.0148"),
    b: part("0.074"),
    rho: parseWad("-0.2"),
    m: 0n,
    s: parseWad("0.2"),
    tenor: days * DAY,
    widening: 0n,
  };
}
