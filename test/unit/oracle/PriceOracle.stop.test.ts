import { loadFixture, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ethers } from "hardhat";

import { DAY, HOUR, Status, at, deployAuthority, deployFeed, deployPriceOracle, slotsRead, toAnswer } from "./support";

const ETH = 1;
const BTC = 2;
const UNKNOWN = 7;

async function deploy() {
  const [admin, stranger] = await ethers.getSigners();
  const eth = await deployFeed(2_000);
  const oracle = await deployPriceOracle(await deployAuthority(admin!), [eth, await deployFeed(30_000)]);
  return { oracle, eth, stranger: stranger! };
}

type Deployed = Awaited<ReturnType<typeof deploy>>;

async function stopped() {
  const fixture = await deploy();
  const { oracle } = fixture;
  await oracle.stop(ETH);
  return { ...fixture, stoppedAt: await time.latest() };
}

/** The status of a price observed at `timestamp`, read then. */
async function statusAt({ oracle, eth }: Deployed, timestamp: number): Promise<bigint> {
  await at(timestamp, [() => eth.updateAnswer(toAnswer(2_000))]);
  return (await oracle.read(ETH)).status;
}

describe("PriceOracle: a stop", () => {
  describe("stop", () => {
    it("makes a fresh price aged for a day, and runs out by itself", async () => {
      const fixture = await loadFixture(stopped);
      const { oracle, stoppedAt } = fixture;
      expect((await oracle.read(ETH)).status).to.equal(Status.Aged);
      expect(await oracle.stopOf(ETH)).to.deep.equal([BigInt(stoppedAt + DAY), BigInt(stoppedAt + 2 * DAY)]);
      expect(await statusAt(fixture, stoppedAt + DAY - 1)).to.equal(Status.Aged);
      expect(await statusAt(fixture, stoppedAt + DAY)).to.equal(Status.Fresh);
      expect(await oracle.stopOf(ETH)).to.deep.equal([0n, BigInt(stoppedAt + 2 * DAY)]);
    });

    it("says until when", async () => {
      const { oracle } = await loadFixture(deploy);
      const now = (await time.latest()) + 10;
      await time.setNextBlockTimestamp(now);
      await expect(oracle.stop(ETH))
        .to.emit(oracle, "Stopped")
        .withArgs(ETH, now + DAY);
    });

    it("does not make an unusable price usable", async () => {
      const { oracle, eth } = await loadFixture(stopped);
      await eth.updateAnswer(0);
      expect((await oracle.read(ETH)).status).to.equal(Status.Unusable);
    });

    it("concerns no other underlying", async () => {
      const { oracle } = await loadFixture(stopped);
      expect((await oracle.read(BTC)).status).to.equal(Status.Fresh);
      expect(await oracle.stopOf(BTC)).to.deep.equal([0n, 0n]);
    });

    it("cannot be repeated before as much time has passed without: no role holds withdrawals for good", async () => {
      const fixture = await loadFixture(stopped);
      const { oracle, stoppedAt } = fixture;
      for (const after of [1, DAY - 1, DAY, 2 * DAY - 1]) {
        await time.setNextBlockTimestamp(stoppedAt + after);
        await expect(oracle.stop(ETH))
          .to.be.revertedWithCustomError(oracle, "PriceOracle_StopTooSoon")
          .withArgs(ETH, stoppedAt + 2 * DAY);
      }
      expect(await statusAt(fixture, stoppedAt + 2 * DAY)).to.equal(Status.Fresh);
      await at(stoppedAt + 2 * DAY, [() => oracle.stop(ETH)]);
      expect((await oracle.read(ETH)).status).to.equal(Status.Aged);
    });

    it("refuses an underlying without a feed", async () => {
      const { oracle } = await loadFixture(deploy);
      await expect(oracle.stop(UNKNOWN))
        .to.be.revertedWithCustomError(oracle, "PriceOracle_NotRegistered")
        .withArgs(UNKNOWN);
    });

    it("outlives every change of the sources", async () => {
      const { oracle, eth, stoppedAt } = await loadFixture(stopped);
      const status = async (): Promise<bigint> => (await oracle.read(ETH)).status;
      await oracle.replaceFeed(ETH, eth, HOUR, 30);
      expect(await status(), "replaced").to.equal(Status.Aged);
      await oracle.setSecondFeed(ETH, await deployFeed(2_000), HOUR, 200);
      expect(await status(), "seconded").to.equal(Status.Aged);
      await oracle.removeSecondFeed(ETH);
      expect(await status(), "alone again").to.equal(Status.Aged);
      await oracle.setReferencePrice(ETH, ethers.parseEther("2100"));
      expect(await status(), "another reference").to.equal(Status.Aged);
      expect((await oracle.stopOf(ETH)).until).to.equal(stoppedAt + DAY);
      expect((await oracle.feedOf(ETH)).decimals).to.equal(8n);
    });
  });

  describe("lift", () => {
    it("ends a stop, and says when it would have ended", async () => {
      const { oracle, stoppedAt } = await loadFixture(stopped);
      await expect(oracle.lift(ETH))
        .to.emit(oracle, "StopLifted")
        .withArgs(ETH, stoppedAt + DAY);
      expect((await oracle.read(ETH)).status).to.equal(Status.Fresh);
    });

    it("does not bring the next stop nearer", async () => {
      const { oracle, stoppedAt } = await loadFixture(stopped);
      await oracle.lift(ETH);
      expect(await oracle.stopOf(ETH)).to.deep.equal([0n, BigInt(stoppedAt + 2 * DAY)]);
      await time.setNextBlockTimestamp(stoppedAt + 2 * DAY - 1);
      await expect(oracle.stop(ETH))
        .to.be.revertedWithCustomError(oracle, "PriceOracle_StopTooSoon")
        .withArgs(ETH, stoppedAt + 2 * DAY);
      await at(stoppedAt + 2 * DAY, [() => oracle.stop(ETH)]);
      expect((await oracle.stopOf(ETH)).until).to.equal(stoppedAt + 3 * DAY);
    });

    it("refuses where nothing is stopped: never, any more, or twice", async () => {
      const { oracle, stoppedAt } = await loadFixture(stopped);
      const refused = async (underlying: number): Promise<void> => {
        await expect(oracle.lift(underlying))
          .to.be.revertedWithCustomError(oracle, "PriceOracle_NotStopped")
          .withArgs(underlying);
      };
      await refused(BTC);
      await oracle.lift(ETH);
      await refused(ETH);
      await at(stoppedAt + 2 * DAY, [() => oracle.stop(ETH)]);
      await time.setNextBlockTimestamp(stoppedAt + 3 * DAY);
      await refused(ETH);
    });

    it("gives the slot back that a stop makes every reader pay for", async () => {
      const { oracle, stranger } = await loadFixture(stopped);
      const [to, data] = [await oracle.getAddress(), oracle.interface.encodeFunctionData("read", [ETH])];
      expect(await slotsRead(stranger, to, data)).to.equal(2);
      await oracle.lift(ETH);
      expect(await slotsRead(stranger, to, data)).to.equal(1);
    });

    it("leaves the second source in place", async () => {
      const { oracle } = await loadFixture(stopped);
      const second = await deployFeed(2_000);
      await oracle.setSecondFeed(ETH, second, HOUR, 200);
      await oracle.lift(ETH);
      await second.updateAnswer(toAnswer(2_010));
      expect((await oracle.read(ETH)).confidence).to.equal(ethers.parseEther("0.005"));
    });
  });

  describe("readDespiteStop", () => {
    it("answers as if nothing were stopped, and what else lowers a status it keeps", async () => {
      const { oracle, eth } = await loadFixture(stopped);
      const second = await deployFeed(2_000);
      await oracle.setSecondFeed(ETH, second, HOUR, 200);
      const [stop, despite] = [await oracle.read(ETH), await oracle.readDespiteStop(ETH)];
      expect([...stop]).to.deep.equal([...despite.slice(0, 3), Status.Aged]);
      expect(despite.status).to.equal(Status.Fresh);
      await second.updateAnswer(toAnswer(1_900));
      expect((await oracle.readDespiteStop(ETH)).status).to.equal(Status.Aged);
      await eth.updateAnswer(0);
      await second.updateAnswer(0);
      expect((await oracle.readDespiteStop(ETH)).status).to.equal(Status.Unusable);
    });
  });
});
