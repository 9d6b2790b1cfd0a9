/** The traders of a replay: when they enter, build up, are wiped out, are done and come back. */
import type { Mode } from "../../sdk";
import {
  type AccountId,
  type Instrument,
  type Lots,
  type MarketSnapshot,
  type Position,
  type SignedOrder,
  WAD_PER_USDC_UNIT,
  decodeInstrument,
  fixedPoint,
  isOption,
  signOrder,
} from "../../sdk";
import { judgeRecord } from "../keeper/ranking";
import type { MakerDesk } from "./makers";
import { type Fees, costsAt, feesOf } from "./pricing";
import type { Random } from "./random";
import type { Funds } from "./sizing";
import type { Stage } from "./stage";
import type { Intent, Strategy } from "./strategies";

interface Trader {
  account: AccountId;
  index: number;
  mode: Mode;
  random: Random;
  intent: Intent | undefined;
  /** When the second half of the position is due, unix seconds. */
  completeAt: number;
  liquidated: boolean;
  /** Its book was closed because it was over. */
  done: boolean;
}

/** What is to be traded, by instrument. */
type Changes = ReadonlyMap<Instrument, Lots>;

const HOUR = 3600;
/** A position is built in two clips, an hour apart. */
const FIRST_CLIP = 60n;
const PERCENT = 100n;
const REENTRY = 0.5;

const ORDER_LIFE = 300n;
const MAX_FEE_BPS = 50n;

export class Traders {
  readonly #stage: Stage;
  readonly #desk: MakerDesk;
  readonly #strategy: Strategy;
  readonly #traders: Trader[];
  readonly #fees: Fees;
  #nonce = 0n;

  constructor(stage: Stage, desk: MakerDesk, strategy: Strategy, random: Random) {
    const { system, accounts } = stage.world;
    this.#stage = stage;
    this.#desk = desk;
    this.#strategy = strategy;
    this.#fees = feesOf(system.parameters);
    this.#traders = accounts.traders.map(({ account, mode }, index) => ({
      account,
      index,
      mode,
      random: random.stream(`trader ${index}`),
      intent: undefined,
      completeAt: Infinity,
      liquidated: false,
      done: false,
    }));
  }

  /** How many there are of a mode. */
  count(mode: Mode): number {
    return this.#traders.filter((trader) => trader.mode === mode).length;
  }

  /** Everybody's first position. */
  enterAll(): Promise<void> {
    return this.#enter(this.#traders);
  }

  /** Notes that an account lost a slice to a liquidator. */
  noteLiquidated(account: AccountId): void {
    const trader = this.#traders.find((candidate) => candidate.account === account);
    if (!trader) return;
    trader.liquidated = true;
    trader.completeAt = Infinity;
  }

  /** Second clips that are due: each brings the position to the plan's leverage at today's equity. */
  async complete(): Promise<void> {
    const due = this.#traders.filter(({ completeAt }) => completeAt <= this.#stage.chain.time);
    if (due.length === 0) return;
    const snapshot = await this.#stage.readSnapshot();
    for (const trader of due) {
      trader.completeAt = Infinity;
      const funds = this.#fundsOf(trader, snapshot);
      if (!funds || !trader.intent) continue;
      const missing = new Map<Instrument, Lots>();
      for (const [instrument, target] of trader.intent.targets(snapshot, funds, costsAt(snapshot, this.#fees))) {
        const held = funds.positions.find((position) => position.instrument === instrument)?.lots ?? 0n;
        const lots = target - held;
        if (lots !== 0n && lots > 0n === target > 0n) missing.set(instrument, lots);
      }
      await this.#trade(trader, missing, snapshot, "increase");
    }
    await this.#settled();
  }

  /**
   * Closes what is left of books that are over, once what expired of them is cash: until it is settled an option moves
   * with the price, and its hedge is still needed. Returns whether there were any.
   */
  async closeBooks(): Promise<boolean> {
    const now = this.#stage.chain.time;
    const { book } = this.#stage.world;
    const over = this.#traders.filter(({ intent, account, done }) => {
      const { account: state, positions = [] } = book.get(account) ?? {};
      return !done && intent && intent.endsAt <= now && !state?.flagged && !positions.some(expiredBy(now));
    });
    if (over.length === 0) return false;
    await this.#close(over);
    for (const trader of over) {
      trader.done = book.get(trader.account)?.positions.length === 0;
      trader.completeAt = Infinity;
    }
    return true;
  }

  /**
   * At the beginning of a day those whose books are over enter anew, and half of those who were liquidated come back: they
   * close what is left, pay in and begin afresh.
   */
  async comeBack(): Promise<void> {
    const back = this.#traders.filter(({ liquidated, done, account, random }) => {
      const { account: state, positions = [] } = this.#stage.world.book.get(account) ?? {};
      if (state?.flagged) return false;
      // Options of an expiry that nobody could settle yet are still to be paid.
      if (positions.some(expiredBy(this.#stage.chain.time))) return false;
      return done || (liquidated && random.chance(REENTRY));
    });
    if (back.length === 0) return;
    await this.#close(back);
    await this.#enter(back);
  }

  async #enter(traders: readonly Trader[]): Promise<void> {
    const snapshot = await this.#stage.readSnapshot();
    const now = this.#stage.chain.time;
    for (const trader of traders) {
      trader.intent = this.#strategy.draw(trader, snapshot, now);
      trader.liquidated = false;
      // Who finds nothing to trade looks again the next day.
      trader.done = trader.intent === undefined;
      trader.completeAt = trader.intent ? now + HOUR : Infinity;
      if (trader.intent) await this.#payIn(trader, trader.intent);
    }
    await this.#settled();
    const costOf = costsAt(snapshot, this.#fees);
    for (const trader of traders) {
      const funds = this.#fundsOf(trader, snapshot);
      if (!trader.intent || !funds) continue;
      const targets = trader.intent.targets(snapshot, funds, costOf);
      const clip = [...targets].map(([instrument, lots]) => [instrument, (lots * FIRST_CLIP) / PERCENT] as const);
      await this.#trade(trader, new Map(clip), snapshot, "open");
    }
    await this.#settled();
  }

  /** Closes whatever of their positions can be traded. */
  async #close(traders: readonly Trader[]): Promise<void> {
    const snapshot = await this.#stage.readSnapshot();
    for (const trader of traders) {
      const { positions = [] } = this.#stage.world.book.get(trader.account) ?? {};
      const changes = positions.map(({ instrument, lots }) => [instrument, 0n - lots] as const);
      await this.#trade(trader, new Map(changes), snapshot, "close");
    }
    await this.#settled();
  }

  /** What the account has, undefined while it is being liquidated. */
  #fundsOf({ account, mode }: Trader, snapshot: MarketSnapshot): Funds | undefined {
    const record = this.#stage.world.book.get(account);
    if (record?.account.flagged) return undefined;
    const cash = record?.account.cash ?? 0n;
    const equity = record && judgeRecord(record, snapshot)?.assessment.equity;
    return { mode, cash, equity: equity ?? cash, positions: record?.positions ?? [] };
  }

  /** Brings the account's cash to the plan's collateral. */
  async #payIn({ account }: Trader, { collateral }: Intent): Promise<void> {
    const { world, chain } = this.#stage;
    const cash = world.book.get(account)?.account.cash ?? 0n;
    const missing = collateral - cash / WAD_PER_USDC_UNIT;
    if (missing <= 0n) return;
    const data = world.system.clearinghouse.interface.encodeFunctionData("deposit", [account, missing]);
    await chain.send(world.traders.address, { to: world.domain.verifyingContract, data }, "deposit");
  }

  /** One transaction for what is traded at once, else one for each instrument. */
  async #trade(trader: Trader, changes: Changes, snapshot: MarketSnapshot, kind: string): Promise<void> {
    const wanted = [...changes].filter(([, lots]) => lots !== 0n);
    if (!trader.intent?.atOnce) {
      for (const [instrument, lots] of wanted) await this.#settle(trader, [[instrument, lots]], snapshot, kind);
    } else if (wanted.length > 0) await this.#settle(trader, wanted, snapshot, kind);
  }

  async #settle(
    trader: Trader,
    changes: readonly (readonly [Instrument, Lots])[],
    snapshot: MarketSnapshot,
    kind: string,
  ): Promise<void> {
    const { world, chain } = this.#stage;
    const now = BigInt(chain.time);
    const orders: SignedOrder[] = [];
    const fills: { maker: number; taker: number; lots: Lots; price: bigint }[] = [];
    for (const [instrument, lots] of changes) {
      const counter = await this.#desk.quote(instrument, lots, snapshot, now);
      if (!counter) continue;
      const own = await signOrder(world.traders, world.domain, {
        account: trader.account,
        instrument,
        size: lots,
        limitPrice: counter.price,
        maxFeeBps: MAX_FEE_BPS,
        expiry: now + ORDER_LIFE,
        priceNotBefore: 0n,
        nonce: ++this.#nonce,
        epoch: world.book.get(trader.account)?.account.epoch ?? 0n,
        reduceOnly: kind === "close",
      });
      orders.push(counter.signed, own);
      fills.push({
        maker: orders.length - 2,
        taker: orders.length - 1,
        lots: fixedPoint.abs(lots),
        price: counter.price,
      });
    }
    if (fills.length === 0) return;
    const data = world.system.clearinghouse.interface.encodeFunctionData("settle", [orders, fills]);
    // A book's gas is another matter than one instrument's.
    const purpose = changes.some(([instrument]) => isOption(instrument)) ? `${kind} options` : kind;
    await chain.send(world.operator.address, { to: world.domain.verifyingContract, data }, purpose);
  }

  /** Has what was sent mined. */
  async #settled(): Promise<void> {
    await this.#stage.commit();
    this.#desk.settled();
  }
}

/** Whether a position is in an option that is past, at a time in unix seconds. */
function expiredBy(now: number): (position: Position) => boolean {
  return ({ instrument }) => isOption(instrument) && decodeInstrument(instrument).expiry <= BigInt(now);
}
