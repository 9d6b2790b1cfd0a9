/** What an account holds of one underlying, and what it is worth today. */
import { type Greeks, optionGreeks, optionValue } from "./black76";
import type { ReferenceParameters } from "./parameters";
import { type Surface, volatility } from "./svi";

/** Initial margin is for opening and withdrawing, maintenance margin for staying. */
export type Stage = "initial" | "maintenance";

/** The state of one underlying: prices in USD. */
export interface ReferenceMarket {
  spot: number;
  /** Of the perpetual. */
  mark: number;
  /** Forecast, of a day. */
  dailyVol: number;
  /** Of the price: part of spot by which it may be wrong. */
  confidence: number;
  parameters: ReferenceParameters;
}

/** One series and how much of it is held. */
export interface ReferenceOption {
  strike: number;
  call: boolean;
  /** To expiry. */
  years: number;
  surface: Surface;
  /** Units of the underlying, negative when short. */
  size: number;
}

/** No series twice: positions in one are added up. */
export interface ReferenceBook {
  name: string;
  market: ReferenceMarket;
  /** Units of the underlying, negative when short. */
  perpSize: number;
  options: readonly ReferenceOption[];
}

/** An option with what it is worth today. */
export interface ValuedOption extends ReferenceOption {
  forward: number;
  /** e^(-rT). */
  discount: number;
  vol: number;
  /** USD a unit; so are the Greeks. */
  value: number;
  greeks: Greeks;
}

export interface ValuedBook extends ReferenceBook {
  options: readonly ValuedOption[];
  /** Of all that is held. */
  greeks: Greeks;
}

const DAYS = 365;
/** Of one unit; the ledger holds whole ones, so that sums of sizes are exact to the lot. */
const LOTS = 1e8;

export function daysOf({ years }: ReferenceOption): number {
  return years * DAYS;
}

export function valueBook(book: ReferenceBook): ValuedBook {
  const options = book.options.map((option) => valueOption(option, book.market.spot));
  const total = (greek: keyof Greeks) => sum(options.map(({ size, greeks }) => size * greeks[greek]));
  return {
    ...book,
    options,
    greeks: {
      delta: book.perpSize + total("delta"),
      gamma: total("gamma"),
      vega: total("vega"),
      theta: total("theta"),
      rho: total("rho"),
    },
  };
}

function valueOption(option: ReferenceOption, spot: number): ValuedOption {
  const { strike, call, years, surface } = option;
  const { forwardRatio, rate } = surface;
  const forward = spot * forwardRatio;
  const vol = volatility(surface, forward, strike);
  const terms = { spot, forwardRatio, rate, strike, call, years, vol };
  return {
    ...option,
    forward,
    discount: Math.exp(-rate * years),
    vol,
    value: optionValue(terms),
    greeks: optionGreeks(terms),
  };
}

/** What all options are worth: MtM in USD, negative where more is owed than owned. */
export function optionsValue(options: readonly ValuedOption[]): number {
  return sum(options.map(({ size, value }) => size * value));
}

/** What the oracle's price may be wrong by, on all that moves with it: USD, the same in every mode and stage. */
export function confidenceCharge({ market, greeks }: ValuedBook): number {
  return Math.abs(greeks.delta) * market.spot * market.confidence;
}

/** The options by expiry, the nearest first. */
export function byExpiry(options: readonly ValuedOption[]): ValuedOption[][] {
  const groups = new Map<number, ValuedOption[]>();
  for (const option of options) groups.set(option.years, [...(groups.get(option.years) ?? []), option]);
  return [...groups.entries()].sort(([a], [b]) => a - b).map(([, group]) => group);
}

/**
 * The most the payoffs of one expiry can cost, in USD at expiry, at the prices where they bend: negative when they can
 * only win. Beyond the highest strike they go on falling if more calls are short than long.
 */
export function maxLoss(group: readonly ValuedOption[]): number {
  const prices = [0, ...group.map(({ strike }) => strike)];
  return Math.max(...prices.map((price) => -sum(group.map((option) => option.size * payoff(option, price)))));
}

/** Calls short beyond those that are long, in units of the underlying. */
export function netShortCalls(group: readonly ValuedOption[]): number {
  const net = sum(group.filter(({ call }) => call).map(({ size }) => size));
  return Math.max(0, -Math.round(net * LOTS) / LOTS);
}

function payoff({ call, strike }: ReferenceOption, price: number): number {
  return Math.max(0, call ? price - strike : strike - price);
}

export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
