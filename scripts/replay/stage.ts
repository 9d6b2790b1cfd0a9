/** What the replay's actors share: the chain, the accounts on it, and the moment when what they sent takes effect. */
import { type AccountId, type Market, explainError } from "../../sdk";
import { type IClearinghouse, IClearinghouse__factory } from "../../typechain-types";
import { type Call, readerOf } from "../keeper/chain";
import { readMarkets } from "../lib/snapshots";
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
  readonly #clearinghouse: IClearinghouse;
  readonly #underlyings: bigint[];
  readonly #refusals = new Map<string, number>();

  constructor(world: World, chain: ReplayChain, tally: Tally) {
    this.world = world;
    this.chain = chain;
    this.tally = tally;
    const reader = readerOf({ call: (call) => chain.call(world.operator.address, call) });
    this.#clearinghouse = IClearinghouse__factory.connect(world.domain.verifyingContract, reader);
    this.#underlyings = world.markets.map(({ underlying }) => underlying);
  }

  /** The markets as the next block sees them. */
  readMarkets(): Promise<Market[]> {
    return readMarkets(this.#clearinghouse, this.#underlyings);
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
    const text = `${kind}: ${reason}`;
    this.#refusals.set(text, (this.#refusals.get(text) ?? 0) + 1);
  }
}
