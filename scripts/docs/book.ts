/** The book the documentation works with: docs/examples/margin.json, as the twin takes it. */
import path from "node:path";

import { underlyings as configured } from "../../config/underlyings";
import {
  type Assessment,
  BPS,
  type Holdings,
  KEEPER_DEPOSIT,
  type Market,
  Mode,
  type Position,
  PriceStatus,
  WAD,
  WAD_PER_USDC_UNIT,
  type Wad,
  assess,
  atSpot,
  perp,
} from "../../sdk";
import { readCase } from "../../tasks/risk/case";

/** A position before anything of it was settled: `index` is where it was entered. */
export interface Leg extends Position {
  name: string;
  market: Market;
}

export interface Book {
  /** What was paid in, USD. */
  cash: Wad;
  legs: Leg[];
}

/** The case file that both the documentation and risk:evaluate read. */
export const CASE = "docs/examples/margin.json";

export async function readBook(): Promise<Book> {
  const { underlyings, cash, positions } = await readCase(path.join(__dirname, "../..", CASE), undefined);
  const legs = positions.map((position): Leg => {
    const { underlying, size } = position;
    const terms = underlyings.find(({ name }) => name === underlying);
    const entry = position.kind === "perp" ? position.entry : undefined;
    if (!terms || entry === undefined) throw new Error(`${CASE} says too little of ${underlying}.`);
    const { id, market, options } = configured[terms.name];
    const rate = (bps: number): Wad => (BigInt(bps) * WAD) / BPS;
    const mark = (terms.spot * (WAD + terms.basis)) / WAD;
    return {
      name: underlying,
      instrument: perp(BigInt(id)),
      lots: size,
      index: entry,
      market: {
        underlying: BigInt(id),
        status: PriceStatus.Fresh,
        spot: terms.spot,
        mark,
        index: mark,
        confidence: (terms.confidenceBps * WAD) / BPS,
        dailyVol: terms.dailyVol,
        baseRate: rate(market.baseRateBps),
        volMultiplier: rate(market.volMultiplierBps),
        slope: rate(market.slopeBps),
        depth: market.depth * WAD,
        maintenanceRatio: rate(market.maintenanceRatioBps),
        referenceVol: rate(options.referenceVolBps),
        priceRange: rate(options.priceRangeBps),
        credit: rate(options.creditBps),
      },
    };
  });
  return { cash: cash * WAD_PER_USDC_UNIT, legs };
}

/** The leg in this underlying. */
export function legOf({ legs }: Book, name: string): Leg {
  const leg = legs.find((candidate) => candidate.name === name);
  if (!leg) throw new Error(`${CASE} has no ${name}.`);
  return leg;
}

export function marketsOf({ legs }: Book): Market[] {
  return legs.map(({ market }) => market);
}

export function positionsOf({ legs }: Book): Position[] {
  return legs.map(({ instrument, lots, index }) => ({ instrument, lots, index }));
}

/** The whole book as one cross account. */
export function assessBook(book: Book): Assessment {
  return assess(Mode.Cross, { markets: marketsOf(book) }, book.cash, positionsOf(book));
}

/** The account as a preview takes it. */
export function holdingsOf(book: Book): Holdings {
  return { mode: Mode.Cross, cash: book.cash, keeperDeposit: KEEPER_DEPOSIT, positions: positionsOf(book) };
}

/** The book with the spot of one underlying moved; basis, volatility and everything else stay. */
export function movedTo(book: Book, name: string, spot: Wad): Book {
  const legs = book.legs.map((leg) => (leg.name === name ? { ...leg, market: atSpot(leg.market, spot) } : leg));
  return { ...book, legs };
}

/** The book with every spot moved by the same part of one. */
export function movedBy(book: Book, move: Wad): Book {
  const legs = book.legs.map((leg) => ({ ...leg, market: atSpot(leg.market, (leg.market.spot * (WAD + move)) / WAD) }));
  return { ...book, legs };
}

/** One leg on its own, with a part of the cash. */
export function alone(book: Book, name: string, cash: Wad): Book {
  return { cash, legs: [legOf(book, name)] };
}
