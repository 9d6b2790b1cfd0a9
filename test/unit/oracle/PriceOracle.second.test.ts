import { loadFixture, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import fc from "fast-check";
import { ethers } from "hardhat";

import {
  DAY,
  HOUR,
  MINUTE,
  Status,
  WAD,
  at,
  deployAuthority,
  deployFeed,
  deployPriceOracle,
  name32,
  slotsRead,
  toAnswer,
  wad,
} from "./support";

const ETH = 1;
const UNKNOWN = 7;
/** 2 % */
const MAX_DEVIATION = wad("0.02");
/** 0.25 % */
const THRESHOLD = wad("0.0025");
const NONE = [ethers.ZeroAddress, 0n, 0n, 0n];

async function deployAlone() {
  const [admin, stranger] = await ethers.getSigners();
  const primary = await deployFeed(2_000);
  const oracle = await deployPriceOracle(await deployAuthority(admin!), [primary]);
  // Of other decimals and half the heartbeat.
  const second = await ethers.deployContract("MockAggregator", [18, wad("2000"), "ETH / USD, again"]);
  return { oracle, primary, second, stranger: stranger! };
}

async function deploy() {
  const fixture = await deployAlone();
  await fixture.oracle.setSecondFeed(ETH, fixture.second, HOUR / 2, 200);
  return fixture;
}

type Deployed = Awaited<ReturnType<typeof deploy>>;

/** What each source says, and how many seconds before the reading it observed it. */
interface Said {
  price: string;
  age?: number;
}

/** Has both speak, and reads the oracle in the very second from which ages count. */
async function hear({ oracle, primary, second }: Deployed, first: Said, other: Said) {
  const now = (await time.latest()) + 10;
  const [p, s] = [now - (first.age ?? 0), now - (other.age ?? 0)];
  await at(now, [
    () => primary.updateRoundData(2, wad(first.price) / 10n ** 10n, p, p),
    () => second.updateRoundData(2, wad(other.price), s, s),
  ]);
  const { price, confidence, updatedAt, status } = await oracle.read(ETH);
  return { price, confidence, age: updatedAt === 0n ? undefined : now - Number(updatedAt), status };
}

describe("PriceOracle: a second source", () => {
  describe("read", () => {
    const agreeing: [string, Said, bigint][] = [
      ["equal to the primary, so the threshold stays", { price: "2000" }, THRESHOLD],
      ["nearer than the threshold", { price: "2004.99" }, THRESHOLD],
      ["further above than the threshold", { price: "2006" }, wad("0.003")],
      ["further below than the threshold", { price: "1994" }, wad("0.003")],
      ["at the maximum deviation above", { price: "2040" }, MAX_DEVIATION],
      ["at the maximum deviation below", { price: "1960" }, MAX_DEVIATION],
      ["at two of its own heartbeats", { price: "2006", age: HOUR }, wad("0.003")],
    ];
    for (const [what, said, confidence] of agreeing) {
      it(`leaves a fresh price fresh, with the distance as confidence: ${what}`, async () => {
        const reading = await hear(await loadFixture(deploy), { price: "2000" }, said);
        expect(reading).to.deep.equal({ price: wad("2000"), confidence, age: 0, status: Status.Fresh });
      });
    }

    it("rounds the distance up", async () => {
      const { confidence } = await hear(await loadFixture(deploy), { price: "1999" }, { price: "2006" });
      expect(confidence).to.equal((7n * WAD) / 1_999n + 1n);
    });

    const apart: [string, Said][] = [
      ["a wei above the maximum deviation", { price: "2040.000000000000000001" }],
      ["a wei below it", { price: "1959.999999999999999999" }],
      ["half", { price: "1000" }],
      ["ten times the reference (nobody is liquidated by the weaker feed)", { price: "20000" }],
    ];
    for (const [what, said] of apart) {
      it(`ORAC-1 makes a price aged at most beyond the maximum deviation, which bounds the confidence: ${what}`, async () => {
        const reading = await hear(await loadFixture(deploy), { price: "2000", age: 7 }, said);
        const expected = { price: wad("2000"), confidence: MAX_DEVIATION, age: 7, status: Status.Aged };
        expect(reading, "ORAC-1").to.deep.equal(expected);
      });
    }

    it("does not raise the status of an aged primary", async () => {
      const reading = await hear(await loadFixture(deploy), { price: "2000", age: HOUR + 601 }, { price: "2000" });
      const expected = { price: wad("2000"), confidence: THRESHOLD, age: HOUR + 601, status: Status.Aged };
      expect(reading).to.deep.equal(expected);
    });

    const primaries: [string, Said][] = [
      ["older than two heartbeats", { price: "2000", age: 2 * HOUR + 1 }],
      ["zero", { price: "0" }],
      ["negative", { price: "-2000" }],
      ["below its floor (Venus/LUNA)", { price: "199.99999999" }],
      ["from the future", { price: "2000", age: -1 }],
    ];
    for (const [what, said] of primaries) {
      it(`ORAC-3 stands in, aged at most, for a primary that is ${what}`, async () => {
        const reading = await hear(await loadFixture(deploy), said, { price: "1500", age: 9 });
        const expected = { price: wad("1500"), confidence: MAX_DEVIATION, age: 9, status: Status.Aged };
        expect(reading, "ORAC-3").to.deep.equal(expected);
      });
    }

    it("stands in until two of its own heartbeats and no longer", async () => {
      const fixture = await loadFixture(deploy);
      expect((await hear(fixture, { price: "0" }, { price: "1500", age: HOUR })).status).to.equal(Status.Aged);
      const reading = await hear(fixture, { price: "0" }, { price: "1500", age: HOUR + 1 });
      expect(reading).to.deep.equal({ price: 0n, confidence: THRESHOLD, age: undefined, status: Status.Unusable });
    });

    it("has at least the primary's threshold as confidence when it stands in", async () => {
      const fixture = await loadFixture(deploy);
      await fixture.oracle.replaceFeed(ETH, fixture.primary, HOUR, 300);
      expect((await hear(fixture, { price: "0" }, { price: "1500" })).confidence).to.equal(wad("0.03"));
    });

    const useless: [string, Said][] = [
      ["a second past two of its heartbeats", { price: "1500", age: HOUR + 1 }],
      ["zero", { price: "0" }],
      ["negative", { price: "-1500" }],
      ["below the primary's floor", { price: "199.999999999999999999" }],
      ["above the primary's ceiling", { price: "20000.000000000000000001" }],
      ["from the future", { price: "1500", age: -1 }],
    ];
    for (const [what, said] of useless) {
      it(`changes nothing while it is of no use itself: ${what}`, async () => {
        const fixture = await loadFixture(deploy);
        for (const [age, status] of [
          [3, Status.Fresh],
          [2 * HOUR, Status.Aged],
          [2 * HOUR + 1, Status.Unusable],
        ] as const) {
          const reading = await hear(fixture, { price: "2000", age }, said);
          expect(reading).to.deep.equal({ price: wad("2000"), confidence: THRESHOLD, age, status });
        }
      });
    }

    it("never raises a status or lowers a confidence, whatever it says, and never moves a usable price", async () => {
      const fixture = await loadFixture(deploy);
      const said = fc.record({
        price: fc
          .bigInt(-(10n ** 20n), 3n * 10n ** 22n)
          .map((price) => ethers.formatEther(price - (price % 10n ** 10n))),
        age: fc.integer({ min: -10, max: 3 * HOUR }),
      });
      await fc.assert(
        fc.asyncProperty(said, said, async (first, other) => {
          const reading = await hear(fixture, first, other);
          const { primary } = await fixture.oracle.observe(ETH);
          const alone = primary.status;
          expect(reading.confidence).to.be.within(THRESHOLD, MAX_DEVIATION);
          if (alone === Status.Unusable) expect(reading.status).to.be.at.most(Status.Aged);
          else {
            expect(reading.status).to.be.oneOf([alone, Status.Aged]).and.at.most(alone);
            expect(reading.price).to.equal(primary.price);
          }
        }),
        { numRuns: 60 },
      );
    });

    it("reads one more slot, and none where there is no second source", async () => {
      const { oracle, second, stranger } = await loadFixture(deployAlone);
      const [to, data] = [await oracle.getAddress(), oracle.interface.encodeFunctionData("read", [ETH])];
      expect(await slotsRead(stranger, to, data)).to.equal(1);
      await oracle.setSecondFeed(ETH, second, HOUR, 200);
      expect(await slotsRead(stranger, to, data)).to.equal(2);
      await oracle.removeSecondFeed(ETH);
      expect(await slotsRead(stranger, to, data)).to.equal(1);
    });
  });

  describe("observe", () => {
    it("tells what each says by itself", async () => {
      const fixture = await loadFixture(deploy);
      await hear(fixture, { price: "2000", age: 2 * HOUR + 1 }, { price: "1500", age: 40 * MINUTE + 1 });
      const now = await time.latest();
      const { primary, secondary } = await fixture.oracle.observe(ETH);
      expect(primary).to.deep.equal([wad("2000"), BigInt(now - 2 * HOUR - 1), Status.Unusable]);
      expect(secondary).to.deep.equal([wad("1500"), BigInt(now - 40 * MINUTE - 1), Status.Aged]);
    });

    it("has nothing to tell where there is none", async () => {
      const { oracle } = await loadFixture(deployAlone);
      const nothing = [0n, 0n, Status.Unusable];
      expect((await oracle.observe(ETH)).secondary).to.deep.equal(nothing);
      expect(await oracle.observe(UNKNOWN)).to.deep.equal([nothing, nothing]);
    });
  });

  describe("setSecondFeed", () => {
    it("gives a second source, replaces it, and tells what was before", async () => {
      const { oracle, second } = await loadFixture(deployAlone);
      expect(await oracle.secondFeedOf(ETH)).to.deep.equal(NONE);
      const first = [await second.getAddress(), 18n, BigInt(HOUR), 200n];
      await expect(oracle.setSecondFeed(ETH, second, HOUR, 200))
        .to.emit(oracle, "SecondFeedChanged")
        .withArgs(ETH, NONE, first, "ETH / USD, again");
      expect(await oracle.secondFeedOf(ETH)).to.deep.equal(first);
      const other = await deployFeed(2_010, "ETH / USD, a third time");
      const next = [await other.getAddress(), 8n, BigInt(DAY), 50n];
      await expect(oracle.setSecondFeed(ETH, other, DAY, 50))
        .to.emit(oracle, "SecondFeedChanged")
        .withArgs(ETH, first, next, "ETH / USD, a third time");
      expect(await oracle.secondFeedOf(ETH)).to.deep.equal(next);
      expect((await oracle.read(ETH)).confidence).to.equal(wad("0.005"));
    });

    it("leaves the primary as it is", async () => {
      const { oracle, primary } = await loadFixture(deploy);
      const expected = [await primary.getAddress(), 8n, BigInt(HOUR), 25n, toAnswer(2_000)];
      expect(await oracle.feedOf(ETH)).to.deep.equal(expected);
    });

    it("refuses an underlying without a primary source", async () => {
      const { oracle, second } = await loadFixture(deployAlone);
      await expect(oracle.setSecondFeed(UNKNOWN, second, HOUR, 200))
        .to.be.revertedWithCustomError(oracle, "PriceOracle_NotRegistered")
        .withArgs(UNKNOWN);
    });

    it("refuses the primary itself, and as primary the second", async () => {
      const { oracle, primary, second } = await loadFixture(deploy);
      await expect(oracle.setSecondFeed(ETH, primary, HOUR, 200))
        .to.be.revertedWithCustomError(oracle, "PriceOracle_AlreadyRegistered")
        .withArgs(ETH, primary);
      await expect(oracle.replaceFeed(ETH, second, HOUR, 25))
        .to.be.revertedWithCustomError(oracle, "PriceOracle_AlreadyRegistered")
        .withArgs(ETH, second);
    });

    it("refuses an address without code", async () => {
      const { oracle, stranger } = await loadFixture(deployAlone);
      for (const aggregator of [ethers.ZeroAddress, stranger.address]) {
        await expect(oracle.setSecondFeed(ETH, aggregator, HOUR, 200))
          .to.be.revertedWithCustomError(oracle, "PriceOracle_NotAContract")
          .withArgs(aggregator);
      }
    });

    const bounds: [string, number, number, number, number, number][] = [
      ["heartbeat", 59, 200, 59, 60, 86_400],
      ["heartbeat", DAY + 1, 200, 86_401, 60, 86_400],
      ["maxDeviationBps", HOUR, 49, 49, 50, 250],
      ["maxDeviationBps", HOUR, 251, 251, 50, 250],
    ];
    for (const [parameter, heartbeat, maxDeviationBps, value, lower, upper] of bounds) {
      it(`refuses ${parameter} ${value.toString()}`, async () => {
        const { oracle, second } = await loadFixture(deployAlone);
        await expect(oracle.setSecondFeed(ETH, second, heartbeat, maxDeviationBps))
          .to.be.revertedWithCustomError(oracle, "PriceOracle_ParameterOutOfBounds")
          .withArgs(name32(parameter), value, lower, upper);
      });
    }

    for (const decimals of [0, 19]) {
      it(`refuses ${decimals.toString()} decimals`, async () => {
        const { oracle } = await loadFixture(deployAlone);
        const odd = await ethers.deployContract("MockAggregator", [decimals, 2_000, "x"]);
        await expect(oracle.setSecondFeed(ETH, odd, HOUR, 200))
          .to.be.revertedWithCustomError(oracle, "PriceOracle_ParameterOutOfBounds")
          .withArgs(name32("decimals"), decimals, 1, 18);
      });
    }

    it("refuses one that is late, or out of the primary's bounds", async () => {
      const { oracle, second } = await loadFixture(deployAlone);
      const now = (await time.latest()) + 10;
      const updatedAt = now - HOUR - 10 * MINUTE - 1;
      await at(now, [() => second.updateRoundData(2, wad("2000"), updatedAt, updatedAt)]);
      await expect(oracle.setSecondFeed(ETH, second, HOUR, 200))
        .to.be.revertedWithCustomError(oracle, "PriceOracle_FeedNotFresh")
        .withArgs(second, wad("2000"), updatedAt);
      await second.updateAnswer(wad("199"));
      await expect(oracle.setSecondFeed(ETH, second, HOUR, 200))
        .to.be.revertedWithCustomError(oracle, "PriceOracle_FeedNotFresh")
        .withArgs(second, 0, 0);
    });

    it("refuses one that contradicts a fresh primary, as another asset's or wrong decimals do", async () => {
      const { oracle, second } = await loadFixture(deployAlone);
      await second.updateAnswer(wad("2040") + 1n);
      await expect(oracle.setSecondFeed(ETH, second, HOUR, 200))
        .to.be.revertedWithCustomError(oracle, "PriceOracle_SourcesDisagree")
        .withArgs(second, wad("2040") + 1n, wad("2000"), 200);
      await second.updateAnswer(wad("2040"));
      await oracle.setSecondFeed(ETH, second, HOUR, 200);
    });

    it("takes it at its word where the primary is not fresh", async () => {
      const { oracle, primary, second } = await loadFixture(deployAlone);
      await second.updateAnswer(wad("1500"));
      await primary.updateAnswer(0);
      await oracle.setSecondFeed(ETH, second, HOUR, 200);
      expect((await oracle.read(ETH)).price).to.equal(wad("1500"));
    });
  });

  describe("replaceFeed", () => {
    it("keeps the second source", async () => {
      const { oracle } = await loadFixture(deploy);
      await oracle.replaceFeed(ETH, await deployFeed(2_010), HOUR, 25);
      expect((await oracle.read(ETH)).confidence).to.equal((10n * WAD) / 2_010n + 1n);
    });

    it("refuses a primary that contradicts a usable second source", async () => {
      const { oracle, second } = await loadFixture(deploy);
      const other = await deployFeed(1_900);
      await expect(oracle.replaceFeed(ETH, other, HOUR, 25))
        .to.be.revertedWithCustomError(oracle, "PriceOracle_SourcesDisagree")
        .withArgs(other, wad("1900"), wad("2000"), 200);
      await second.updateAnswer(0);
      await oracle.replaceFeed(ETH, other, HOUR, 25);
      expect((await oracle.read(ETH)).price).to.equal(wad("1900"));
    });
  });

  describe("setReferencePrice", () => {
    it("moves the bounds of both", async () => {
      const fixture = await loadFixture(deploy);
      const { oracle } = fixture;
      expect((await hear(fixture, { price: "0" }, { price: "150" })).status).to.equal(Status.Unusable);
      await oracle.setReferencePrice(ETH, wad("1000"));
      expect((await hear(fixture, { price: "0" }, { price: "150" })).price).to.equal(wad("150"));
    });
  });

  describe("removeSecondFeed", () => {
    it("leaves the primary alone, and tells what was before", async () => {
      const { oracle, second } = await loadFixture(deploy);
      await second.updateAnswer(wad("1500"));
      expect((await oracle.read(ETH)).status).to.equal(Status.Aged);
      await expect(oracle.removeSecondFeed(ETH))
        .to.emit(oracle, "SecondFeedChanged")
        .withArgs(ETH, [await second.getAddress(), 18n, BigInt(HOUR / 2), 200n], NONE, "");
      expect(await oracle.secondFeedOf(ETH)).to.deep.equal(NONE);
      const { confidence, status } = await oracle.read(ETH);
      expect([confidence, status]).to.deep.equal([THRESHOLD, Status.Fresh]);
    });

    it("refuses where there is none", async () => {
      const { oracle } = await loadFixture(deployAlone);
      await expect(oracle.removeSecondFeed(ETH))
        .to.be.revertedWithCustomError(oracle, "PriceOracle_NoSecondFeed")
        .withArgs(ETH);
    });
  });
});
