/** The auctions of a replay, bid by bid, from the events of its transactions. */
import {
  type AccountId,
  type Instrument,
  LOTS_PER_UNIT,
  type Market,
  type Wad,
  auction,
  fixedPoint,
  isOption,
  underlyingOf,
} from "../../../sdk";
import { IClearinghouse__factory, ILiquidationAuction__factory } from "../../../typechain-types";
import type { AccountBook, LogEntry } from "../../keeper/book";
import type { Receipt } from "../chain";
import { fromWad } from "./units";

/** What a bid or the vault took of one underlying. */
export interface SoldLeg {
  underlying: bigint;
  /** Of the oracle, USD per unit. */
  spot: number;
  /** At mark, USD. */
  notional: number;
}

/** One bid. USD. */
export interface Bid {
  /** Unix seconds. */
  time: number;
  /** d of the auction at the bid, of the slice's maintenance margin: 0 to 1. */
  discount: number;
  /** Of the whole account before the bid. */
  equity: number;
  /** What the vault paid the bidder. */
  cover: number;
  /** Equity below zero that left with the slice. */
  badDebt: number;
  sold: SoldLeg[];
}

/** The vault took the whole account, because nobody bid. USD. */
export interface Takeover {
  /** Unix seconds. */
  time: number;
  /** Of the account before. */
  equity: number;
  /** What the vault gave its new account, to start at initial margin. */
  margin: number;
  taken: SoldLeg[];
}

/** From a flag on, until the next flag of the account. */
export interface Auction {
  account: AccountId;
  mode: bigint;
  /** Unix seconds. */
  flaggedAt: number;
  bids: Bid[];
  /** How it ended, where no bidder came for what was left. */
  takeover?: Takeover;
}

/** An auction in which somebody bid. */
export type SoldAuction = Auction & { bids: [Bid, ...Bid[]] };

const ledger = IClearinghouse__factory.createInterface();
const house = ILiquidationAuction__factory.createInterface();
const FLAGGED = ledger.getEvent("Flagged");
const SLICE_SOLD = ledger.getEvent("SliceSold");
const TAKEN_OVER = ledger.getEvent("TakenOver");
const BAD_DEBT = ledger.getEvent("BadDebt");
const TOUCHED = house.getEvent("AuctionTouched");

export class AuctionLog {
  readonly auctions: Auction[] = [];
  readonly #book: AccountBook;
  readonly #current = new Map<AccountId, Auction>();

  /** @param book as it stood before each transaction. */
  constructor(book: AccountBook) {
    this.#book = book;
  }

  /** Takes a mined transaction in. `markets` are those of the moment. */
  apply({ ok, logs, time }: Receipt, markets: readonly Market[]): void {
    if (!ok) return;
    let discount = 0;
    let badDebt = 0;
    for (const log of logs) {
      switch (log.topics[0]) {
        case FLAGGED.topicHash:
          this.#flag(accountOf(log), time);
          break;
        case TOUCHED.topicHash:
          discount = discountOf(log);
          break;
        case BAD_DEBT.topicHash:
          badDebt = fromWad(ledger.decodeEventLog(BAD_DEBT, log.data, log.topics).getValue("amount") as bigint);
          break;
        case SLICE_SOLD.topicHash:
          this.#sell(log, { time, discount, badDebt }, markets);
          badDebt = 0;
          break;
        case TAKEN_OVER.topicHash:
          this.#takeOver(log, time, markets);
      }
    }
  }

  #flag(account: AccountId, flaggedAt: number): void {
    const started = { account, mode: this.#book.get(account)?.account.mode ?? 0n, flaggedAt, bids: [] };
    this.auctions.push(started);
    this.#current.set(account, started);
  }

  #sell(log: LogEntry, known: Pick<Bid, "time" | "discount" | "badDebt">, markets: readonly Market[]): void {
    const account = accountOf(log);
    const event = ledger.decodeEventLog(SLICE_SOLD, log.data, log.topics);
    const fraction = fromWad(event.getValue("fraction") as bigint);
    const sold = this.#legs(account, fraction, markets);
    this.#current.get(account)?.bids.push({
      ...known,
      equity: fromWad(event.getValue("equity") as bigint),
      cover: fromWad(event.getValue("cover") as bigint),
      sold,
    });
  }

  #takeOver(log: LogEntry, time: number, markets: readonly Market[]): void {
    const account = accountOf(log);
    const event = ledger.decodeEventLog(TAKEN_OVER, log.data, log.topics);
    const [equity, margin] = ["equity", "margin"].map((name) => fromWad(event.getValue(name) as bigint)) as [
      number,
      number,
    ];
    const auctioned = this.#current.get(account);
    if (auctioned) auctioned.takeover = { time, equity, margin, taken: this.#legs(account, 1, markets) };
  }

  #legs(account: AccountId, fraction: number, markets: readonly Market[]): SoldLeg[] {
    return (this.#book.get(account)?.positions ?? []).map(({ instrument, lots }) => {
      const underlying = underlyingOf(instrument);
      const market = markets.find((candidate) => candidate.underlying === underlying);
      const units = (Number(fixedPoint.abs(lots)) / Number(LOTS_PER_UNIT)) * fraction;
      return { underlying, spot: fromWad(market?.spot ?? 0n), notional: units * fromWad(priceOf(market, instrument)) };
    });
  }
}

/** What a unit of the instrument counts as: an option as one of its underlying. */
function priceOf(market: Market | undefined, instrument: Instrument): Wad {
  return (isOption(instrument) ? market?.spot : market?.mark) ?? 0n;
}

/** Whether anybody bid. */
export function isSold(candidate: Auction): candidate is SoldAuction {
  return candidate.bids.length > 0;
}

/** Whether the vault took the account over. */
export function isTakenOver(candidate: Auction): candidate is Auction & { takeover: Takeover } {
  return candidate.takeover !== undefined;
}

/** What the auction's bids took, of one underlying or of all, USD at mark. */
export function notionalSold({ bids }: Auction, underlying?: bigint): number {
  return bids
    .flatMap(({ sold }) => sold)
    .filter((leg) => underlying === undefined || leg.underlying === underlying)
    .reduce((sum, { notional }) => sum + notional, 0);
}

function accountOf({ topics }: LogEntry): AccountId {
  return BigInt(topics[1] ?? 0) as AccountId;
}

function discountOf(log: LogEntry): number {
  const gathered = house.decodeEventLog(TOUCHED, log.data, log.topics).getValue("clock") as bigint;
  return fromWad(auction.discount(gathered));
}
