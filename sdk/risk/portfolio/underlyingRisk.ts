/** contracts/margin/UnderlyingRisk.sol in bigint, to the bit. */
import { isOption, isPerp, underlyingOf } from "../../ids";
import { type Lots, WAD, type Wad } from "../../units";
import type { Position } from "../../words";
import { abs, divFloor, max, min, mulDivFloor, mulWadUp, valueFloor, valueUp } from "../fixedPoint";
import { tooLarge, unsupported } from "../refusal";
import { type Payoff, worstAtExpiry } from "./expiryLoss";
import { MAX_SPOT_LEG, MAX_STRIKE_LEG, UNIT, UP, UP_UNMOVED } from "./kernel";
import { DELTA_UNIT, type PreparedMarket, VEGA_UNIT, seriesOf } from "./market";
import type { Slice } from "./slice";

/** What an account's positions in one underlying may lose, USD. */
export interface Risk {
  /** By scenario, in the order of the margin mathematics, section 3: what the positions would gain, rounded down. */
  pnl: Wad[];
  /** The largest loss, or zero. */
  core: Wad;
  /** Charged besides, for initial and for maintenance margin. */
  initialCharges: Wad;
  maintenanceCharges: Wad;
  /** Value of the options at their marks and of the perpetual since its last settlement. */
  value: Wad;
  /** Net delta in USD. */
  delta: Wad;
  /** Whether no move, however large, makes a loss without end. */
  bounded: boolean;
  /** What the expiries could at most lose from their value now, if bounded. */
  mostLost: Wad;
}

/** What is charged besides the scenarios' losses, USD, rounded up. */
export interface Contingencies {
  /** On the perpetuals' net notional, and on options sold: initial margin counts these two twice. */
  linear: Wad;
  nakedShorts: Wad;
  /** On what expiries' deltas offset, and their vegas. */
  roll: Wad;
  calendarVega: Wad;
  /** On the net delta beyond the market's depth, and on all of it for the oracle's confidence. */
  concentration: Wad;
  confidence: Wad;
}

/** What adds up over the options held of an expiry: USD, lots of calls, and what they pay. */
interface Held {
  slice: Slice;
  delta: Wad;
  vega: Wad;
  value: Wad;
  callLots: Lots;
  payoffs: Payoff[];
}

interface Book {
  prepared: PreparedMarket;
  held: Held[];
  /** What is gained in each state, and in the twists, in the kernel's unit. */
  gained: bigint[];
  farTwist: bigint;
  nearTwist: bigint;
  perpLots: Lots;
  shortLots: Lots;
  value: Wad;
}

const STATES = 22;
const TAILS = 18;
const FAR_TWIST = 22;
const NEAR_TWIST = 23;
const LINEAR_CHARGE = 10000000000000000n;
const SHORT_CHARGE = 3000000000000000n;
const ROLL_CHARGE = 5000000000000000n;
const ROLL_CHARGE_A_YEAR = 50000000000000000n;
const CALENDAR_CHARGE = 100000000000000000n;
const CONCENTRATION_CHARGE = 100000000000000000n;

/** What the positions in the market may lose. Throws MarginModelError where Solidity reverts. */
export function assessUnderlying(prepared: PreparedMarket, positions: readonly Position[]): Risk {
  const book = bookOf(prepared, positions);
  const pnl = scenarios(book);
  return {
    pnl,
    core: 0n - pnl.reduce(min, 0n),
    ...charges(book),
    value: book.value,
    ...bound(book),
  };
}

/** What of the charges each contingency makes. Throws MarginModelError where Solidity reverts. */
export function contingenciesOf(prepared: PreparedMarket, positions: readonly Position[]): Contingencies {
  return contingenciesIn(bookOf(prepared, positions));
}

function bookOf(prepared: PreparedMarket, positions: readonly Position[]): Book {
  const book: Book = {
    prepared,
    held: [],
    gained: new Array<bigint>(STATES).fill(0n),
    farTwist: 0n,
    nearTwist: 0n,
    perpLots: 0n,
    shortLots: 0n,
    value: 0n,
  };
  for (const position of positions) {
    if (underlyingOf(position.instrument) !== prepared.market.underlying) continue;
    if (isOption(position.instrument)) addOption(book, position);
    else if (isPerp(position.instrument)) addPerp(book, position);
    else throw unsupported(position.instrument);
  }
  return book;
}

type Charges = Pick<Risk, "delta" | "initialCharges" | "maintenanceCharges">;

function addPerp(book: Book, position: Position): void {
  const { lots, index } = position;
  const { market, perpGains } = book.prepared;
  checkSize(abs(lots * market.mark) < MAX_SPOT_LEG, position);
  book.value += valueFloor(lots, market.index - index);
  book.perpLots += lots;
  addGains(book, lots, perpGains);
}

function addOption(book: Book, position: Position): void {
  const { lots } = position;
  const { slice, call, strike, spotLeg, strikeLeg, ...lot } = seriesOf(book.prepared, position);
  checkSize(abs(lots * spotLeg) < MAX_SPOT_LEG && abs(lots * strikeLeg) < MAX_STRIKE_LEG, position);
  addGains(book, lots, lot.gains);
  const twist = lots * (lot.gains[UP_UNMOVED] ?? 0n);
  if (slice.far) book.farTwist += twist;
  else book.nearTwist += twist;
  const value = divFloor(lots * lot.mark, UNIT);
  book.value += value;
  if (lots < 0n) book.shortLots -= lots;

  const held = heldOf(book, slice);
  held.value += value;
  held.delta += (lots * lot.delta) / DELTA_UNIT;
  held.vega += (lots * lot.vega) / VEGA_UNIT;
  if (call) held.callLots += lots;
  held.payoffs.push({ call, strike, lots });
}

function addGains({ gained }: Book, lots: Lots, gains: readonly bigint[]): void {
  for (let i = 0; i < STATES; i++) gained[i] = (gained[i] ?? 0n) + lots * (gains[i] ?? 0n);
}

function heldOf({ held }: Book, slice: Slice): Held {
  const known = held.find((one) => one.slice === slice);
  if (known) return known;
  const first = { slice, delta: 0n, vega: 0n, value: 0n, callLots: 0n, payoffs: [] };
  held.push(first);
  return first;
}

function checkSize(fits: boolean, { instrument }: Position): void {
  if (!fits) throw tooLarge(instrument);
}

function scenarios({ prepared, gained, farTwist, nearTwist }: Book): Wad[] {
  const pnl = new Array<Wad>(NEAR_TWIST + 1).fill(0n);
  gained.forEach((sum, i) => {
    const gain = divFloor(sum, UNIT);
    if (i < TAILS) pnl[i < UP ? 2 * i : 2 * (i - UP) + 1] = gain;
    else pnl[i] = mulDivFloor(gain, prepared.weights.get(i) ?? WAD, WAD);
  });
  pnl[FAR_TWIST] = divFloor(farTwist, UNIT);
  pnl[NEAR_TWIST] = divFloor(nearTwist, UNIT);
  return pnl;
}

function charges(book: Book): Charges {
  const { linear, nakedShorts, roll, calendarVega, concentration, confidence } = contingenciesIn(book);
  const shared = roll + calendarVega + concentration + confidence;
  return {
    delta: netDelta(book),
    maintenanceCharges: shared + linear + nakedShorts,
    initialCharges: shared + 2n * (linear + nakedShorts),
  };
}

function netDelta(book: Book): Wad {
  return deltasOf(book).reduce((sum, one) => sum + one, 0n);
}

/** By expiry; the perpetual is expiry zero. */
function deltasOf({ prepared: { market }, held, perpLots }: Book): Wad[] {
  return [valueFloor(perpLots, market.spot), ...held.map(({ delta }) => delta)];
}

function contingenciesIn(book: Book): Contingencies {
  const { prepared, held, perpLots, shortLots } = book;
  const { market } = prepared;
  const longest = held.reduce((most, { slice }) => max(most, slice.time), 0n);
  const rollRate = max(mulWadUp(ROLL_CHARGE_A_YEAR, longest), ROLL_CHARGE);
  const net = abs(netDelta(book));
  return {
    linear: mulWadUp(valueUp(abs(perpLots), market.mark), LINEAR_CHARGE),
    nakedShorts: mulWadUp(valueUp(shortLots, market.spot), SHORT_CHARGE),
    roll: mulWadUp(offset(deltasOf(book)), rollRate),
    calendarVega: mulWadUp(offset(held.map(({ vega }) => vega)), CALENDAR_CHARGE),
    concentration: mulWadUp(max(net - market.depth, 0n), CONCENTRATION_CHARGE),
    confidence: mulWadUp(net, market.confidence),
  };
}

/** The smaller of what is above zero and what is below. */
function offset(amounts: readonly Wad[]): Wad {
  const above = amounts.reduce((sum, one) => sum + max(one, 0n), 0n);
  const below = amounts.reduce((sum, one) => sum - min(one, 0n), 0n);
  return min(above, below);
}

function bound({ perpLots, held }: Book): Pick<Risk, "bounded" | "mostLost"> {
  if (perpLots !== 0n || held.some(({ callLots }) => callLots < 0n)) return { bounded: false, mostLost: 0n };
  const mostLost = held.reduce((sum, { slice, value, payoffs }) => {
    const least = 0n - worstAtExpiry(payoffs);
    return sum + max(value - mulDivFloor(least, slice.discount, WAD), 0n);
  }, 0n);
  return { bounded: true, mostLost };
}
