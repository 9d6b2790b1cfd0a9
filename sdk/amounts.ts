import { PlimsollInputError } from "./inputError";
import { abs } from "./risk/fixedPoint";
import { type Lots, type Shares, type Usdc, type Wad, fitsInt, fitsUint } from "./units";

const WAD_DECIMALS = 18;
const LOTS_DECIMALS = 8;
const USDC_DECIMALS = 6;
const SHARES_DECIMALS = 12;

/** Of strikes in the ids of options. */
const STRIKE_DECIMALS = 8;

const LARGEST_LOTS = 2n ** 63n - 1n;
const LARGEST_UINT256 = 2n ** 256n - 1n;

/**
 * Reads a price, rate or USD amount such as "1999.5" into 1e-18.
 * @param field what a refusal calls the value.
 * @throws PlimsollInputError if it is no plain decimal number, has more than 18 decimals or does not fit int256.
 */
export function parseWad(text: string, field = "amount"): Wad {
  const value = parseDecimal(text, WAD_DECIMALS, field);
  if (!fitsInt(256n, value))
    throw new PlimsollInputError(`The ${field} "${text}" is larger than any the ledger holds.`);
  return value;
}

/**
 * Reads a size such as "-1.5" units into lots of 1e-8 units.
 * @param field what a refusal calls the value.
 * @throws PlimsollInputError if it is no plain decimal number, has more than 8 decimals or does not fit int64.
 */
export function parseLots(text: string, field = "size"): Lots {
  const value = parseDecimal(text, LOTS_DECIMALS, field);
  if (!fitsInt(64n, value)) {
    throw new PlimsollInputError(
      `The ${field} "${text}" is beyond ${formatLots(LARGEST_LOTS)}, the largest the ledger holds.`,
    );
  }
  return value;
}

/**
 * Reads a strike such as "2200.5" USD as the ids of options have it, with 8 decimals.
 * @param field what a refusal calls the value.
 * @throws PlimsollInputError if it is no plain decimal number, has more than 8 decimals, is not above zero or does not
 * fit 64 bits.
 */
export function parseStrike(text: string, field = "strike"): bigint {
  const value = parseDecimal(text, STRIKE_DECIMALS, field);
  if (value <= 0n) throw new PlimsollInputError(`The ${field} "${text}" is not above zero.`);
  if (fitsUint(64n, value)) return value;
  throw new PlimsollInputError(`The ${field} "${text}" is larger than any that an option can have.`);
}

/** Exact, in USD, without trailing zeros: "2200.5". `value` has 8 decimals. */
export function formatStrike(value: bigint): string {
  return formatDecimal(value, STRIKE_DECIMALS);
}

/**
 * Reads an amount of the settlement token such as "250.75" into units of 1e-6.
 * @param field what a refusal calls the value.
 * @throws PlimsollInputError if it is no plain decimal number, is negative, or has more than 6 decimals.
 */
export function parseUsdc(text: string, field = "amount"): Usdc {
  const value = parseDecimal(text, USDC_DECIMALS, field);
  if (value < 0n) throw new PlimsollInputError(`The ${field} "${text}" is negative, and a token amount cannot be.`);
  if (value > LARGEST_UINT256) {
    throw new PlimsollInputError(`The ${field} "${text}" is larger than any a token holds.`);
  }
  return value;
}

/**
 * Reads a number of the backstop vault's shares such as "99.5" into units of 1e-12.
 * @param field what a refusal calls the value.
 * @throws PlimsollInputError if it is no plain decimal number, is negative, or has more than 12 decimals.
 */
export function parseShares(text: string, field = "shares"): Shares {
  const value = parseDecimal(text, SHARES_DECIMALS, field);
  if (value < 0n) throw new PlimsollInputError(`The ${field} "${text}" is negative, and a number of shares cannot be.`);
  if (value > LARGEST_UINT256) {
    throw new PlimsollInputError(`The ${field} "${text}" is larger than any the vault has.`);
  }
  return value;
}

/** Exact, without trailing zeros: "1999.5". */
export function formatWad(value: Wad): string {
  return formatDecimal(value, WAD_DECIMALS);
}

/** Exact, in units of the underlying, without trailing zeros: "-1.5". */
export function formatLots(value: Lots): string {
  return formatDecimal(value, LOTS_DECIMALS);
}

/** Exact, without trailing zeros: "250.75". */
export function formatUsdc(value: Usdc): string {
  return formatDecimal(value, USDC_DECIMALS);
}

/** Exact, without trailing zeros: "99.5". */
export function formatShares(value: Shares): string {
  return formatDecimal(value, SHARES_DECIMALS);
}

/** For people: "-1234.57", rounded half away from zero to `places` decimals. */
export function roundWad(value: Wad, places = 2): string {
  const divisor = 10n ** BigInt(WAD_DECIMALS - places);
  const magnitude = (abs(value) + divisor / 2n) / divisor;
  const digits = magnitude.toString().padStart(places + 1, "0");
  const sign = value < 0n && magnitude !== 0n ? "-" : "";
  const whole = digits.slice(0, digits.length - places);
  return places === 0 ? sign + digits : `${sign}${whole}.${digits.slice(-places)}`;
}

function parseDecimal(text: string, decimals: number, field: string): bigint {
  const match = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text);
  if (!match) throw new PlimsollInputError(`The ${field} "${text}" is not a plain decimal number such as 1.5.`);
  const [, sign = "", whole = "", fraction = ""] = match;
  if (fraction.length > decimals) {
    throw new PlimsollInputError(`The ${field} "${text}" has ${fraction.length} decimals and may have ${decimals}.`);
  }
  const magnitude = BigInt(whole + fraction.padEnd(decimals, "0"));
  return sign === "-" ? -magnitude : magnitude;
}

function formatDecimal(value: bigint, decimals: number): string {
  const digits = abs(value)
    .toString()
    .padStart(decimals + 1, "0");
  const whole = digits.slice(0, -decimals);
  const fraction = digits.slice(-decimals).replace(/0+$/, "");
  return `${value < 0n ? "-" : ""}${whole}${fraction === "" ? "" : `.${fraction}`}`;
}
