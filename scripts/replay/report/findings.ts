/** What stands out in a recording: the figures that sentences are made of. */
import { type Auction, isSold, notionalSold } from "./auctionLog";
import type { Point } from "./trace";

/** A move of a price from one extreme to another. */
export interface Move {
  from: Point;
  to: Point;
  /** Of the price it began at, negative where it fell. */
  change: number;
}

const HOUR = 3600;

/** The largest fall or rise from one moment to a later one, by ratio; undefined of fewer than two points. */
export function largestMove(points: readonly Point[]): Move | undefined {
  let [high, low] = [points[0], points[0]];
  let best: Move | undefined;
  const size = ({ change }: Move): number => Math.abs(Math.log1p(change));
  for (const to of points.slice(1)) {
    for (const from of [high, low]) {
      if (!from) continue;
      const move = { from, to, change: to.value / from.value - 1 };
      if (!best || size(move) > size(best)) best = move;
    }
    if (high && to.value > high.value) high = to;
    if (low && to.value < low.value) low = to;
  }
  return best;
}

/** The hour in which most of an underlying was sold, and what part of all of it; undefined where nothing was. */
export function busiestHour(
  auctions: readonly Auction[],
  underlying: bigint,
): { from: number; part: number } | undefined {
  const bids = auctions
    .flatMap((auction) => auction.bids)
    .flatMap(({ time, sold }) => sold.map((leg) => ({ ...leg, time })))
    .filter((leg) => leg.underlying === underlying)
    .sort((a, b) => a.time - b.time);
  const all = bids.reduce((sum, { notional }) => sum + notional, 0);
  let best: { from: number; part: number } | undefined;
  let [first, inside] = [0, 0];
  for (const { time, notional } of bids) {
    inside += notional;
    for (let oldest = bids[first]; oldest && time - oldest.time >= HOUR; oldest = bids[++first])
      inside -= oldest.notional;
    if (all > 0 && (!best || inside / all > best.part)) best = { from: bids[first]?.time ?? time, part: inside / all };
  }
  return best;
}

/** How many accounts lost something to how many auctions, and what, USD at mark. */
export function salesOf(auctions: readonly Auction[]): { auctions: number; accounts: number; notional: number } {
  const sold = auctions.filter(isSold);
  return {
    auctions: sold.length,
    accounts: new Set(sold.map(({ account }) => account)).size,
    notional: sold.reduce((sum, auction) => sum + notionalSold(auction), 0),
  };
}

/** The highest point; undefined of none. */
export function highest(points: readonly Point[]): Point | undefined {
  return points.reduce<Point | undefined>(
    (best, point) => (!best || point.value > best.value ? point : best),
    undefined,
  );
}
