/** What it costs to liquidate a portfolio of sixteen options on four expiries and a perpetual. */
import { time } from "@nomicfoundation/hardhat-network-helpers";

import { findWitness, parseUsdc } from "../../sdk";
import { readSnapshotAt } from "../../scripts/lib/reads";
import { OptionDesk } from "../support/optionDesk";
import { type Actor, PORTFOLIO, WAD, type World } from "../support/world";
import type { Note } from "./scenarios";

const DAYS = [7, 30, 60, 90];
const ANY_GAIN = -(10n ** 24n);

export async function portfolios(world: World, note: Note): Promise<void> {
  const desk = await OptionDesk.open(world, DAYS);
  const maker = await world.open(world.signer(0), 10_000_000, PORTFOLIO);
  const weak = await world.open(world.signer(1), 20_000, PORTFOLIO);
  const bidder = await world.open(world.signer(2), 1_000_000, PORTFOLIO);
  await book(world, desk, maker, weak, note);

  await move(world, desk, "2400");
  const { equityForInitial, initialMargin } = await world.assess(weak);
  const spare = (equityForInitial - initialMargin) / 10n ** 12n - parseUsdc("5");
  await world.clearinghouse.connect(weak.signer).withdraw(weak.id, spare, weak.signer);
  await move(world, desk, "2900");
  const ledger = world.clearinghouse.connect(bidder.signer);
  const witness = async (): Promise<bigint> => {
    const { account, positions } = await world.holding(weak);
    return findWitness(account.mode, await readSnapshotAt(world.system, [positions], "latest"), positions);
  };
  await note("portfolio: flag, 16 options and a perp, by witness", ledger.flagBy(weak.id, bidder.id, await witness()));
  await time.increase(1_200);
  await move(world, desk, "2900");
  const sent = ledger.bidBy(weak.id, bidder.id, WAD, ANY_GAIN, await witness());
  await note("portfolio: bid for all of it, by witness", sent);
}

/** Short strangles, half hedged further out, at every expiry, and a perpetual. */
async function book(world: World, desk: OptionDesk, maker: Actor, weak: Actor, note: Note): Promise<void> {
  for (const at of DAYS.keys()) {
    const sold = world.tradeIn(desk.call(2200, at), maker, weak, "-1", "30");
    if (at === 0) await note("option: both open", sold);
    else await sold;
    await world.tradeIn(desk.call(2400, at), maker, weak, "0.5", "10");
    await world.tradeIn(desk.put(1800, at), maker, weak, "-1", "30");
    const bought = world.tradeIn(desk.put(1600, at), maker, weak, "0.5", "10");
    if (at === DAYS.length - 1) await note("option: both open, the sixteenth", bought);
    else await bought;
  }
  await world.trade(maker, weak, "1", "2000");
}

async function move(world: World, desk: OptionDesk, price: string): Promise<void> {
  await world.later(60, price);
  await desk.report();
}
