/** How much position a mode's traders carry on their collateral: gross notional over equity at mark, step by step. */
import { type Market, type Mode, WAD, grossNotional } from "../../sdk";
import type { Judged } from "../keeper/ranking";

export class EfficiencyMeter {
  readonly #mode: Mode;
  readonly #accounts: ReadonlySet<bigint>;
  #current: number | undefined;
  #sum = 0;
  #steps = 0;

  /** @param accounts of this mode that count. */
  constructor(mode: Mode, accounts: readonly bigint[]) {
    this.#mode = mode;
    this.#accounts = new Set(accounts);
  }

  /** What was last measured; undefined while nobody holds anything. */
  get latest(): number | undefined {
    return this.#current;
  }

  /**
   * Measures anew: prices or positions have changed.
   * @param judged everybody who holds anything.
   */
  measure(judged: readonly Judged[], markets: readonly Market[]): void {
    let gross = 0n;
    let collateral = 0n;
    for (const { record, assessment } of judged) {
      if (record.account.mode !== this.#mode || !this.#accounts.has(record.id)) continue;
      gross += grossNotional(markets, record.positions);
      if (assessment.equity > 0n) collateral += assessment.equity;
    }
    this.#current = collateral > 0n ? Number((gross * WAD) / collateral) / Number(WAD) : undefined;
  }

  /** Counts one step, at which nothing may have changed. Steps at which nobody holds anything do not count. */
  step(): void {
    if (this.#current === undefined) return;
    this.#sum += this.#current;
    ++this.#steps;
  }

  /** The mean over the steps so far. */
  mean(): number {
    return this.#steps === 0 ? 0 : this.#sum / this.#steps;
  }
}
