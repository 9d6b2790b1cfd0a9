/**
 * Random case files for comparing implementations: wide, but such as a market could show and an account hold. The same
 * seed gives the same case.
 */
import { Random } from "../../scripts/replay/random";
import type { CaseFile, CaseMode } from "./caseFile";
import {
  type ExpiryTerms,
  HABITS,
  type MarketTerms,
  type UnderlyingName,
  decimalText,
  oneOf,
  randomMarket,
  whole,
} from "./randomMarket";

type Position = CaseFile["account"]["positions"][number];
type OptionPosition = Extract<Position, { kind: "option" }>;

/** An option of a strategy: its strike over the forward, and its size over the strategy's. */
interface Leg {
  expiry: ExpiryTerms;
  moneyness: number;
  call: boolean;
  size: number;
}

const NAMES: readonly UnderlyingName[] = ["ETH", "BTC", "SOL"];
const MODES = ["isolated", "cross", "portfolio"] as const;
const SHAPES = ["naked", "long", "spread", "condor", "calendar", "straddle", "ratio", "box", "far"] as const;
/** Strikes of listed series stay within these parts of the forward. */
const [NEAREST_ZERO, FARTHEST] = [0.05, 20];

/**
 * A case by its seed.
 * @param mode drawn as well where none is given.
 */
export function randomCase(seed: string, mode?: CaseMode): CaseFile {
  const draw = new Random(seed);
  const drawn = oneOf(draw, MODES);
  const chosen = mode ?? drawn;
  const names = chosen === "isolated" ? [oneOf(draw, NAMES)] : randomNames(draw);
  const markets = new Map(names.map((name) => [name, randomMarket(draw, name)]));
  const held = [...markets].flatMap(([name, market]) =>
    chosen === "isolated" ? [oneInstrument(draw, name, market)] : randomHoldings(draw, name, market),
  );
  const positions = merged(held);
  return {
    timestamp: 1_700_000_000,
    ...(draw.chance(0.7) ? { minCorrelation: decimalText(draw.between(0.15, 1), 3) } : {}),
    underlyings: Object.fromEntries(markets),
    account: { mode: chosen, cash: ampleCash(positions, markets), positions },
  };
}

function randomNames(draw: Random): UnderlyingName[] {
  const names = NAMES.filter(() => draw.chance(0.6));
  return names.length > 0 ? names : ["ETH"];
}

/** Of one underlying: options and perpetuals, either alone, or now and then nothing. */
function randomHoldings(draw: Random, name: UnderlyingName, market: MarketTerms): Position[] {
  if (draw.chance(0.05)) return [];
  const options = draw.chance(0.85)
    ? Array.from({ length: whole(draw, 1, 4) }, () => randomStrategy(draw, name, market)).flat()
    : [];
  if (options.length > 0 && draw.chance(0.5)) return options;
  return [...options, randomPerp(draw, name, market)];
}

function oneInstrument(draw: Random, name: UnderlyingName, market: MarketTerms): Position {
  const [option] = randomStrategy(draw, name, market);
  return option && draw.chance(0.75) ? option : randomPerp(draw, name, market);
}

function randomPerp(draw: Random, name: UnderlyingName, market: MarketTerms): Position {
  const entry = decimalText(Number(market.perp) * draw.between(0.98, 1.02), 6);
  return { underlying: name, kind: "perp", size: lots(eitherSign(draw) * randomSize(draw, name, market)), entry };
}

function randomStrategy(draw: Random, name: UnderlyingName, market: MarketTerms): OptionPosition[] {
  const size = eitherSign(draw) * randomSize(draw, name, market);
  return randomLegs(draw, market.expiries).map(({ expiry, moneyness, call, size: part }) => ({
    underlying: name,
    kind: "option",
    days: expiry.days,
    strike: strikeText(Number(market.spot) * Number(expiry.forwardRatio) * moneyness),
    call,
    size: lots(part * size),
  }));
}

function randomLegs(draw: Random, expiries: readonly ExpiryTerms[]): Leg[] {
  const [shape, expiry, other] = [oneOf(draw, SHAPES), oneOf(draw, expiries), oneOf(draw, expiries)];
  const [near, far] = [randomMoneyness(draw, expiry), randomMoneyness(draw, expiry)];
  const [low, high] = [Math.min(near, far), Math.max(near, far)];
  const call = draw.chance(0.5);
  const leg = (moneyness: number, size: number, isCall = call, at = expiry) => ({
    expiry: at,
    moneyness,
    call: isCall,
    size,
  });
  switch (shape) {
    case "naked":
      return [leg(near, -1)];
    case "long":
      return [leg(near, 1), leg(far, draw.next(), !call)];
    case "far":
      return [leg(draw.logBetween(NEAREST_ZERO, FARTHEST), 1)];
    case "spread":
      return [leg(low, 1), leg(high, -1)];
    case "ratio":
      return [leg(low, 1), leg(high, -draw.between(1.1, 3))];
    case "straddle":
      return [leg(near, -1, true), leg(near, -1, false)];
    case "calendar":
      return [leg(near, 1), leg(near, -1, call, other)];
    case "box":
      return [leg(low, 1, true), leg(high, -1, true), leg(low, -1, false), leg(high, 1, false)];
    case "condor":
      return [leg(low * 0.9, 1, false), leg(low, -1, false), leg(high, -1, true), leg(high * 1.1, 1, true)];
  }
}

/** Strike over forward: mostly within two and a half deviations of the smile's middle, sometimes far. */
function randomMoneyness(draw: Random, { svi }: ExpiryTerms): number {
  const deviation = Math.sqrt(Math.max(1e-6, Number(svi.a) + Number(svi.b) * Number(svi.sigma)));
  const distance = draw.chance(0.75) ? draw.between(-2.5, 2.5) * deviation : draw.between(-0.7, 0.7);
  return Math.min(FARTHEST / 1.2, Math.max(NEAREST_ZERO * 1.2, Math.exp(distance)));
}

/** Units of the underlying: from 100 USD of it to what the market holds deep, and seldom to the most. */
function randomSize(draw: Random, name: UnderlyingName, { spot }: MarketTerms): number {
  const { largest } = HABITS[name];
  const notional = draw.logBetween(100, draw.chance(0.1) ? largest : largest / 50);
  return notional / Number(spot);
}

function eitherSign(draw: Random): 1 | -1 {
  return draw.chance(0.5) ? 1 : -1;
}

/** Four significant digits, as venues list them. */
function strikeText(strike: number): string {
  return decimalText(Number(strike.toPrecision(4)), 6);
}

/** At least one, so that no position is of nothing. */
function lots(size: number): string {
  return decimalText(Math.sign(size) * Math.max(1e-8, Math.abs(size)), 8);
}

/** One position a series: the last drawn of those that coincide. */
function merged(positions: readonly Position[]): Position[] {
  const series = positions.map((held): [string, Position] => {
    const terms = held.kind === "perp" ? [] : [held.days, held.strike, held.call];
    return [[held.underlying, ...terms].join(), held];
  });
  return [...new Map(series).values()];
}

/** Thrice all that is held, at spot or at strike: more than any mode requires to open it. */
function ampleCash(positions: readonly Position[], markets: ReadonlyMap<string, MarketTerms>): string {
  const notionals = positions.map((held) => {
    const price = Math.max(
      Number(markets.get(held.underlying)?.spot ?? 0),
      held.kind === "perp" ? 0 : Number(held.strike),
    );
    return Math.abs(Number(held.size)) * price;
  });
  return decimalText(Math.ceil(1_000 + 3 * notionals.reduce((total, notional) => total + notional, 0)), 0);
}
