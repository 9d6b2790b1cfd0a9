import { loadFixture, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import fc from "fast-check";

import type { MockAggregator } from "../../../typechain-types";
import { DAY, HOUR, MINUTE, WAD, at, deployFeed, isClose, toAnswer, wad } from "./support";
import {
  BTC,
  BTC_SEED,
  ETH,
  LAMBDA,
  SEED,
  UNLISTED,
  day,
  deploy,
  deployUnlisted,
  ewma,
  expectVariance,
  toNumber,
  widening,
} from "./volatility";

describe("VolatilityOracle, day by day", () => {
  describe("sampleDay", () => {
    it("samples every underlying at once, the hour included", async () => {
      const fixture = await loadFixture(deploy);
      const { oracle, eth, btc, start } = fixture;
      await at(start + DAY, [() => eth.updateAnswer(toAnswer(2_100)), () => btc.updateAnswer(toAnswer(29_000))]);
      const x = Math.log(2_100 / 2_000);
      const widened = toNumber(SEED) * 1.01 ** 21;
      await time.setNextBlockTimestamp(start + DAY);
      await expect(oracle.sampleDay())
        .to.emit(oracle, "DaySampled")
        .withArgs(
          ETH,
          wad("2100"),
          (logReturn: bigint) => isClose(toNumber(logReturn), x, 1e-15),
          DAY,
          (realised: bigint) => isClose(toNumber(realised), x * x, 1e-13),
          (variance: bigint) => isClose(toNumber(variance), ewma(widened, x * x, DAY), 1e-13),
        )
        .and.to.emit(oracle, "HourSampled")
        .and.to.emit(oracle, "PairSampled");
      expectVariance((await oracle.forecastOf(ETH)).hourlyVariance, ewma(widened, x * x, DAY), "hourly");
      expect((await oracle.forecastOf(BTC)).price).to.equal(wad("29000"));
      expect(await oracle.nextDayAt()).to.equal(start + 2 * DAY);
    });

    it("refuses twice a day", async () => {
      const fixture = await loadFixture(deploy);
      const { oracle, start } = fixture;
      await day(fixture, start + DAY, 2_000, 30_000);
      await time.setNextBlockTimestamp(start + 2 * DAY - 1);
      await expect(oracle.sampleDay())
        .to.be.revertedWithCustomError(oracle, "VolatilityOracle_TooSoon")
        .withArgs(start + 2 * DAY);
    });

    it("refuses while no price is fresh, and leaves the day open", async () => {
      const { oracle, eth, start } = await loadFixture(deploy);
      await time.increaseTo(start + DAY);
      await expect(oracle.sampleDay()).to.be.revertedWithCustomError(oracle, "VolatilityOracle_NothingFresh");
      await eth.updateAnswer(toAnswer(2_000));
      await oracle.sampleDay();
    });

    it("only notes the price of what was listed less than a day ago", async () => {
      const fixture = await loadFixture(deploy);
      const { oracle, eth, start } = fixture;
      await at(start + 30 * MINUTE, [() => eth.updateAnswer(toAnswer(2_500))]);
      await expect(oracle.sampleDay()).to.emit(oracle, "DayOpened").withArgs(ETH, wad("2500"));
      const { hourlyVariance, dailyVariance, sampledAt } = await oracle.forecastOf(ETH);
      expect([hourlyVariance, dailyVariance, sampledAt]).to.deep.equal([SEED, SEED, BigInt(start)]);
      expect(await oracle.realisedVariance(ETH)).to.deep.equal([0n, 0n, 0n, 0n]);

      const opened = await time.latest();
      await day(fixture, opened + DAY, 2_500, 30_000);
      // Nothing moved since that note, but the hourly sample saw the price before it.
      expectVariance(
        (await oracle.forecastOf(ETH)).dailyVariance,
        toNumber(SEED) * widening(opened + DAY - start) * LAMBDA,
        "daily",
      );
      const [realised] = await oracle.realisedVariance(ETH);
      expect(isClose(toNumber(realised), (Math.log(1.25) ** 2 * DAY) / (opened + DAY - start), 1e-13)).to.equal(true);
    });

    it("only notes it up to the last second of that day", async () => {
      const fixture = await loadFixture(deploy);
      const { oracle, start } = fixture;
      await day(fixture, start + DAY - 1, 2_500, 30_000);
      expect((await oracle.realisedVariance(ETH)).recorded).to.equal(0n);
      expectVariance((await oracle.forecastOf(ETH)).dailyVariance, toNumber(SEED) * 1.01 ** 20, "daily");
      expect((await oracle.covariance(ETH, BTC)).sampledAt).to.equal(0n);
    });

    it("skips what has no fresh price, and takes its whole return the next time", async () => {
      const fixture = await loadFixture(deploy);
      const { oracle, eth, start } = fixture;
      await at(start + DAY, [() => eth.updateAnswer(toAnswer(2_100)), () => oracle.sampleDay()]);
      expect((await oracle.realisedVariance(BTC)).recorded).to.equal(0n);
      await day(fixture, start + 2 * DAY, 2_000, 33_000);
      const x = Math.log(1.1);
      const widened = toNumber(BTC_SEED) * 1.01 ** 45;
      expectVariance((await oracle.forecastOf(BTC)).dailyVariance, ewma(widened, x * x, 2 * DAY), "daily");
      // Returns over one and over two days make no pair; from here on they are of one length again.
      expect((await oracle.covariance(ETH, BTC)).sampledAt).to.equal(0n);
      await day(fixture, start + 3 * DAY, 2_000, 33_000);
      expect((await oracle.covariance(ETH, BTC)).sampledAt).to.equal(start + 3 * DAY);
    });

    it("fits into a transaction with as many underlyings as it takes", async function () {
      this.timeout(300_000);
      const { oracle, prices } = await loadFixture(deploy);
      const feeds: MockAggregator[] = [];
      for (let underlying = 3; underlying <= 20; ++underlying) {
        const feed = await deployFeed(100);
        feeds.push(feed);
        await prices.registerFeed(underlying, feed, HOUR, 25, wad("100"));
        await oracle.list(underlying, SEED);
      }
      const extra = await deployFeed(100);
      await prices.registerFeed(21, extra, HOUR, 25, wad("100"));
      await expect(oracle.list(21, SEED))
        .to.be.revertedWithCustomError(oracle, "VolatilityOracle_TooManyUnderlyings")
        .withArgs(20);
      for (const feed of feeds) await feed.updateAnswer(toAnswer(100));
      await oracle.sampleDay();
      const opened = await time.latest();
      for (const feed of feeds) await at(opened + DAY, [() => feed.updateAnswer(toAnswer(110))]);
      await time.setNextBlockTimestamp(opened + DAY);
      const receipt = await (await oracle.sampleDay()).wait();
      expect(receipt!.gasUsed).to.be.below(12_000_000n);
    });
  });

  describe("realisedVariance", () => {
    it("averages the last 1, 7 and 30 days of squared hourly returns", async function () {
      this.timeout(300_000);
      const fixture = await loadFixture(deploy);
      const { oracle, eth, start } = fixture;
      const recorded: number[] = [];
      let price = 2_000;
      let sampledAt = start;
      let now = start;
      for (let i = 1; i <= 34; ++i) {
        let squares = 0;
        for (const factor of [1 + 0.001 * i, 0.98]) {
          now += 12 * HOUR;
          const next = Number(toAnswer(price * factor)) / 1e8;
          squares += Math.log(next / price) ** 2;
          price = next;
          await at(now, [() => eth.updateAnswer(toAnswer(next)), () => oracle.sample(ETH)]);
        }
        await at(now, [() => oracle.sampleDay()]);
        recorded.push((squares * DAY) / (now - sampledAt));
        sampledAt = now;
        const mean = (days: number): number => {
          const last = recorded.slice(-days);
          return last.reduce((sum, variance) => sum + variance, 0) / last.length;
        };
        const { daily, weekly, monthly, recorded: count } = await oracle.realisedVariance(ETH);
        expectVariance(daily, mean(1), "daily");
        expectVariance(weekly, mean(7), "weekly");
        expectVariance(monthly, mean(30), "monthly");
        expect(count).to.equal(i);
      }
    });

    it("refuses an underlying nobody listed, as do the other views", async () => {
      const { oracle } = await loadFixture(deploy);
      for (const view of [
        () => oracle.realisedVariance(UNLISTED),
        () => oracle.forecastOf(UNLISTED),
        () => oracle.correlation(ETH, UNLISTED),
        () => oracle.correlation(UNLISTED, ETH),
        () => oracle.covariance(ETH, UNLISTED),
        () => oracle.covariance(UNLISTED, ETH),
      ]) {
        await expect(view()).to.be.revertedWithCustomError(oracle, "VolatilityOracle_NotListed").withArgs(UNLISTED);
      }
    });
  });

  describe("correlation", () => {
    it("is one with itself and zero with what it was never measured against", async () => {
      const { oracle } = await loadFixture(deploy);
      expect(await oracle.correlation(ETH, ETH)).to.equal(WAD);
      expect(await oracle.correlation(ETH, BTC)).to.equal(0n);
      expect(await oracle.covariance(ETH, BTC)).to.deep.equal([0n, 0n, 0n, 0n]);
    });

    it("agrees with double precision over random days, whichever way round it is asked", async () => {
      const move = fc.double({ min: 0.85, max: 1.15, noNaN: true });
      await fc.assert(
        fc.asyncProperty(fc.array(fc.tuple(move, move), { minLength: 1, maxLength: 12 }), async (days) => {
          const fixture = await loadFixture(deploy);
          const { oracle, start } = fixture;
          let [eth, btc] = [2_000, 30_000];
          let now = start;
          let [covariance, a, b] = [0, 0, 0];
          for (const [i, [ethMove, btcMove]] of days.entries()) {
            const [nextEth, nextBtc] = [Number(toAnswer(eth * ethMove)) / 1e8, Number(toAnswer(btc * btcMove)) / 1e8];
            const [x, y] = [Math.log(nextEth / eth), Math.log(nextBtc / btc)];
            [eth, btc] = [nextEth, nextBtc];
            now += DAY;
            if (i === 0) [a, b] = [toNumber(SEED) * 1.01 ** 21, toNumber(BTC_SEED) * 1.01 ** 21];
            covariance = ewma(covariance, x * y, DAY);
            a = ewma(a, x * x, DAY);
            b = ewma(b, y * y, DAY);
            await day(fixture, now, eth, btc);
          }
          const measured = await oracle.covariance(ETH, BTC);
          expectVariance(measured.covariance_, covariance, "covariance");
          expectVariance(measured.varianceA, a, "ETH");
          expectVariance(measured.varianceB, b, "BTC");
          expect(measured.sampledAt).to.equal(now);
          const rho = await oracle.correlation(ETH, BTC);
          // A covariance of 1e-15 of rounding over variances above 1e-4.
          expect(toNumber(rho)).to.be.closeTo(covariance / Math.sqrt(a * b), 1e-11);
          expect(await oracle.correlation(BTC, ETH)).to.equal(rho);
          const mirrored = await oracle.covariance(BTC, ETH);
          expect(mirrored.varianceA).to.equal(measured.varianceB);
          expect(mirrored.varianceB).to.equal(measured.varianceA);
        }),
        { numRuns: 15 },
      );
    });

    it("tells the variances of a pair apart whichever was listed first", async () => {
      const fixture = await loadFixture(deployUnlisted);
      const { oracle } = fixture;
      const start = (await time.latest()) + HOUR;
      await at(start, [
        () => fixture.eth.updateAnswer(toAnswer(2_000)),
        () => fixture.btc.updateAnswer(toAnswer(30_000)),
        () => oracle.list(BTC, BTC_SEED),
        () => oracle.list(ETH, SEED),
      ]);
      await day(fixture, start + DAY, 2_000, 33_000);
      const { varianceA, varianceB } = await oracle.covariance(ETH, BTC);
      expectVariance(varianceA, ewma(toNumber(SEED) * 1.01 ** 21, 0, DAY), "ETH");
      expectVariance(varianceB, ewma(toNumber(BTC_SEED) * 1.01 ** 21, Math.log(1.1) ** 2, DAY), "BTC");
    });

    it("forgets over a long gap as variances do: no more than 30 days of it", async () => {
      const fixture = await loadFixture(deploy);
      const { oracle, start } = fixture;
      await day(fixture, start + DAY, 2_200, 33_000);
      await day(fixture, start + 61 * DAY, 2_420, 36_300);
      const x = Math.log(1.1) ** 2;
      const { covariance_, varianceA } = await oracle.covariance(ETH, BTC);
      expectVariance(covariance_, ewma(ewma(0, x, DAY), x, 60 * DAY), "covariance");
      expectVariance(varianceA, ewma(ewma(toNumber(SEED) * 1.01 ** 21, x, DAY), x, 60 * DAY), "ETH");
    });

    it("rounds the covariance down", async () => {
      const fixture = await loadFixture(deploy);
      const { oracle, start } = fixture;
      await day(fixture, start + DAY, 2_000.00000001, 29_999.99999999);
      expect((await oracle.covariance(ETH, BTC)).covariance_).to.equal(-1n);
      expect(await oracle.correlation(ETH, BTC)).to.be.below(0n);
    });

    it("nears plus and minus one for what moves as one, and never passes it", async () => {
      for (const sign of [1, -1]) {
        const fixture = await loadFixture(deploy);
        const { oracle, start } = fixture;
        for (let i = 1; i <= 60; ++i) {
          const move = i % 2 === 0 ? 1 : 1.1;
          await day(fixture, start + i * DAY, 2_000 * move, 30_000 * move ** sign);
        }
        const rho = sign * toNumber(await oracle.correlation(ETH, BTC));
        expect(rho).to.be.within(0.98, 1);
      }
    });

    it("fades once nobody measures it: two days are free, each further one keeps 0.94", async () => {
      const fixture = await loadFixture(deploy);
      const { oracle, start } = fixture;
      await day(fixture, start + DAY, 2_200, 33_000);
      const fresh = toNumber(await oracle.correlation(ETH, BTC));
      expect(fresh).to.be.above(0.1);
      for (const [elapsed, factor] of [
        [2 * DAY - 1, 1],
        [2 * DAY, LAMBDA],
        [3 * DAY - 1, LAMBDA],
        [11 * DAY, LAMBDA ** 10],
        [3_000 * DAY, 0],
      ] as const) {
        await time.increaseTo(start + DAY + elapsed);
        const rho = toNumber(await oracle.correlation(ETH, BTC));
        expect(isClose(rho, fresh * factor, 1e-12, 1e-17), elapsed.toString()).to.equal(true);
      }
    });
  });
});
