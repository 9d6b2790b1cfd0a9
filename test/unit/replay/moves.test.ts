import { expect } from "chai";

import { largestMoves } from "../../../scripts/replay/moves";

const HOUR = 3_600;

describe("the largest moves of a replay", () => {
  const step = (time: number, prices: Record<string, bigint>) => ({ time, prices: new Map(Object.entries(prices)) });

  it("are from one observation of the feed to the next, not from one price to the next", () => {
    const steps = [
      step(0, { ETH: 1_000n }),
      // Within 0.5 %: not published, so the next move counts from 1,000.
      step(60, { ETH: 1_004n }),
      step(120, { ETH: 900n }),
      step(180, { ETH: 990n }),
    ];
    const { ETH } = largestMoves({ underlyings: ["ETH"], steps });
    expect(ETH!.fall).to.be.closeTo(-0.1, 1e-12);
    expect(ETH!.rise).to.be.closeTo(0.1, 1e-12);
  });

  it("count a heartbeat of a price that stood still, each underlying for itself", () => {
    const steps = [
      step(0, { ETH: 1_000n, BTC: 100n }),
      step(60, { ETH: 1_003n }),
      step(HOUR, { BTC: 80n }),
      step(HOUR + 60, { ETH: 1_010n }),
    ];
    const { ETH, BTC } = largestMoves({ underlyings: ["ETH", "BTC"], steps });
    expect(BTC).to.deep.equal({ fall: 80 / 100 - 1, rise: 0 });
    expect(ETH!.rise, "1,003 was published after an hour").to.be.closeTo(1_010 / 1_003 - 1, 1e-12);
  });
});
