/** contracts/margin/UnderlyingRisk.sol in bigint, to the bit. */
import { NORMAL_ONE, normalDensity } from "../../math/normal";
import { Kind, decodeInstrument, isOption, isPerp } from "../../ids";
import { LOTS_PER_UNIT, type Lots, WAD, type Wad } from "../../units";
import type { Position } from "../../words";
import { abs, divFloor, max, min, mulDivFloor, mulDivUp, mulWadUp, valueFloor, valueUp } from "../fixedPoint";
import { MarginModelError, marginRefusals, unsupported } from "../refusal";
import type { Expiry, Market } from "../types";
import { type Payoff, worstAtExpiry } from "./expiryLoss";
import { MAX_SPOT_LEG, MAX_STRIKE_LEG, type State, UNIT, UP, addCall, statesFor, unmovedOf } from "./kernel";
import { type Slice, prepareSlice, termsOf } from "./slice";

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

/** An expiry's options as they pay, besides what they share. */
interface Held extends Slice {
  payoffs: Payoff[];
}

interface Book {
  market: Market;
  states: State[];
  slices: Map<bigint, Held>;
  unmoved: State;
  flat: bigint;
  farTwist: bigint;
  nearTwist: bigint;
  line: bigint;
  perpLots: Lots;
  shortLots: Lots;
  value: Wad;
}

const TAILS = 18;
const FAR_TWIST = 22;
const NEAR_TWIST = 23;
const RANGE_MULTIPLIER = 3500000000000000000n;
const MOST_RANGE = 600000000000000000n;
const TAIL_WEIGHT = 770000000000000000n;
const LINEAR_CHARGE = 10000000000000000n;
const SHORT_CHARGE = 3000000000000000n;
const ROLL_CHARGE = 5000000000000000n;
const ROLL_CHARGE_A_YEAR = 50000000000000000n;
const CALENDAR_CHARGE = 100000000000000000n;
const CONCENTRATION_CHARGE = 100000000000000000n;

/** What the positions in `market` may lose. Throws MarginModelError where Solidity reverts. */
export function assessUnderlying(market: Market, expiries: readonly Expiry[], positions: readonly Position[]): Risk {
  const range = min(max(mulWadUp(RANGE_MULTIPLIER, market.dailyVol), market.priceRange), MOST_RANGE);
  const states = statesFor(range);
  const book: Book = {
    market,
    states,
    unmoved: unmovedOf(states),
    slices: new Map(),
    flat: 0n,
    farTwist: 0n,
    nearTwist: 0n,
    line: 0n,
    perpLots: 0n,
    shortLots: 0n,
    value: 0n,
  };
  for (const position of positions) {
    if (decodeInstrument(position.instrument).underlying !== market.underlying) continue;
    if (isOption(position.instrument)) addOption(book, expiries, position);
    else if (isPerp(position.instrument)) addPerp(book, position);
    else throw unsupported(position.instrument);
  }
  const pnl = scenarios(book, range);
  return {
    pnl,
    core: 0n - pnl.reduce(min, 0n),
    ...charges(book),
    value: book.value,
    ...bound(book),
  };
}

type Charges = Pick<Risk, "delta" | "initialCharges" | "maintenanceCharges">;

function addPerp(book: Book, { lots, index, instrument }: Position): void {
  const notional = lots * book.market.mark;
  checkSize(abs(notional) < MAX_SPOT_LEG, { lots, index, instrument });
  book.value += valueFloor(lots, book.market.index - index);
  book.line += notional;
  book.perpLots += lots;
}

function addOption(book: Book, expiries: readonly Expiry[], position: Position): void {
  const { lots, instrument } = position;
  const { kind, strike: strike8 } = decodeInstrument(instrument);
  const strike = strike8 * 10n ** 10n;
  const call = kind === Kind.Call;
  const slice = sliceOf(book, expiries, position);
  const terms = termsOf(slice, strike, lots);
  checkSize(abs(terms.spotLeg) < MAX_SPOT_LEG && abs(terms.strikeLeg) < MAX_STRIKE_LEG, position);
  const before = book.unmoved.sum;
  const { value: asCall, spotWeight, place } = addCall(book.states, terms);
  const twist = book.unmoved.sum - before - asCall;
  if (slice.far) book.farTwist += twist;
  else book.nearTwist += twist;
  book.flat += asCall;

  let [value, weight] = [asCall, spotWeight];
  if (call) {
    slice.callLots += lots;
  } else {
    book.line -= terms.spotLeg;
    weight -= NORMAL_ONE;
    value -= (terms.spotLeg * WAD - terms.strikeLeg) * NORMAL_ONE;
  }
  value = divFloor(value, UNIT);
  book.value += value;
  slice.value += value;
  slice.delta += (terms.spotLeg * weight) / (LOTS_PER_UNIT * NORMAL_ONE);
  slice.vega += (terms.spotLeg * ((normalDensity(place) * terms.flat) / WAD)) / (LOTS_PER_UNIT * WAD);
  if (lots < 0n) book.shortLots -= lots;
  slice.payoffs.push({ call, strike, lots });
}

function sliceOf(book: Book, expiries: readonly Expiry[], { instrument }: Position): Held {
  const { expiry: expiresAt } = decodeInstrument(instrument);
  const known = book.slices.get(expiresAt);
  if (known) return known;
  const expiry = expiries.find((one) => one.expiresAt === expiresAt && one.underlying === book.market.underlying);
  if (!expiry) {
    throw new MarginModelError("MarginModel_MissingExpiry", marginRefusals.MarginModel_MissingExpiry(instrument));
  }
  const slice = { ...prepareSlice(expiry, book.market.spot), payoffs: [] };
  book.slices.set(expiresAt, slice);
  return slice;
}

function checkSize(fits: boolean, { instrument }: Position): void {
  if (fits) return;
  throw new MarginModelError("MarginModel_TooLarge", marginRefusals.MarginModel_TooLarge(instrument));
}

function scenarios(book: Book, range: Wad): Wad[] {
  const tailRange = mulWadUp(TAIL_WEIGHT, range);
  const pnl = new Array<Wad>(NEAR_TWIST + 1).fill(0n);
  book.states.forEach(({ factor, sum }, i) => {
    const move = factor - WAD;
    const gained = divFloor(sum - book.flat + book.line * move * NORMAL_ONE, UNIT);
    if (i < TAILS) {
      pnl[i < UP ? 2 * i : 2 * (i - UP) + 1] = gained;
    } else {
      const weight = min(mulDivUp(tailRange, WAD, abs(move)), WAD);
      pnl[i] = mulDivFloor(gained, weight, WAD);
    }
  });
  pnl[FAR_TWIST] = divFloor(book.farTwist, UNIT);
  pnl[NEAR_TWIST] = divFloor(book.nearTwist, UNIT);
  return pnl;
}

function charges({ market, slices, perpLots, shortLots }: Book): Charges {
  const linear = mulWadUp(valueUp(abs(perpLots), market.mark), LINEAR_CHARGE);
  const short = mulWadUp(valueUp(shortLots, market.spot), SHORT_CHARGE);
  const held = [...slices.values()];
  // The perpetual is expiry zero.
  const deltas = [valueFloor(perpLots, market.spot), ...held.map((slice) => slice.delta)];
  const longest = held.reduce((most, { time }) => max(most, time), 0n);
  const rollRate = max(mulWadUp(ROLL_CHARGE_A_YEAR, longest), ROLL_CHARGE);
  const delta = deltas.reduce((sum, one) => sum + one, 0n);
  const net = abs(delta);
  const shared =
    mulWadUp(offset(deltas), rollRate) +
    mulWadUp(offset(held.map((slice) => slice.vega)), CALENDAR_CHARGE) +
    mulWadUp(max(net - market.depth, 0n), CONCENTRATION_CHARGE) +
    mulWadUp(net, market.confidence);
  return { delta, maintenanceCharges: shared + linear + short, initialCharges: shared + 2n * (linear + short) };
}

/** The smaller of what is above zero and what is below. */
function offset(amounts: readonly Wad[]): Wad {
  const above = amounts.reduce((sum, one) => sum + max(one, 0n), 0n);
  const below = amounts.reduce((sum, one) => sum - min(one, 0n), 0n);
  return min(above, below);
}

function bound({ perpLots, slices }: Book): Pick<Risk, "bounded" | "mostLost"> {
  const held = [...slices.values()];
  if (perpLots !== 0n || held.some(({ callLots }) => callLots < 0n)) return { bounded: false, mostLost: 0n };
  const mostLost = held.reduce((sum, slice) => {
    const least = 0n - worstAtExpiry(slice.payoffs);
    return sum + max(slice.value - mulDivFloor(least, slice.discount, WAD), 0n);
  }, 0n);
  return { bounded: true, mostLost };
}
