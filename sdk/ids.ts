import { getAddress, isAddress } from "ethers";

import { formatStrike, parseStrike } from "./amounts";
import { PlimsollInputError } from "./inputError";
import { type Brand, type Seconds, type Wad, fitsUint } from "./units";

/** An account of the ledger: its owner's address above a 96-bit index. Laid out in contracts/types/AccountId.sol. */
export type AccountId = Brand<"AccountId">;

/** What can be held, described by its own id. Laid out in contracts/instruments/Instrument.sol. */
export type Instrument = Brand<"Instrument">;

/** What an instrument is. The numbers are part of its id. */
export const Kind = { Nothing: 0n, Cash: 1n, Spot: 2n, Perp: 3n, Call: 4n, Put: 5n } as const;
export type Kind = (typeof Kind)[keyof typeof Kind];

const INDEX_BITS = 96n;
const KIND_SHIFT = 112n;
const UNDERLYING_SHIFT = 96n;
const EXPIRY_SHIFT = 64n;

/** The account number `index` of `owner`. Throws PlimsollInputError on a bad address or an index beyond 96 bits. */
export function makeAccountId(owner: string, index: bigint): AccountId {
  checkAddress(owner);
  if (!fitsUint(INDEX_BITS, index)) {
    throw new PlimsollInputError(`The account index ${index} is not between 0 and 2^96 - 1.`);
  }
  return ((BigInt(owner) << INDEX_BITS) | index) as AccountId;
}

/** Throws PlimsollInputError unless `text` is an address, its checksum right if it has one. */
export function checkAddress(text: string): void {
  const valid: boolean = isAddress(text);
  if (!valid)
    throw new PlimsollInputError(`"${text}" is not an address: 0x and 40 hex digits, checksummed or lower case.`);
}

/** An id that came from the chain or a file. Throws PlimsollInputError if it is not a 256-bit unsigned integer. */
export function toAccountId(id: bigint): AccountId {
  if (!fitsUint(256n, id))
    throw new PlimsollInputError(`${id} is not an account id, which is between 0 and 2^256 - 1.`);
  return id as AccountId;
}

/** The only address that may move funds out of the account, checksummed. */
export function ownerOf(id: AccountId): string {
  return getAddress(`0x${(id >> INDEX_BITS).toString(16).padStart(40, "0")}`);
}

/** Which of its owner's accounts this is. */
export function indexOf(id: AccountId): bigint {
  return BigInt.asUintN(96, id);
}

/** `owner/index`, as `parseAccountId` reads it. */
export function formatAccountId(id: AccountId): string {
  return `${ownerOf(id)}/${indexOf(id)}`;
}

/** Reads `owner/index`; an owner alone means its account 0. Throws PlimsollInputError on anything else. */
export function parseAccountId(text: string): AccountId {
  const [owner = "", index = "0"] = text.split("/");
  if (!isAddress(owner) || !/^[^/]+(\/\d+)?$/.test(text)) {
    throw new PlimsollInputError(`"${text}" is not an account: write its owner's address, a slash and its index.`);
  }
  return makeAccountId(owner, BigInt(index));
}

/** The perpetual on `underlying`. Throws PlimsollInputError if that is not an index of 16 bits. */
export function perp(underlying: bigint): Instrument {
  if (!fitsUint(16n, underlying)) {
    throw new PlimsollInputError(`The underlying ${underlying} is not an index between 0 and 65535.`);
  }
  return ((Kind.Perp << KIND_SHIFT) | (underlying << UNDERLYING_SHIFT)) as Instrument;
}

/** What names an option. */
export interface OptionSeries {
  underlying: bigint;
  /** Unix seconds. */
  expiry: Seconds;
  /** USD with 8 decimals. */
  strike: bigint;
  call: boolean;
}

/** The option of a series. Throws PlimsollInputError where a field does not fit its bits or is zero. */
export function option({ underlying, expiry, strike, call }: OptionSeries): Instrument {
  if (!fitsUint(16n, underlying)) {
    throw new PlimsollInputError(`The underlying ${underlying} is not an index between 0 and 65535.`);
  }
  if (expiry === 0n || !fitsUint(32n, expiry)) {
    throw new PlimsollInputError(`The expiry ${expiry} is not a time between 1 and 2^32 - 1, in unix seconds.`);
  }
  if (strike === 0n || !fitsUint(64n, strike)) {
    throw new PlimsollInputError(`The strike ${strike} is not between 1 and 2^64 - 1, in USD of 8 decimals.`);
  }
  const kind = call ? Kind.Call : Kind.Put;
  const id = (kind << KIND_SHIFT) | (underlying << UNDERLYING_SHIFT) | (expiry << EXPIRY_SHIFT) | strike;
  return id as Instrument;
}

/** Whether the id is an option: a call or a put. */
export function isOption(id: Instrument): boolean {
  const kind = id >> KIND_SHIFT;
  return kind === Kind.Call || kind === Kind.Put;
}

/** Whether the id is exactly a perpetual: right kind, and nothing in the fields a perpetual lacks. */
export function isPerp(id: Instrument): boolean {
  return id === perp(underlyingOf(id));
}

/** The index of the underlying whose price drives the instrument. */
export function underlyingOf(id: Instrument): bigint {
  return BigInt.asUintN(16, id >> UNDERLYING_SHIFT);
}

/** The fields of an instrument's id. */
export interface InstrumentFields {
  /** One of `Kind`, or a number no kind has yet. */
  kind: bigint;
  underlying: bigint;
  /** Unix seconds; zero for what does not expire. */
  expiry: bigint;
  /** USD with 8 decimals; zero for what has no strike. */
  strike: bigint;
}

/** The fields of an instrument's id, whether or not anything such is listed. */
export function decodeInstrument(id: Instrument): InstrumentFields {
  return {
    kind: BigInt.asUintN(8, id >> KIND_SHIFT),
    underlying: underlyingOf(id),
    expiry: BigInt.asUintN(32, id >> EXPIRY_SHIFT),
    strike: BigInt.asUintN(64, id),
  };
}

/** When options expire unless their name says another time of the day: 08:00 UTC. */
const USUAL_TIME = "0800";

/**
 * What people call an instrument: ETH-PERP, ETH-20261225-2200-C, with the time of the day behind the date (T1430 UTC,
 * T143059 where it has seconds) of options that do not expire at 08:00.
 * @param names of underlyings by index; one without is written as a number.
 */
export function instrumentName(id: Instrument, names: ReadonlyMap<bigint, string> = new Map()): string {
  const { kind, underlying, expiry, strike } = decodeInstrument(id);
  const name = names.get(underlying) ?? underlying.toString();
  if (isPerp(id)) return `${name}-PERP`;
  if (!isOption(id)) return `0x${id.toString(16)}`;
  const [date = "", time = ""] = new Date(Number(expiry) * 1000)
    .toISOString()
    .replace(/[-:]|\.000Z/g, "")
    .split("T");
  const minute = time.endsWith("00") ? time.slice(0, 4) : time;
  return `${name}-${date}${minute === USUAL_TIME ? "" : `T${minute}`}-${formatStrike(strike)}-${kind === Kind.Call ? "C" : "P"}`;
}

const NAME = /^([A-Z0-9]+)-(?:PERP|(\d{4})(\d{2})(\d{2})(?:T(\d{2})(\d{2})(\d{2})?)?-(\d+(?:\.\d{1,8})?)-([CP]))$/;

/**
 * The instrument of a name that `instrumentName` gives. Throws PlimsollInputError for any other.
 * @param names of underlyings by index.
 */
export function parseInstrument(text: string, names: ReadonlyMap<bigint, string>): Instrument {
  const found = NAME.exec(text);
  const [, name, year, month, day, hour = "08", minute = "00", second = "00", strike, side] = found ?? [];
  if (name === undefined) {
    throw new PlimsollInputError(
      `"${text}" is not an instrument: write ETH-PERP, or ETH-20261225-2200-C for a call, -P for a put.`,
    );
  }
  const underlying = [...names].find(([, known]) => known === name)?.[0];
  if (underlying === undefined) {
    throw new PlimsollInputError(`There is no underlying "${name}": choose one of ${[...names.values()].join(", ")}.`);
  }
  if (strike === undefined) return perp(underlying);
  const date = `${year}-${month}-${day}T${hour}:${minute}:${second}.000Z`;
  const expiry = Date.parse(date);
  if (Number.isNaN(expiry) || new Date(expiry).toISOString() !== date) {
    throw new PlimsollInputError(`"${text}" names a date that there is not: ${date.slice(0, 19)} UTC.`);
  }
  return option({ underlying, expiry: BigInt(expiry / 1000), strike: parseStrike(strike), call: side === "C" });
}

/** USD Wad in a strike's eighth decimal. */
const WAD_PER_STRIKE = 10n ** 10n;

/** An option's strike, USD; zero for what has none. */
export function strikeOf(id: Instrument): Wad {
  return decodeInstrument(id).strike * WAD_PER_STRIKE;
}

/** Whether the id is a call. */
export function isCall(id: Instrument): boolean {
  return decodeInstrument(id).kind === Kind.Call;
}

/** An id that came from the chain or a file. Throws PlimsollInputError if it does not fit 120 bits. */
export function toInstrument(id: bigint): Instrument {
  if (!fitsUint(120n, id))
    throw new PlimsollInputError(`${id} is not an instrument, which is between 0 and 2^120 - 1.`);
  return id as Instrument;
}
