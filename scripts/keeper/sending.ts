/** What a keeper sends, tried before and told of after. */
import { explainError } from "../../sdk";
import type { Call, KeeperChain } from "./chain";

/** What a step is done to, as the log tells it: an account, an expiry, nothing in particular. */
export type Subject = Readonly<Record<string, string>>;

/** What a keeper sent. */
export interface KeeperAction {
  kind: "flag" | "poke" | "bid" | "takeOver" | "unwind" | "sample" | "settle expiry" | "finalise expiry";
  subject: Subject;
  /** The transaction's hash. */
  hash: string;
}

/** What a keeper is about to send. */
export type Intent = Omit<KeeperAction, "hash"> & { call: Call };

/** Where a keeper tells what it sees; pino's loggers fit. */
export interface KeeperLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  debug(fields: object, message: string): void;
}

/** Sends what passes, and goes on where something does not. */
export class Sender {
  readonly #chain: KeeperChain;
  readonly #log: KeeperLog;

  constructor(chain: KeeperChain, log: KeeperLog) {
    this.#chain = chain;
    this.#log = log;
  }

  /**
   * Whether the next block would take it.
   * @param level at which a refusal is told: debug where it is expected.
   */
  async passes({ kind, subject, call }: Intent, level: "warn" | "debug" = "warn"): Promise<boolean> {
    try {
      await this.#chain.call(call);
      return true;
    } catch (error) {
      this.#log[level]({ kind, ...subject }, explainError(error));
      return false;
    }
  }

  /** Sends one after the other, and returns those the node took. */
  async send(intents: readonly Intent[]): Promise<KeeperAction[]> {
    const actions: KeeperAction[] = [];
    for (const { kind, subject, call } of intents) {
      try {
        const hash = await this.#chain.send(call, kind);
        actions.push({ kind, subject, hash });
        this.#log.info({ ...subject, hash }, kind);
      } catch (error) {
        // Somebody was faster, or the node is in trouble: the next look decides again.
        this.#log.warn({ kind, ...subject }, explainError(error));
      }
    }
    return actions;
  }
}
