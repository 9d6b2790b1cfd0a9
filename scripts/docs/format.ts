/** Figures as the documentation prints them. */
import { LOTS_PER_UNIT, type Lots, WAD, type Wad, formatLots, roundWad } from "../../sdk";

/** "12,085.31" of an amount or price. */
export function usd(value: Wad, places = 2): string {
  const [whole = "", fraction] = roundWad(value, places).split(".");
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ",");
  return fraction === undefined ? grouped : `${grouped}.${fraction}`;
}

/** "9.8060 %" of a rate. */
export function percent(rate: Wad, places = 4): string {
  return `${roundWad(rate * 100n, places)} %`;
}

/** "7.41" of a ratio of two amounts. */
export function ratio(a: Wad, b: Wad, places = 2): string {
  return roundWad((a * WAD) / b, places);
}

/** A size in units of the underlying. */
export function units(lots: Lots): string {
  return formatLots(lots);
}

/** Whole units as lots. */
export function lotsOf(whole: bigint): Lots {
  return whole * LOTS_PER_UNIT;
}
