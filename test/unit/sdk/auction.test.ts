import { loadFixture } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import fc from "fast-check";
import { ethers } from "hardhat";

import { WAD, auction, parseWad } from "../../../sdk";

const RUNS = { numRuns: 500 };
const MINUTE = 60n;

/** USD up to ten million, often near zero or the sizes at which the curve changes. */
const usd = fc.oneof(
  fc.bigInt(0n, 10_000_000n * WAD),
  fc.bigInt(0n, 1_000n * WAD),
  fc.constantFrom(0n, 200n * WAD, WAD),
);
const signed = fc.tuple(usd, fc.boolean()).map(([value, negative]) => (negative ? 0n - value : value));
const ratio = fc.oneof(fc.bigInt(0n, WAD), fc.constantFrom(0n, 1n, WAD / 5n, WAD));

/** Accounts around maintenance margin, near bankruptcy and below zero. */
const distresses: fc.Arbitrary<auction.Distress> = fc.oneof(
  fc.record({ equity: signed, equityForMaintenance: signed, maintenanceMargin: usd }),
  fc
    .record({ maintenanceMargin: usd, health: fc.bigInt((WAD * -3n) / 2n, (WAD * 3n) / 2n), haircut: ratio })
    .map(({ maintenanceMargin, health, haircut }) => {
      const equity = (maintenanceMargin * health) / WAD;
      return { equity, maintenanceMargin, equityForMaintenance: equity - (maintenanceMargin * haircut) / WAD };
    }),
);

async function deployHarness() {
  return ethers.deployContract("AuctionHarness");
}

describe("Auction of the sdk", () => {
  it("discounts as the curve does", async () => {
    const harness = await loadFixture(deployHarness);
    const clocks = fc.oneof(fc.bigInt(0n, 70n * MINUTE * WAD), fc.constantFrom(15n * MINUTE * WAD, 60n * MINUTE * WAD));
    await fc.assert(
      fc.asyncProperty(clocks, async (clock) => {
        expect(await harness.discountDown(clock), "MATH-1").to.equal(auction.discount(clock));
      }),
      RUNS,
    );
    expect(auction.discount(15n * MINUTE * WAD)).to.equal(parseWad("0.5"));
    expect(auction.discount(60n * MINUTE * WAD)).to.equal(WAD);
  });

  it("runs as fast as the curve says", async () => {
    const harness = await loadFixture(deployHarness);
    await fc.assert(
      fc.asyncProperty(distresses, async (distress) => {
        expect(await harness.rateDown(distress), "MATH-1").to.equal(auction.auctionRate(distress));
      }),
      RUNS,
    );
  });

  it("sells, charges and covers as the curve does", async () => {
    const harness = await loadFixture(deployHarness);
    await fc.assert(
      fc.asyncProperty(distresses, ratio, ratio, async (distress, d, fraction) => {
        const largest = await harness.largestFractionUp(distress, d);
        expect(auction.largestFraction(distress, d), "MATH-1: fraction").to.equal(largest);
        const sold = fraction < largest ? fraction : largest;
        expect(auction.quote(distress, d, fraction), "MATH-1: quote").to.deep.equal({
          fraction: sold,
          payment: await harness.paymentUp(distress, d, sold),
          cover: await harness.coverDown(distress, d, sold),
        });
      }),
      RUNS,
    );
  });

  it("reads and advances the clock as the contract does", async () => {
    const harness = await loadFixture(deployHarness);
    const clocks = fc.record({
      block: fc.bigInt(0n, 2n ** 48n - 1n),
      start: fc.bigInt(0n, 2n ** 33n),
      rate: fc.bigInt(WAD, 3n * WAD),
      steps: fc.array(fc.bigInt(0n, 1_500n), { maxLength: 8 }),
      idle: fc.bigInt(0n, 200_000n),
    });
    await fc.assert(
      fc.asyncProperty(clocks, async ({ block, start, rate, steps, idle }) => {
        let word = await harness.start(block, start, rate);
        let time = start;
        for (const step of steps) {
          const before = auction.decodeAuctionClock(word);
          time += step;
          word = await harness.touched(word, time, rate);
          const after = auction.decodeAuctionClock(word);
          expect(after.gathered, "MATH-1").to.equal(auction.gatheredAt(before, time));
        }
        const clock = auction.decodeAuctionClock(word);
        const { flagBlock, touchedAt, gathered, rate: recorded } = await harness.unpack(word);
        const fields = { flagBlock, touchedAt, gathered, rate: recorded, running: true };
        expect(clock, "MATH-1").to.deep.equal(fields);
        expect(auction.runningAt(clock, time + idle), "MATH-1").to.equal(await harness.runningAt(word, time + idle));
      }),
      { numRuns: 100 },
    );
  });

  it("knows no auction in an empty word", () => {
    const clock = auction.decodeAuctionClock(0n);
    expect(clock).to.deep.equal({ rate: 0n, gathered: 0n, touchedAt: 0n, flagBlock: 0n, running: false });
    expect(auction.runningAt(clock, 5n)).to.be.false;
  });
});
