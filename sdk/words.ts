import { type Instrument, isOption, isPerp, toInstrument } from "./ids";
import { PlimsollInputError } from "./inputError";
import { type Lots, type Seconds, type Usdc, type Wad, fitsInt, fitsUint } from "./units";

/** A margin model's slot. None is an account nobody opened. */
export const Mode = { None: 0n, Isolated: 1n, Cross: 2n, Portfolio: 3n } as const;
export type Mode = (typeof Mode)[keyof typeof Mode];

/** Everything about an account but its positions: one storage slot of contracts/types/Account.sol, unpacked. */
export interface Account {
  /** Settlement cash; negative while the account owes. */
  cash: Wad;
  /** Which generation of orders is valid. */
  epoch: bigint;
  /** Locked for whoever flags the account, and no part of its equity. */
  keeperDeposit: Usdc;
  /** How many of the positions are options stored two a slot. */
  packed: bigint;
  /** How many positions are stored. */
  positions: bigint;
  /** One of `Mode`, or the slot of a model registered later. */
  mode: bigint;
  /** Whether the account is being liquidated. */
  flagged: boolean;
  /** Whether proceeds of the account may be locked: see `Clearinghouse.lockedOf`. */
  locked: boolean;
  /** When the first of the positions held was opened. */
  riskSince: Seconds;
}

/** One position: one word of contracts/types/Position.sol, unpacked. */
export interface Position {
  /** What is held. */
  instrument: Instrument;
  /** Signed size. */
  lots: Lots;
  /** The market's index, USD per unit, at which a perpetual was last settled; zero for an option. */
  index: Wad;
}

const EPOCH = 128n;
const DEPOSIT = 160n;
const PACKED = 192n;
const POSITIONS = 200n;
const MODE = 208n;
const FLAGS = 216n;
const LOCKED = 217n;
const RISK_SINCE = 224n;

const INDEX = 64n;
const INSTRUMENT = 136n;
/** A stored position keeps an instrument's kind and underlying; below them lies the index. */
const POSITION_ID = 232n;

/** Unpacks what `Clearinghouse.account` returned. Throws PlimsollInputError if it is not a word. */
export function decodeAccount(word: bigint): Account {
  checkWord(word);
  return {
    cash: BigInt.asIntN(128, word),
    epoch: BigInt.asUintN(32, word >> EPOCH),
    keeperDeposit: BigInt.asUintN(32, word >> DEPOSIT),
    packed: BigInt.asUintN(8, word >> PACKED),
    positions: BigInt.asUintN(8, word >> POSITIONS),
    mode: BigInt.asUintN(8, word >> MODE),
    flagged: BigInt.asUintN(1, word >> FLAGS) === 1n,
    locked: BigInt.asUintN(1, word >> LOCKED) === 1n,
    riskSince: word >> RISK_SINCE,
  };
}

/** Packs an account as the ledger stores it. Throws PlimsollInputError where a field does not fit its bits. */
export function encodeAccount(account: Account): bigint {
  return (
    int("cash", account.cash, 128n) |
    (uint("epoch", account.epoch, 32n) << EPOCH) |
    (uint("keeperDeposit", account.keeperDeposit, 32n) << DEPOSIT) |
    (uint("packed", account.packed, 8n) << PACKED) |
    (uint("positions", account.positions, 8n) << POSITIONS) |
    (uint("mode", account.mode, 8n) << MODE) |
    ((account.flagged ? 1n : 0n) << FLAGS) |
    ((account.locked ? 1n : 0n) << LOCKED) |
    (uint("riskSince", account.riskSince, 32n) << RISK_SINCE)
  );
}

/** Unpacks one of what `Clearinghouse.positions` returned. Throws PlimsollInputError if it is not a word. */
export function decodePosition(word: bigint): Position {
  checkWord(word);
  const lots = BigInt.asIntN(64, word);
  const whole = toInstrument(word >> INSTRUMENT);
  if (isOption(whole)) return { instrument: whole, lots, index: 0n };
  return {
    instrument: toInstrument((word >> POSITION_ID) << (POSITION_ID - INSTRUMENT)),
    lots,
    index: BigInt.asIntN(128, word >> INDEX),
  };
}

/**
 * Packs a perpetual or an option as positions are stored. Throws PlimsollInputError where a field does not fit its bits,
 * or for another instrument, or an option with an index.
 */
export function encodePosition(position: Position): bigint {
  if (isOption(position.instrument)) {
    if (position.index !== 0n) throw new PlimsollInputError(`An option has no index, and this is ${position.index}.`);
    return (position.instrument << INSTRUMENT) | int("lots", position.lots, 64n);
  }
  if (!isPerp(position.instrument)) {
    throw new PlimsollInputError(`The instrument ${position.instrument} is no perpetual and no option.`);
  }
  return (
    (position.instrument << INSTRUMENT) |
    (int("index", position.index, 128n) << INDEX) |
    int("lots", position.lots, 64n)
  );
}

function checkWord(word: bigint): void {
  if (!fitsUint(256n, word))
    throw new PlimsollInputError(`${word} is not a storage word, which is between 0 and 2^256 - 1.`);
}

function uint(field: string, value: bigint, bits: bigint): bigint {
  if (!fitsUint(bits, value)) {
    throw new PlimsollInputError(`The field ${field} is ${value} and must be between 0 and 2^${bits} - 1.`);
  }
  return value;
}

function int(field: string, value: bigint, bits: bigint): bigint {
  if (!fitsInt(bits, value)) {
    throw new PlimsollInputError(
      `The field ${field} is ${value} and must be between -2^${bits - 1n} and 2^${bits - 1n} - 1.`,
    );
  }
  return BigInt.asUintN(Number(bits), value);
}
