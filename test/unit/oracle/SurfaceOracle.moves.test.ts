import { loadFixture, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ethers } from "hardhat";

import type { SurfaceReport } from "../../../scripts/surface/slice";
import { refused } from "../../support/refusal";
import { DAY, HOUR, MINUTE, name32, wad } from "./support";
import { type Deployed, ETH, deploySurface, postAt, report, slice } from "./surface";

const TENOR = 30 * DAY;

describe("SurfaceOracle: moves", () => {
  let deployed: Deployed;
  let now: number;
  let expiry: number;

  beforeEach(async () => {
    deployed = await loadFixture(deploySurface);
    now = (await time.latest()) + 100;
    expiry = now + TENOR;
  });

  const send = (posted: SurfaceReport) => postAt(deployed, posted, now);

  const forward6 = async (): Promise<bigint> => (await deployed.oracle.movesLeft(ETH, expiry)).forward6;
  const vol5 = async (): Promise<bigint> => (await deployed.oracle.movesLeft(ETH, expiry)).vol5;

  it("are unlimited in the first report of an expiry, and whole after it", async () => {
    await send(report(now, slice(expiry, now, { vol: 3, forward: 1.9 })));
    expect(await deployed.oracle.movesLeft(ETH, expiry)).to.deep.equal([20_000n, 25_000n]);
  });

  it("of the forward come to 2 % an hour at most, however small the reports", async () => {
    await send(report(now, slice(expiry, now, { forward: 1 })));
    let forward = 1;
    for (let i = 0; i < 10; i++) {
      now += 60;
      forward *= i % 2 === 0 ? 1.0019 : 1 / 1.0019;
      await send(report(now, slice(expiry, now, { forward })));
    }
    const left = Number(await forward6());
    expect(left, "there and back count alike").to.be.within(980, 1_020);
    now += 60;
    const before = slice(expiry, now, { forward }).forwardRatio9;
    const next = before + (before * 1_100n) / 10n ** 6n;
    const posted = report(now, { ...slice(expiry, now), forwardRatio9: next });
    const move = ((next - before) * 10n ** 6n + before - 1n) / before;
    const values = [expiry, name32("forwardRatio"), move, BigInt(left)];
    await refused(send(posted), "SurfaceOracle_MoveOutOfBounds", ...values);
  });

  it("of vol at the money come to 25 points an hour at most", async () => {
    await send(report(now, slice(expiry, now, { vol: 0.6 })));
    now += 60;
    await send(report(now, slice(expiry, now, { vol: 0.8 })));
    const left = await vol5();
    expect(Number(left)).to.be.within(4_700, 5_300);
    now += 60;
    const posted = report(now, slice(expiry, now, { vol: 0.9 }));
    const sent = send(posted);
    await expect(sent).to.be.revertedWithCustomError(deployed.oracle, "SurfaceOracle_MoveOutOfBounds");
    await expect(sent).to.be.rejectedWith(new RegExp(`${name32("vol")}.*, \\d+, ${left}\\)`));
  });

  it("of vol count the wings at half weight, so that no smile turns about its middle for free", async () => {
    await send(report(now, slice(expiry, now, { vol: 0.6, rho: -0.5 })));
    now += 60;
    const turned = slice(expiry, now, { vol: 0.6, rho: 0.5 });
    const before = await deployed.oracle.volatility(ETH, expiry, 0);
    await send(report(now, turned));
    expect((await deployed.oracle.volatility(ETH, expiry, 0)).sigma - before.sigma).to.be.below(wad("0.001"));
    expect(await vol5()).to.be.below(21_000n);
  });

  it("stay with the hour: never more than the limit within any 60 minutes, and all of it 80 minutes later", async () => {
    const { oracle } = deployed;
    now = now - (now % (20 * MINUTE)) + 40 * MINUTE - 1;
    const start = now;
    await send(report(now, slice(expiry, now, { forward: 1 })));
    const sent: { at: number; size: number }[] = [];
    let forward = 1_000_000_000n;
    // As greedy as can be: every minute whatever is left, for four hours.
    for (now += 1; now < start + 4 * HOUR; now += 7 * MINUTE) {
      await time.setNextBlockTimestamp(now - 1);
      await ethers.provider.send("evm_mine", []);
      const left = await forward6();
      if (left === 0n) continue;
      const next = forward + (forward * left) / 10n ** 6n;
      await send(report(now, { ...slice(expiry, now), forwardRatio9: next }));
      sent.push({ at: now, size: Number(next) / Number(forward) - 1 });
      forward = next;
    }
    expect(sent.length).to.be.above(2);
    for (const { at } of sent) {
      const hour = sent.filter((move) => move.at > at - HOUR && move.at <= at);
      expect(hour.reduce((sum, { size }) => sum + size, 0)).to.be.below(0.020001);
    }
    await time.increase(80 * MINUTE);
    expect(await oracle.movesLeft(ETH, expiry)).to.deep.equal([20_000n, 25_000n]);
  });

  it("that were made before limits fell leave nothing, and no move at all stays possible", async () => {
    const { oracle } = deployed;
    await send(report(now, slice(expiry, now, { forward: 1 })));
    now += 60;
    const moved = slice(expiry, now, { forward: 1.015 });
    await send(report(now, moved));
    await oracle.setMoveLimits({ forwardBps: 100, volBps: 2_500 });
    expect(await forward6()).to.equal(0n);
    now += 60;
    await send(report(now, { ...slice(expiry, now), forwardRatio9: moved.forwardRatio9 }));
    now += 60;
    const posted = report(now, { ...slice(expiry, now), forwardRatio9: moved.forwardRatio9 + 1n });
    await refused(send(posted), "SurfaceOracle_MoveOutOfBounds", expiry, name32("forwardRatio"), 1n, 0n);
  });

  it("are counted by windows that drop out one by one", async () => {
    const harness = await ethers.deployContract("SurfaceHarness");
    const moves = (1n << 48n) | (2n << 32n) | (4n << 16n) | 8n;
    expect(await harness.sum(moves)).to.equal(15n);
    const sums = await Promise.all(
      [0, 1, 2, 3, 4, 5, 1_000].map(async (e) => harness.sum(await harness.aged(moves, e))),
    );
    expect(sums).to.deep.equal([15n, 14n, 12n, 8n, 0n, 0n, 0n]);
  });
});
