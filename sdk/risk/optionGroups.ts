/** contracts/margin/OptionGroups.sol in bigint, to the bit. */
import { decodeInstrument, isCall, strikeOf, underlyingOf } from "../ids";
import { laneOf, placeOf, widthOf } from "../math/black76";
import { NORMAL_ONE, normalCdf } from "../math/normal";
import { LOTS_PER_UNIT, type Lots, WAD, type Wad } from "../units";
import type { Position } from "../words";
import { expiryOf } from "./expiries";
import { abs, max, min, mulDivFloor, mulDivUp, mulWadUp, valueUp } from "./fixedPoint";
import { markOf } from "./optionMark";
import { type Payoff, worstAtExpiry } from "./portfolio/expiryLoss";
import { MAX_SPOT_LEG, MAX_STRIKE_LEG } from "./portfolio/kernel";
import { type Slice, logMoneyness, prepareSlice, volatilityAt } from "./portfolio/slice";
import { tooLarge } from "./refusal";
import type { Expiry, Market } from "./types";

/** Initial and maintenance margin, USD. */
export interface Requirement {
  initial: Wad;
  maintenance: Wad;
}

/** The options of one underlying and expiry that an account holds. */
export interface Group {
  market: Market;
  slice: Slice;
  payoffs: Payoff[];
  callLots: Lots;
  value: Wad;
  /** What they move with, in units of 1 / DELTA_UNIT USD Wad. */
  delta: bigint;
  /** What they require each for itself. */
  apart: Requirement;
}

/** An option's value, and what it moves with. */
interface Valued {
  value: Wad;
  delta: bigint;
}

/** Groups' deltas are to be divided by this for USD Wad. */
export const DELTA_UNIT = LOTS_PER_UNIT * NORMAL_ONE;

const INITIAL = { rate: 150000000000000000n, least: 100000000000000000n };
const MAINTENANCE = { rate: 90000000000000000n, least: 60000000000000000n };
const MOST_FACTOR = 3n * WAD;
const NAKED_INITIAL = 1200000000000000000n;
const NAKED_MAINTENANCE = 1100000000000000000n;

/** The group of `position`, which is in `market`, with nothing in it. Throws MarginModelError where Solidity reverts. */
export function beginGroup(market: Market, expiries: readonly Expiry[], { instrument }: Position): Group {
  return {
    market,
    slice: prepareSlice(expiryOf(expiries, instrument), market.spot),
    payoffs: [],
    callLots: 0n,
    value: 0n,
    delta: 0n,
    apart: { initial: 0n, maintenance: 0n },
  };
}

/** What tells groups apart. */
export function groupKeyOf({ instrument }: Position): string {
  return `${underlyingOf(instrument)}/${decodeInstrument(instrument).expiry}`;
}

/** Adds an option to its group. Returns its value. Throws MarginModelError where Solidity reverts. */
export function addToGroup(group: Group, position: Position): Wad {
  const { instrument, lots } = position;
  const option: Payoff = { call: isCall(instrument), strike: strikeOf(instrument), lots };
  const { value, delta } = valueOption(group.slice, option, position);
  group.payoffs.push(option);
  if (option.call) group.callLots += lots;
  group.value += value;
  group.delta += delta;
  const alone = lots < 0n ? shortRequirement(group, option, value) : { initial: value, maintenance: value };
  group.apart.initial += alone.initial;
  group.apart.maintenance += alone.maintenance;
  return value;
}

/** What the group's options require together, and each for itself where that is less. */
export function togetherOf({ slice, payoffs, callLots, value, apart }: Group): Requirement {
  const bounded = value - mulDivFloor(0n - worstAtExpiry(payoffs), slice.discount, WAD);
  const naked = callLots < 0n ? valueUp(abs(callLots), slice.forward) : 0n;
  return {
    initial: max(0n, min(apart.initial, bounded + mulWadUp(naked, NAKED_INITIAL))),
    maintenance: max(0n, min(apart.maintenance, bounded + mulWadUp(naked, NAKED_MAINTENANCE))),
  };
}

function valueOption(slice: Slice, { call, strike, lots }: Payoff, { instrument }: Position): Valued {
  const legs = { spotLeg: lots * slice.presentForward, strikeLeg: lots * strike * slice.discount };
  if (abs(legs.spotLeg) >= MAX_SPOT_LEG || abs(legs.strikeLeg) >= MAX_STRIKE_LEG) throw tooLarge(instrument);
  const k = logMoneyness(slice, strike);
  const lane = laneOf(widthOf(volatilityAt(slice, k), slice.sqrtTime));
  const place = placeOf(0n - k, lane);
  const weight = normalCdf(place);
  const asCall = legs.spotLeg * WAD * weight - legs.strikeLeg * normalCdf(place - lane.width);
  return {
    value: markOf(legs, call, lots > 0n, asCall),
    delta: legs.spotLeg * (call ? weight : weight - NORMAL_ONE),
  };
}

/** A put that was sold costs at most its strike, discounted, of which equity has its value already. */
function shortRequirement({ market, slice }: Group, { call, strike, lots }: Payoff, value: Wad): Requirement {
  const { spot } = market;
  const away = max(0n, call ? strike - spot : spot - strike);
  const margin = ({ rate, least }: typeof INITIAL): Wad => {
    const unit = max(mulWadUp(spot, rate) - away, mulWadUp(spot, least));
    const required = valueUp(abs(lots), mulWadUp(unit, factorOf(market)));
    return call ? required : min(required, mulDivUp(abs(lots) * strike, slice.discount, LOTS_PER_UNIT * WAD) + value);
  };
  return { initial: margin(INITIAL), maintenance: margin(MAINTENANCE) };
}

/** g: clamp(volatility / reference, 1, 3), rounded up. */
function factorOf({ dailyVol, referenceVol }: Market): Wad {
  if (dailyVol * WAD >= referenceVol * MOST_FACTOR) return MOST_FACTOR;
  return dailyVol > referenceVol ? mulDivUp(dailyVol, WAD, referenceVol) : WAD;
}
