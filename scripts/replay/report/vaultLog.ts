/** What the backstop vault earned and paid, from the events of a replay's transactions. */
import { BPS } from "../../../sdk";
import { IClearinghouse__factory } from "../../../typechain-types";
import type { Receipt } from "../chain";
import { type Point, type Range, Trace } from "./trace";
import { fromWad } from "./units";

/** The vault over time. USD. */
export interface VaultTraces {
  assets: Point[];
  /** Since the beginning. */
  feesIn: Point[];
  coverOut: Point[];
  /** What is used of the hour's cap, 0 to 1. */
  capUse: Point[];
}

interface Payment {
  time: number;
  amount: number;
}

const HOUR = 3600;
const ledger = IClearinghouse__factory.createInterface();
const FILLED = ledger.getEvent("Filled");
const SLICE_SOLD = ledger.getEvent("SliceSold");

export class VaultLog {
  readonly #range: Range;
  readonly #hourCap: number;
  readonly #assets: Trace;
  readonly #feesIn: Trace;
  readonly #coverOut: Trace;
  readonly #capUse: Trace;
  /** Of the last hour. */
  #payments: Payment[] = [];
  #cash = 0;
  #fees = 0;
  #covered = 0;

  /** @param hourCapBps the most the vault pays in any 60 minutes, of its assets as they would be without these payments. */
  constructor(range: Range, hourCapBps: bigint) {
    this.#range = range;
    this.#hourCap = Number(hourCapBps) / Number(BPS);
    [this.#assets, this.#feesIn, this.#coverOut, this.#capUse] = [0, 0, 0, 0].map(() => new Trace(range)) as [
      Trace,
      Trace,
      Trace,
      Trace,
    ];
  }

  /** Takes a mined transaction in. */
  apply({ ok, logs, time }: Receipt): void {
    if (!ok) return;
    for (const { topics, data } of logs) {
      if (topics[0] === FILLED.topicHash) {
        const event = ledger.decodeEventLog(FILLED, data, topics);
        this.#fees += fromWad((event.getValue("makerFee") as bigint) + (event.getValue("takerFee") as bigint));
      } else if (topics[0] === SLICE_SOLD.topicHash) {
        this.#pay(time, fromWad(ledger.decodeEventLog(SLICE_SOLD, data, topics).getValue("cover") as bigint));
      }
    }
  }

  /** Notes the vault's cash, USD, with everything applied so far. */
  measured(time: number, cash: number): void {
    this.#expire(time);
    this.#cash = cash;
    this.#assets.push(time, cash);
    this.#feesIn.push(time, this.#fees);
    this.#coverOut.push(time, this.#covered);
    this.#capUse.push(time, this.#use());
  }

  finish(): VaultTraces {
    this.#expire(this.#range.to);
    const [assets, feesIn, coverOut, capUse] = [this.#assets, this.#feesIn, this.#coverOut, this.#capUse].map((trace) =>
      trace.points(),
    ) as [Point[], Point[], Point[], Point[]];
    return { assets, feesIn, coverOut, capUse };
  }

  #pay(time: number, amount: number): void {
    if (amount === 0) return;
    this.#covered += amount;
    this.#payments.push({ time, amount });
  }

  /** Each payment counts for an hour, whether anything is measured at its end or not. */
  #expire(time: number): void {
    for (let first = this.#payments[0]; first && first.time + HOUR <= time; first = this.#payments[0]) {
      this.#payments.shift();
      this.#capUse.push(first.time + HOUR, this.#use());
    }
  }

  #use(): number {
    const used = this.#payments.reduce((sum, { amount }) => sum + amount, 0);
    return used === 0 ? 0 : used / ((this.#cash + used) * this.#hourCap);
  }
}
