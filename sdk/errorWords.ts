/** How the sentences of errors name things and write numbers. */
import { toUtf8String } from "ethers";

import { formatStrike, formatUsdc, formatWad, roundWad } from "./amounts";
import {
  type AccountId,
  type Instrument,
  Kind,
  decodeInstrument,
  formatAccountId,
  isOption,
  isPerp,
  underlyingOf,
} from "./ids";

/** Names of underlyings by index; an index without one is written as a number. */
export type UnderlyingNames = ReadonlyMap<bigint, string>;

export function order({ account, nonce }: { account: AccountId; nonce: bigint }): string {
  return `Order ${nonce} of account ${formatAccountId(account)}`;
}

export function underlying(index: bigint, names: UnderlyingNames): string {
  return names.get(index) ?? `underlying ${index}`;
}

export function instrument(id: Instrument, names: UnderlyingNames): string {
  if (isPerp(id)) return `the perpetual on ${underlying(underlyingOf(id), names)}`;
  if (!isOption(id)) return `instrument 0x${id.toString(16)}`;
  const { kind, expiry, strike } = decodeInstrument(id);
  return `the ${formatStrike(strike)} ${kind === Kind.Call ? "call" : "put"} on ${underlying(underlyingOf(id), names)} of ${time(expiry)}`;
}

export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** USD, Wad, to the cent. */
export function usd(value: bigint): string {
  return roundWad(value);
}

/** Two USD amounts, Wad, to the cent or as finely as it takes to tell them apart. */
export function distinctly(a: bigint, b: bigint): [string, string] {
  for (let places = 2; places < 18; ++places) {
    const pair: [string, string] = [roundWad(a, places), roundWad(b, places)];
    if (pair[0] !== pair[1] || a === b) return pair;
  }
  return [formatWad(a), formatWad(b)];
}

/** An amount of the settlement token, exact, with two decimals at least. */
export function token(value: bigint): string {
  const [whole = "", fraction = ""] = formatUsdc(value).split(".");
  return `${whole}.${fraction.padEnd(2, "0")}`;
}

/** Thousandths of a vol point, in points. */
export function volPoints(thousandths: bigint): string {
  return formatWad(thousandths * 10n ** 15n);
}

/** A Wad ratio. */
export function percent(value: bigint): string {
  return `${roundWad(value * 100n)} %`;
}

export function time(seconds: bigint): string {
  return `${new Date(Number(seconds) * 1000).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

export function outOfBounds(
  what: string,
  { value, lower, upper }: { value: bigint; lower: bigint; upper: bigint },
): string {
  return `The ${what} is ${value} and must be between ${lower} and ${upper}.`;
}

/** A name that was packed into bytes32, left-aligned. */
export function shortText(bytes32: string): string {
  const text = bytes32.replace(/(00)+$/, "");
  return text === "0x" ? text : toUtf8String(text);
}
