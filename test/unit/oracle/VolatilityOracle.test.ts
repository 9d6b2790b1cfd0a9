import { loadFixture, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import fc from "fast-check";
import { ethers } from "hardhat";

import { DAY, HOUR, MINUTE, Status, WAD, at, isClose, slotsRead, toAnswer, wad } from "./support";
import {
  BTC,
  BTC_SEED,
  ETH,
  LAMBDA,
  Reference,
  SEED,
  UNLISTED,
  deploy,
  deployUnlisted,
  ewma,
  expectVariance,
  toNumber,
} from "./volatility";

describe("VolatilityOracle", () => {
  describe("dailyVol", () => {
    it("is exactly the root of the seed", async () => {
      const { oracle } = await loadFixture(deploy);
      expect(await oracle.dailyVol(ETH, 0)).to.equal(wad("0.035"));
      expect(await oracle.dailyVol(BTC, 0)).to.equal(wad("0.03"));
    });

    it("rounds up", async () => {
      const { oracle } = await loadFixture(deployUnlisted);
      await oracle.list(ETH, SEED + 1n);
      const vol = await oracle.dailyVol(ETH, 0);
      expect(vol).to.equal(wad("0.035") + 15n);
      expect(vol * vol).to.be.at.least((SEED + 1n) * WAD);
      expect((vol - 1n) ** 2n).to.be.below((SEED + 1n) * WAD);
    });

    it("refuses an underlying nobody listed", async () => {
      const { oracle } = await loadFixture(deploy);
      await expect(oracle.dailyVol(UNLISTED, 0))
        .to.be.revertedWithCustomError(oracle, "VolatilityOracle_NotListed")
        .withArgs(UNLISTED);
    });

    it("takes the hourly average while it is the larger", async () => {
      const { oracle, eth, start } = await loadFixture(deploy);
      await at(start + HOUR, [() => eth.updateAnswer(toAnswer(2_200)), () => oracle.sample(ETH)]);
      const { hourlyVariance, dailyVariance } = await oracle.forecastOf(ETH);
      expect(hourlyVariance).to.be.above(dailyVariance);
      const vol = toNumber(await oracle.dailyVol(ETH, 0));
      expect(isClose(vol, Math.sqrt(toNumber(hourlyVariance)), 1e-14)).to.equal(true);
    });

    it("takes the daily average while it is the larger", async () => {
      const { oracle, eth, start } = await loadFixture(deploy);
      await at(start + HOUR, [() => eth.updateAnswer(toAnswer(2_000)), () => oracle.sample(ETH)]);
      const { hourlyVariance, dailyVariance } = await oracle.forecastOf(ETH);
      expect(hourlyVariance).to.be.below(dailyVariance);
      expect(await oracle.dailyVol(ETH, 0)).to.equal(wad("0.035"));
    });

    it("widens by 1 % of variance with each hour after the third, and no other time", async () => {
      const { oracle, start } = await loadFixture(deploy);
      let last = await oracle.dailyVol(ETH, 0);
      for (const [elapsed, factor] of [
        [HOUR, 1],
        [4 * HOUR - 1, 1],
        [4 * HOUR, 1.01],
        [5 * HOUR - 1, 1.01],
        [5 * HOUR, 1.01 ** 2],
        [24 * HOUR, 1.01 ** 21],
        [100 * HOUR, 1.01 ** 97],
      ] as const) {
        await time.increaseTo(start + elapsed);
        const vol = await oracle.dailyVol(ETH, 0);
        expect(isClose(toNumber(vol), 0.035 * Math.sqrt(factor), 1e-14), elapsed.toString()).to.equal(true);
        expect(vol).to.be.at.least(last);
        last = vol;
      }
    });

    it("widens no further than 30 days of gap, nor beyond 200 % a day", async () => {
      const { oracle, prices, authority, eth, start } = await loadFixture(deploy);
      const wild = await ethers.deployContract("VolatilityOracle", [authority, prices]);
      await eth.updateAnswer(toAnswer(2_000));
      await wild.list(ETH, WAD);
      await time.increaseTo(start + 30 * DAY);
      const capped = await oracle.dailyVol(ETH, 0);
      expect(isClose(toNumber(capped), 0.035 * 1.01 ** (717 / 2), 1e-13)).to.equal(true);
      await time.increaseTo(start + 3_000 * DAY);
      expect(await oracle.dailyVol(ETH, 0)).to.equal(capped);
      expect(await wild.dailyVol(ETH, 0)).to.equal(2n * WAD);
    });

    it("reads one storage slot, and costs little", async () => {
      const { oracle, stranger } = await loadFixture(deploy);
      const data = oracle.interface.encodeFunctionData("dailyVol", [ETH, wad("2000")]);
      expect(await slotsRead(stranger, await oracle.getAddress(), data)).to.equal(1);
      const receipt = await (await stranger.sendTransaction({ to: oracle, data })).wait();
      const calldata = ethers.getBytes(data).reduce((sum, byte) => sum + (byte === 0 ? 4n : 16n), 0n);
      expect(receipt!.gasUsed - 21_000n - calldata).to.be.below(4_250n);
    });
  });

  describe("list", () => {
    it("seeds both averages and takes the first sample", async () => {
      const { oracle, prices, eth } = await loadFixture(deployUnlisted);
      expect(await oracle.priceOracle()).to.equal(prices);
      await eth.updateAnswer(toAnswer(1_999.5));
      await expect(oracle.list(ETH, SEED)).to.emit(oracle, "Listed").withArgs(ETH, SEED, wad("1999.5"));
      const now = BigInt(await time.latest());
      expect(await oracle.forecastOf(ETH)).to.deep.equal([SEED, SEED, now, wad("1999.5")]);
      expect(await oracle.listed()).to.deep.equal([BigInt(ETH)]);
      expect(await oracle.nextDayAt()).to.equal(0n);
    });

    it("refuses a second listing", async () => {
      const { oracle } = await loadFixture(deploy);
      await expect(oracle.list(ETH, SEED))
        .to.be.revertedWithCustomError(oracle, "VolatilityOracle_AlreadyListed")
        .withArgs(ETH);
    });

    it("refuses seeds below 0.1 % and above 100 % a day", async () => {
      const { oracle } = await loadFixture(deployUnlisted);
      for (const seed of [0n, wad("0.000001") - 1n, WAD + 1n]) {
        await expect(oracle.list(ETH, seed))
          .to.be.revertedWithCustomError(oracle, "VolatilityOracle_SeedOutOfBounds")
          .withArgs(seed, wad("0.000001"), WAD);
      }
      await oracle.list(ETH, wad("0.000001"));
      await oracle.list(BTC, WAD);
      expect(await oracle.dailyVol(ETH, 0)).to.equal(wad("0.001"));
      expect(await oracle.dailyVol(BTC, 0)).to.equal(WAD);
    });

    it("refuses without a fresh price", async () => {
      const { oracle, eth } = await loadFixture(deployUnlisted);
      await expect(oracle.list(UNLISTED, SEED))
        .to.be.revertedWithCustomError(oracle, "VolatilityOracle_PriceNotFresh")
        .withArgs(UNLISTED, Status.Unusable);
      await eth.updateAnswer(toAnswer(2_000));
      await time.increase(HOUR + 11 * MINUTE);
      await expect(oracle.list(ETH, SEED))
        .to.be.revertedWithCustomError(oracle, "VolatilityOracle_PriceNotFresh")
        .withArgs(ETH, Status.Aged);
    });

    it("is closed to strangers", async () => {
      const { oracle, stranger } = await loadFixture(deployUnlisted);
      await expect(oracle.connect(stranger).list(ETH, SEED))
        .to.be.revertedWithCustomError(oracle, "AccessManagedUnauthorized")
        .withArgs(stranger.address);
    });
  });

  describe("sample", () => {
    it("folds one hour's return into the hourly average, and anyone may take it", async () => {
      const { oracle, eth, stranger, start } = await loadFixture(deploy);
      await at(start + HOUR, [() => eth.updateAnswer(toAnswer(2_100))]);
      const x = Math.log(2_100 / 2_000);
      await time.setNextBlockTimestamp(start + HOUR);
      await expect(oracle.connect(stranger).sample(ETH))
        .to.emit(oracle, "HourSampled")
        .withArgs(
          ETH,
          wad("2100"),
          (logReturn: bigint) => isClose(toNumber(logReturn), x, 1e-15),
          HOUR,
          (variance: bigint) => isClose(toNumber(variance), ewma(toNumber(SEED), x * x, HOUR), 1e-13),
          SEED,
        );
      expect((await oracle.forecastOf(ETH)).price).to.equal(wad("2100"));
      expect((await oracle.forecastOf(ETH)).sampledAt).to.equal(start + HOUR);
    });

    it("refuses twice an hour: nobody samples a spike and its return at will", async () => {
      const { oracle, eth, start } = await loadFixture(deploy);
      await time.setNextBlockTimestamp(start + HOUR - 1);
      await expect(oracle.sample(ETH))
        .to.be.revertedWithCustomError(oracle, "VolatilityOracle_TooSoon")
        .withArgs(start + HOUR);
      await at(start + HOUR, [() => eth.updateAnswer(toAnswer(2_000)), () => oracle.sample(ETH)]);
      await expect(oracle.sample(ETH))
        .to.be.revertedWithCustomError(oracle, "VolatilityOracle_TooSoon")
        .withArgs(start + 2 * HOUR);
    });

    it("refuses a price that is not fresh, and an underlying nobody listed", async () => {
      const { oracle, start } = await loadFixture(deploy);
      await time.increaseTo(start + HOUR + 11 * MINUTE);
      await expect(oracle.sample(ETH))
        .to.be.revertedWithCustomError(oracle, "VolatilityOracle_PriceNotFresh")
        .withArgs(ETH, Status.Aged);
      await time.increaseTo(start + 3 * HOUR);
      await expect(oracle.sample(ETH))
        .to.be.revertedWithCustomError(oracle, "VolatilityOracle_PriceNotFresh")
        .withArgs(ETH, Status.Unusable);
      await expect(oracle.sample(UNLISTED))
        .to.be.revertedWithCustomError(oracle, "VolatilityOracle_NotListed")
        .withArgs(UNLISTED);
    });

    it("counts in full, later, the move that a frozen feed hid while it was still fresh", async () => {
      const { oracle, eth, btc, start } = await loadFixture(deploy);
      const crash = Math.log(1_600 / 2_000) ** 2;
      await time.increaseTo(start + HOUR);
      await oracle.sample(ETH);
      await at(start + 2 * HOUR, [() => eth.updateAnswer(toAnswer(1_600)), () => oracle.sample(ETH)]);
      await at(start + 2 * HOUR, [() => btc.updateAnswer(toAnswer(24_000)), () => oracle.sample(BTC)]);
      const frozen = toNumber((await oracle.forecastOf(ETH)).hourlyVariance);
      const whole = toNumber((await oracle.forecastOf(BTC)).hourlyVariance);
      expect(isClose(frozen, ewma(ewma(toNumber(SEED), 0, HOUR), crash, HOUR), 1e-12)).to.equal(true);
      // BTC, which skipped the frozen hour, gained as much from the same crash but for the weight of one hour.
      const gained = frozen - toNumber(SEED) * LAMBDA ** (2 / 24);
      expect(isClose(gained, whole - toNumber(BTC_SEED) * LAMBDA ** (2 / 24), 2e-3)).to.equal(true);
    });

    it("folds the widening into both averages, so that sampling again does not undo it", async () => {
      const { oracle, eth, start } = await loadFixture(deploy);
      const later = start + 24 * HOUR;
      await at(later, [() => eth.updateAnswer(toAnswer(2_000))]);
      const before = await oracle.dailyVol(ETH, 0);
      await at(later, [() => oracle.sample(ETH)]);
      const { hourlyVariance, dailyVariance } = await oracle.forecastOf(ETH);
      expectVariance(dailyVariance, toNumber(SEED) * 1.01 ** 21, "daily");
      expectVariance(hourlyVariance, toNumber(SEED) * 1.01 ** 21 * LAMBDA, "hourly");
      expect(await oracle.dailyVol(ETH, 0)).to.equal(before);
    });

    it("never rewards skipping: a calm gap leaves no less than calm samples would have", async () => {
      for (const hours of [2, 3, 4, 5, 8, 24, 24 * 30, 24 * 365]) {
        const { oracle, eth, start } = await loadFixture(deploy);
        const sampled = toNumber(SEED) * LAMBDA ** (hours / 24);
        await at(start + hours * HOUR, [() => eth.updateAnswer(toAnswer(2_000)), () => oracle.sample(ETH)]);
        const { hourlyVariance } = await oracle.forecastOf(ETH);
        expect(toNumber(hourlyVariance) / sampled, hours.toString()).to.be.above(1 - 1e-12);
        if (hours > 4) expect(hourlyVariance, hours.toString()).to.be.above(SEED);
      }
    });

    it("stays within 200 % a day through the wildest feed the price oracle lets pass", async () => {
      const { oracle, eth, start } = await loadFixture(deploy);
      for (let i = 1; i <= 40; ++i) {
        const price = i % 2 === 0 ? 200 : 20_000;
        await at(start + i * HOUR, [() => eth.updateAnswer(toAnswer(price)), () => oracle.sample(ETH)]);
      }
      expect((await oracle.forecastOf(ETH)).hourlyVariance).to.equal(4n * WAD);
      expect(await oracle.dailyVol(ETH, 0)).to.equal(2n * WAD);
    });

    it("rounds variances up", async () => {
      const { oracle, eth } = await loadFixture(deployUnlisted);
      await eth.updateAnswer(toAnswer(2_000));
      await oracle.list(ETH, wad("0.000001") + 1n);
      const start = await time.latest();
      // At 1e12 units a double still tells thousandths of one.
      const calm = (10 ** 12 + 1) * LAMBDA ** (1 / 24);
      await at(start + HOUR, [() => eth.updateAnswer(toAnswer(2_000)), () => oracle.sample(ETH)]);
      expect(calm % 1).to.be.within(0.01, 0.99);
      expect((await oracle.forecastOf(ETH)).hourlyVariance).to.equal(Math.ceil(calm));
      await at(start + 5 * HOUR, [() => eth.updateAnswer(toAnswer(2_000)), () => oracle.sample(ETH)]);
      expect((await oracle.forecastOf(ETH)).dailyVariance).to.equal(1_010_000_000_002n);
    });

    it("agrees with double precision over random prices and times", async () => {
      const step = fc.record({
        wait: fc.oneof(fc.integer({ min: 0, max: 600 }), fc.integer({ min: 0, max: 3 * DAY })),
        price: fc.oneof(
          fc.double({ min: 1_800, max: 2_200, noNaN: true }),
          fc.double({ min: 200.1, max: 19_999, noNaN: true }),
        ),
      });
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 20 }), async (steps) => {
          const { oracle, eth, start } = await loadFixture(deploy);
          const reference = new Reference(SEED, 2_000, start);
          let now = start;
          for (const { wait, price } of steps) {
            const answer = toAnswer(price);
            now += HOUR + wait;
            await at(now, [() => eth.updateAnswer(answer)]);
            const vol = toNumber(await oracle.dailyVol(ETH, 0));
            expect(isClose(vol, reference.vol(now), 1e-12, 1e-15), `vol ${vol}`).to.equal(true);
            await at(now, [() => oracle.sample(ETH)]);
            reference.sample(Number(answer) / 1e8, now);
            const { hourlyVariance, dailyVariance } = await oracle.forecastOf(ETH);
            expectVariance(hourlyVariance, reference.hourly, "hourly");
            expectVariance(dailyVariance, reference.daily, "daily");
          }
        }),
        { numRuns: 20 },
      );
    });
  });

  describe("sampleMany", () => {
    it("takes what is due and skips the rest", async () => {
      const { oracle, eth, btc, start } = await loadFixture(deploy);
      await at(start + HOUR, [() => eth.updateAnswer(toAnswer(2_000)), () => btc.updateAnswer(toAnswer(30_000))]);
      await at(start + HOUR, [() => oracle.sample(ETH)]);
      expect(await oracle.sampleMany.staticCall([ETH, BTC, BTC])).to.equal(1n);
      await expect(oracle.sampleMany([ETH, BTC, BTC])).to.emit(oracle, "HourSampled");
      expect(await oracle.sampleMany.staticCall([ETH, BTC])).to.equal(0n);
    });

    it("skips a price that is not fresh", async () => {
      const { oracle, btc, start } = await loadFixture(deploy);
      await at(start + 3 * HOUR, [() => btc.updateAnswer(toAnswer(30_000))]);
      expect(await oracle.sampleMany.staticCall([ETH, BTC])).to.equal(1n);
      await oracle.sampleMany([ETH, BTC]);
      expect((await oracle.forecastOf(ETH)).sampledAt).to.equal(start);
      expect((await oracle.forecastOf(BTC)).sampledAt).to.be.at.least(start + 3 * HOUR);
    });

    it("refuses an underlying nobody listed", async () => {
      const { oracle } = await loadFixture(deploy);
      await expect(oracle.sampleMany([ETH, UNLISTED]))
        .to.be.revertedWithCustomError(oracle, "VolatilityOracle_NotListed")
        .withArgs(UNLISTED);
    });
  });
});
