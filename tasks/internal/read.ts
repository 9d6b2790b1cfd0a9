/** Reads what tasks take as options. */
import { type Lots, PlimsollInputError, type Wad, parseLots, parseWad } from "../../sdk";

/** How many lines to show. Throws PlimsollInputError unless it is a whole number above zero. */
export function readLimit(text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise;
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw new PlimsollInputError(`The limit "${text}" is not a whole number above zero.`);
}

/** What is bought, or with a minus sold. Throws PlimsollInputError where it is zero or no size. */
export function readSize(text: string): Lots {
  const size = parseLots(text, "size");
  if (size !== 0n) return size;
  throw new PlimsollInputError("The size is zero: buy with a positive size, sell with a negative.");
}

/** USD a unit. Throws PlimsollInputError unless it is above zero. */
export function readPrice(text: string, field = "price"): Wad {
  const price = parseWad(text, field);
  if (price > 0n) return price;
  throw new PlimsollInputError(`The ${field} "${text}" is not above zero.`);
}

/** A whole number from zero to `most`. Throws PlimsollInputError on anything else. */
export function readWhole(text: string, field: string, most: bigint): bigint {
  if (/^\d{1,20}$/.test(text) && BigInt(text) <= most) return BigInt(text);
  throw new PlimsollInputError(`The ${field} "${text}" is not a whole number from 0 to ${most}.`);
}
