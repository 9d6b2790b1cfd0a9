/** The largest moves a replay's feeds make from one observation to the next: what no liquidation can come between. */
import { FeedRule } from "./feed";
import type { Timeline } from "./prices";

/** Parts of one. */
export interface LargestMoves {
  fall: number;
  rise: number;
}

/** Of each underlying, as the feed publishes. */
export function largestMoves({
  underlyings,
  steps,
}: Pick<Timeline, "underlyings" | "steps">): Record<string, LargestMoves> {
  const entries = underlyings.map((name) => {
    const rule = new FeedRule();
    let [fall, rise, last] = [0, 0, 0];
    let price = 0n;
    for (const { time, prices } of steps) {
      price = prices.get(name) ?? price;
      if (!rule.publishes(price, time)) continue;
      const move = last === 0 ? 0 : Number(price) / last - 1;
      [fall, rise, last] = [Math.min(fall, move), Math.max(rise, move), Number(price)];
    }
    return [name, { fall, rise }] as const;
  });
  return Object.fromEntries(entries);
}
