/** Slices of a surface between what fits them, in doubles, and what is signed and stored, in whole units. */
import type { Seconds, Wad } from "../../sdk/units";
import type { Svi } from "../../sdk/risk/svi";

/** Raw SVI in doubles; see contracts/math/Svi.sol. */
export interface RawSvi {
  a: number;
  b: number;
  rho: number;
  m: number;
  s: number;
}

/** One expiry of a report. See contracts/types/Surface.sol; suffixes are decimals. */
export interface SurfaceSlice {
  expiry: Seconds;
  forwardRatio9: bigint;
  rate9: bigint;
  a12: bigint;
  b12: bigint;
  rho12: bigint;
  m12: bigint;
  s12: bigint;
}

/** What the surface signers sign. See contracts/interfaces/ISurfaceOracle.sol. */
export interface SurfaceReport {
  underlying: number;
  /** When it was measured. */
  observedAt: Seconds;
  /** By ascending expiry. */
  slices: SurfaceSlice[];
}

const WAD_PER_12 = 10n ** 6n;
const WAD_PER_9 = 10n ** 9n;

/** Rounds to the units that are stored. @param rate a year, continuously compounded. */
export function toSlice(expiry: Seconds, forwardRatio: number, rate: number, svi: RawSvi): SurfaceSlice {
  return {
    expiry,
    forwardRatio9: units(forwardRatio, 1e9),
    rate9: units(rate, 1e9),
    a12: units(svi.a, 1e12),
    b12: units(svi.b, 1e12),
    rho12: units(svi.rho, 1e12),
    m12: units(svi.m, 1e12),
    s12: units(svi.s, 1e12),
  };
}

/** The smile that is stored, in Wad. */
export function sviOf({ a12, b12, rho12, m12, s12 }: SurfaceSlice): Svi {
  return {
    a: a12 * WAD_PER_12,
    b: b12 * WAD_PER_12,
    rho: rho12 * WAD_PER_12,
    m: m12 * WAD_PER_12,
    s: s12 * WAD_PER_12,
  };
}

/** The forward over spot that is stored. */
export function forwardRatioOf({ forwardRatio9 }: SurfaceSlice): Wad {
  return forwardRatio9 * WAD_PER_9;
}

/** The yearly rate that is stored. */
export function rateOf({ rate9 }: SurfaceSlice): Wad {
  return rate9 * WAD_PER_9;
}

/** The smile that is stored, in doubles. */
export function rawSviOf({ a12, b12, rho12, m12, s12 }: SurfaceSlice): RawSvi {
  const [a, b, rho, m, s] = [a12, b12, rho12, m12, s12].map((value) => Number(value) / 1e12) as [
    number,
    number,
    number,
    number,
    number,
  ];
  return { a, b, rho, m, s };
}

function units(value: number, perOne: number): bigint {
  return BigInt(Math.round(value * perOne));
}
