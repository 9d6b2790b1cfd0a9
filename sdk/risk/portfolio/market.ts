/**
 * What does not depend on whose book is judged, prepared when it is first asked for and kept: of a market, of the
 * expiries of its options, and of each option.
 */
import { decodeInstrument, isCall, strikeOf } from "../../ids";
import { NORMAL_ONE, normalSlope } from "../../math/normal";
import { WAD, type Wad } from "../../units";
import type { Position } from "../../words";
import { expiryOf } from "../expiries";
import { abs, max, min, mulDivUp, mulWadUp } from "../fixedPoint";
import { exactMark } from "../optionMark";
import type { Expiry, Market } from "../types";
import { type State, revalue, statesFor } from "./kernel";
import { type Slice, prepareSlice, termsOf } from "./slice";

/** A lot of an option. All products with lots are exact: what is rounded is rounded after. */
export interface Series {
  slice: Slice;
  call: boolean;
  strike: Wad;
  /** df * F, USD Wad times 1e8, and df * K, times 1e26. */
  spotLeg: bigint;
  strikeLeg: bigint;
  /** Its mark, and what it gains in each state of the kernel, in the kernel's unit. */
  mark: bigint;
  gains: readonly bigint[];
  /** Delta in USD and vega * sigma, times DELTA_UNIT and VEGA_UNIT. */
  delta: bigint;
  vega: bigint;
}

/** A market and what is prepared of it. */
export interface PreparedMarket {
  market: Market;
  expiries: readonly Expiry[];
  states: readonly State[];
  /** What a lot of the perpetual gains in each state, in the kernel's unit. */
  perpGains: readonly bigint[];
  /** What the tails count for, by their place among the states. */
  weights: ReadonlyMap<number, Wad>;
  /** By expiry, and by instrument. */
  slices: Map<bigint, Slice>;
  series: Map<bigint, Series>;
}

export const DELTA_UNIT = 10n ** 8n * NORMAL_ONE;
export const VEGA_UNIT = 10n ** 26n;

const TAILS = 18;
const RANGE_MULTIPLIER = 3500000000000000000n;
const MOST_RANGE = 600000000000000000n;
const TAIL_WEIGHT = 770000000000000000n;

/** The market with nothing of its options prepared yet. */
export function prepareMarket(market: Market, expiries: readonly Expiry[]): PreparedMarket {
  const range = min(max(mulWadUp(RANGE_MULTIPLIER, market.dailyVol), market.priceRange), MOST_RANGE);
  const tailRange = mulWadUp(TAIL_WEIGHT, range);
  const states = statesFor(range);
  const moves = states.map(({ factor }) => factor - WAD);
  const tails = moves.map((move, i): [number, Wad] => [i, move]).slice(TAILS);
  return {
    market,
    expiries,
    states,
    perpGains: moves.map((move) => market.mark * move * NORMAL_ONE),
    weights: new Map(tails.map(([i, move]) => [i, min(mulDivUp(tailRange, WAD, abs(move)), WAD)])),
    slices: new Map(),
    series: new Map(),
  };
}

/** The option's series. Throws MarginModelError where its expiry is missing or out of range. */
export function seriesOf(prepared: PreparedMarket, { instrument }: Position): Series {
  const known = prepared.series.get(instrument);
  if (known) return known;
  const slice = sliceOf(prepared, instrument);
  const series = prepareSeries(prepared, slice, strikeOf(instrument), isCall(instrument));
  prepared.series.set(instrument, series);
  return series;
}

function prepareSeries({ states }: PreparedMarket, slice: Slice, strike: Wad, call: boolean): Series {
  const terms = termsOf(slice, strike);
  const { spotLeg, strikeLeg } = terms;
  const { value, gains, spotWeight, place } = revalue(states, terms);
  const shared = {
    slice,
    call,
    strike,
    spotLeg,
    strikeLeg,
    mark: exactMark(terms, call, true, value),
    vega: spotLeg * ((normalSlope(place) * terms.flat) / WAD),
  };
  if (call) return { ...shared, gains, delta: spotLeg * spotWeight };
  // A put is a call less a forward.
  return {
    ...shared,
    gains: gains.map((gain, i) => gain - (slice.forwardGains[i] ?? 0n)),
    delta: spotLeg * (spotWeight - NORMAL_ONE),
  };
}

function sliceOf(prepared: PreparedMarket, instrument: Position["instrument"]): Slice {
  const { market, expiries, states, slices } = prepared;
  const { expiry: expiresAt } = decodeInstrument(instrument);
  const known = slices.get(expiresAt);
  if (known) return known;
  const slice = prepareSlice(expiryOf(expiries, instrument), market.spot, states);
  slices.set(expiresAt, slice);
  return slice;
}
