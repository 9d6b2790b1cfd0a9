/** What it costs to liquidate portfolios: sixteen options on four expiries and a perpetual, and 126 on nine. */
import { time } from "@nomicfoundation/hardhat-network-helpers";

import { type SignedOrder, findWitness, fixedPoint, parseLots, parseUsdc } from "../../sdk";
import { readSnapshotAt } from "../../scripts/lib/reads";
import { OptionDesk } from "../support/optionDesk";
import { type Actor, type Fill, PORTFOLIO, WAD, type World, match } from "../support/world";
import type { Note } from "./scenarios";

const DAYS = [7, 30, 60, 90];
const MANY_DAYS = [3, 7, 14, 21, 28, 45, 60, 90, 120];
const MANY = 126;
const STRIKES = 28;
/** Trades that fit into one transaction while the account grows. */
const BATCH = 14;
const ANY_GAIN = -(10n ** 24n);

export async function portfolios(world: World, note: Note): Promise<void> {
  const desk = await OptionDesk.open(world, DAYS);
  const maker = await world.open(world.signer(0), 10_000_000, PORTFOLIO);
  const weak = await world.open(world.signer(1), 20_000, PORTFOLIO);
  const bidder = await world.open(world.signer(2), 1_000_000, PORTFOLIO);
  await book(world, desk, maker, weak, note);
  await liquidate(world, desk, weak, bidder, note, "16 options and a perp");
}

/** As many instruments as the figures promise a single transaction for. */
export async function largest(world: World, note: Note): Promise<void> {
  const desk = await OptionDesk.open(world, MANY_DAYS);
  const maker = await world.open(world.signer(0), 50_000_000, PORTFOLIO);
  const weak = await world.open(world.signer(1), 2_000_000, PORTFOLIO);
  const bidder = await world.open(world.signer(2), 20_000_000, PORTFOLIO);
  for (let at = 0; at < MANY; at += BATCH) {
    const orders: SignedOrder[] = [];
    const fills: Fill[] = [];
    for (let i = at; i < at + BATCH; i++) {
      const strike = 1_300 + 50 * (i % STRIKES);
      const instrument =
        strike > 2_000 ? desk.call(strike, i % MANY_DAYS.length) : desk.put(strike, i % MANY_DAYS.length);
      const [given, taken] = i % 3 === 0 ? ["-0.5", "0.5"] : ["1", "-1"];
      orders.push(
        await world.order(maker, given, "30", { instrument }),
        await world.order(weak, taken, "30", { instrument }),
      );
      fills.push({
        ...match(fixedPoint.abs(parseLots(given)), "30"),
        maker: orders.length - 2,
        taker: orders.length - 1,
      });
    }
    await world.settle(orders, fills);
  }
  await world.trade(maker, weak, "1", "2000");
  await liquidate(world, desk, weak, bidder, note, `${MANY} options and a perp`);
}

/** Leaves an account that holds `what` with next to no spare margin, and has it flagged and sold after the crash. */
async function liquidate(
  world: World,
  desk: OptionDesk,
  weak: Actor,
  bidder: Actor,
  note: Note,
  what: string,
): Promise<void> {
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
  await note(`portfolio: flag, ${what}, by witness`, ledger.flagBy(weak.id, bidder.id, await witness()));
  await time.increase(1_200);
  await move(world, desk, "2900");
  const sent = ledger.bidBy(weak.id, bidder.id, WAD, ANY_GAIN, await witness());
  await note(`portfolio: bid for all of ${what}, by witness`, sent);
  if ((await world.holding(weak)).positions.length > 0) throw new Error(`The bid did not take all of ${what}.`);
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
