/** Settles expiries that somebody holds options of: until then their holders may only reduce risk. */
import {
  PlimsollInputError,
  type Seconds,
  SettlementBasis,
  type SettlementProof,
  decodeInstrument,
  explainError,
  formatWad,
  isOption,
} from "../../sdk";
import { type IExpirySettlement, IExpirySettlement__factory } from "../../typechain-types";
import { proveExpiry, settlesAtOnce } from "../lib/expiryProof";
import { formatTime } from "../lib/times";
import type { AccountBook } from "./book";
import { type KeeperChain, readerOf } from "./chain";
import { type Intent, type KeeperAction, type KeeperLog, Sender, type Subject } from "./sending";

/** Every option of an underlying that ends at the same moment. */
interface Series {
  underlying: bigint;
  expiry: Seconds;
}

const HOUR = 3_600n;
/** A search for rounds that found no price may have taken hundreds of reads. */
const RETRY = 600n;

/**
 * Anyone may settle, from rounds that leave no choice; who does gains nothing by it. Finding them may take minutes where
 * a feed had many, so whoever runs this lets nothing wait for it.
 */
export class ExpirySettler {
  readonly #chain: KeeperChain;
  readonly #book: AccountBook;
  readonly #address: string;
  readonly #settlement: IExpirySettlement;
  readonly #log: KeeperLog;
  readonly #sender: Sender;
  /** When to look at an expiry again, unix seconds. */
  readonly #lookAgain = new Map<string, Seconds>();

  /** @param book kept up to date by whoever runs the keeper. */
  constructor(chain: KeeperChain, book: AccountBook, expirySettlement: string, log: KeeperLog) {
    this.#chain = chain;
    this.#book = book;
    this.#address = expirySettlement;
    this.#settlement = IExpirySettlement__factory.connect(expirySettlement, readerOf(chain));
    this.#log = log;
    this.#sender = new Sender(chain, log);
  }

  /** Sends the proof of every price there is one of. A feed that fails holds up its own expiries alone. */
  async settle(): Promise<KeeperAction[]> {
    const actions: KeeperAction[] = [];
    const now = await this.#chain.time();
    for (const series of this.#past(now)) {
      try {
        const due = await this.#due(series, now);
        const sent = typeof due === "bigint" ? [] : await this.#sender.send([due]);
        if (sent.length === 0) this.#lookAgain.set(keyOf(series), typeof due === "bigint" ? due : now + RETRY);
        actions.push(...sent);
      } catch (error) {
        if (error instanceof PlimsollInputError) this.#lookAgain.set(keyOf(series), now + RETRY);
        this.#log.warn(subjectOf(series), explainError(error));
      }
    }
    return actions;
  }

  /** What is held, past, and not to be waited for. */
  #past(now: Seconds): Series[] {
    const held = new Map<string, Series>();
    for (const { positions } of this.#book.holders()) {
      for (const { instrument } of positions) {
        if (!isOption(instrument)) continue;
        const { underlying, expiry } = decodeInstrument(instrument);
        if (expiry < now) held.set(keyOf({ underlying, expiry }), { underlying, expiry });
      }
    }
    return [...held].filter(([key]) => (this.#lookAgain.get(key) ?? 0n) <= now).map(([, series]) => series);
  }

  /** What to send, or when to look again. */
  async #due(series: Series, now: Seconds): Promise<Intent | Seconds> {
    const { underlying, expiry } = series;
    const [[, settleFrom, finaliseFrom], { basis }] = await Promise.all([
      this.#settlement.window(expiry),
      this.#settlement.settlementOf(underlying, expiry),
    ]);
    // Options of it are held until somebody touches their holders; a block that is taken back may take it along.
    if (basis !== SettlementBasis.None) return now + HOUR;
    if (now < settleFrom) return settleFrom;
    const proof = await proveExpiry(this.#chain, this.#settlement, underlying, expiry);
    if (!settlesAtOnce(proof) && now < finaliseFrom) {
      const from = formatTime(finaliseFrom);
      this.#log.info(
        subjectOf(series),
        `no usable price throughout the last hour: it can be finalised from ${from} on`,
      );
      // Until then governance may replace the feed or move its bounds.
      return finaliseFrom < now + HOUR ? finaliseFrom : now + HOUR;
    }
    const intent = this.#intent(series, proof);
    return (await this.#sender.passes(intent)) ? intent : now + RETRY;
  }

  #intent(series: Series, proof: SettlementProof): Intent {
    const { underlying, expiry } = series;
    const ids = proof.rounds.map(({ id }) => id);
    const encode = this.#settlement.interface;
    const [kind, data] = settlesAtOnce(proof)
      ? (["settle expiry", encode.encodeFunctionData("settle", [underlying, expiry, ids])] as const)
      : (["finalise expiry", encode.encodeFunctionData("finalise", [underlying, expiry, ids])] as const);
    const subject = { ...subjectOf(series), price: formatWad(proof.price), rounds: String(ids.length) };
    return { kind, subject, call: { to: this.#address, data } };
  }
}

function keyOf({ underlying, expiry }: Series): string {
  return `${underlying} ${expiry}`;
}

function subjectOf({ underlying, expiry }: Series): Subject {
  return { underlying: String(underlying), expiry: formatTime(expiry) };
}
