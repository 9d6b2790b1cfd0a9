import { loadFixture, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ethers } from "hardhat";

import {
  HOUR,
  MINUTE,
  Status,
  at,
  deployAuthority,
  deployFeed,
  deployPriceOracle,
  slotsRead,
  toAnswer,
} from "./support";

const ETH = 1;
const UP = 0n;
const DOWN = 1n;
const LONG_AGO = 1;

async function deploy() {
  const [admin, stranger] = await ethers.getSigners();
  const authority = await deployAuthority(admin!);
  const sequencer = await ethers.deployContract("MockAggregator", [0, UP, "L2 Sequencer Uptime Status Feed"]);
  await sequencer.updateRoundData(1, UP, LONG_AGO, LONG_AGO);
  const feed = await deployFeed(2_000);
  const oracle = await deployPriceOracle(authority, [feed], sequencer);
  return { oracle, feed, sequencer, authority, stranger: stranger! };
}

type Deployed = Awaited<ReturnType<typeof deploy>>;

/** Has the sequencer's feed say `answer`, and that it has been so for `since` seconds, with a price observed just now. */
async function announce({ sequencer, feed }: Deployed, answer: bigint, since: number): Promise<bigint> {
  const now = (await time.latest()) + 10;
  await at(now, [
    () => feed.updateAnswer(toAnswer(2_000)),
    () => sequencer.updateRoundData(2, answer, now, now - since),
  ]);
  return BigInt(now - since);
}

describe("PriceOracle: the sequencer", () => {
  const upFor: [string, number, bigint][] = [
    ["for ages", 30 * HOUR, Status.Fresh],
    ["for 30 minutes", 30 * MINUTE, Status.Fresh],
    ["for a second less than 30 minutes", 30 * MINUTE - 1, Status.Aged],
    ["for 5 minutes", 5 * MINUTE, Status.Aged],
    ["for a second less than 5 minutes", 5 * MINUTE - 1, Status.Unusable],
    ["from this second on", 0, Status.Unusable],
  ];
  for (const [what, since, status] of upFor) {
    it(`ORAC-3 lets a fresh price pass as what its time allows: up ${what}`, async () => {
      const fixture = await loadFixture(deploy);
      const upSince = await announce(fixture, UP, since);
      expect((await fixture.oracle.read(ETH)).status, "ORAC-3").to.equal(status);
      expect(await fixture.oracle.sequencer()).to.deep.equal([status, upSince]);
    });
  }

  const unknown: [string, bigint, number][] = [
    ["down since long", DOWN, HOUR],
    ["down from this second on", DOWN, 0],
    ["neither up nor down", 2n, HOUR],
    ["negative", -1n, HOUR],
    ["a price", toAnswer(2_000), HOUR],
    ["up from a second in the future on", UP, -1],
  ];
  for (const [what, answer, since] of unknown) {
    it(`ORAC-1 makes every price unusable when it is ${what}`, async () => {
      const fixture = await loadFixture(deploy);
      await announce(fixture, answer, since);
      expect((await fixture.oracle.read(ETH)).status, "ORAC-1").to.equal(Status.Unusable);
      expect(await fixture.oracle.sequencer()).to.deep.equal([Status.Unusable, 0n]);
    });
  }

  it("makes every price unusable while the feed is not initialised", async () => {
    const { oracle, sequencer } = await loadFixture(deploy);
    await sequencer.updateRoundData(2, UP, await time.latest(), 0);
    expect((await oracle.read(ETH)).status).to.equal(Status.Unusable);
  });

  it("does not ask how old the feed's answer is: it speaks when something changes", async () => {
    const fixture = await loadFixture(deploy);
    await time.increase(365 * 24 * HOUR);
    await fixture.feed.updateAnswer(toAnswer(2_000));
    expect((await fixture.oracle.read(ETH)).status).to.equal(Status.Fresh);
  });

  it("sequencer down then up: nothing, then liquidation, then everything", async () => {
    const { oracle, feed, sequencer } = await loadFixture(deploy);
    const status = async (): Promise<bigint> => {
      await feed.updateAnswer(toAnswer(2_000));
      return (await oracle.read(ETH)).status;
    };
    expect(await status()).to.equal(Status.Fresh);
    await sequencer.updateAnswer(DOWN);
    expect(await status()).to.equal(Status.Unusable);
    await time.increase(HOUR);
    await sequencer.updateAnswer(UP);
    expect(await status()).to.equal(Status.Unusable);
    await time.increase(5 * MINUTE);
    expect(await status()).to.equal(Status.Aged);
    await time.increase(25 * MINUTE);
    expect(await status()).to.equal(Status.Fresh);
  });

  it("never makes a price better than its sources do", async () => {
    const { oracle, feed } = await loadFixture(deploy);
    await feed.updateAnswer(0);
    expect((await oracle.read(ETH)).status).to.equal(Status.Unusable);
    await feed.updateAnswer(toAnswer(2_000));
    await time.increase(HOUR + 11 * MINUTE);
    expect((await oracle.read(ETH)).status).to.equal(Status.Aged);
  });

  it("bounds what a second source stands in for as well", async () => {
    const fixture = await loadFixture(deploy);
    await fixture.oracle.setSecondFeed(ETH, await deployFeed(2_000), HOUR, 200);
    const now = (await time.latest()) + 10;
    await at(now, [
      () => fixture.feed.updateAnswer(0),
      () => fixture.sequencer.updateRoundData(2, UP, now, now - 5 * MINUTE + 1),
    ]);
    expect((await fixture.oracle.read(ETH)).status).to.equal(Status.Unusable);
  });

  it("is Fresh and nothing where the chain has none, and costs no slot", async () => {
    const { authority, feed, oracle: withFeed, sequencer, stranger } = await loadFixture(deploy);
    const oracle = await deployPriceOracle(authority, [feed]);
    expect(await withFeed.sequencerFeed()).to.equal(sequencer);
    expect(await oracle.sequencerFeed()).to.equal(ethers.ZeroAddress);
    expect(await oracle.sequencer()).to.deep.equal([Status.Fresh, 0n]);
    const data = withFeed.interface.encodeFunctionData("read", [ETH]);
    expect(await slotsRead(stranger, await withFeed.getAddress(), data)).to.equal(1);
  });

  describe("constructor", () => {
    it("refuses an address without code, and a feed that is no sequencer's", async () => {
      const { authority, feed, oracle, stranger } = await loadFixture(deploy);
      const factory = await ethers.getContractFactory("PriceOracle");
      await expect(factory.deploy(authority, stranger.address))
        .to.be.revertedWithCustomError(oracle, "PriceOracle_NotAContract")
        .withArgs(stranger.address);
      await expect(factory.deploy(authority, feed))
        .to.be.revertedWithCustomError(oracle, "PriceOracle_NotASequencerFeed")
        .withArgs(feed);
    });

    it("refuses a sequencer's feed that is not initialised", async () => {
      const { authority, oracle, sequencer } = await loadFixture(deploy);
      await sequencer.updateRoundData(2, UP, await time.latest(), 0);
      const factory = await ethers.getContractFactory("PriceOracle");
      await expect(factory.deploy(authority, sequencer))
        .to.be.revertedWithCustomError(oracle, "PriceOracle_NotASequencerFeed")
        .withArgs(sequencer);
    });

    it("takes one whose sequencer is down at the time", async () => {
      const { authority, sequencer } = await loadFixture(deploy);
      await sequencer.updateAnswer(DOWN);
      const oracle = await ethers.deployContract("PriceOracle", [authority, sequencer]);
      expect(await oracle.sequencer()).to.deep.equal([Status.Unusable, 0n]);
    });
  });
});

describe("MockSequencerFeed", () => {
  async function deployStandIn() {
    const [owner, stranger] = await ethers.getSigners();
    return { feed: await ethers.deployContract("MockSequencerFeed", [owner!]), stranger: stranger! };
  }

  it("begins up, since before anybody asks", async () => {
    const { feed } = await loadFixture(deployStandIn);
    const { answer, startedAt } = await feed.latestRoundData();
    expect([answer, startedAt]).to.deep.equal([UP, 1n]);
    expect(await feed.description()).to.contain("stand-in");
  });

  it("says when its owner changed it, and keeps the time when it is said again", async () => {
    const { feed } = await loadFixture(deployStandIn);
    await expect(feed.setUp(false)).to.emit(feed, "AnswerUpdated");
    const downAt = BigInt(await time.latest());
    await time.increase(60);
    await feed.setUp(false);
    let round = await feed.latestRoundData();
    expect([round.answer, round.startedAt, round.roundId]).to.deep.equal([DOWN, downAt, 2n]);
    await feed.setUp(true);
    round = await feed.latestRoundData();
    expect([round.answer, round.startedAt]).to.deep.equal([UP, BigInt(await time.latest())]);
  });

  it("is closed to strangers", async () => {
    const { feed, stranger } = await loadFixture(deployStandIn);
    await expect(feed.connect(stranger).setUp(false))
      .to.be.revertedWithCustomError(feed, "OwnableUnauthorizedAccount")
      .withArgs(stranger.address);
  });
});
