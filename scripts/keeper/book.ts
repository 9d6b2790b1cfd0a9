/** Every account of the ledger, rebuilt from its events alone. */
import { type AccountId, type Instrument, decodeAccount, decodePosition } from "../../sdk";
import type { Account, Position } from "../../sdk";
import { IClearinghouse__factory } from "../../typechain-types";

/** An event as nodes return it. */
export interface LogEntry {
  address: string;
  topics: readonly string[];
  data: string;
}

/** One account as last written. */
export interface AccountRecord {
  readonly id: AccountId;
  /** Its storage word, zero before the first write. */
  word: bigint;
  account: Account;
  /** The storage words of its positions, by instrument. */
  readonly words: Map<Instrument, bigint>;
  /** The same, unpacked. */
  positions: Position[];
}

const events = IClearinghouse__factory.createInterface();
const ACCOUNT_OPENED = events.getEvent("AccountOpened").topicHash;
const ACCOUNT_CHANGED = events.getEvent("AccountChanged").topicHash;
const POSITION_CHANGED = events.getEvent("PositionChanged").topicHash;

/** The accounts of one clearinghouse. Feed it every log, in the chain's order. */
export class AccountBook {
  readonly #clearinghouse: string;
  readonly #records = new Map<AccountId, AccountRecord>();

  constructor(clearinghouse: string) {
    this.#clearinghouse = clearinghouse.toLowerCase();
  }

  /** Takes one event in; any that says nothing of an account's state is passed over. */
  apply(log: LogEntry): void {
    const [topic, id] = log.topics;
    if (log.address.toLowerCase() !== this.#clearinghouse || id === undefined) return;
    if (topic === ACCOUNT_OPENED) {
      this.#record(id);
    } else if (topic === ACCOUNT_CHANGED) {
      const record = this.#record(id);
      record.word = BigInt(log.data);
      record.account = decodeAccount(record.word);
      // Options that end with the account's last position are not told one by one.
      if (record.account.positions === 0n && record.words.size > 0) {
        record.words.clear();
        record.positions = [];
      }
    } else if (topic === POSITION_CHANGED) {
      this.#changePosition(this.#record(id), BigInt(log.data));
    }
  }

  /** Forgets everything: the events come again from the first. */
  clear(): void {
    this.#records.clear();
  }

  get(id: AccountId): AccountRecord | undefined {
    return this.#records.get(id);
  }

  /** Every account that was ever written or opened. */
  all(): IterableIterator<AccountRecord> {
    return this.#records.values();
  }

  /** Those that hold anything. */
  holders(): AccountRecord[] {
    return [...this.#records.values()].filter(({ positions }) => positions.length > 0);
  }

  #record(topic: string): AccountRecord {
    const id = BigInt(topic) as AccountId;
    let record = this.#records.get(id);
    if (!record) {
      record = { id, word: 0n, account: decodeAccount(0n), words: new Map(), positions: [] };
      this.#records.set(id, record);
    }
    return record;
  }

  #changePosition(record: AccountRecord, word: bigint): void {
    const { instrument, lots } = decodePosition(word);
    if (lots === 0n) record.words.delete(instrument);
    else record.words.set(instrument, word);
    record.positions = [...record.words.values()].map((stored) => decodePosition(stored));
  }
}
