import { loadFixture } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import fc from "fast-check";
import { ethers } from "hardhat";

import type { AuctionHarness } from "../../../typechain-types";
import { Ratio } from "./ratio";
import { distress, type Distress, MINUTE, WAD, wad } from "./support";

const CLOCK = WAD; // one auction second
const SMALL_ACCOUNT = wad("200");

const ZERO = new Ratio(0n);
const ONE = new Ratio(1n);

/** The margin mathematics, section 7, written down a second time. */
const reference = {
  discount(clock: bigint): Ratio {
    const minutes = Ratio.wad(clock).over(new Ratio(MINUTE));
    if (minutes.atLeast(new Ratio(60n))) return ONE;
    if (!minutes.atLeast(new Ratio(15n))) return minutes.times(new Ratio(1n, 30n));
    return new Ratio(1n, 2n).plus(minutes.minus(new Ratio(15n)).times(new Ratio(1n, 90n)));
  },

  rate({ equityForMaintenance, maintenanceMargin }: Distress): Ratio {
    if (maintenanceMargin === 0n) return new Ratio(equityForMaintenance > 0n ? 1n : 3n);
    const lost = new Ratio(maintenanceMargin - equityForMaintenance, maintenanceMargin);
    const clamped = !lost.atLeast(ZERO) ? ZERO : lost.atLeast(ONE) ? ONE : lost;
    return ONE.plus(clamped.times(new Ratio(2n)));
  },

  /** E* - d * M. */
  left(x: Distress, d: bigint): Ratio {
    return Ratio.wad(x.equity).minus(Ratio.wad(d).times(Ratio.wad(x.maintenanceMargin)));
  },

  largestFraction(x: Distress, d: bigint): Ratio {
    const [e, m] = [Ratio.wad(x.equityForMaintenance), Ratio.wad(x.maintenanceMargin)];
    if (x.maintenanceMargin < SMALL_ACCOUNT) return ONE;
    if (!e.atLeast(m.times(new Ratio(1n, 4n)))) return ONE;
    const left = this.left(x, d);
    if (!left.atLeast(ZERO)) return ONE;
    const missing = m.times(new Ratio(11n, 10n)).minus(e);
    return missing.atLeast(ZERO) ? missing.over(missing.plus(left)) : ZERO;
  },

  payment(x: Distress, d: bigint, fraction: bigint): Ratio {
    const left = this.left(x, d);
    return left.atLeast(ZERO) ? Ratio.wad(fraction).times(left) : ZERO;
  },

  cover(x: Distress, d: bigint, fraction: bigint): Ratio {
    if (x.equity >= 0n) return ZERO;
    const reward = Ratio.wad(d < wad("0.2") ? d : wad("0.2")).times(Ratio.wad(x.maintenanceMargin));
    return Ratio.wad(fraction).times(Ratio.wad(reward.floorWad() - x.equity));
  },
};

async function deploy(): Promise<{ curve: AuctionHarness }> {
  return { curve: await ethers.deployContract("AuctionHarness") };
}

/** Accounts below maintenance, from dust to a billion, E* above E_MM by up to the requirement itself. */
const distresses: fc.Arbitrary<Distress> = fc
  .record({
    maintenanceMargin: fc.oneof(
      fc.bigInt(0n, SMALL_ACCOUNT * 2n),
      fc.bigInt(0n, wad("1000000")),
      fc.bigInt(0n, wad("1000000000")),
      fc.constantFrom(0n, 1n, SMALL_ACCOUNT - 1n, SMALL_ACCOUNT, SMALL_ACCOUNT + 1n),
    ),
    health: fc.oneof(
      fc.bigInt(-3n * WAD, WAD),
      fc.constantFrom(0n, WAD / 4n, WAD / 4n - 1n, WAD / 4n + 1n, WAD - 1n, -WAD),
    ),
    haircut: fc.oneof(fc.constant(0n), fc.bigInt(0n, WAD)),
    debt: fc.bigInt(0n, wad("1000")),
  })
  .map(({ maintenanceMargin, health, haircut, debt }) => {
    // An account without margin is below maintenance only where it owes.
    const equityForMaintenance = maintenanceMargin === 0n ? -debt - 1n : (health * maintenanceMargin) / WAD;
    return {
      maintenanceMargin,
      equityForMaintenance,
      equity: equityForMaintenance + (haircut * maintenanceMargin) / WAD,
    };
  });

const discounts = fc.oneof(fc.bigInt(0n, WAD), fc.constantFrom(0n, wad("0.2"), wad("0.5"), WAD));
const fractions = fc.oneof(fc.bigInt(1n, WAD), fc.constantFrom(1n, WAD - 1n, WAD));

describe("AuctionCurve", () => {
  describe("discountDown", () => {
    it("is 0 at the flag, 0.5 at 15 minutes and 1 at 60, and stays there", async () => {
      const { curve } = await loadFixture(deploy);
      const at = (minutes: bigint): Promise<bigint> => curve.discountDown(minutes * MINUTE * CLOCK);
      expect(await at(0n)).to.equal(0n);
      expect(await at(3n)).to.equal(wad("0.1"));
      expect(await at(15n)).to.equal(wad("0.5"));
      expect(await at(33n)).to.equal(wad("0.7"));
      expect(await at(60n)).to.equal(WAD);
      expect(await at(61n)).to.equal(WAD);
      expect(await at(1_000_000n)).to.equal(WAD);
    });

    it("is the reference rounded down, on both sides of every corner", async () => {
      const { curve } = await loadFixture(deploy);
      const corners = [0n, 15n, 60n].map((minutes) => minutes * MINUTE * CLOCK);
      const clocks = corners.flatMap((corner) => [corner + 1n, corner > 0n ? corner - 1n : 0n]);
      for (const clock of clocks) {
        expect(await curve.discountDown(clock), `clock ${String(clock)}`).to.equal(
          reference.discount(clock).floorWad(),
        );
      }
    });

    it("is the reference rounded down, and never falls", async () => {
      const { curve } = await loadFixture(deploy);
      const clocks = fc.bigInt(0n, 70n * MINUTE * CLOCK);
      await fc.assert(
        fc.asyncProperty(clocks, clocks, async (a, b) => {
          const [early, late] = a < b ? [a, b] : [b, a];
          const [first, second] = await Promise.all([curve.discountDown(early), curve.discountDown(late)]);
          expect(first).to.equal(reference.discount(early).floorWad());
          expect(second).to.be.at.least(first);
        }),
        { numRuns: 150 },
      );
    });
  });

  describe("rateDown", () => {
    it("is 1 at the requirement, 3 without equity, and linear between", async () => {
      const { curve } = await loadFixture(deploy);
      expect(await curve.rateDown(distress("1000", "1000"))).to.equal(WAD);
      expect(await curve.rateDown(distress("2000", "1000"))).to.equal(WAD);
      expect(await curve.rateDown(distress("750", "1000"))).to.equal(wad("1.5"));
      expect(await curve.rateDown(distress("0", "1000"))).to.equal(wad("3"));
      expect(await curve.rateDown(distress("-5000", "1000"))).to.equal(wad("3"));
    });

    it("is the highest for a debt without margin, and the lowest for cash without margin", async () => {
      const { curve } = await loadFixture(deploy);
      expect(await curve.rateDown(distress("-1", "0"))).to.equal(wad("3"));
      expect(await curve.rateDown(distress("1", "0"))).to.equal(WAD);
    });

    it("goes by the equity after haircuts", async () => {
      const { curve } = await loadFixture(deploy);
      expect(await curve.rateDown(distress("1000", "1000", "500"))).to.equal(wad("2"));
    });

    it("is the reference rounded down", async () => {
      const { curve } = await loadFixture(deploy);
      await fc.assert(
        fc.asyncProperty(distresses, async (x) => {
          expect(await curve.rateDown(x)).to.equal(reference.rate(x).floorWad());
        }),
        { numRuns: 150 },
      );
    });
  });

  describe("largestFractionUp", () => {
    it("lets an account below the small-account line go whole, whatever its health", async () => {
      const { curve } = await loadFixture(deploy);
      const just = { ...distress("190", "200"), maintenanceMargin: SMALL_ACCOUNT - 1n };
      expect(await curve.largestFractionUp(just, 0n)).to.equal(WAD);
      expect(await curve.largestFractionUp(distress("190", "200"), 0n)).to.be.below(WAD);
    });

    it("lets a debt without margin go whole", async () => {
      const { curve } = await loadFixture(deploy);
      expect(await curve.largestFractionUp(distress("-10", "0"), 0n)).to.equal(WAD);
    });

    it("lets an account go whole below a quarter of its margin, and not at it", async () => {
      const { curve } = await loadFixture(deploy);
      const at = distress("250", "1000");
      const below = { ...at, equityForMaintenance: at.equityForMaintenance - 1n };
      expect(await curve.largestFractionUp(below, 0n)).to.equal(WAD);
      // (1100 - 250) / (1100 - 250 + 250)
      expect(await curve.largestFractionUp(at, 0n)).to.equal(reference.largestFraction(at, 0n).ceilWad());
      expect(await curve.largestFractionUp(at, 0n)).to.be.below(WAD);
    });

    it("lets an account go whole once the discount exceeds its equity, and not while they are equal", async () => {
      const { curve } = await loadFixture(deploy);
      const x = distress("500", "1000");
      // At E* = d * M the account gives its slice away, and is at its target only when nothing is left.
      expect(await curve.largestFractionUp(x, wad("0.5"))).to.equal(WAD);
      expect(await curve.largestFractionUp(x, wad("0.5") - 1n)).to.be.below(WAD);
      expect(await curve.largestFractionUp(x, wad("0.5") + 1n)).to.equal(WAD);
    });

    it("is what brings the account to 1.10 of its margin", async () => {
      const { curve } = await loadFixture(deploy);
      // f = (1100 - 800) / (1100 - 800 + 800 - 200) = 1/3; E' = 2/3 * 800 + 1/3 * 600 = 1.10 * 2/3 * 1000.
      expect(await curve.largestFractionUp(distress("800", "1000"), wad("0.2"))).to.equal(WAD / 3n + 1n);
    });

    it("prices by full equity and aims by equity after haircuts", async () => {
      const { curve } = await loadFixture(deploy);
      // (1100 - 700) / (1100 - 700 + 900 - 100) = 1/3
      expect(await curve.largestFractionUp(distress("900", "1000", "700"), wad("0.1"))).to.equal(WAD / 3n + 1n);
    });

    it("is nothing for an account that stands at the target", async () => {
      const { curve } = await loadFixture(deploy);
      expect(await curve.largestFractionUp(distress("1100", "1000"), 0n)).to.equal(0n);
      expect(await curve.largestFractionUp(distress("1500", "1000"), wad("0.3"))).to.equal(0n);
    });

    it("is the reference rounded up", async () => {
      const { curve } = await loadFixture(deploy);
      await fc.assert(
        fc.asyncProperty(distresses, discounts, async (x, d) => {
          expect(await curve.largestFractionUp(x, d)).to.equal(reference.largestFraction(x, d).ceilWad());
        }),
        { numRuns: 300 },
      );
    });
  });

  describe("paymentUp", () => {
    it("is the slice's equity less the discount on its margin", async () => {
      const { curve } = await loadFixture(deploy);
      expect(await curve.paymentUp(distress("800", "1000"), wad("0.2"), wad("0.5"))).to.equal(wad("300"));
      expect(await curve.paymentUp(distress("800", "1000"), 0n, WAD)).to.equal(wad("800"));
    });

    it("is nothing where the discount takes all, and for a debt", async () => {
      const { curve } = await loadFixture(deploy);
      expect(await curve.paymentUp(distress("500", "1000"), wad("0.5"), WAD)).to.equal(0n);
      expect(await curve.paymentUp(distress("400", "1000"), wad("0.5"), WAD)).to.equal(0n);
      expect(await curve.paymentUp(distress("-1", "1000"), 0n, WAD)).to.equal(0n);
    });

    it("rounds up: the smallest slice of the smallest equity costs a wei", async () => {
      const { curve } = await loadFixture(deploy);
      const x = { equity: 1n, equityForMaintenance: 1n, maintenanceMargin: 0n };
      expect(await curve.paymentUp(x, 0n, 1n)).to.equal(1n);
    });

    it("is the reference rounded up", async () => {
      const { curve } = await loadFixture(deploy);
      await fc.assert(
        fc.asyncProperty(distresses, discounts, fractions, async (x, d, fraction) => {
          expect(await curve.paymentUp(x, d, fraction)).to.equal(reference.payment(x, d, fraction).ceilWad());
        }),
        { numRuns: 200 },
      );
    });
  });

  describe("coverDown", () => {
    it("is the slice's debt and the discount on its margin, which counts up to 0.2", async () => {
      const { curve } = await loadFixture(deploy);
      const x = distress("-300", "1000");
      expect(await curve.coverDown(x, 0n, WAD)).to.equal(wad("300"));
      expect(await curve.coverDown(x, wad("0.1"), wad("0.5"))).to.equal(wad("200"));
      expect(await curve.coverDown(x, wad("0.2"), WAD)).to.equal(wad("500"));
      expect(await curve.coverDown(x, WAD, WAD)).to.equal(wad("500"));
    });

    it("is nothing while equity is not negative", async () => {
      const { curve } = await loadFixture(deploy);
      expect(await curve.coverDown(distress("0", "1000"), WAD, WAD)).to.equal(0n);
      expect(await curve.coverDown(distress("1", "1000", "-500"), WAD, WAD)).to.equal(0n);
    });

    it("rounds down: the smallest slice of the smallest debt is covered by nothing", async () => {
      const { curve } = await loadFixture(deploy);
      const x = { equity: -1n, equityForMaintenance: -1n, maintenanceMargin: 0n };
      expect(await curve.coverDown(x, 0n, WAD - 1n)).to.equal(0n);
      expect(await curve.coverDown(x, 0n, WAD)).to.equal(1n);
    });

    it("is the reference rounded down", async () => {
      const { curve } = await loadFixture(deploy);
      await fc.assert(
        fc.asyncProperty(distresses, discounts, fractions, async (x, d, fraction) => {
          expect(await curve.coverDown(x, d, fraction)).to.equal(reference.cover(x, d, fraction).floorWad());
        }),
        { numRuns: 200 },
      );
    });
  });

  describe("a slice", () => {
    /** What stays behind when `fraction` is sold for `payment`, where margin is linear in size. */
    function rest(x: Distress, fraction: bigint, payment: bigint): { equity: Ratio; margin: Ratio } {
      const kept = Ratio.wad(WAD - fraction);
      return {
        equity: kept.times(Ratio.wad(x.equityForMaintenance)).plus(Ratio.wad(payment)),
        margin: kept.times(Ratio.wad(x.maintenanceMargin)),
      };
    }

    it("RISK-4: leaves the account with no less equity to its margin", async () => {
      const { curve } = await loadFixture(deploy);
      await fc.assert(
        fc.asyncProperty(distresses, discounts, fractions, async (x, d, asked) => {
          const largest = await curve.largestFractionUp(x, d);
          const fraction = asked < largest ? asked : largest;
          const after = rest(x, fraction, await curve.paymentUp(x, d, fraction));
          const healthAfter = after.equity.times(Ratio.wad(x.maintenanceMargin));
          const healthBefore = Ratio.wad(x.equityForMaintenance).times(after.margin);
          expect(healthAfter.atLeast(healthBefore), "RISK-4").to.equal(true);
        }),
        { numRuns: 300 },
      );
    });

    it("RISK-4: as large as it may be, leaves 1.10 of the margin to the wei, and a smaller one leaves less", async () => {
      const { curve } = await loadFixture(deploy);
      let partial = 0;
      await fc.assert(
        fc.asyncProperty(distresses, discounts, async (x, d) => {
          const fraction = await curve.largestFractionUp(x, d);
          if (fraction === WAD) return;
          partial++;
          const target = new Ratio(11n, 10n);
          const after = rest(x, fraction, await curve.paymentUp(x, d, fraction));
          expect(after.equity.atLeast(after.margin.times(target)), "at the target").to.equal(true);
          const smaller = rest(x, fraction - 1n, 0n);
          const unrounded = smaller.equity.plus(reference.payment(x, d, fraction - 1n));
          expect(unrounded.atLeast(smaller.margin.times(target)), "no more than needed").to.equal(false);
        }),
        { numRuns: 300, seed: 7 },
      );
      expect(partial, "slices in part among the samples").to.be.above(30);
    });

    it("never sells below equity less maintenance margin", async () => {
      const { curve } = await loadFixture(deploy);
      await fc.assert(
        fc.asyncProperty(distresses, discounts, fractions, async (x, d, fraction) => {
          const payment = Ratio.wad(await curve.paymentUp(x, d, fraction));
          const floor = Ratio.wad(fraction).times(Ratio.wad(x.equity - x.maintenanceMargin));
          expect(payment.atLeast(floor), "E* - M").to.equal(true);
        }),
        { numRuns: 150 },
      );
    });

    it("is computed up to 1e22 USD, more than the ledger's cash can hold", async () => {
      const { curve } = await loadFixture(deploy);
      const huge = 10n ** 22n * WAD;
      const x = { equity: huge - 1n, equityForMaintenance: huge - 1n, maintenanceMargin: huge };
      expect(await curve.paymentUp(x, 0n, WAD)).to.equal(huge - 1n);
      expect(await curve.largestFractionUp(x, 0n)).to.equal(reference.largestFraction(x, 0n).ceilWad());
      expect(await curve.coverDown({ ...x, equity: -huge }, WAD, WAD)).to.equal(huge + huge / 5n);
    });
  });
});
