import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

import { expect } from "chai";

import { type PriceSeries, readPrices, timelineOf, visitsOf } from "../../../scripts/replay/prices";
import { PlimsollInputError } from "../../../sdk";

const HOUR = 3600;
const DAY = 24 * HOUR;

function bar(time: number, open: bigint, high: bigint, low: bigint, close: bigint) {
  return { time, open, high, low, close };
}

function series(underlying: string, points: [number, bigint][], end: number): PriceSeries {
  return { underlying, visits: points.map(([time, price]) => ({ time, price })), end, source: `${underlying}.csv` };
}

function hoursFrom(first: number, count: number): [number, bigint][] {
  return Array.from({ length: count }, (_, index) => [first + index * HOUR, BigInt(index + 1)]);
}

async function refusal(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    expect(error).to.be.instanceOf(PlimsollInputError);
    return (error as Error).message;
  }
  return "nothing was refused";
}

describe("prices over time", () => {
  it("visits open, low, high and close at quarters of a bar, also before a gap", () => {
    const { visits, end } = visitsOf({
      bars: [bar(0, 5n, 9n, 1n, 6n), bar(300, 6n, 8n, 2n, 7n), bar(1500, 7n, 7n, 7n, 7n)],
      shape: "bars",
    });
    expect(visits.slice(4, 8)).to.deep.equal([
      { time: 300, price: 6n },
      { time: 375, price: 2n },
      { time: 450, price: 8n },
      { time: 525, price: 7n },
    ]);
    expect(end).to.equal(1800);
  });

  it("visits a close alone at its time", () => {
    const { visits, end } = visitsOf({ bars: [bar(60, 1n, 1n, 1n, 1n), bar(120, 2n, 2n, 2n, 2n)], shape: "closes" });
    expect(visits).to.deep.equal([
      { time: 60, price: 1n },
      { time: 120, price: 2n },
    ]);
    expect(end).to.equal(180);
  });

  it("replays from --from up to, not including, --to", () => {
    const { steps, end } = timelineOf([series("ETH", hoursFrom(0, 10), 10 * HOUR)], { from: 2 * HOUR, to: 5 * HOUR });
    expect(steps.map(({ time }) => time / HOUR)).to.deep.equal([2, 3, 4]);
    expect(end).to.equal(5 * HOUR);
  });

  it("starts every underlying with its last price and lets each change in its own time", () => {
    const eth = series("ETH", hoursFrom(0, 10), 10 * HOUR);
    const btc = series("BTC", [[0, 100n], [3 * HOUR + 60, 200n], [9 * HOUR, 300n]], 10 * HOUR); // prettier-ignore
    const { steps } = timelineOf([eth, btc], { from: 3 * HOUR, to: 5 * HOUR });
    expect(steps.map(({ time, prices }) => [time, Object.fromEntries(prices)])).to.deep.equal([
      [3 * HOUR, { ETH: 4n, BTC: 100n }],
      [3 * HOUR + 60, { BTC: 200n }],
      [4 * HOUR, { ETH: 5n }],
    ]);
  });

  it("warms with at most 30 days of hours, ending an hour before the first step", () => {
    const long = series("ETH", hoursFrom(0, 40 * 24), 40 * DAY);
    const { warmUp } = timelineOf([long], { from: 35 * DAY });
    expect(warmUp).to.have.length(30 * 24);
    expect(warmUp[0]?.time).to.equal(5 * DAY);
    expect(warmUp[0]?.prices.get("ETH")).to.equal(BigInt(5 * 24 + 1));
    expect(warmUp.at(-1)?.time).to.equal(35 * DAY - HOUR);
    expect(timelineOf([long], {}).warmUp).to.have.length(0);
  });

  it("refuses a range that is none, and one without rows", () => {
    const eth = series("ETH", hoursFrom(DAY, 10), DAY + 10 * HOUR);
    expect(() => timelineOf([eth], { from: 5, to: 5 })).to.throw(PlimsollInputError, "--from 5 is not before --to 5");
    expect(() => timelineOf([eth], { from: 9 * DAY })).to.throw(PlimsollInputError, "No rows of ETH in the range");
    expect(() => timelineOf([eth], { to: DAY })).to.throw(PlimsollInputError, "No rows of ETH in the range");
    expect(() => timelineOf([eth], { from: DAY + 60, to: DAY + 120 })).to.throw(PlimsollInputError, "No rows of ETH");
  });
});

describe("--prices", () => {
  let folder: string;
  const KNOWN = ["ETH", "BTC"];

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "prices-"));
    for (const name of ["eth_spot_5m.csv", "btc-mark.csv", "prices.csv"]) {
      await writeFile(path.join(folder, name), "ts,close\n0,100\n60,101\n");
    }
  });

  after(() => rm(folder, { recursive: true }));

  const at = (name: string): string => path.join(folder, name);

  it("takes the underlying from NAME=, else from the first word of the file's name", async () => {
    const read = await readPrices(`${at("eth_spot_5m.csv")},btc=${at("prices.csv")}`, KNOWN);
    expect(read.map(({ underlying, source }) => [underlying, source])).to.deep.equal([
      ["ETH", "eth_spot_5m.csv"],
      ["BTC", "prices.csv"],
    ]);
    expect((await readPrices(at("btc-mark.csv"), KNOWN))[0]?.underlying).to.equal("BTC");
  });

  it("refuses what is no file, no underlying, or there twice", async () => {
    expect(await refusal(readPrices(at("prices.csv"), KNOWN))).to.equal(
      '"PRICES" is not an underlying: there are ETH, BTC.',
    );
    expect(await refusal(readPrices(`ETH=${at("none.csv")}`, KNOWN))).to.contain("there is no such file");
    expect(await refusal(readPrices(`ETH=${folder}`, KNOWN))).to.contain("cannot be read");
    expect(await refusal(readPrices("ETH=", KNOWN))).to.contain("names no price file");
    expect(await refusal(readPrices("", KNOWN))).to.contain("names no price file");
    const twice = `ETH=${at("prices.csv")},${at("eth_spot_5m.csv")}`;
    expect(await refusal(readPrices(twice, KNOWN))).to.contain("two price files for ETH");
  });
});
