/** The markets as a frame opened now would see them. */
import type { Overrides } from "ethers";

import {
  type Market,
  type MarketSnapshot,
  type Position,
  type PriceBounds,
  PriceStatus,
  type SnapshotExpiry,
  SurfaceStatus,
  type Wad,
  decodeInstrument,
  isOption,
  pairOf,
  underlyingOf,
} from "../../sdk";
import type { IClearinghouse, IPriceOracle, IVolatilityOracle } from "../../typechain-types";
import { plainExpiry, plainMarket } from "./plain";

/** At which block; the one that comes next if absent. */
type At = Pick<Overrides, "blockTag">;

/** Reads every underlying named. */
export function readMarkets(
  clearinghouse: IClearinghouse,
  underlyings: readonly bigint[],
  at: At = {},
): Promise<Market[]> {
  return Promise.all(underlyings.map(async (underlying) => plainMarket(await clearinghouse.marketOf(underlying, at))));
}

/** Reads all that the accounts are judged by whose positions these are. */
export async function readSnapshot(
  clearinghouse: IClearinghouse,
  volatilityOracle: IVolatilityOracle,
  accounts: readonly (readonly Position[])[],
  at: At = {},
): Promise<MarketSnapshot> {
  const held = accounts.map((positions) => distinct(positions.map(({ instrument }) => underlyingOf(instrument))));
  const [markets, expiries, correlations] = await Promise.all([
    readMarkets(clearinghouse, distinct(held.flat()), at),
    readExpiries(clearinghouse, accounts.flat(), at),
    readCorrelations(volatilityOracle, held, at),
  ]);
  return { markets, expiries, correlations };
}

function readExpiries(
  clearinghouse: IClearinghouse,
  positions: readonly Position[],
  at: At,
): Promise<SnapshotExpiry[]> {
  const dates = new Map<string, [bigint, bigint]>();
  for (const { instrument } of positions) {
    const { underlying, expiry } = decodeInstrument(instrument);
    if (isOption(instrument)) dates.set(`${underlying} ${expiry}`, [underlying, expiry]);
  }
  return Promise.all(
    [...dates.values()].map(async ([underlying, expiresAt]) => {
      const [found, settlementPrice, settled] = await clearinghouse.expiryOf(underlying, expiresAt, at);
      return settled ? { ...plainExpiry(found), settlementPrice } : plainExpiry(found);
    }),
  );
}

/** Of every two underlyings that somebody holds at once. */
async function readCorrelations(
  oracle: IVolatilityOracle,
  held: readonly (readonly bigint[])[],
  at: At,
): Promise<ReadonlyMap<bigint, Wad>> {
  const pairs = new Map<bigint, [bigint, bigint]>();
  for (const list of held) {
    for (const [i, a] of list.entries()) for (const b of list.slice(i + 1)) pairs.set(pairOf(a, b), [a, b]);
  }
  const read = [...pairs].map(async ([key, [a, b]]) => [key, await oracle.correlation(a, b, at)] as const);
  return new Map(await Promise.all(read));
}

/** Reads the price bounds of every underlying that something held has no usable price of. */
export async function readBounds(
  priceOracle: IPriceOracle,
  { markets, expiries = [] }: MarketSnapshot,
): Promise<ReadonlyMap<bigint, PriceBounds>> {
  const sick = markets.filter(({ status }) => status === PriceStatus.Unusable);
  const dark = expiries.filter(({ status }) => status === SurfaceStatus.Absent);
  const entries = distinct([...sick, ...dark].map(({ underlying }) => underlying)).map(async (underlying) => {
    const [lower, upper] = await priceOracle.boundsOf(underlying);
    return [underlying, { lower, upper }] as const;
  });
  return new Map(await Promise.all(entries));
}

function distinct(numbers: readonly bigint[]): bigint[] {
  return [...new Set(numbers)];
}
