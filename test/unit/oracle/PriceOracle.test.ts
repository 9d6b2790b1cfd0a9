import { loadFixture, time } from "@nomicfoundation/hardhat-network-helpers";
import { anyValue } from "@nomicfoundation/hardhat-chai-matchers/withArgs";
import { expect } from "chai";
import fc from "fast-check";
import { ethers } from "hardhat";

import {
  DAY,
  HOUR,
  MINUTE,
  Status,
  at,
  deployAuthority,
  deployFeed,
  deployPriceOracle,
  hasData,
  name32,
  observe,
  readData,
  slotsRead,
  toAnswer,
  wad,
} from "./support";

const ETH = 1;
const UNKNOWN = 7;
const GRACE = 10 * MINUTE;
/** 0.25 % */
const CONFIDENCE = wad("0.0025");

async function deploy() {
  const [admin, stranger] = await ethers.getSigners();
  const authority = await deployAuthority(admin!);
  const feed = await deployFeed(2_000);
  const oracle = await deployPriceOracle(authority, [feed]);
  return { oracle, feed, admin: admin!, stranger: stranger! };
}

describe("PriceOracle", () => {
  describe("read", () => {
    it("normalises the answer and names when it was observed", async () => {
      const { oracle, feed } = await loadFixture(deploy);
      const updatedAt = await observe(feed, 2_345_67000001n, 5);
      expect(await oracle.read(ETH)).to.deep.equal([wad("2345.67000001"), CONFIDENCE, BigInt(updatedAt), Status.Fresh]);
    });

    for (const decimals of [1, 6, 8, 18]) {
      it(`brings ${decimals.toString()} decimals to a Wad`, async () => {
        const { oracle } = await loadFixture(deploy);
        const feed = await ethers.deployContract("MockAggregator", [decimals, 15n * 10n ** BigInt(decimals - 1), "x"]);
        await oracle.registerFeed(2, feed, HOUR, 25, wad("1.5"));
        expect((await oracle.read(2)).price).to.equal(wad("1.5"));
      });
    }

    it("has nothing to say of an underlying without a feed, and does not revert", async () => {
      const { oracle } = await loadFixture(deploy);
      expect(await oracle.read(UNKNOWN)).to.deep.equal([0n, 0n, 0n, Status.Unusable]);
    });

    const ages: [string, number, bigint][] = [
      ["observed this very second", 0, Status.Fresh],
      ["at heartbeat plus grace", HOUR + GRACE, Status.Fresh],
      ["a second past heartbeat plus grace", HOUR + GRACE + 1, Status.Aged],
      ["at two heartbeats", 2 * HOUR, Status.Aged],
      ["a second past two heartbeats", 2 * HOUR + 1, Status.Unusable],
      ["a day old", DAY, Status.Unusable],
    ];
    for (const [what, age, status] of ages) {
      it(`ORAC-1 ORAC-3 judges a price ${what}`, async () => {
        const { oracle, feed } = await loadFixture(deploy);
        const updatedAt = await observe(feed, toAnswer(2_000), age);
        const expected = [wad("2000"), CONFIDENCE, BigInt(updatedAt), status];
        expect(await oracle.read(ETH), "ORAC-1").to.deep.equal(expected);
      });
    }

    it("ORAC-3 becomes usable by itself with the next observation", async () => {
      const { oracle, feed } = await loadFixture(deploy);
      await observe(feed, toAnswer(2_000), DAY);
      expect((await oracle.read(ETH)).status).to.equal(Status.Unusable);
      await feed.updateAnswer(toAnswer(1_900));
      expect((await oracle.read(ETH)).status, "ORAC-3").to.equal(Status.Fresh);
    });

    it("keeps a feed with a heartbeat below the grace usable as long as it is fresh", async () => {
      const { oracle, feed } = await loadFixture(deploy);
      await feed.updateAnswer(toAnswer(2_000));
      await oracle.replaceFeed(ETH, feed, 2 * MINUTE, 25);
      await observe(feed, toAnswer(2_000), 2 * MINUTE + GRACE);
      expect((await oracle.read(ETH)).status).to.equal(Status.Fresh);
      await observe(feed, toAnswer(2_000), 2 * MINUTE + GRACE + 1);
      expect((await oracle.read(ETH)).status).to.equal(Status.Unusable);
    });

    it("has no price from the future (ORAC-2), nor from an unfinished round", async () => {
      const { oracle, feed } = await loadFixture(deploy);
      await observe(feed, toAnswer(2_000), -1);
      expect(await oracle.read(ETH), "ORAC-2").to.deep.equal([0n, CONFIDENCE, 0n, Status.Unusable]);
      for (const updatedAt of [0n, 2n ** 40n + BigInt(await time.latest()), 2n ** 256n - 1n]) {
        await feed.updateRoundData(3, toAnswer(2_000), updatedAt, 0);
        expect(await oracle.read(ETH), "ORAC-2").to.deep.equal([0n, CONFIDENCE, 0n, Status.Unusable]);
      }
    });

    const answers: [string, bigint, boolean][] = [
      ["zero", 0n, false],
      ["negative", -toAnswer(2_000), false],
      ["the least there is", -(2n ** 255n), false],
      ["the most there is", 2n ** 255n - 1n, false],
      ["beyond 127 bits", 2n ** 127n, false],
      ["at a tenth of the reference", toAnswer(200), true],
      ["just below a tenth of the reference (Venus/LUNA)", toAnswer(200) - 1n, false],
      ["at ten times the reference", toAnswer(20_000), true],
      ["just above ten times the reference", toAnswer(20_000) + 1n, false],
    ];
    for (const [what, answer, usable] of answers) {
      it(`${usable ? "uses" : "refuses"} an answer that is ${what}`, async () => {
        const { oracle, feed } = await loadFixture(deploy);
        const updatedAt = await observe(feed, answer, 0);
        expect(await oracle.read(ETH)).to.deep.equal(
          usable
            ? [answer * 10n ** 10n, CONFIDENCE, BigInt(updatedAt), Status.Fresh]
            : [0n, CONFIDENCE, 0n, Status.Unusable],
        );
      });
    }

    it("gives whatever a feed can answer a status and a price that fit together", async () => {
      const { oracle, feed } = await loadFixture(deploy);
      const answers = fc.oneof(fc.bigInt(-(2n ** 255n), 2n ** 255n - 1n), fc.bigInt(toAnswer(100), toAnswer(30_000)));
      const ages = fc.oneof(fc.integer({ min: -100, max: 3 * HOUR }), fc.constant(DAY));
      await fc.assert(
        fc.asyncProperty(answers, ages, async (answer, age) => {
          const updatedAt = await observe(feed, answer, age);
          const sound = age >= 0 && answer >= toAnswer(200) && answer <= toAnswer(20_000);
          const status = age <= HOUR + GRACE ? Status.Fresh : age <= 2 * HOUR ? Status.Aged : Status.Unusable;
          expect(await oracle.read(ETH)).to.deep.equal(
            sound
              ? [answer * 10n ** 10n, CONFIDENCE, BigInt(updatedAt), status]
              : [0n, CONFIDENCE, 0n, Status.Unusable],
          );
        }),
        { numRuns: 60 },
      );
    });

    it("stays fresh through real rounds", async function () {
      const file = "chainlink_eth_usd_rounds_2023.csv";
      if (!hasData(file)) this.skip();
      const { oracle, feed } = await loadFixture(deploy);
      const rounds = readData(file).slice(0, 120);
      const shift = (await time.latest()) + HOUR - Number(rounds[0]!.ts);
      for (const [i, round] of rounds.slice(0, -1).entries()) {
        const start = Number(round.ts) + shift;
        const end = Number(rounds[i + 1]!.ts) + shift - 1;
        await at(end, [() => feed.updateRoundData(round.round!, round.answer!, start, start)]);
        expect(await oracle.read(ETH)).to.deep.equal([
          BigInt(round.answer!) * 10n ** 10n,
          CONFIDENCE,
          BigInt(start),
          Status.Fresh,
        ]);
      }
    });

    it("reads one storage slot of its own", async () => {
      const { oracle, stranger } = await loadFixture(deploy);
      const data = oracle.interface.encodeFunctionData("read", [ETH]);
      expect(await slotsRead(stranger, await oracle.getAddress(), data)).to.equal(1);
    });
  });

  describe("registerFeed", () => {
    it("takes a feed on and tells all about it", async () => {
      const { oracle } = await loadFixture(deploy);
      const feed = await deployFeed(60_000, "BTC / USD");
      const expected = [await feed.getAddress(), 8n, BigInt(DAY), 50n, 6_000_000_000_001n];
      await expect(oracle.registerFeed(2, feed, DAY, 50, wad("60000.000000019999")))
        .to.emit(oracle, "FeedRegistered")
        .withArgs(2, expected, "BTC / USD");
      expect(await oracle.feedOf(2)).to.deep.equal(expected);
      expect((await oracle.read(2)).confidence).to.equal(wad("0.005"));
    });

    it("shows nothing for an underlying without a feed", async () => {
      const { oracle } = await loadFixture(deploy);
      expect(await oracle.feedOf(UNKNOWN)).to.deep.equal([ethers.ZeroAddress, 0n, 0n, 0n, 0n]);
    });

    it("refuses a second feed", async () => {
      const { oracle, feed } = await loadFixture(deploy);
      await expect(oracle.registerFeed(ETH, feed, HOUR, 25, wad("2000")))
        .to.be.revertedWithCustomError(oracle, "PriceOracle_AlreadyRegistered")
        .withArgs(ETH, feed);
    });

    it("refuses an address without code", async () => {
      const { oracle, stranger } = await loadFixture(deploy);
      for (const aggregator of [ethers.ZeroAddress, stranger.address]) {
        await expect(oracle.registerFeed(2, aggregator, HOUR, 25, wad("2000")))
          .to.be.revertedWithCustomError(oracle, "PriceOracle_NotAContract")
          .withArgs(aggregator);
      }
    });

    const bounds: [string, number, number, bigint, bigint, bigint, bigint][] = [
      ["heartbeat", 59, 25, wad("2000"), 59n, 60n, 86_400n],
      ["heartbeat", DAY + 1, 25, wad("2000"), 86_401n, 60n, 86_400n],
      ["confidenceBps", HOUR, 0, wad("2000"), 0n, 1n, 1_000n],
      ["confidenceBps", HOUR, 1_001, wad("2000"), 1_001n, 1n, 1_000n],
      ["referencePrice", HOUR, 25, 0n, 0n, wad("0.00001"), wad("2800000")],
      ["referencePrice", HOUR, 25, wad("0.00001") - 1n, wad("0.00001") - 1n, wad("0.00001"), wad("2800000")],
      ["referencePrice", HOUR, 25, wad("2800000") + 1n, wad("2800000") + 1n, wad("0.00001"), wad("2800000")],
    ];
    for (const [parameter, heartbeat, confidenceBps, referencePrice, value, lower, upper] of bounds) {
      it(`refuses ${parameter} ${value.toString()}`, async () => {
        const { oracle, feed } = await loadFixture(deploy);
        await expect(oracle.registerFeed(2, feed, heartbeat, confidenceBps, referencePrice))
          .to.be.revertedWithCustomError(oracle, "PriceOracle_ParameterOutOfBounds")
          .withArgs(name32(parameter), value, lower, upper);
      });
    }

    it("takes every parameter at its bounds", async () => {
      const { oracle } = await loadFixture(deploy);
      const dear = await deployFeed(2_800_000);
      const cheap = await deployFeed(0.00001);
      await oracle.registerFeed(2, dear, MINUTE, 1, wad("2800000"));
      await oracle.registerFeed(3, cheap, DAY, 1_000, wad("0.00001"));
      expect((await oracle.read(2)).price).to.equal(wad("2800000"));
      expect((await oracle.read(3)).price).to.equal(wad("0.00001"));
    });

    for (const decimals of [0, 19]) {
      it(`refuses ${decimals.toString()} decimals`, async () => {
        const { oracle } = await loadFixture(deploy);
        const feed = await ethers.deployContract("MockAggregator", [decimals, 2_000, "x"]);
        await expect(oracle.registerFeed(2, feed, HOUR, 25, wad("2000")))
          .to.be.revertedWithCustomError(oracle, "PriceOracle_ParameterOutOfBounds")
          .withArgs(name32("decimals"), decimals, 1, 18);
      });
    }

    it("refuses a feed that is late, and one far from the reference, as another asset's or wrong decimals are", async () => {
      const { oracle, feed } = await loadFixture(deploy);
      const updatedAt = await observe(feed, toAnswer(2_000), HOUR + GRACE + 1);
      await expect(oracle.registerFeed(2, feed, HOUR, 25, wad("2000")))
        .to.be.revertedWithCustomError(oracle, "PriceOracle_FeedNotFresh")
        .withArgs(feed, wad("2000"), updatedAt);
      await feed.updateAnswer(toAnswer(2_000));
      await expect(oracle.registerFeed(2, feed, HOUR, 25, wad("1")))
        .to.be.revertedWithCustomError(oracle, "PriceOracle_FeedNotFresh")
        .withArgs(feed, 0, 0);
    });

    it("is closed to strangers, as is every other change", async () => {
      const { oracle, feed, stranger } = await loadFixture(deploy);
      const asStranger = oracle.connect(stranger);
      for (const attempt of [
        () => asStranger.registerFeed(2, feed, HOUR, 25, wad("2000")),
        () => asStranger.replaceFeed(ETH, feed, HOUR, 25),
        () => asStranger.setReferencePrice(ETH, wad("2000")),
        () => asStranger.setSecondFeed(ETH, feed, HOUR, 200),
        () => asStranger.removeSecondFeed(ETH),
        () => asStranger.stop(ETH),
        () => asStranger.lift(ETH),
      ]) {
        await expect(attempt())
          .to.be.revertedWithCustomError(oracle, "AccessManagedUnauthorized")
          .withArgs(stranger.address);
      }
    });
  });

  describe("replaceFeed", () => {
    it("moves to another feed and keeps the reference", async () => {
      const { oracle, feed } = await loadFixture(deploy);
      const next = await ethers.deployContract("MockAggregator", [18, wad("2100"), "ETH / USD, again"]);
      const from = [await feed.getAddress(), 8n, BigInt(HOUR), 25n, toAnswer(2_000)];
      const to = [await next.getAddress(), 18n, BigInt(DAY), 50n, toAnswer(2_000)];
      await expect(oracle.replaceFeed(ETH, next, DAY, 50))
        .to.emit(oracle, "FeedReplaced")
        .withArgs(ETH, from, to, "ETH / USD, again");
      expect(await oracle.feedOf(ETH)).to.deep.equal(to);
      expect((await oracle.read(ETH)).price).to.equal(wad("2100"));
    });

    it("refuses an underlying without a feed", async () => {
      const { oracle, feed } = await loadFixture(deploy);
      await expect(oracle.replaceFeed(UNKNOWN, feed, HOUR, 25))
        .to.be.revertedWithCustomError(oracle, "PriceOracle_NotRegistered")
        .withArgs(UNKNOWN);
    });

    it("checks the new feed as registration does", async () => {
      const { oracle, feed, stranger } = await loadFixture(deploy);
      const other = await deployFeed(199);
      await expect(oracle.replaceFeed(ETH, stranger.address, HOUR, 25))
        .to.be.revertedWithCustomError(oracle, "PriceOracle_NotAContract")
        .withArgs(stranger.address);
      await expect(oracle.replaceFeed(ETH, feed, 0, 25))
        .to.be.revertedWithCustomError(oracle, "PriceOracle_ParameterOutOfBounds")
        .withArgs(name32("heartbeat"), 0, 60, 86_400);
      await expect(oracle.replaceFeed(ETH, feed, HOUR, 0))
        .to.be.revertedWithCustomError(oracle, "PriceOracle_ParameterOutOfBounds")
        .withArgs(name32("confidenceBps"), 0, 1, 1_000);
      await expect(oracle.replaceFeed(ETH, other, HOUR, 25))
        .to.be.revertedWithCustomError(oracle, "PriceOracle_FeedNotFresh")
        .withArgs(other, anyValue, anyValue);
    });
  });

  describe("setReferencePrice", () => {
    it("moves the bounds with it", async () => {
      const { oracle, feed } = await loadFixture(deploy);
      await feed.updateAnswer(toAnswer(150));
      expect((await oracle.read(ETH)).status).to.equal(Status.Unusable);
      await expect(oracle.setReferencePrice(ETH, wad("1000.000000019")))
        .to.emit(oracle, "ReferencePriceChanged")
        .withArgs(ETH, wad("2000"), wad("1000.00000001"));
      expect((await oracle.read(ETH)).price).to.equal(wad("150"));
    });

    it("moves to half or to twice and no further", async () => {
      const { oracle } = await loadFixture(deploy);
      for (const referencePrice of [wad("1000") - 1n, wad("4000") + 1n]) {
        await expect(oracle.setReferencePrice(ETH, referencePrice))
          .to.be.revertedWithCustomError(oracle, "PriceOracle_ParameterOutOfBounds")
          .withArgs(name32("referencePrice"), referencePrice, wad("1000"), wad("4000"));
      }
      await oracle.setReferencePrice(ETH, wad("4000"));
      await oracle.setReferencePrice(ETH, wad("2000"));
      expect((await oracle.feedOf(ETH)).referencePrice8).to.equal(toAnswer(2_000));
    });

    it("stays within what can be stored", async () => {
      const { oracle } = await loadFixture(deploy);
      await oracle.registerFeed(2, await deployFeed(2_000_000), HOUR, 25, wad("2000000"));
      await oracle.registerFeed(3, await deployFeed(0.00001), HOUR, 25, wad("0.00001"));
      await expect(oracle.setReferencePrice(2, wad("4000000")))
        .to.be.revertedWithCustomError(oracle, "PriceOracle_ParameterOutOfBounds")
        .withArgs(name32("referencePrice"), wad("4000000"), wad("1000000"), wad("2800000"));
      await expect(oracle.setReferencePrice(3, wad("0.000005")))
        .to.be.revertedWithCustomError(oracle, "PriceOracle_ParameterOutOfBounds")
        .withArgs(name32("referencePrice"), wad("0.000005"), wad("0.00001"), wad("0.00002"));
    });

    it("refuses an underlying without a feed", async () => {
      const { oracle } = await loadFixture(deploy);
      await expect(oracle.setReferencePrice(UNKNOWN, wad("1")))
        .to.be.revertedWithCustomError(oracle, "PriceOracle_NotRegistered")
        .withArgs(UNKNOWN);
    });
  });
});
