/**
 * The standard margin of the margin mathematics, section 2, in double precision: written from the formulas, so that an
 * error of the integer code does not repeat itself here. Everything in USD and units of the underlying.
 */
import {
  type ReferenceMarket,
  type Stage,
  type ValuedBook,
  type ValuedOption,
  byExpiry,
  confidenceCharge,
  maxLoss,
  netShortCalls,
  optionsValue,
  sum,
} from "./book";

export interface ReferencePerp {
  size: number;
  /** Mark price minus cumulative funding per unit: now, and when the position was last settled. */
  indexNow: number;
  indexThen: number;
  spot: number;
  mark: number;
  dailyVol: number;
  confidence: number;
  im0: number;
  volMultiplier: number;
  slope: number;
  depth: number;
  maintenanceRatio: number;
}

export interface ReferenceMargin {
  equity: number;
  initialMargin: number;
  maintenanceMargin: number;
}

/** Parts of spot an option that is sold is margined with: at the money, and however far out of it. */
const SHORT_OPTION = {
  initial: { atTheMoney: 0.15, least: 0.1 },
  maintenance: { atTheMoney: 0.09, least: 0.06 },
};
/** Parts of the forward that stand for the unbounded loss of a call nobody owes this account. */
const NET_SHORT_CALL = { initial: 1.2, maintenance: 1.1 };
const MAX_VOL_FACTOR = 3;

/** E, IM and MM of a book of perpetuals. */
export function referenceMargin(cash: number, book: readonly ReferencePerp[]): ReferenceMargin {
  const parts = book.map((perp) => {
    const oracle = Math.abs(perp.size) * perp.spot * perp.confidence;
    return {
      value: perp.size * (perp.indexNow - perp.indexThen),
      initial: perpMargin(perp.size, perp, "initial") + oracle,
      maintenance: perpMargin(perp.size, perp, "maintenance") + oracle,
    };
  });
  return {
    equity: cash + sum(parts.map(({ value }) => value)),
    initialMargin: sum(parts.map(({ initial }) => initial)),
    maintenanceMargin: sum(parts.map(({ maintenance }) => maintenance)),
  };
}

/** Of accounts in cross mode: perpetuals one by one, options by underlying and expiry. */
export function crossRequirement(books: readonly ValuedBook[], stage: Stage): number {
  return sum(
    books.map((book) => {
      const groups = byExpiry(book.options).map((group) => groupMargin(group, book.market, stage));
      return bookPerpMargin(book, stage) + sum(groups) + confidenceCharge(book);
    }),
  );
}

/** Of an account in isolated mode, which holds one instrument: an option stands alone. */
export function isolatedRequirement(book: ValuedBook, stage: Stage): number {
  const options = book.options.map((option) => standaloneMargin(option, book.market, stage));
  return bookPerpMargin(book, stage) + sum(options) + confidenceCharge(book);
}

/** What the options of one expiry require together, without the oracle's confidence. */
export function groupMargin(group: readonly ValuedOption[], market: ReferenceMarket, stage: Stage): number {
  const [first] = group;
  if (!first) return 0;
  const apart = sum(group.map((option) => standaloneMargin(option, market, stage)));
  const unbounded = NET_SHORT_CALL[stage] * first.forward * netShortCalls(group);
  const together = optionsValue(group) + first.discount * maxLoss(group) + unbounded;
  return Math.max(0, Math.min(apart, together));
}

/** What an option requires by itself, all its units: its value when long. */
export function standaloneMargin(option: ValuedOption, market: ReferenceMarket, stage: Stage): number {
  if (option.size >= 0) return option.size * option.value;
  return -option.size * shortOptionMargin(option, market, stage);
}

/** Of one unit sold. A put can cost no more than its strike, of which equity already holds its mark. */
function shortOptionMargin(option: ValuedOption, market: ReferenceMarket, stage: Stage): number {
  const { call, strike, discount, value } = option;
  const { spot } = market;
  const { atTheMoney, least } = SHORT_OPTION[stage];
  const outOfTheMoney = Math.max(0, call ? strike - spot : spot - strike);
  const margin = Math.max(atTheMoney * spot - outOfTheMoney, least * spot) * volFactor(market);
  return call ? margin : Math.min(margin, Math.max(0, strike * discount - value));
}

function volFactor({ dailyVol, parameters }: ReferenceMarket): number {
  return Math.min(MAX_VOL_FACTOR, Math.max(1, dailyVol / parameters.referenceVol));
}

type PerpTerms = Pick<
  ReferencePerp,
  "mark" | "dailyVol" | "im0" | "volMultiplier" | "slope" | "depth" | "maintenanceRatio"
>;

function bookPerpMargin({ perpSize, market }: ValuedBook, stage: Stage): number {
  return perpMargin(perpSize, { ...market, ...market.parameters }, stage);
}

/** Without the oracle's confidence. */
function perpMargin(size: number, perp: PerpTerms, stage: Stage): number {
  const notional = Math.abs(size) * perp.mark;
  const volatility = Math.max(perp.im0, perp.volMultiplier * perp.dailyVol);
  const initial = Math.min(1, volatility + (perp.slope * notional) / perp.depth) * notional;
  return stage === "initial" ? initial : perp.maintenanceRatio * initial;
}
