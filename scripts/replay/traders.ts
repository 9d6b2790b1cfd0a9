/** The traders of a replay: when they enter, build up, are wiped out and come back. */
import type { Mode } from "../../sdk";
import {
  type AccountId,
  type Lots,
  type Market,
  WAD_PER_USDC_UNIT,
  fixedPoint,
  marketOf,
  perp,
  signOrder,
  underlyingOf,
} from "../../sdk";
import { judgeRecord } from "../keeper/ranking";
import type { MakerDesk } from "./makers";
import { type Plan, PlanDraw, targetLots } from "./plans";
import type { Random } from "./random";
import type { Stage } from "./stage";

interface Trader {
  account: AccountId;
  mode: Mode;
  random: Random;
  plan: Plan | undefined;
  /** When the second half of the position is due, unix seconds. */
  completeAt: number;
  liquidated: boolean;
}

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
  readonly #draw: PlanDraw;
  readonly #traders: Trader[];
  #nonce = 0n;

  constructor(stage: Stage, desk: MakerDesk, random: Random) {
    const { markets, accounts } = stage.world;
    this.#stage = stage;
    this.#desk = desk;
    this.#draw = new PlanDraw(markets, accounts.traders.length);
    this.#traders = accounts.traders.map(({ account, mode }, index) => ({
      account,
      mode,
      random: random.stream(`trader ${index}`),
      plan: undefined,
      completeAt: Infinity,
      liquidated: false,
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
    const markets = await this.#stage.readMarkets();
    for (const trader of due) {
      trader.completeAt = Infinity;
      const record = this.#stage.world.book.get(trader.account);
      const judged = record && judgeRecord(record, { markets });
      if (!judged || !trader.plan || judged.record.account.flagged) continue;
      for (const [underlying, target] of targetLots(trader.plan, markets, judged.assessment.equity)) {
        const missing = target - this.#lotsOf(trader, underlying);
        if (missing !== 0n && missing > 0n === target > 0n)
          await this.#trade(trader, underlying, missing, markets, "increase");
      }
    }
    await this.#settled();
  }

  /** Half of those who were liquidated come back: they close what is left, pay in and begin afresh. */
  async comeBack(): Promise<void> {
    const back = this.#traders.filter(({ liquidated, account, random }) => {
      const flagged = this.#stage.world.book.get(account)?.account.flagged ?? false;
      return liquidated && !flagged && random.chance(REENTRY);
    });
    if (back.length === 0) return;
    const markets = await this.#stage.readMarkets();
    for (const trader of back) {
      for (const { instrument, lots } of this.#stage.world.book.get(trader.account)?.positions ?? []) {
        await this.#trade(trader, underlyingOf(instrument), 0n - lots, markets, "close");
      }
    }
    await this.#settled();
    await this.#enter(back);
  }

  async #enter(traders: readonly Trader[]): Promise<void> {
    for (const trader of traders) {
      trader.plan = this.#draw.draw(trader.random, trader.mode);
      trader.completeAt = this.#stage.chain.time + HOUR;
      trader.liquidated = false;
      await this.#payIn(trader, trader.plan);
    }
    await this.#settled();
    const markets = await this.#stage.readMarkets();
    for (const trader of traders) {
      const cash = this.#stage.world.book.get(trader.account)?.account.cash ?? 0n;
      if (!trader.plan) continue;
      for (const [underlying, target] of targetLots(trader.plan, markets, cash)) {
        await this.#trade(trader, underlying, (target * FIRST_CLIP) / PERCENT, markets, "open");
      }
    }
    await this.#settled();
  }

  /** Brings the account's cash to the plan's collateral. */
  async #payIn({ account }: Trader, { collateral }: Plan): Promise<void> {
    const { world, chain } = this.#stage;
    const cash = world.book.get(account)?.account.cash ?? 0n;
    const missing = collateral - cash / WAD_PER_USDC_UNIT;
    if (missing <= 0n) return;
    const data = world.system.clearinghouse.interface.encodeFunctionData("deposit", [account, missing]);
    await chain.send(world.traders.address, { to: world.domain.verifyingContract, data }, "deposit");
  }

  async #trade(
    trader: Trader,
    underlying: bigint,
    lots: Lots,
    markets: readonly Market[],
    kind: string,
  ): Promise<void> {
    if (lots === 0n) return;
    const { world, chain } = this.#stage;
    const now = BigInt(chain.time);
    const instrument = perp(underlying);
    const counter = await this.#desk.quote(instrument, lots, marketOf(markets, underlying), now);
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
    const data = world.system.clearinghouse.interface.encodeFunctionData("settle", [
      [counter.signed, own],
      [{ maker: 0, taker: 1, lots: fixedPoint.abs(lots), price: counter.price }],
    ]);
    await chain.send(world.operator.address, { to: world.domain.verifyingContract, data }, kind);
  }

  /** Has what was sent mined. */
  async #settled(): Promise<void> {
    await this.#stage.commit();
    this.#desk.settled();
  }

  #lotsOf({ account }: Trader, underlying: bigint): Lots {
    const { positions } = this.#stage.world.book.get(account) ?? { positions: [] };
    return positions.find(({ instrument }) => underlyingOf(instrument) === underlying)?.lots ?? 0n;
  }
}
