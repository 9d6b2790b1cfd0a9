import { loadFixture } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import fc from "fast-check";
import { ethers } from "hardhat";

import type { AuctionHarness } from "../../../typechain-types";
import { HOUR, MINUTE, WAD, wad } from "./support";

async function deploy(): Promise<{ harness: AuctionHarness }> {
  return { harness: await ethers.deployContract("AuctionHarness") };
}

describe("AuctionClock", () => {
  it("keeps every field in its own bits, to its last value", async () => {
    const { harness } = await loadFixture(deploy);
    const block = 2n ** 48n - 1n;
    const at = 2n ** 40n - 1n;
    const fields = await harness.unpack(await harness.start(block, at, wad("3")));
    expect([...fields]).to.deep.equal([block, at, 0n, wad("3")]);
    const touched = await harness.touched(await harness.start(block, at - 10n * MINUTE, wad("3")), at, WAD);
    expect([...(await harness.unpack(touched))]).to.deep.equal([block, at, 30n * MINUTE * WAD, WAD]);
    expect(touched >> 224n, "running, and zeros above").to.equal(1n);
  });

  it("gathers what a list of touches adds up to, each step capped and paid at the rate before it", async () => {
    const { harness } = await loadFixture(deploy);
    const steps = fc.array(fc.record({ seconds: fc.bigInt(0n, 20n * MINUTE), rate: fc.bigInt(WAD, wad("3")) }), {
      maxLength: 12,
    });
    await fc.assert(
      fc.asyncProperty(fc.bigInt(WAD, wad("3")), steps, async (firstRate, touches) => {
        let [now, rate, sum] = [1_700_000_000n, firstRate, 0n];
        let clock = await harness.start(1n, now, rate);
        for (const touch of touches) {
          now += touch.seconds;
          clock = await harness.touched(clock, now, touch.rate);
          sum += (touch.seconds < 10n * MINUTE ? touch.seconds : 10n * MINUTE) * rate;
          if (sum > HOUR * WAD) sum = HOUR * WAD;
          rate = touch.rate;
        }
        expect([...(await harness.unpack(clock))]).to.deep.equal([1n, now, sum, rate]);
      }),
      { numRuns: 60 },
    );
  });

  it("is nobody's while it is zero", async () => {
    const { harness } = await loadFixture(deploy);
    expect(await harness.runningAt(0n, 0n)).to.equal(false);
    expect(await harness.runningAt(0n, 1_700_000_000n)).to.equal(false);
  });
});
