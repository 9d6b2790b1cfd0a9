import { loadFixture, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ethers } from "hardhat";

import { PlimsollInputError, SettlementBasis } from "../../../sdk";
import type { MockRounds } from "../../../typechain-types";
import { refused } from "../../support/refusal";
import {
  DAY,
  HOUR,
  MINUTE,
  deployAuthority,
  deployFeed,
  deployPriceOracle,
  name32,
  toAnswer,
  wad,
} from "../oracle/support";
import { type Deployed, ETH, MOODS, beginPhase, deploySettlement, idOf, mood, prove } from "./settlement";

const PHASE = 3;
const id = (round: number): bigint => idOf(PHASE, round);
const ids = (...rounds: number[]): bigint[] => rounds.map(id);

interface Settling extends Deployed {
  expiry: number;
  aggregator: MockRounds;
}

/** An expiry ten minutes ago, and rounds at minutes before it, with their prices in USD. */
async function settling(...samples: [minutesBefore: number, price: number][]): Promise<Settling> {
  const deployed = await loadFixture(deploySettlement);
  const expiry = (await time.latest()) - 10 * MINUTE;
  const rounds = samples.map(([before, price]) => [expiry - before * MINUTE, toAnswer(price)] as const);
  return { ...deployed, expiry, aggregator: await beginPhase(deployed.feed, PHASE, rounds) };
}

/** One in force at the start, two within the window, one after it. */
const usual = (): Promise<Settling> => settling([100, 1_000], [70, 2_000], [45, 2_040], [15, 1_960], [-5, 3_000]);

describe("ExpirySettlement", () => {
  describe("settles", () => {
    it("at the average of the hour, each round weighted by how long it was in force", async () => {
      const { settlement, expiry, feed } = await usual();
      // 15 minutes at 2,000, 30 at 2,040, 15 at 1,960.
      const price = wad("2010");
      expect(await settlement.settle.staticCall(ETH, expiry, ids(2, 3, 4))).to.equal(price);
      expect(await settlement.price(ETH, expiry)).to.deep.equal([0n, false]);
      await expect(settlement.settle(ETH, expiry, ids(2, 3, 4)))
        .to.emit(settlement, "Settled")
        .withArgs(ETH, expiry, price, SettlementBasis.Window, await feed.getAddress(), ids(2, 3, 4));
      expect(await settlement.price(ETH, expiry)).to.deep.equal([price, true]);
      const { settledAt, basis } = await settlement.settlementOf(ETH, expiry);
      expect([settledAt, basis]).to.deep.equal([BigInt(await time.latest()), SettlementBasis.Window]);
      await refused(
        settlement.settle(ETH, expiry, ids(2, 3, 4)),
        "ExpirySettlement_AlreadySettled",
        ETH,
        expiry,
        price,
      );
    });

    it("by a single round, whether another has followed since or not", async () => {
      for (const later of [[], [[-1, 9_000]]] as [number, number][][]) {
        const { settlement, expiry } = await settling([61, 2_000], ...later);
        expect(await settlement.settle.staticCall(ETH, expiry, ids(1))).to.equal(wad("2000"));
      }
    });

    it("with rounds on the very seconds of start and expiry", async () => {
      const { settlement, expiry } = await settling([90, 1_000], [60, 2_000], [30, 2_100], [0, 5_000], [-1, 6_000]);
      expect(await settlement.settle.staticCall(ETH, expiry, ids(2, 3, 4))).to.equal(wad("2050"));
      await refused(
        settlement.settle(ETH, expiry, ids(1, 2, 3, 4)),
        "ExpirySettlement_FirstRoundTooEarly",
        id(1),
        id(2),
        expiry - HOUR,
        expiry - HOUR,
      );
    });

    it("with rounds of the same second, of which the last is in force", async () => {
      const { settlement, expiry } = await settling([60, 1], [60, 2_000], [30, 90_000], [30, 2_100], [30, 2_200]);
      expect(await settlement.settle.staticCall(ETH, expiry, ids(2, 3, 4, 5))).to.equal(wad("2100"));
    });

    it("rounded down, to the wei", async () => {
      const { settlement, expiry, aggregator } = await settling([61, 2_000]);
      await aggregator.add([{ answer: toAnswer(2_000) + 1n, timestamp: expiry - 1 }]);
      const { price, rounds } = await prove({ settlement } as Deployed, expiry);
      expect(price).to.equal(wad("2000") + 10n ** 10n / 3_600n);
      const given = rounds.map((round) => round.id);
      expect(await settlement.settle.staticCall(ETH, expiry, given)).to.equal(price);
    });

    it("feeds without phases", async () => {
      const [admin] = await ethers.getSigners();
      const authority = await deployAuthority(admin!);
      const feed = await deployFeed(2_000);
      const oracle = await deployPriceOracle(authority, [feed]);
      const settlement = await ethers.deployContract("ExpirySettlement", [authority, oracle, DAY]);
      const first = await time.latest();
      const expiry = first + 2 * HOUR;
      await time.setNextBlockTimestamp(expiry - 30 * MINUTE);
      await feed.updateAnswer(toAnswer(2_100));
      await time.setNextBlockTimestamp(expiry + 30 * MINUTE);
      await feed.updateAnswer(toAnswer(5_000));
      await refused(settlement.settle(ETH, expiry, [1n]), "ExpirySettlement_MissingRound", 2n, expiry - 30 * MINUTE);
      const { rounds } = await prove({ settlement } as Deployed, expiry);
      expect(rounds.map((round) => round.id)).to.deep.equal([1n, 2n]);
      expect(await settlement.settle.staticCall(ETH, expiry, [1n, 2n])).to.equal(wad("2050"));
    });
  });

  describe("refuses", () => {
    it("before a minute after the expiry", async () => {
      const { settlement, aggregator } = await usual();
      const expiry = (await time.latest()) + HOUR;
      await time.setNextBlockTimestamp(expiry - 2);
      await aggregator.add([{ answer: toAnswer(2_000), timestamp: expiry - HOUR }]);
      for (const now of [expiry, expiry + MINUTE - 1]) {
        await time.setNextBlockTimestamp(now);
        await refused(settlement.settle(ETH, expiry, ids(6)), "ExpirySettlement_TooEarly", expiry + MINUTE, now);
      }
      await time.setNextBlockTimestamp(expiry + MINUTE);
      await settlement.settle(ETH, expiry, ids(6));
    });

    it("an underlying without a feed, and a list without rounds", async () => {
      const { settlement, expiry } = await usual();
      await refused(settlement.settle(7, expiry, ids(2)), "ExpirySettlement_NoFeed", 7);
      await refused(settlement.settle(ETH, expiry, []), "ExpirySettlement_NoRounds");
      await refused(settlement.finalise(ETH, expiry - DAY, []), "ExpirySettlement_NoRounds");
    });

    it("a first round after the start, or one that was followed before it", async () => {
      const { settlement, expiry } = await usual();
      const start = expiry - HOUR;
      await refused(
        settlement.settle(ETH, expiry, ids(3, 4)),
        "ExpirySettlement_FirstRoundTooLate",
        id(3),
        expiry - 45 * MINUTE,
        start,
      );
      await refused(
        settlement.settle(ETH, expiry, ids(1, 2, 3, 4)),
        "ExpirySettlement_FirstRoundTooEarly",
        id(1),
        id(2),
        expiry - 70 * MINUTE,
        start,
      );
    });

    it("rounds left out, added, doubled or exchanged", async () => {
      const { settlement, expiry } = await usual();
      const settle = async (...rounds: bigint[]): Promise<unknown> => settlement.settle(ETH, expiry, rounds);
      await refused(settle(...ids(2, 4)), "ExpirySettlement_WrongRound", 1, id(4), id(3));
      await refused(settle(...ids(2, 2, 3, 4)), "ExpirySettlement_WrongRound", 1, id(2), id(3));
      await refused(settle(id(2), id(3), idOf(1, 4)), "ExpirySettlement_WrongRound", 2, idOf(1, 4), id(4));
      await refused(settle(...ids(2)), "ExpirySettlement_MissingRound", id(3), expiry - 45 * MINUTE);
      await refused(settle(...ids(2, 3)), "ExpirySettlement_MissingRound", id(4), expiry - 15 * MINUTE);
      await refused(settle(...ids(2, 3, 4, 5)), "ExpirySettlement_RoundBeyondWindow", 3, id(5));
      await refused(settle(...ids(2, 3, 4, 4)), "ExpirySettlement_RoundBeyondWindow", 3, id(4));
    });

    it("rounds there are not", async () => {
      const { settlement, expiry } = await usual();
      for (const missing of [id(0), id(6), idOf(4, 1), 2n]) {
        await refused(settlement.settle(ETH, expiry, [missing]), "ExpirySettlement_RoundUnavailable", missing);
      }
    });

    it("answers out of bounds, whatever they are", async () => {
      for (const price of [199.99, 20_000.01, 0, -2_000, 2e30]) {
        const { settlement, expiry } = await settling([61, 2_000], [20, price], [10, 2_000]);
        const found = price > 0 && price < 1e10 ? wad(price.toString()) : 0n;
        const bounds = [wad("200"), wad("20000")];
        const sent = settlement.settle(ETH, expiry, ids(1, 2, 3));
        await refused(sent, "ExpirySettlement_AnswerOutOfBounds", id(2), found, ...bounds);
      }
      const { settlement, expiry } = await settling([61, 200], [20, 20_000]);
      await settlement.settle(ETH, expiry, ids(1, 2));
    });

    it("an answer that is in force for longer than it is usable", async () => {
      const { settlement, expiry } = await settling([135, 2_000], [14, 2_000]);
      const [usableUntil, until] = [expiry - 15 * MINUTE, expiry - 14 * MINUTE];
      const sent = settlement.settle(ETH, expiry, ids(1, 2));
      await refused(sent, "ExpirySettlement_RoundStale", id(1), usableUntil, until);
      const last = await settling([121, 2_000]);
      await refused(
        last.settlement.settle(ETH, last.expiry, ids(1)),
        "ExpirySettlement_RoundStale",
        id(1),
        last.expiry - MINUTE,
        last.expiry,
      );
      const inTime = await settling([120, 2_000]);
      await inTime.settlement.settle(ETH, inTime.expiry, ids(1));
    });

    it("rounds that go back in time, or come from the future", async () => {
      const { settlement, expiry } = await settling([61, 2_000], [20, 2_000], [30, 2_000]);
      await refused(
        settlement.settle(ETH, expiry, ids(1, 2, 3)),
        "ExpirySettlement_RoundsNotInOrder",
        id(3),
        expiry - 30 * MINUTE,
        expiry - 20 * MINUTE,
      );
      const future = await settling([61, 2_000], [-120, 2_000]);
      await refused(
        future.settlement.settle(ETH, future.expiry, ids(1)),
        "ExpirySettlement_RoundFromFuture",
        id(2),
        future.expiry + 2 * HOUR,
      );
    });
  });

  describe("a feed that fails", () => {
    const failing = MOODS.filter((name) => !["Sound", "Hungry", "RevertNoData"].includes(name));

    for (const name of failing) {
      it(`refuses both ways of settling, within bounded gas: ${name}`, async () => {
        const { settlement, expiry, aggregator } = await usual();
        await time.increaseTo(expiry + DAY);
        const both = async (error: "RoundUnavailable" | "FeedFailed", value: unknown): Promise<void> => {
          for (const way of [settlement.settle, settlement.finalise]) {
            await refused(way(ETH, expiry, ids(2, 3, 4), { gasLimit: 3_000_000 }), `ExpirySettlement_${error}`, value);
          }
        };
        // The first round, one within, and the first after, which is asked for to know that it is after.
        for (const round of [2, 3, 5]) {
          await aggregator.setMood(round, mood(name));
          await both("RoundUnavailable", id(round));
          await aggregator.setMood(round, mood("Sound"));
        }
        if (name === "OtherId") return;
        await aggregator.setMood(0, mood(name));
        await both("FeedFailed", (await settlement.terms(ETH)).feed);
      });
    }

    it("is not believed that it has no round where a later one is its latest", async () => {
      const { settlement, expiry, aggregator } = await usual();
      await aggregator.setMood(5, mood("RevertNoData"));
      await refused(settlement.settle(ETH, expiry, ids(2, 3, 4)), "ExpirySettlement_RoundUnavailable", id(5));
      const hole = await settling([61, 2_000]);
      const later = { answer: toAnswer(2_000), timestamp: hole.expiry - MINUTE };
      await hole.aggregator.add([{ answer: 0, timestamp: 0 }, later]);
      await refused(hole.settlement.settle(ETH, hole.expiry, ids(1)), "ExpirySettlement_RoundUnavailable", id(2));
    });

    it("is named to whoever proves by the sdk", async () => {
      const deployed = await usual();
      const { expiry, feed, aggregator } = deployed;
      const address = await feed.getAddress();
      const sentences = [
        ["RevertOther", `The feed ${address} fails when asked for round ${id(3)}.`],
        ["ReturnShort", `The feed ${address} fails when asked for round ${id(3)}.`],
        ["RevertNoData", `The feed does not tell round ${id(3)}, which it must have.`],
      ] as const;
      for (const [name, sentence] of sentences) {
        await aggregator.setMood(3, mood(name));
        await expect(prove(deployed, expiry)).to.be.rejectedWith(PlimsollInputError, sentence);
      }
      await ethers.provider.send("hardhat_setCode", [address, "0x"]);
      const sent = prove(deployed, expiry);
      await expect(sent).to.be.rejectedWith(PlimsollInputError, `The feed ${address} does not answer as a feed.`);
    });

    it("has its code gone", async () => {
      const { settlement, expiry, feed } = await usual();
      await ethers.provider.send("hardhat_setCode", [await feed.getAddress(), "0x"]);
      await refused(settlement.settle(ETH, expiry, ids(2)), "ExpirySettlement_FeedFailed", await feed.getAddress());
    });

    it("cannot be feigned by giving it too little gas", async () => {
      const { settlement, expiry, aggregator } = await usual();
      for (const round of [0, 3, 5]) await aggregator.setMood(round, mood("Hungry"));
      await time.increaseTo(expiry + DAY);
      const outcomes = new Set<unknown>();
      for (let gasLimit = 100_000; gasLimit < 1_000_000; gasLimit += 19_997) {
        for (const way of [settlement.settle, settlement.finalise]) {
          outcomes.add(await way.staticCall(ETH, expiry, ids(2, 3, 4), { gasLimit }).catch(() => "refused"));
        }
      }
      expect(outcomes).to.deep.equal(new Set(["refused", wad("2010")]));
    });

    it("says when that may be for want of gas", async () => {
      const { settlement, expiry, aggregator } = await usual();
      await aggregator.setMood(3, mood("BurnGas"));
      const needed = Math.floor((200_000 * 64) / 63) + 3_000;
      const sent = settlement.settle(ETH, expiry, ids(2, 3, 4), { gasLimit: 240_000 });
      await refused(sent, "PriceOracle_InsufficientGas", (available: bigint) => available < needed, needed);
    });
  });

  describe("its time-out", () => {
    it("is governed within bounds", async () => {
      const { settlement, stranger } = await usual();
      expect(await settlement.timeOut()).to.equal(DAY);
      await expect(settlement.setTimeOut(6 * HOUR))
        .to.emit(settlement, "TimeOutChanged")
        .withArgs(DAY, 6 * HOUR);
      await settlement.setTimeOut(7 * DAY);
      for (const wrong of [6 * HOUR - 1, 7 * DAY + 1]) {
        const values = [name32("timeOut"), wrong, 6 * HOUR, 7 * DAY];
        await refused(settlement.setTimeOut(wrong), "ExpirySettlement_ParameterOutOfBounds", ...values);
      }
      await expect(settlement.connect(stranger).setTimeOut(DAY)).to.be.revertedWithCustomError(
        settlement,
        "AccessManagedUnauthorized",
      );
      expect(await settlement.window(10 * DAY)).to.deep.equal([
        BigInt(10 * DAY - HOUR),
        BigInt(10 * DAY + MINUTE),
        BigInt(17 * DAY),
      ]);
    });

    it("tells provers the terms, and that there are none", async () => {
      const { settlement, oracle, feed } = await usual();
      const terms = [await feed.getAddress(), 10n ** 10n, wad("200"), wad("20000"), BigInt(2 * HOUR)];
      expect(await settlement.terms(ETH)).to.deep.equal(terms);
      // As long as a price of that heartbeat is not Unusable: a grace at least.
      await oracle.replaceFeed(ETH, feed, 5 * MINUTE, 25);
      expect((await settlement.terms(ETH)).usableFor).to.equal(15 * MINUTE);
      expect(await settlement.terms(9)).to.deep.equal([ethers.ZeroAddress, 0n, 0n, 0n, 0n]);
    });

    it("leaves expiries of the first hour ever without a window", async () => {
      const { settlement, expiry } = await usual();
      const sent = settlement.settle(ETH, 5, ids(2));
      await refused(sent, "ExpirySettlement_FirstRoundTooLate", id(2), expiry - 70 * MINUTE, 0);
    });
  });
});
