import { expect } from "chai";

import { describeLevels, levelAt, parseLevels, readLevels } from "../../../scripts/replay/optionMarket/levels";
import { expiriesAt, hasDrifted, nearestStrike, strikesAround } from "../../../scripts/replay/optionMarket/listing";
import {
  type Room,
  forwardAt,
  reachableLevel,
  sliceAt,
  smileAt,
  volAt,
} from "../../../scripts/replay/optionMarket/smile";
import { MIN_DENSITY, calendarExcess, leastDensity, markVariance } from "../../../scripts/surface/arbitrage";
import { rawSviOf } from "../../../scripts/surface/slice";
import { PlimsollInputError } from "../../../sdk";
import { hasShared, sharedPath } from "../../support/shared";

const HOUR = 3_600;
const DAY = 24 * HOUR;
const YEAR = 365 * DAY;
/** Monday 10 May 2021, 00:00 UTC. */
const MONDAY = 1_620_604_800;

function date(seconds: number): string {
  return new Date(seconds * 1_000).toISOString().slice(0, 16);
}

describe("listed expiries", () => {
  it("are the next three Fridays at 08:00 UTC and the last of three months", () => {
    expect(expiriesAt(MONDAY).map(date)).to.deep.equal([
      "2021-05-14T08:00",
      "2021-05-21T08:00",
      "2021-05-28T08:00",
      "2021-06-25T08:00",
      "2021-07-30T08:00",
    ]);
  });

  it("leave one out from the second it expires, and take the next in", () => {
    const friday = Date.UTC(2021, 4, 28, 8) / 1_000;
    expect(expiriesAt(friday - 1)[0]).to.equal(friday);
    expect(expiriesAt(friday).map(date)).to.deep.equal([
      "2021-06-04T08:00",
      "2021-06-11T08:00",
      "2021-06-18T08:00",
      "2021-06-25T08:00",
      "2021-07-30T08:00",
    ]);
  });

  it("cross the end of a year", () => {
    expect(expiriesAt(Date.UTC(2022, 10, 30) / 1_000).map(date)).to.deep.equal([
      "2022-12-02T08:00",
      "2022-12-09T08:00",
      "2022-12-16T08:00",
      "2022-12-30T08:00",
      "2023-01-27T08:00",
    ]);
  });
});

describe("listed strikes", () => {
  it("lie around the price, in round steps of at least 2 %", () => {
    for (const [price, lowest, highest, step] of [
      [58_000, 24_000, 144_000, 2_000],
      [50_000, 20_000, 125_000, 1_000],
      [3_900, 1_600, 9_700, 100],
      [1_200, 500, 3_000, 50],
      [14.2, 6, 35.5, 0.5],
    ] as const) {
      const found = strikesAround(price);
      const expected = { lowest, highest, step };
      for (const key of ["lowest", "highest", "step"] as const) {
        expect(Number(found[key]) / 1e8, `${key} around ${price}`).to.equal(expected[key]);
      }
      expect((found.highest - found.lowest) % found.step, "a whole number of steps").to.equal(0n);
    }
  });

  it("are listed anew once the price is a quarter away, either way", () => {
    expect([hasDrifted(100, 124.9), hasDrifted(100, 125.1)]).to.deep.equal([false, true]);
    expect([hasDrifted(100, 80.1), hasDrifted(100, 79.9)]).to.deep.equal([false, true]);
    expect(hasDrifted(0, 100), "before any are listed").to.be.true;
  });

  it("are the nearest, and never one that is not listed", () => {
    const strikes = strikesAround(50_000);
    const near = (strike: number): number => Number(nearestStrike(strikes, strike)) / 1e8;
    expect([near(50_499), near(50_501), near(1), near(9e6)]).to.deep.equal([50_000, 51_000, 20_000, 125_000]);
  });
});

describe("the made-up smile", () => {
  const TENORS = [HOUR / 4, HOUR, DAY, 7 * DAY, 30 * DAY, 90 * DAY];

  it("has the level at the money of thirty days, more before and less behind", () => {
    expect(volAt(0.8, 30 * DAY)).to.be.closeTo(0.8, 1e-12);
    expect(volAt(0.8, 7 * DAY)).to.be.within(0.85, 0.95);
    expect(volAt(0.8, HOUR), "none is shorter than a day").to.equal(volAt(0.8, DAY));
    expect(volAt(0.8, 90 * DAY)).to.be.within(0.7, 0.78);
    const stored = rawSviOf(sliceAt(0.8, MONDAY + 7 * DAY, MONDAY));
    expect(Math.sqrt((markVariance(0, stored) * YEAR) / (7 * DAY))).to.be.closeTo(volAt(0.8, 7 * DAY), 1e-6);
  });

  it("costs more below the forward than above, which stands above spot by the carry", () => {
    const smile = smileAt(0.8, 7 * DAY);
    expect(markVariance(-0.1, smile)).to.be.above(markVariance(0.1, smile));
    expect(markVariance(0.1, smile)).to.be.above(markVariance(0, smile));
    expect(forwardAt(YEAR)).to.be.closeTo(Math.exp(0.05), 1e-12);
  });

  it("is free of arbitrage as it is stored, at every level and tenor that is reported", () => {
    for (const level of [0.1, 0.5, 1, 2, 4]) {
      const smiles = TENORS.map((tenor) => rawSviOf(sliceAt(level, MONDAY + tenor, MONDAY)));
      smiles.forEach((smile, i) => {
        expect(leastDensity(smile), `butterfly at ${level}, ${TENORS[i]} s`).to.be.above(MIN_DENSITY);
        const next = smiles[i + 1];
        if (next) expect(calendarExcess(smile, next), `calendar at ${level}, ${TENORS[i]} s`).to.be.below(0);
      });
    }
  });
});

describe("a level that moves", () => {
  const now = MONDAY + HOUR;
  const room = (tenor: number, left: number): Room => ({ expiry: now + tenor, reportedAt: MONDAY, level: 0.8, left });

  it("goes where it is wanted where it may, and anywhere the first time", () => {
    expect(reachableLevel(0.9, [room(30 * DAY, 0.25)], now)).to.equal(0.9);
    expect(reachableLevel(3, [], now)).to.equal(3);
  });

  it("goes as far as its strictest expiry may move but for a vol point, up and down", () => {
    for (const wanted of [2, 0.1]) {
      const level = reachableLevel(wanted, [room(30 * DAY, 0.05), room(7 * DAY, 0.05), room(60 * DAY, 0.25)], now)!;
      // The shorter expiry moves most, by what its vol is of the level.
      const moved = Math.abs(volAt(level, 7 * DAY) - volAt(0.8, 7 * DAY + HOUR));
      expect(moved, `towards ${wanted}`).to.be.within(0.0399, 0.04);
    }
  });

  it("stays where nothing but what was spared is left, which is enough for an hour's decay", () => {
    expect(reachableLevel(0.9, [room(2 * DAY, 0.01)], now)).to.equal(0.8);
  });

  it("goes nowhere where the hour has taken more of the smile than is left", () => {
    expect(reachableLevel(0.9, [room(2 * DAY, 0)], now)).to.equal(undefined);
  });
});

describe("volatility files", () => {
  const refuses = (text: string, sentence: string): void => {
    expect(() => parseLevels(text, "dvol.csv")).to.throw(PlimsollInputError, sentence);
  };

  it("are read as parts of one, in either order of columns", () => {
    expect(parseLevels("iv,ts\n0.8488,3600\n1.5,7200\n", "dvol.csv")).to.deep.equal([
      { time: 3_600, vol: 0.8488 },
      { time: 7_200, vol: 1.5 },
    ]);
  });

  it("are refused by the column or the line that is wrong", () => {
    refuses("ts,vol\n", 'dvol.csv has a column "vol": the columns are ts,iv.');
    refuses("ts\n", 'dvol.csv does not have one column "iv": the columns are ts,iv.');
    refuses("ts,iv,iv\n", 'dvol.csv does not have one column "iv"');
    refuses("ts,iv\n", "dvol.csv has no rows below its header");
    refuses("ts,iv\n60,0.8\n60,0.8\n", "dvol.csv, line 3: ts 60 does not come after 60");
    for (const iv of ["84.88", "0", "0.049", "-1", "x", ""]) {
      refuses(`ts,iv\n60,${iv}\n`, `dvol.csv, line 2: iv "${iv}" is not from 0.05 to 5, where 0.85 is 85 % a year.`);
    }
  });

  it("hold from a row to the next, and no longer than three hours", () => {
    const series = { underlying: "BTC", source: "", rows: parseLevels("ts,iv\n3600,0.5\n7200,0.6\n90000,0.7\n", "") };
    const at = (time: number): number | undefined => levelAt(series, time);
    expect([3_599, 3_600, 7_199, 7_200].map(at)).to.deep.equal([undefined, 0.5, 0.5, 0.6]);
    expect([7_200 + 3 * HOUR, 7_201 + 3 * HOUR, 90_000].map(at)).to.deep.equal([0.6, undefined, 0.7]);
  });

  it("are named with the underlying they are of, and what they are multiplied by", async function () {
    if (!hasShared("data", "btc_dvol_1h_2021_2024.csv")) this.skip();
    const file = sharedPath("data", "btc_dvol_1h_2021_2024.csv");
    const [btc, eth] = await readLevels(`${file},ETH=${file}*1.25`, ["BTC", "ETH"]);
    expect([btc!.underlying, eth!.underlying]).to.deep.equal(["BTC", "ETH"]);
    expect(levelAt(btc!, 1_616_544_000)).to.equal(0.8488);
    expect(levelAt(eth!, 1_616_544_000)).to.be.closeTo(1.25 * 0.8488, 1e-12);
    expect(eth!.source).to.equal("1.25 times btc_dvol_1h_2021_2024.csv");
  });

  it("are refused with one sentence where they are named wrongly", async () => {
    const refused = async (argument: string): Promise<string> => {
      const error: unknown = await readLevels(argument, ["BTC", "ETH"]).catch((caught: unknown) => caught);
      expect(error).to.be.instanceOf(PlimsollInputError);
      return (error as Error).message;
    };
    const grammar = "write BTC=dvol.csv, or ETH=dvol.csv*1.2 for 1.2 times what the file says.";
    expect(await refused("BTC=")).to.equal(`--vol "BTC=" names no file: ${grammar}`);
    expect(await refused("BTC=dvol.csv*0")).to.equal(
      `--vol "BTC=dvol.csv*0" has no ratio above zero behind *: ${grammar}`,
    );
    expect(await refused("BTC=dvol.csv*")).to.contain("has no ratio above zero behind *");
    expect(await refused("SOL=dvol.csv")).to.equal(
      '--vol names "SOL", whose prices are not replayed: name one of BTC, ETH.',
    );
    expect(await refused("BTC=none.csv")).to.equal(
      "The volatility file none.csv cannot be read: there is no such file.",
    );
  });

  it("are told of, and where there are none", () => {
    const rows = [{ time: 0, vol: 0.5 }];
    const steps = [0, 4 * HOUR].map((time) => ({ time, prices: new Map<string, bigint>() }));
    const levels = [{ underlying: "BTC", source: "dvol.csv", rows }];
    const [btc, eth] = describeLevels(levels, { underlyings: ["BTC", "ETH"], steps });
    expect(btc).to.equal(
      "The level of BTC's vol is dvol.csv; it has none at 1 of 2 steps, where the volatility oracle's forecast stands in.",
    );
    expect(eth).to.equal("The level of ETH's vol is what the volatility oracle forecasts of a day, over a year.");
  });
});
