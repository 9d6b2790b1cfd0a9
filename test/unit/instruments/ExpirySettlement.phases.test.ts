import { loadFixture, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";

import { SettlementBasis } from "../../../sdk";
import type { MockRounds } from "../../../typechain-types";
import { refused } from "../../support/refusal";
import { DAY, HOUR, MINUTE, toAnswer, wad } from "../oracle/support";
import { type Deployed, ETH, type Sample, beginPhase, deploySettlement, idOf, mood, prove } from "./settlement";

interface Phased extends Deployed {
  expiry: number;
  start: number;
  /** By phase, from 2 on. */
  aggregators: MockRounds[];
}

type Minutes = readonly [minutesBefore: number, price: number];

/** An expiry ten minutes ago, and phases 2, 3, ... with rounds at minutes before it. */
async function phases(...all: (readonly Minutes[])[]): Promise<Phased> {
  const deployed = await loadFixture(deploySettlement);
  const expiry = (await time.latest()) - 10 * MINUTE;
  const aggregators: MockRounds[] = [];
  for (const [i, samples] of all.entries()) {
    aggregators.push(await beginPhase(deployed.feed, i + 2, at(expiry, samples)));
  }
  return { ...deployed, expiry, start: expiry - HOUR, aggregators };
}

function at(expiry: number, samples: readonly Minutes[]): Sample[] {
  return samples.map(([before, price]) => [expiry - before * MINUTE, toAnswer(price)]);
}

/** The proof that the sdk finds must be the rounds given, and settle at the price. */
async function expectProof(deployed: Phased, rounds: bigint[], price: string): Promise<void> {
  const proof = await prove(deployed, deployed.expiry);
  expect(proof.rounds.map(({ id }) => id)).to.deep.equal(rounds);
  expect(proof.price).to.equal(wad(price));
  expect(await deployed.settlement.settle.staticCall(ETH, deployed.expiry, rounds)).to.equal(proof.price);
}

const before = [100, 1_500] as const;

describe("ExpirySettlement across phases", () => {
  it("goes from the last round of the old phase to the first of the new", async () => {
    const deployed = await phases(
      [before, [65, 2_000], [40, 2_100]],
      [
        [20, 2_200],
        [5, 2_300],
        [-5, 9_000],
      ],
    );
    const rounds = [idOf(2, 2), idOf(2, 3), idOf(3, 1), idOf(3, 2)];
    // 20 minutes, 20, 15 and 5.
    await expectProof(deployed, rounds, "2108.333333333333333333");
    const { settlement, expiry } = deployed;
    const settle = async (...given: bigint[]): Promise<unknown> => settlement.settle(ETH, expiry, given);
    await refused(settle(rounds[0]!, idOf(3, 1), idOf(3, 2)), "ExpirySettlement_WrongRound", 1, idOf(3, 1), idOf(2, 3));
    await refused(settle(...rounds.slice(0, 2)), "ExpirySettlement_MissingRound", idOf(3, 1), expiry - 20 * MINUTE);
    await refused(settle(...rounds.slice(0, 2), idOf(3, 2)), "ExpirySettlement_WrongRound", 2, idOf(3, 2), idOf(3, 1));
  });

  it("ignores what the old phase goes on to say", async () => {
    const old: Minutes[] = [before, [65, 2_000], [40, 2_100], [19, 7_000], [2, 8_000], [-3, 9_000]];
    const deployed = await phases(old, [[20, 2_200]]);
    await expectProof(deployed, [idOf(2, 2), idOf(2, 3), idOf(3, 1)], "2100");
    const { settlement, expiry } = deployed;
    await refused(
      settlement.settle(ETH, expiry, [idOf(2, 2), idOf(2, 3), idOf(2, 4), idOf(2, 5)]),
      "ExpirySettlement_WrongRound",
      2,
      idOf(2, 4),
      idOf(3, 1),
    );
  });

  it("gives a second that both phases have to the new one", async () => {
    const deployed = await phases([before, [65, 2_000], [20, 7_000]], [[20, 2_300]]);
    await expectProof(deployed, [idOf(2, 2), idOf(3, 1)], "2100");
  });

  it("counts the history that a new phase brings with it", async () => {
    const deployed = await phases(
      [before, [65, 7_000], [30, 8_000]],
      [
        [200, 1],
        [62, 2_000],
        [30, 2_100],
      ],
    );
    await expectProof(deployed, [idOf(3, 2), idOf(3, 3)], "2050");
    const { settlement, expiry, start } = deployed;
    await refused(
      settlement.settle(ETH, expiry, [idOf(2, 2), idOf(2, 3)]),
      "ExpirySettlement_FirstRoundTooEarly",
      idOf(2, 2),
      idOf(3, 1),
      expiry - 200 * MINUTE,
      start,
    );
  });

  it("that began after the expiry, or on the start, needs no special proof", async () => {
    await expectProof(
      await phases([before, [65, 2_000], [30, 2_100]], [[-1, 9_000]]),
      [idOf(2, 2), idOf(2, 3)],
      "2050",
    );
    await expectProof(await phases([before], [[60, 2_000]]), [idOf(3, 1)], "2000");
  });

  it("leaves out a phase that never was in force", async () => {
    const deployed = await phases([before, [65, 2_000]], [[10, 7_000]], [[30, 2_100]]);
    await expectProof(deployed, [idOf(2, 2), idOf(4, 1)], "2050");
    const { settlement, expiry } = deployed;
    await refused(
      settlement.settle(ETH, expiry, [idOf(2, 2), idOf(3, 1)]),
      "ExpirySettlement_WrongRound",
      1,
      idOf(3, 1),
      idOf(4, 1),
    );
  });

  it("has the newest of phases that began in one second", async () => {
    const deployed = await phases([before, [65, 2_000]], [[30, 7_000]], [[30, 2_100]]);
    await expectProof(deployed, [idOf(2, 2), idOf(4, 1)], "2050");
  });

  it("goes through several phases, each with its rounds", async () => {
    const deployed = await phases(
      [before, [65, 2_000]],
      [
        [45, 2_040],
        [31, 2_080],
      ],
      [
        [30, 2_000],
        [-1, 1],
      ],
    );
    // 15 minutes, 14, 1 and 30.
    await expectProof(deployed, [idOf(2, 2), idOf(3, 1), idOf(3, 2), idOf(4, 1)], "2010.666666666666666666");
  });

  it("returns to an aggregator that was replaced, with all its rounds", async () => {
    const deployed = await phases(
      [before, [65, 2_000], [30, 2_100]],
      [
        [90, 7_000],
        [40, 8_000],
      ],
    );
    await deployed.feed.begin(4, deployed.aggregators[0]!);
    await expectProof(deployed, [idOf(4, 2), idOf(4, 3)], "2050");
  });

  describe("believes that the old phase had no later round", () => {
    const rounds = [idOf(2, 2), idOf(3, 1)];

    for (const name of ["Sound", "RevertNoData"] as const) {
      it(`where it says so: ${name}`, async () => {
        const deployed = await phases([before, [65, 2_000]], [[30, 2_100]]);
        await deployed.aggregators[0]!.setMissing(mood(name));
        await expectProof(deployed, rounds, "2050");
      });
    }

    for (const name of ["RevertOther", "RevertHuge", "BurnGas", "ReturnNothing", "ReturnShort"] as const) {
      it(`and not where it only fails to tell: ${name}`, async () => {
        const { settlement, expiry, aggregators } = await phases([before, [65, 2_000]], [[30, 2_100]]);
        await aggregators[0]!.setMissing(mood(name));
        const sent = settlement.settle(ETH, expiry, rounds, { gasLimit: 3_000_000 });
        await refused(sent, "ExpirySettlement_RoundUnavailable", idOf(2, 3));
      });
    }

    it("and not where it has an answer without a time", async () => {
      const { settlement, expiry, aggregators } = await phases([before, [65, 2_000], [40, 7_000]], [[30, 2_100]]);
      await aggregators[0]!.setMood(3, mood("AnswerWithoutTime"));
      await refused(settlement.settle(ETH, expiry, rounds), "ExpirySettlement_RoundUnavailable", idOf(2, 3));
    });

    it("and refuses where a later phase does not tell when it began", async () => {
      const { settlement, expiry, aggregators } = await phases([before, [65, 2_000]], [[20, 2_100]], [[30, 2_200]]);
      await aggregators[1]!.setMood(1, mood("RevertNoData"));
      const sent = settlement.settle(ETH, expiry, [idOf(2, 2), idOf(4, 1)]);
      await refused(sent, "ExpirySettlement_RoundUnavailable", idOf(3, 1));
    });
  });

  describe("finalises", () => {
    const OUT = 90_000;

    /** What the sdk proves must be what the contract finds. */
    async function expectFinal(
      deployed: Phased,
      rounds: bigint[],
      price: string,
      basis: (typeof SettlementBasis)[keyof typeof SettlementBasis],
    ): Promise<void> {
      const { settlement, expiry, feed } = deployed;
      await time.increaseTo(expiry + DAY);
      const proof = await prove(deployed, expiry);
      expect(proof.rounds.map(({ id }) => id)).to.deep.equal(rounds);
      expect([proof.price, proof.basis]).to.deep.equal([wad(price), basis]);
      await expect(settlement.finalise(ETH, expiry, rounds))
        .to.emit(settlement, "Settled")
        .withArgs(ETH, expiry, wad(price), basis, await feed.getAddress(), rounds);
      expect(await settlement.price(ETH, expiry)).to.deep.equal([wad(price), true]);
      for (const way of [settlement.settle, settlement.finalise]) {
        await refused(way(ETH, expiry, rounds), "ExpirySettlement_AlreadySettled", ETH, expiry, wad(price));
      }
    }

    it("not before the time-out", async () => {
      const { settlement, expiry } = await phases([[61, 2_000]]);
      await time.setNextBlockTimestamp(expiry + DAY - 1);
      const sent = settlement.finalise(ETH, expiry, [idOf(2, 1)]);
      await refused(sent, "ExpirySettlement_TooEarly", expiry + DAY, expiry + DAY - 1);
    });

    it("at the same price where the window is fit, so that waiting for it gains nothing", async () => {
      const deployed = await phases([before, [65, 2_000]], [[30, 2_100]]);
      await expectFinal(deployed, [idOf(2, 2), idOf(3, 1)], "2050", SettlementBasis.Window);
    });

    it("at the average of what was in bounds", async () => {
      const deployed = await phases([
        [61, 2_000],
        [40, OUT],
        [10, 2_300],
      ]);
      // 20 minutes and 10.
      await expectFinal(
        deployed,
        [1, 2, 3].map((n) => idOf(2, n)),
        "2100",
        SettlementBasis.UsablePart,
      );
    });

    it("at the average of what was not stale", async () => {
      const deployed = await phases([
        [150, 2_000],
        [15, 2_300],
      ]);
      // 30 minutes and 15.
      await expectFinal(deployed, [idOf(2, 1), idOf(2, 2)], "2100", SettlementBasis.UsablePart);
    });

    it("at the first usable round after the expiry where nothing within was usable", async () => {
      const samples: Minutes[] = [
        [400, 2_000],
        [30, OUT],
        [-1, 0],
        [-2, 2_100],
        [-3, 5_000],
      ];
      const deployed = await phases(samples.slice(0, 3), samples.slice(3));
      const rounds = [idOf(2, 1), idOf(2, 2), idOf(2, 3), idOf(3, 1)];
      const { settlement, expiry } = deployed;
      await time.increaseTo(expiry + DAY);
      const finalise = async (...given: bigint[]): Promise<unknown> => settlement.finalise(ETH, expiry, given);
      await refused(finalise(...rounds.slice(0, 3)), "ExpirySettlement_MissingRound", idOf(3, 1), expiry + 2 * MINUTE);
      await refused(finalise(...rounds, idOf(3, 2)), "ExpirySettlement_RoundBeyondWindow", 4, idOf(3, 2));
      await refused(
        finalise(...rounds.slice(0, 2), idOf(3, 2)),
        "ExpirySettlement_WrongRound",
        2,
        idOf(3, 2),
        idOf(2, 3),
      );
      await refused(
        settlement.settle(ETH, expiry, rounds.slice(0, 2)),
        "ExpirySettlement_RoundStale",
        idOf(2, 1),
        expiry - 280 * MINUTE,
        expiry - 30 * MINUTE,
      );
      await expectFinal(deployed, rounds, "2100", SettlementBasis.AfterWindow);
    });

    it("not while no round is usable", async () => {
      const deployed = await phases([
        [400, 2_000],
        [-1, OUT],
      ]);
      await time.increaseTo(deployed.expiry + DAY);
      await refused(
        deployed.settlement.finalise(ETH, deployed.expiry, [idOf(2, 1), idOf(2, 2)]),
        "ExpirySettlement_NoUsableRound",
        idOf(2, 2),
      );
      await expect(prove(deployed, deployed.expiry)).to.be.rejectedWith("wait until it has one, and prove again");
    });

    it("with the checks of settling: no choice of where to begin or end", async () => {
      const { settlement, expiry, start } = await phases([before, [61, 2_000], [40, OUT], [10, 2_300]]);
      await time.increaseTo(expiry + DAY);
      const id = (n: number): bigint => idOf(2, n);
      const finalise = async (...given: number[]): Promise<unknown> => settlement.finalise(ETH, expiry, given.map(id));
      await refused(finalise(4), "ExpirySettlement_FirstRoundTooLate", id(4), expiry - 10 * MINUTE, start);
      await refused(
        finalise(1, 2, 3, 4),
        "ExpirySettlement_FirstRoundTooEarly",
        id(1),
        id(2),
        expiry - 61 * MINUTE,
        start,
      );
      await refused(finalise(2, 4), "ExpirySettlement_WrongRound", 1, id(4), id(3));
      await refused(finalise(2, 3), "ExpirySettlement_MissingRound", id(4), expiry - 10 * MINUTE);
    });

    describe("by a history that begins after the start", () => {
      /** Another feed for the underlying: its first phase is what is given. */
      async function another(...all: (readonly Minutes[])[]): Promise<Phased> {
        const deployed = await phases();
        const { expiry } = deployed;
        const aggregators: MockRounds[] = [];
        for (const [i, samples] of all.entries()) {
          aggregators.push(await beginPhase(deployed.feed, i + 1, at(expiry, samples)));
        }
        return { ...deployed, aggregators };
      }

      it("within the window", async () => {
        const deployed = await another([
          [30, 2_000],
          [10, 2_300],
        ]);
        await expectFinal(deployed, [idOf(1, 1), idOf(1, 2)], "2100", SettlementBasis.UsablePart);
      });

      it("of a phase that is not its first", async () => {
        const deployed = await another(
          [[20, 7_000]],
          [
            [30, 2_000],
            [10, 2_300],
          ],
        );
        const { settlement, expiry, start } = deployed;
        await time.increaseTo(expiry + DAY);
        await refused(
          settlement.finalise(ETH, expiry, [idOf(1, 1)]),
          "ExpirySettlement_FirstRoundTooLate",
          idOf(1, 1),
          expiry - 20 * MINUTE,
          start,
        );
        await expectFinal(deployed, [idOf(2, 1), idOf(2, 2)], "2100", SettlementBasis.UsablePart);
      });

      it("after the expiry", async () => {
        const deployed = await another([
          [-1, OUT],
          [-2, 2_100],
        ]);
        await expectFinal(deployed, [idOf(1, 1), idOf(1, 2)], "2100", SettlementBasis.AfterWindow);
      });

      it("which does not serve to settle", async () => {
        const { settlement, expiry, start } = await another([[30, 2_000]]);
        const sent = settlement.settle(ETH, expiry, [idOf(1, 1)]);
        await refused(sent, "ExpirySettlement_FirstRoundTooLate", idOf(1, 1), expiry - 30 * MINUTE, start);
      });
    });
  });
});
