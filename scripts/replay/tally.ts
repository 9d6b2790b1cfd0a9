/** Counts what the replay's transactions did, from their receipts. */
import { type AccountId, LOTS_PER_UNIT, Mode, WAD, type Wad, fixedPoint, perp } from "../../sdk";
import { IClearinghouse__factory } from "../../typechain-types";
import type { AccountBook, LogEntry } from "../keeper/book";
import type { Receipt } from "./chain";

/** An event's arguments by name; of those that count, every one is a number. */
type Arguments = Partial<Record<string, bigint>>;

/** Sums so far. USD, Wad. */
export interface Totals {
  badDebt: Wad;
  backstopPaid: Wad;
  discountsPaid: Wad;
  fundingPaid: Wad;
}

const events = IClearinghouse__factory.createInterface();
const COUNTED = new Map(
  (["Flagged", "SliceSold", "TakenOver", "BadDebt", "FundingAccrued"] as const).map((name) => {
    const fragment = events.getEvent(name);
    return [fragment.topicHash, { name, fragment }] as const;
  }),
);

export class Tally {
  readonly totals: Totals = { badDebt: 0n, backstopPaid: 0n, discountsPaid: 0n, fundingPaid: 0n };
  /** Auctions with at least one bid, by the mode of the account. */
  readonly liquidations = new Map<bigint, number>();
  /** Accounts the vault took over, by their mode. */
  readonly takeovers = new Map<bigint, number>();
  /** When each account was last flagged, unix seconds. */
  readonly flaggedAt = new Map<AccountId, number>();
  /** Gas of each kind of transaction, in the order they were mined. */
  readonly gas = new Map<string, number[]>();
  /** Bids that were made. */
  bids = 0;
  readonly #book: AccountBook;
  /** Flagged accounts nobody has bid for yet. */
  readonly #unsold = new Set<AccountId>();
  readonly #cumulativeFunding = new Map<bigint, Wad>();

  /** @param book which this keeps up to date. */
  constructor(book: AccountBook) {
    this.#book = book;
  }

  /** Takes a mined transaction in, and its events into the book. Returns the accounts that lost a slice or everything. */
  apply({ kind, ok, gasUsed, logs, time }: Receipt): AccountId[] {
    if (!ok) return [];
    this.gas.set(kind, [...(this.gas.get(kind) ?? []), gasUsed]);
    const sold: AccountId[] = [];
    const parsed = logs.map((log) => ({ log, event: parse(log) }));
    // Funding accrued on what was open before the transaction changed it.
    for (const { event } of parsed) {
      if (event?.name === "FundingAccrued") this.#accrue(event.args);
    }
    for (const { log, event } of parsed) {
      this.#book.apply(log);
      const account = event?.args.account as AccountId | undefined;
      if (!event || account === undefined) continue;
      if (event.name === "Flagged") {
        this.flaggedAt.set(account, time);
        this.#unsold.add(account);
      } else if (event.name === "SliceSold") {
        this.#sell(account, event.args);
        sold.push(account);
      } else if (event.name === "TakenOver") {
        this.#unsold.delete(account);
        this.#count(this.takeovers, account);
        sold.push(account);
      } else if (event.name === "BadDebt") {
        this.totals.badDebt += event.args.amount ?? 0n;
        this.totals.backstopPaid += event.args.covered ?? 0n;
      }
    }
    return sold;
  }

  /** Auctions with at least one bid. */
  liquidationsOf(mode: Mode): number {
    return this.liquidations.get(mode) ?? 0;
  }

  #sell(account: AccountId, { fraction = 0n, equity = 0n, payment = 0n }: Arguments): void {
    ++this.bids;
    if (this.#unsold.delete(account)) this.#count(this.liquidations, account);
    const discount = (fraction * equity) / WAD - payment;
    if (discount > 0n) this.totals.discountsPaid += discount;
  }

  #count(counts: Map<bigint, number>, account: AccountId): void {
    const mode = this.#book.get(account)?.account.mode ?? Mode.None;
    counts.set(mode, (counts.get(mode) ?? 0) + 1);
  }

  #accrue({ underlying = 0n, cumulativeFunding: cumulative = 0n }: Arguments): void {
    const perUnit = cumulative - (this.#cumulativeFunding.get(underlying) ?? 0n);
    this.#cumulativeFunding.set(underlying, cumulative);
    let longs = 0n;
    for (const { positions } of this.#book.all()) {
      for (const { instrument, lots } of positions) {
        if (lots > 0n && instrument === perp(underlying)) longs += lots;
      }
    }
    this.totals.fundingPaid += (fixedPoint.abs(perUnit) * longs) / LOTS_PER_UNIT;
  }
}

/** The event's name and arguments, where it is one that counts. */
function parse({ topics, data }: LogEntry): { name: string; args: Arguments } | undefined {
  const found = COUNTED.get(topics[0] ?? "");
  if (!found) return undefined;
  const args = events.decodeEventLog(found.fragment, data, topics).toObject() as Arguments;
  return { name: found.name, args };
}
