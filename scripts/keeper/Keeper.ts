import {
  type AccountId,
  type MarketSnapshot,
  Mode,
  type OrderDomain,
  type Seconds,
  type Wad,
  auction,
  findWitness,
  formatAccountId,
  type portfolio,
  roundWad,
} from "../../sdk";
import {
  type IBackstopVault,
  IBackstopVault__factory,
  type IClearinghouse,
  IClearinghouse__factory,
  type ILiquidationAuction,
  ILiquidationAuction__factory,
  type IPriceOracle,
  IPriceOracle__factory,
  type IVolatilityOracle,
  IVolatilityOracle__factory,
} from "../../typechain-types";
import { readBounds, readSnapshot } from "../lib/snapshots";
import type { AccountBook, AccountRecord } from "./book";
import { type KeeperChain, readerOf } from "./chain";
import { type CounterOrders, Unwinder } from "./inventory";
import { type Step, type Terms, halved, nextStep } from "./liquidation";
import { type Judged, isBelowMaintenance, rank } from "./ranking";
import { VolatilitySampler } from "./sampling";
import { type Intent, type KeeperAction, type KeeperLog, Sender, type Subject } from "./sending";

/** The contracts a keeper works with. */
export interface KeeperContracts {
  clearinghouse: string;
  auction: string;
  vault: string;
  priceOracle: string;
  volatilityOracle: string;
  domain: OrderDomain;
}

export interface KeeperOptions {
  /** The keeper's own account, open and funded: it takes the slices and the rewards. */
  account: AccountId;
  /** What a bid must gain beyond the cost of selling what it took, USD. */
  minGain: Wad;
  /** What selling a slice costs, of its notional. */
  unwindCost: Wad;
  /** Who trades against what the keeper took; without, it holds what it has. */
  counterOrders?: CounterOrders | undefined;
}

/** Modes whose margin model this keeper can compute. */
const TWINS: ReadonlySet<bigint> = new Set([Mode.Isolated, Mode.Cross, Mode.Portfolio]);

/**
 * Flags accounts below maintenance margin, buys them at the auction's price when that pays, has the vault take over what
 * nobody buys, keeps the auctions' clocks and the volatility oracle running, and sells what it took. It uses nothing that is not open to everybody: events
 * tell it the accounts, the twin ranks them, and a call in the next block confirms each step before it is sent.
 */
export class Keeper {
  readonly #chain: KeeperChain;
  readonly #book: AccountBook;
  readonly #options: KeeperOptions;
  readonly #log: KeeperLog;
  readonly #clearinghouse: IClearinghouse;
  readonly #auction: ILiquidationAuction;
  readonly #vault: IBackstopVault;
  readonly #priceOracle: IPriceOracle;
  readonly #volatilityOracle: IVolatilityOracle;
  readonly #target: string;
  readonly #sender: Sender;
  readonly #sampler: VolatilitySampler;
  readonly #unwinder: Unwinder;
  readonly #unknownModes = new Set<bigint>();

  /** @param book kept up to date by whoever runs the keeper. */
  constructor(
    chain: KeeperChain,
    book: AccountBook,
    contracts: KeeperContracts,
    options: KeeperOptions,
    log: KeeperLog,
  ) {
    const reader = readerOf(chain);
    this.#chain = chain;
    this.#book = book;
    this.#options = options;
    this.#log = log;
    this.#target = contracts.clearinghouse;
    this.#clearinghouse = IClearinghouse__factory.connect(contracts.clearinghouse, reader);
    this.#auction = ILiquidationAuction__factory.connect(contracts.auction, reader);
    this.#vault = IBackstopVault__factory.connect(contracts.vault, reader);
    this.#priceOracle = IPriceOracle__factory.connect(contracts.priceOracle, reader);
    this.#volatilityOracle = IVolatilityOracle__factory.connect(contracts.volatilityOracle, reader);
    this.#sender = new Sender(chain, log);
    this.#sampler = new VolatilitySampler(chain, contracts.volatilityOracle);
    this.#unwinder = new Unwinder(chain, contracts.domain, options.counterOrders);
  }

  /** Looks once at the chain and sends whatever is worth sending. */
  async tick(): Promise<KeeperAction[]> {
    const now = await this.#chain.time();
    const holders = this.#book.holders();
    const accounts = holders.map(({ positions }) => positions);
    const snapshot = await readSnapshot(this.#clearinghouse, this.#volatilityOracle, accounts);
    // What was taken is sold before more is: a slice may well shrink a position that the sale counts on.
    return this.#sender.send([
      ...(await this.#samples(now)),
      ...(await this.#unwinds(snapshot, now)),
      ...(await this.#liquidations(holders, snapshot, now)),
    ]);
  }

  /** Samples the volatility oracle if that is due, and does nothing else. */
  async sample(): Promise<KeeperAction[]> {
    return this.#sender.send(await this.#samples(await this.#chain.time()));
  }

  async #samples(now: Seconds): Promise<Intent[]> {
    const call = await this.#sampler.due(now);
    return call ? [{ kind: "sample", subject: {}, call }] : [];
  }

  async #liquidations(holders: AccountRecord[], snapshot: MarketSnapshot, now: Seconds): Promise<Intent[]> {
    const others = holders.filter(({ id }) => id !== this.#options.account);
    const bounds = await readBounds(this.#priceOracle, snapshot);
    const urgent = rank(this.#judgeable(others), snapshot, bounds).filter(
      (judged) => isBelowMaintenance(judged) || judged.record.account.flagged,
    );
    const intents: Intent[] = [];
    if (urgent.length === 0) return intents;
    const terms: Terms = { ...this.#options, coverLimit: await this.#coverLimit(urgent) };
    for (const judged of urgent) {
      const next = await this.#next(judged, snapshot, now, terms);
      if (!next) continue;
      const { step, intent } = next;
      // Bids of one block share what the vault pays in an hour.
      if (step.kind === "bid") terms.coverLimit -= step.offer.quote.cover;
      intents.push(intent);
    }
    return intents;
  }

  /** Leaves out accounts whose margin model has no twin here. */
  #judgeable(records: readonly AccountRecord[]): AccountRecord[] {
    return records.filter(({ account: { mode } }) => {
      if (TWINS.has(mode)) return true;
      if (!this.#unknownModes.has(mode)) this.#log.warn({ mode: `${mode}` }, "accounts of this mode are not watched");
      this.#unknownModes.add(mode);
      return false;
    });
  }

  /** What is due, where the chain agrees: RISK-2 leaves a healthy account alone, and so does a keeper. */
  async #next(
    judged: Judged,
    snapshot: MarketSnapshot,
    now: Seconds,
    terms: Terms,
  ): Promise<{ step: Step; intent: Intent } | undefined> {
    const { markets } = snapshot;
    const clock = await this.#clockOf(judged);
    const first = nextStep(judged, clock, markets, now, terms);
    // What it has too little margin for it buys in part.
    for (let step = first; step; step = halved(step, judged, clock, markets, now, terms)) {
      const intent = this.#intent(judged, step, snapshot);
      // The vault says each time whether it has room; and of a bid the first refusal says enough.
      const expected = step.kind === "takeOver" || step !== first;
      if (await this.#sender.passes(intent, expected ? "debug" : "warn")) return { step, intent };
    }
    return undefined;
  }

  #intent({ record, assessment }: Judged, step: Step, snapshot: MarketSnapshot): Intent {
    const { id } = record;
    this.#log.debug(
      {
        ...subjectOf(id),
        equity: roundWad(assessment.equityForMaintenance),
        maintenanceMargin: roundWad(assessment.maintenanceMargin),
      },
      step.kind,
    );
    // Zero where the mode works out no scenarios, or a price is missing: then everything is worked out.
    const witness = findWitness(record.account.mode, snapshot, record.positions);
    return {
      kind: step.kind,
      subject: subjectOf(id),
      call: { to: this.#target, data: this.#encode(id, step, witness) },
    };
  }

  #encode(id: AccountId, step: Step, witness: portfolio.Witness): string {
    const { account: own } = this.#options;
    const encode = this.#clearinghouse.interface;
    switch (step.kind) {
      case "flag":
        return encode.encodeFunctionData("flagBy", [id, own, witness]);
      case "poke":
        return encode.encodeFunctionData("poke", [id]);
      case "takeOver":
        return encode.encodeFunctionData("takeOver", [id, own]);
      case "bid":
        return encode.encodeFunctionData("bidBy", [id, own, step.offer.maxFraction, step.offer.minGain, witness]);
    }
  }

  async #unwinds(snapshot: MarketSnapshot, now: Seconds): Promise<Intent[]> {
    const record = this.#book.get(this.#options.account);
    if (!record || record.positions.length === 0) return [];
    const call = await this.#unwinder.close(record, snapshot, now);
    if (!call) return [];
    const intent: Intent = { kind: "unwind", subject: {}, call };
    return (await this.#sender.passes(intent)) ? [intent] : [];
  }

  /** The clock of a flagged account's auction. */
  async #clockOf({ record }: Judged): Promise<auction.AuctionClock | undefined> {
    return record.account.flagged ? auction.decodeAuctionClock(await this.#auction.clockOf(record.id)) : undefined;
  }

  /** Only a bankrupt account needs the vault. */
  #coverLimit(judged: readonly Judged[]): Promise<Wad> | Wad {
    return judged.some(({ assessment }) => assessment.equity < 0n) ? this.#vault.coverLimit() : 0n;
  }
}

function subjectOf(id: AccountId): Subject {
  return { account: formatAccountId(id) };
}
