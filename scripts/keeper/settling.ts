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
/** After what may be otherwise a moment later: a node that failed, a transaction that was sent or refused. */
const SOON = 60n;
/** Where nothing is expected to change, and after a search for rounds that found no price: it may have been a long one. */
const LATER = 600n;

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

  /**
   * Sends the proof of every price there is one of. A feed that fails holds up its own expiries alone.
   * @param stop ends it before the next read.
   */
  async settle(stop?: AbortSignal): Promise<KeeperAction[]> {
    const actions: KeeperAction[] = [];
    const now = await this.#chain.time();
    for (const series of this.#past(now)) {
      if (stop?.aborted) break;
      try {
        const due = await this.#due(series, now, stop);
        if (typeof due !== "bigint") actions.push(...(await this.#sender.send([due])));
        this.#lookAgain.set(keyOf(series), typeof due === "bigint" ? due : now + SOON);
      } catch (error) {
        if (stop?.aborted) break;
        this.#lookAgain.set(keyOf(series), now + waitAfter(error, now - series.expiry));
        this.#log.warn({ kind: "settle expiry", ...subjectOf(series) }, explainError(error));
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
  async #due(series: Series, now: Seconds, stop: AbortSignal | undefined): Promise<Intent | Seconds> {
    const { underlying, expiry } = series;
    const [[, settleFrom, finaliseFrom], { basis }] = await Promise.all([
      this.#settlement.window(expiry),
      this.#settlement.settlementOf(underlying, expiry),
    ]);
    // Options of it are held until somebody touches their holders. It may yet be undone: a transaction that only waits
    // may be dropped, a block taken back.
    if (basis !== SettlementBasis.None) return now + LATER;
    if (now < settleFrom) return settleFrom;
    const proof = await proveExpiry(this.#readingUntil(stop), this.#settlement, underlying, expiry);
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
    return (await this.#sender.passes(intent)) ? intent : now + SOON;
  }

  #readingUntil(stop: AbortSignal | undefined): Pick<KeeperChain, "call"> {
    return {
      call: (call) => {
        stop?.throwIfAborted();
        return this.#chain.call(call);
      },
    };
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

/** A search that found nothing takes in every round since the window: waiting in proportion, all of them stay bounded. */
function waitAfter(error: unknown, age: Seconds): Seconds {
  if (!(error instanceof PlimsollInputError)) return SOON;
  return age / 4n > LATER ? age / 4n : LATER;
}

function keyOf({ underlying, expiry }: Series): string {
  return `${underlying} ${expiry}`;
}

function subjectOf({ underlying, expiry }: Series): Subject {
  return { underlying: String(underlying), expiry: formatTime(expiry) };
}
