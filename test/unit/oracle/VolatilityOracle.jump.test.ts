import { loadFixture, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import fc from "fast-check";
import { ethers } from "hardhat";

import { DAY, HOUR, MINUTE, Status, WAD, at, deployFeed, deployPriceOracle, isClose, toAnswer, wad } from "./support";
import { BTC, type Deployed, ETH, Reference, SEED, UNLISTED, deploy, ewma, toNumber, widening } from "./volatility";

/** What `dailyVol` should be at `price`, `elapsed` after a sample at 2,000 that left both averages at `SEED`. */
function expected(price: number, elapsed: number): number {
  const dt = Math.max(elapsed, HOUR);
  const stale = toNumber(SEED) * widening(elapsed);
  return Math.sqrt(Math.max(stale, ewma(stale, Math.log(price / 2_000) ** 2, dt)));
}

/** Ether's forecast at `price` in USD, of a block at `timestamp`. */
async function volAt({ oracle, eth }: Deployed, price: number, timestamp: number): Promise<bigint> {
  await at(timestamp, [() => eth.updateAnswer(toAnswer(price))]);
  return oracle.dailyVol(ETH, toAnswer(price) * 10n ** 10n);
}

describe("VolatilityOracle between samples", () => {
  const jumps: [number, number][] = [
    [2_200, 0],
    [1_800, 0],
    [1_000, 1],
    [1_800, HOUR - 1],
    [1_800, HOUR],
    [1_800, 2 * HOUR],
    [1_800, 4 * HOUR],
    [2_500, 24 * HOUR],
    [20_000, 60],
  ];
  for (const [price, elapsed] of jumps) {
    it(`widens after a jump from 2000 to ${price.toString()}, ${elapsed.toString()} s after the sample`, async () => {
      const fixture = await loadFixture(deploy);
      const vol = toNumber(await volAt(fixture, price, fixture.start + elapsed));
      expect(vol).to.be.above(0.035);
      expect(isClose(vol, expected(price, elapsed), 1e-13), `${vol} is not ${expected(price, elapsed)}`).to.equal(true);
    });
  }

  it("is what the next sample will find: the same all through the hour, and after it", async () => {
    const fixture = await loadFixture(deploy);
    const { oracle, start } = fixture;
    const vol = await volAt(fixture, 1_700, start);
    for (const elapsed of [1, 10 * MINUTE, HOUR - 1, HOUR]) {
      expect(await volAt(fixture, 1_700, start + elapsed), elapsed.toString()).to.equal(vol);
    }
    await at(start + HOUR, [() => oracle.sample(ETH)]);
    expect(await oracle.dailyVol(ETH, wad("1700"))).to.equal(vol);
    expect(await oracle.dailyVol(ETH, 0)).to.equal(vol);
  });

  it("sampling never raises it, and where the price jumped changes nothing at all", async () => {
    const fixture = await loadFixture(deploy);
    const { oracle, start } = fixture;
    const step = fc.record({
      wait: fc.oneof(fc.integer({ min: 0, max: 30 }), fc.integer({ min: 0, max: 2 * DAY })),
      price: fc.double({ min: 1_700, max: 2_300, noNaN: true }),
    });
    let now = start;
    let jumped = 0;
    await fc.assert(
      fc.asyncProperty(step, async ({ wait, price }) => {
        now += HOUR + wait;
        const before = await volAt(fixture, price, now);
        const stored = await oracle.dailyVol(ETH, 0);
        await at(now, [() => oracle.sample(ETH)]);
        const after = await oracle.dailyVol(ETH, toAnswer(price) * 10n ** 10n);
        expect(after).to.be.at.most(before);
        if (before === stored) return;
        expect(after).to.equal(before);
        ++jumped;
      }),
      { numRuns: 40 },
    );
    expect(jumped).to.be.above(3);
  });

  it("is told the price: another one, or none, leaves the forecast of the samples", async () => {
    const fixture = await loadFixture(deploy);
    const { oracle, start } = fixture;
    await volAt(fixture, 1_000, start + 60);
    expect(await oracle.dailyVol(ETH, 0)).to.equal(wad("0.035"));
    expect(await oracle.dailyVol(ETH, wad("2000"))).to.equal(wad("0.035"));
    await expect(oracle.dailyVol(UNLISTED, wad("2000")))
      .to.be.revertedWithCustomError(oracle, "VolatilityOracle_NotListed")
      .withArgs(UNLISTED);
  });

  it("does not move for a return of less than one standard deviation, to the digit", async () => {
    const { oracle, start } = await loadFixture(deploy);
    for (const elapsed of [0, HOUR, 3 * HOUR, 5 * HOUR, 3 * DAY]) {
      await time.increaseTo(start + elapsed + 1);
      const stored = await oracle.dailyVol(ETH, 0);
      const deviation = toNumber(stored) * Math.sqrt(Math.max(elapsed, HOUR) / DAY);
      for (const side of [-1, 1]) {
        const within = wad((2_000 * Math.exp(side * deviation * 0.98)).toFixed(12));
        expect(await oracle.dailyVol(ETH, within), "within").to.equal(stored);
        const beyond = wad((2_000 * Math.exp(side * deviation * 1.02)).toFixed(12));
        expect(await oracle.dailyVol(ETH, beyond), "beyond").to.be.above(stored);
      }
    }
  });

  it("agrees with double precision on both sides of the band", async () => {
    const { oracle, start } = await loadFixture(deploy);
    await time.increaseTo(start + 1);
    const price = fc.double({ min: 1_940, max: 2_060, noNaN: true });
    await fc.assert(
      fc.asyncProperty(price, async (raw) => {
        const answer = toAnswer(raw);
        const vol = toNumber(await oracle.dailyVol(ETH, answer * 10n ** 10n));
        expect(isClose(vol, expected(Number(answer) / 1e8, 1), 1e-12), `${raw}: ${vol}`).to.equal(true);
      }),
      { numRuns: 200 },
    );
  });

  it("stays within 200 % a day, whatever price it is told", async () => {
    const { oracle } = await loadFixture(deploy);
    expect(await oracle.dailyVol(ETH, 1n)).to.equal(2n * WAD);
    expect(await oracle.dailyVol(ETH, 2n ** 128n - 1n)).to.equal(2n * WAD);
    // A move of 2^128, whose square is zero in 256 bits.
    expect(await oracle.dailyVol(ETH, wad("2000") + (2n ** 128n - 1n) * 2_000n)).to.equal(2n * WAD);
  });

  it("a single-block spike widens it while it lasts and leaves nothing behind", async () => {
    const fixture = await loadFixture(deploy);
    const { start } = fixture;
    expect(await volAt(fixture, 1_200, start + 30 * MINUTE)).to.be.above(wad("0.035"));
    expect(await volAt(fixture, 2_000, start + 30 * MINUTE + 12)).to.equal(wad("0.035"));
  });

  it("is sampled through a guardian's stop, which must not raise anybody's margin", async () => {
    const { oracle, prices, eth, start } = await loadFixture(deploy);
    await prices.stop(ETH);
    const reference = new Reference(SEED, 2_000, start);
    for (let i = 1; i <= 20; ++i) {
      await at(start + i * HOUR, [() => eth.updateAnswer(toAnswer(2_000 + i)), () => oracle.sample(ETH)]);
      reference.sample(2_000 + i, start + i * HOUR);
    }
    const vol = toNumber(await oracle.dailyVol(ETH, wad("2020")));
    expect(isClose(vol, reference.vol(start + 20 * HOUR), 1e-12)).to.equal(true);
    expect(vol).to.be.at.most(0.035);
  });

  describe("setPriceOracle", () => {
    async function another({ authority }: Deployed, ethPrice: number, btcPrice: number) {
      return deployPriceOracle(authority, [await deployFeed(ethPrice), await deployFeed(btcPrice)]);
    }

    it("moves to another, which samples then come from", async () => {
      const fixture = await loadFixture(deploy);
      const { oracle, prices, start } = fixture;
      const to = await another(fixture, 2_100, 31_000);
      await expect(oracle.setPriceOracle(to)).to.emit(oracle, "PriceOracleChanged").withArgs(prices, to);
      expect(await oracle.priceOracle()).to.equal(to);
      expect(await oracle.nextDayAt(), "keeps its neighbour in the slot").to.equal(0n);
      await at(start + HOUR, [() => oracle.sampleMany([ETH, BTC])]);
      expect((await oracle.forecastOf(ETH)).price).to.equal(wad("2100"));
      expect((await oracle.forecastOf(BTC)).price).to.equal(wad("31000"));
    });

    it("takes one as far as a fourth and four times from the last sample", async () => {
      const fixture = await loadFixture(deploy);
      await fixture.oracle.setPriceOracle(await another(fixture, 500, 120_000));
    });

    it("refuses one further off, as wrong decimals or another asset are", async () => {
      const fixture = await loadFixture(deploy);
      const { oracle, prices } = fixture;
      await expect(oracle.setPriceOracle(await another(fixture, 499.99, 30_000)))
        .to.be.revertedWithCustomError(oracle, "VolatilityOracle_PriceOutOfLine")
        .withArgs(ETH, wad("499.99"), wad("2000"));
      await expect(oracle.setPriceOracle(await another(fixture, 2_000, 120_001)))
        .to.be.revertedWithCustomError(oracle, "VolatilityOracle_PriceOutOfLine")
        .withArgs(BTC, wad("120001"), wad("30000"));
      expect(await oracle.priceOracle()).to.equal(prices);
    });

    it("refuses one that lacks a listed underlying, or whose price is not fresh", async () => {
      const { oracle, authority } = await loadFixture(deploy);
      const half = await deployPriceOracle(authority, [await deployFeed(2_000)]);
      await expect(oracle.setPriceOracle(half))
        .to.be.revertedWithCustomError(oracle, "VolatilityOracle_PriceNotFresh")
        .withArgs(BTC, Status.Unusable);
      const [eth, btc] = [await deployFeed(2_000), await deployFeed(30_000)];
      const late = await deployPriceOracle(authority, [eth, btc]);
      await time.increase(HOUR + 11 * MINUTE);
      await btc.updateAnswer(toAnswer(30_000));
      await expect(oracle.setPriceOracle(late))
        .to.be.revertedWithCustomError(oracle, "VolatilityOracle_PriceNotFresh")
        .withArgs(ETH, Status.Aged);
    });

    it("refuses an address without code", async () => {
      const { oracle, stranger } = await loadFixture(deploy);
      for (const address of [ethers.ZeroAddress, stranger.address]) {
        await expect(oracle.setPriceOracle(address))
          .to.be.revertedWithCustomError(oracle, "VolatilityOracle_NotAContract")
          .withArgs(address);
      }
    });

    it("is closed to strangers", async () => {
      const { oracle, prices, stranger } = await loadFixture(deploy);
      await expect(oracle.connect(stranger).setPriceOracle(prices))
        .to.be.revertedWithCustomError(oracle, "AccessManagedUnauthorized")
        .withArgs(stranger.address);
    });
  });
});
