/** What the backstop vault earned and paid, from the events of a replay's transactions. */
import { BPS, WAD_PER_USDC_UNIT } from "../../../sdk";
import { IBackstopVault__factory, IClearinghouse__factory } from "../../../typechain-types";
import type { Receipt } from "../chain";
import { type Point, type Range, Trace } from "./trace";
import { fromWad } from "./units";

/** The vault over time. USD. */
export interface VaultTraces {
  /** What it has in its own account; what it took over is not in it. */
  cash: Point[];
  /** Since the beginning. */
  feesIn: Point[];
  coverOut: Point[];
  /** Margin given to the accounts of takeovers, less what came back when they ended; since the beginning. */
  takeoverMargin: Point[];
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
const TAKEN_OVER = ledger.getEvent("TakenOver");
const vault = IBackstopVault__factory.createInterface();
const TAKEOVER_ENDED = vault.getEvent("TakeoverEnded");

export class VaultLog {
  readonly #range: Range;
  readonly #hourCap: number;
  readonly #traces: Record<keyof VaultTraces, Trace>;
  /** Of the last hour. */
  #payments: Payment[] = [];
  #cash = 0;
  #fees = 0;
  #covered = 0;
  #tiedUp = 0;

  /** @param hourCapBps the most the vault pays in any 60 minutes, of its assets as they would be without these payments. */
  constructor(range: Range, hourCapBps: bigint) {
    this.#range = range;
    this.#hourCap = Number(hourCapBps) / Number(BPS);
    this.#traces = {
      cash: new Trace(range),
      feesIn: new Trace(range),
      coverOut: new Trace(range),
      takeoverMargin: new Trace(range),
      capUse: new Trace(range),
    };
  }

  /** Takes a mined transaction in. */
  apply({ ok, logs, time }: Receipt): void {
    if (!ok) return;
    for (const { topics, data } of logs) {
      if (topics[0] === FILLED.topicHash) {
        const event = ledger.decodeEventLog(FILLED, data, topics);
        this.#fees += fromWad((event.getValue("makerFee") as bigint) + (event.getValue("takerFee") as bigint));
      } else if (topics[0] === SLICE_SOLD.topicHash) {
        const cover = fromWad(ledger.decodeEventLog(SLICE_SOLD, data, topics).getValue("cover") as bigint);
        this.#covered += cover;
        this.#useCap(time, cover);
      } else if (topics[0] === TAKEN_OVER.topicHash) {
        const margin = fromWad(ledger.decodeEventLog(TAKEN_OVER, data, topics).getValue("margin") as bigint);
        this.#tiedUp += margin;
        this.#useCap(time, margin);
      } else if (topics[0] === TAKEOVER_ENDED.topicHash) {
        const returned = vault.decodeEventLog(TAKEOVER_ENDED, data, topics).getValue("returned") as bigint;
        this.#tiedUp -= fromWad(returned * WAD_PER_USDC_UNIT);
      }
    }
  }

  /** Notes the vault's cash, USD, with everything applied so far. */
  measured(time: number, cash: number): void {
    this.#expire(time);
    this.#cash = cash;
    this.#traces.cash.push(time, cash);
    this.#traces.feesIn.push(time, this.#fees);
    this.#traces.coverOut.push(time, this.#covered);
    this.#traces.takeoverMargin.push(time, this.#tiedUp);
    this.#traces.capUse.push(time, this.#use());
  }

  finish(): VaultTraces {
    this.#expire(this.#range.to);
    const { cash, feesIn, coverOut, takeoverMargin, capUse } = this.#traces;
    return {
      cash: cash.points(),
      feesIn: feesIn.points(),
      coverOut: coverOut.points(),
      takeoverMargin: takeoverMargin.points(),
      capUse: capUse.points(),
    };
  }

  /** The margin of a takeover counts as paid when it is given. */
  #useCap(time: number, amount: number): void {
    if (amount !== 0) this.#payments.push({ time, amount });
  }

  /** Each payment counts for an hour, whether anything is measured at its end or not. */
  #expire(time: number): void {
    for (let first = this.#payments[0]; first && first.time + HOUR <= time; first = this.#payments[0]) {
      this.#payments.shift();
      this.#traces.capUse.push(first.time + HOUR, this.#use());
    }
  }

  #use(): number {
    const used = this.#payments.reduce((sum, { amount }) => sum + amount, 0);
    return used === 0 ? 0 : used / ((this.#cash + used) * this.#hourCap);
  }
}
