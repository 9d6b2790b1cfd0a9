/** What the replay's actors share: the chain, the accounts on it, and the moment when what they sent takes effect. */
import { type AccountId, type Market, type MarketSnapshot, explainError, option, perp } from "../../sdk";
import {
  type IClearinghouse,
  IClearinghouse__factory,
  type IVolatilityOracle,
  IVolatilityOracle__factory,
} from "../../typechain-types";
import { type Call, readerOf } from "../keeper/chain";
import { readMarkets, readSnapshot } from "../lib/snapshots";
import type { Receipt, ReplayChain } from "./chain";
import type { Tally } from "./tally";
import type { World } from "./world";

export class Stage {
  readonly world: World;
  readonly chain: ReplayChain;
  readonly tally: Tally;
  /** Called for every account that loses a slice. */
  onLiquidated: (account: AccountId) => void = () => undefined;
  /** Called for every transaction that was mined, before its events are taken into the book. */
  onMined: (receipt: Receipt) => void = () => undefined;
  /** Transactions mined so far. */
  committed = 0;
  /** Listed expiries that are not past, by underlying. */
  expiries: readonly { underlying: bigint; expiry: number }[] = [];
  readonly #clearinghouse: IClearinghouse;
  readonly #volatilityOracle: IVolatilityOracle;
  readonly #underlyings: bigint[];
  readonly #refusals = new Map<string, number>();

  constructor(world: World, chain: ReplayChain, tally: Tally, volatilityOracle: string) {
    this.world = world;
    this.chain = chain;
    this.tally = tally;
    const reader = readerOf({ call: (call) => chain.call(world.operator.address, call) });
    this.#clearinghouse = IClearinghouse__factory.connect(world.domain.verifyingContract, reader);
    this.#volatilityOracle = IVolatilityOracle__factory.connect(volatilityOracle, reader);
    this.#underlyings = world.markets.map(({ underlying }) => underlying);
  }

  /** The markets as the next block sees them. */
  readMarkets(): Promise<Market[]> {
    return readMarkets(this.#clearinghouse, this.#underlyings);
  }

  /** All that accounts are judged by and orders are priced by, as the next block sees it. */
  readSnapshot(): Promise<MarketSnapshot> {
    // Whoever holds everything that is listed is told of all of it; any strike names its expiry.
    const perps = this.#underlyings.map(perp);
    const options = this.expiries.map(({ underlying, expiry }) =>
      option({ underlying, expiry: BigInt(expiry), strike: 1n, call: true }),
    );
    const everything = [...perps, ...options].map((instrument) => ({ instrument, lots: 0n, index: 0n }));
    const held = this.world.book.holders().map(({ positions }) => positions);
    return readSnapshot(this.#clearinghouse, this.#volatilityOracle, [everything, ...held]);
  }

  /** Sends as the operator, who has no privileges. */
  send(call: Call, kind: string): Promise<string> {
    return this.chain.send(this.world.operator.address, call, kind);
  }

  /** Mines what was sent, and takes note of it. */
  async commit(): Promise<Receipt[]> {
    const receipts = await this.chain.mine();
    this.committed += receipts.length;
    for (const receipt of receipts) {
      this.onMined(receipt);
      for (const account of this.tally.apply(receipt)) this.onLiquidated(account);
      if (!receipt.ok) await this.#noteRefusal(receipt);
    }
    return receipts;
  }

  /** Counts what the chain refused, or would have. */
  noteRefusal(text: string): void {
    this.#refusals.set(text, (this.#refusals.get(text) ?? 0) + 1);
  }

  /** What the chain refused, and how often. */
  refusals(): ReadonlyMap<string, number> {
    return this.#refusals;
  }

  /** The reason is asked for a moment later, when it may have passed. */
  async #noteRefusal({ kind, from, call }: Receipt): Promise<void> {
    let reason = "the reason has passed";
    try {
      await this.chain.call(from, call);
    } catch (error) {
      reason = explainError(error);
    }
    this.noteRefusal(`${kind}: ${reason}`);
  }
}
