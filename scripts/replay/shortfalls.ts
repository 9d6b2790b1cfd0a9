/**
 * Accounts that lost more than they had: what each stood at when it was last above maintenance margin, last above zero and
 * first below, and the moves of the prices in between.
 */
import {
  type AccountId,
  type Market,
  type Wad,
  formatAccountId,
  formatWad,
  grossNotional,
  marketOf,
  roundWad,
  underlyingOf,
} from "../../sdk";
import { IClearinghouse__factory } from "../../typechain-types";
import type { LogEntry } from "../keeper/book";
import { type Judged, isBelowMaintenance } from "../keeper/ranking";
import type { Receipt } from "./chain";
import { type ModeName, modeName } from "./report/modes";
import type { ReplayedMarket } from "./world";

/** An account at one moment. Amounts are USD as exact decimal strings. */
export interface Moment {
  /** Unix seconds. */
  time: number;
  equity: string;
  maintenanceMargin: string;
  /** Gross, at mark. */
  notional: string;
  /** The oracle's, USD per unit, of what it holds. */
  prices: Record<string, string>;
}

/** One account that was sold below zero, or ended there. */
export interface Shortfall {
  account: string;
  mode: ModeName;
  /** Equity below zero that left with slices; zero where nobody has bid yet. */
  badDebt: string;
  /** What the vault paid towards it and as the bidder's reward. */
  covered: string;
  /** When it was flagged, unix seconds; null if it never was. */
  flaggedAt: number | null;
  /** When it last lost a slice before that; null if it never did. */
  soldAt: number | null;
  /** When it was last found at or above maintenance margin; null where it never was. */
  sound: Moment | null;
  /** When it was last found at or above zero. */
  solvent: Moment | null;
  /** When it was first found below. */
  bankrupt: Moment;
  reason: string;
}

interface Seen {
  time: number;
  judged: Judged;
  positions: Judged["record"]["positions"];
  markets: readonly Market[];
}

interface Trail {
  sound?: Seen | undefined;
  solvent?: Seen | undefined;
  bankrupt?: Seen | undefined;
}

interface Debt {
  account: AccountId;
  trail: Trail & { bankrupt: Seen };
  flaggedAt: number | undefined;
  soldAt: number | undefined;
  badDebt: Wad;
  covered: Wad;
}

const ledger = IClearinghouse__factory.createInterface();
const FLAGGED = ledger.getEvent("Flagged");
const SLICE_SOLD = ledger.getEvent("SliceSold");
const BAD_DEBT = ledger.getEvent("BadDebt");
const WORDS = new Intl.ListFormat("en");

export class Shortfalls {
  readonly #names: ReadonlyMap<bigint, string>;
  readonly #trails = new Map<AccountId, Trail>();
  readonly #flaggedAt = new Map<AccountId, number>();
  readonly #soldAt = new Map<AccountId, number>();
  readonly #debts: Debt[] = [];
  readonly #current = new Map<AccountId, Debt>();

  constructor(markets: readonly ReplayedMarket[]) {
    this.#names = new Map(markets.map(({ underlying, name }) => [underlying, name]));
  }

  /** Prices or positions have changed. @param judged everybody who holds anything. */
  measured(time: number, markets: readonly Market[], judged: readonly Judged[]): void {
    for (const one of judged) {
      const seen: Seen = { time, judged: one, positions: one.record.positions, markets };
      const { sound, solvent, bankrupt } = this.#trails.get(one.record.id) ?? {};
      if (!isBelowMaintenance(one)) {
        this.#trails.set(one.record.id, { sound: seen, solvent: seen });
        this.#current.delete(one.record.id);
      } else if (one.assessment.equity >= 0n) this.#trails.set(one.record.id, { sound, solvent: seen });
      else if (!bankrupt) this.#trails.set(one.record.id, { sound, solvent, bankrupt: seen });
    }
  }

  /** A transaction was mined. */
  mined({ ok, logs, time }: Receipt): void {
    if (!ok) return;
    for (const log of logs) {
      if (log.topics[0] === FLAGGED.topicHash) {
        this.#flaggedAt.set(accountOf(log), time);
        this.#current.delete(accountOf(log));
      } else if (log.topics[0] === BAD_DEBT.topicHash) this.#owe(log);
      else if (log.topics[0] === SLICE_SOLD.topicHash) this.#soldAt.set(accountOf(log), time);
    }
  }

  /** Everybody who was sold below zero, in order, and those of `holders` who stand there unsold. */
  finish(holders: readonly AccountId[]): Shortfall[] {
    for (const account of holders) {
      if (!this.#current.has(account)) this.#begin(account);
    }
    return this.#debts.map((debt) => this.#describe(debt));
  }

  #owe(log: LogEntry): void {
    const account = accountOf(log);
    const { amount, covered } = ledger.decodeEventLog(BAD_DEBT, log.data, log.topics).toObject() as Record<string, Wad>;
    const debt = this.#current.get(account) ?? this.#begin(account);
    if (!debt) throw new Error(`${formatAccountId(account)} was sold below zero, where nothing had found it.`);
    debt.badDebt += amount ?? 0n;
    debt.covered += covered ?? 0n;
  }

  /** Undefined for an account that was never found below zero. */
  #begin(account: AccountId): Debt | undefined {
    const { sound, solvent, bankrupt } = this.#trails.get(account) ?? {};
    if (!bankrupt) return undefined;
    const [flaggedAt, soldAt] = [this.#flaggedAt.get(account), this.#soldAt.get(account)];
    const debt = { account, trail: { sound, solvent, bankrupt }, flaggedAt, soldAt, badDebt: 0n, covered: 0n };
    this.#debts.push(debt);
    this.#current.set(account, debt);
    return debt;
  }

  #describe({ account, trail, flaggedAt, soldAt, badDebt, covered }: Debt): Shortfall {
    const { sound, solvent, bankrupt } = trail;
    return {
      account: formatAccountId(account),
      mode: modeName(bankrupt.judged.record.account.mode),
      badDebt: formatWad(badDebt),
      covered: formatWad(covered),
      flaggedAt: flaggedAt ?? null,
      soldAt: soldAt ?? null,
      sound: sound ? this.#moment(sound) : null,
      solvent: solvent ? this.#moment(solvent) : null,
      bankrupt: this.#moment(bankrupt),
      reason: this.#reason(trail),
    };
  }

  #moment({ time, judged, positions, markets }: Seen): Moment {
    const { equity, maintenanceMargin } = judged.assessment;
    const spots = positions.map(({ instrument }) => {
      const underlying = underlyingOf(instrument);
      return [this.#nameOf(underlying), formatWad(marketOf(markets, underlying).spot)];
    });
    return {
      time,
      equity: formatWad(equity),
      maintenanceMargin: formatWad(maintenanceMargin),
      notional: formatWad(grossNotional(markets, positions)),
      prices: Object.fromEntries(spots) as Record<string, string>,
    };
  }

  #reason({ sound, solvent, bankrupt }: Trail & { bankrupt: Seen }): string {
    if (!solvent) return "it was below zero when it was first looked at";
    const held = new Set(solvent.positions.map(({ instrument }) => underlyingOf(instrument)));
    const moves = [...held].map((underlying) => this.#move(underlying, solvent, bankrupt));
    const gross = grossNotional(solvent.markets, solvent.positions);
    const left = Number(solvent.judged.assessment.equity) / Number(gross);
    const step = `in the ${bankrupt.time - solvent.time} s to the next observation ${WORDS.format(moves)}`;
    const had = `its equity was ${percent(left)} of notional`;
    if (sound === solvent) return `above maintenance margin, ${had}; ${step}`;
    const below = sound ? `${solvent.time - sound.time} s after it was last above` : "never above";
    return `below maintenance margin (${below}), ${had}; ${step}`;
  }

  #move(underlying: bigint, from: Seen, to: Seen): string {
    const [before, after] = [from, to].map(({ markets }) => marketOf(markets, underlying).spot) as [Wad, Wad];
    const change = Number(after) / Number(before) - 1;
    const verb = change < 0 ? "fell" : "rose";
    return `${this.#nameOf(underlying)} ${verb} ${percent(Math.abs(change))} from ${roundWad(before)} to ${roundWad(after)}`;
  }

  #nameOf(underlying: bigint): string {
    return this.#names.get(underlying) ?? `underlying ${underlying}`;
  }
}

function accountOf({ topics }: LogEntry): AccountId {
  return BigInt(topics[1] ?? 0) as AccountId;
}

function percent(part: number): string {
  return `${(100 * part).toFixed(2)} %`;
}
