import { expect } from "chai";

import { FeedRule } from "../../../scripts/replay/feed";
import { readOptions } from "../../../scripts/replay/options";
import { Random } from "../../../scripts/replay/random";
import { SYNTHETIC_FROM, syntheticCrash } from "../../../scripts/replay/synthetic";
import { Mode, PlimsollInputError } from "../../../sdk";

const HOUR = 3600;

describe("chance", () => {
  it("is the same for the same seed and stream, and another for another", () => {
    const draw = (random: Random): number[] => Array.from({ length: 5 }, () => random.next());
    expect(draw(new Random("7"))).to.deep.equal(draw(new Random("7")));
    expect(draw(new Random("7"))).not.to.deep.equal(draw(new Random("8")));
    const parent = new Random("7");
    const early = draw(parent.stream("a"));
    parent.next();
    expect(draw(parent.stream("a"))).to.deep.equal(early);
    expect(draw(parent.stream("b"))).not.to.deep.equal(early);
  });

  it("is uniform and normal", () => {
    const random = new Random("moments");
    const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
    const uniform = Array.from({ length: 20_000 }, () => random.next());
    expect(Math.min(...uniform)).to.be.at.least(0);
    expect(Math.max(...uniform)).to.be.below(1);
    expect(mean(uniform)).to.be.closeTo(0.5, 0.01);
    const normal = Array.from({ length: 20_000 }, () => random.normal());
    expect(mean(normal)).to.be.closeTo(0, 0.03);
    expect(mean(normal.map((value) => value ** 2))).to.be.closeTo(1, 0.04);
  });

  it("shuffles without losing anything", () => {
    const list = [1, 2, 3, 4, 5, 6, 7, 8];
    const shuffled = new Random("s").shuffled(list);
    expect(shuffled).not.to.deep.equal(list);
    expect([...shuffled].sort((a, b) => a - b)).to.deep.equal(list);
  });
});

describe("the synthetic crash", () => {
  it("comes out the same for a seed and falls by a quarter or more within a day", () => {
    for (const seed of ["1", "2", "3", "4", "5"]) {
      const series = syntheticCrash(new Random(seed));
      expect(series.map(({ underlying }) => underlying)).to.deep.equal(["ETH", "BTC"]);
      const [eth] = series;
      const crash = eth!.visits.filter(({ time }) => time >= SYNTHETIC_FROM);
      const first = Number(crash[0]!.price);
      const lowest = Math.min(...crash.map(({ price }) => Number(price)));
      expect(lowest / first, `seed ${seed}`).to.be.below(0.75);
      expect(lowest / first, `seed ${seed}`).to.be.above(0.35);
    }
    const last = (seed: string): bigint[] => syntheticCrash(new Random(seed)).map(({ visits }) => visits.at(-1)!.price);
    expect(last("1")).to.deep.equal(last("1"));
    expect(last("1")).not.to.deep.equal(last("2"));
  });
});

describe("the feed's rule", () => {
  it("publishes first, then at a move of 0.5 % either way from what it published last", () => {
    const rule = new FeedRule();
    expect(rule.publishes(100_000n, 0)).to.be.true;
    expect(rule.publishes(100_499n, 60)).to.be.false;
    expect(rule.publishes(99_501n, 120)).to.be.false;
    expect(rule.publishes(99_500n, 180)).to.be.true;
    expect(rule.publishes(99_997n, 240)).to.be.false;
    expect(rule.publishes(99_998n, 300)).to.be.true;
  });

  it("publishes an hour after the last time, whatever the price", () => {
    const rule = new FeedRule();
    rule.publishes(100n, 0);
    expect(rule.publishes(100n, HOUR - 1)).to.be.false;
    expect(rule.publishes(100n, HOUR)).to.be.true;
    expect(rule.publishes(100n, 2 * HOUR - 1)).to.be.false;
  });
});

describe("the replay's options", () => {
  it("have defaults", () => {
    expect(readOptions({})).to.deep.equal({
      prices: undefined,
      traders: 40,
      modes: [Mode.Isolated, Mode.Cross, Mode.Portfolio],
      seed: "1",
      from: undefined,
      to: undefined,
      report: undefined,
      options: false,
      vol: undefined,
    });
    expect(readOptions({ traders: "2", from: "10", to: "20", seed: "x" })).to.include({ traders: 2, from: 10, to: 20 });
  });

  it("put all traders in one mode where it is named, and refuse what is none", () => {
    expect(readOptions({ mode: "isolated" }).modes).to.deep.equal([Mode.Isolated]);
    expect(readOptions({ mode: "cross" }).modes).to.deep.equal([Mode.Cross]);
    expect(readOptions({ mode: "portfolio" }).modes).to.deep.equal([Mode.Portfolio]);
    for (const mode of ["all", "both", "Cross", ""]) {
      expect(() => readOptions({ mode })).to.throw(PlimsollInputError, `--mode ${mode} is not a mode of the traders`);
    }
  });

  it("refuse a volatility file where no options are traded", () => {
    expect(readOptions({ options: true, vol: "dvol.csv" })).to.include({ options: true, vol: "dvol.csv" });
    expect(() => readOptions({ vol: "dvol.csv" })).to.throw(PlimsollInputError, "say --options as well");
  });

  it("refuse traders and times that are none", () => {
    for (const traders of ["1", "2001", "0", "-4", "4.5", "many", ""]) {
      expect(() => readOptions({ traders })).to.throw(PlimsollInputError, "is not a whole number from 2 to 2000");
    }
    for (const time of ["yesterday", "-1", "1.5", "99999999999"]) {
      expect(() => readOptions({ from: time })).to.throw(PlimsollInputError, `--from ${time} is not a time`);
      expect(() => readOptions({ to: time })).to.throw(PlimsollInputError, `--to ${time} is not a time`);
    }
  });
});
