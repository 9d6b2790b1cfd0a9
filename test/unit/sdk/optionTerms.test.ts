import { time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import fc from "fast-check";
import hre from "hardhat";

import { systemFixture } from "../../../scripts/lib/system";
import {
  type OptionParameters,
  type OptionRamp,
  type OptionTargets,
  RAMP_DURATION,
  optionParametersAt,
  parseWad,
} from "../../../sdk";
import type { Clearinghouse } from "../../../typechain-types";
import { optionParamsOf } from "../../support/governed";

/** Whatever the bounds of governance allow. */
const target = fc.record({
  priceRangeBps: fc.bigInt({ min: 500n, max: 6_000n }),
  creditBps: fc.bigInt({ min: 0n, max: 8_000n }),
  referenceVolBps: fc.bigInt({ min: 50n, max: 2_000n }),
});

const held: OptionTargets = { priceRangeBps: 1_900n, creditBps: 6_000n, referenceVolBps: 350n };
const from: OptionRamp = {
  priceRange: parseWad("0.19"),
  credit: parseWad("0.6"),
  referenceVol: parseWad("0.035"),
  since: 1_000_000n,
};
const none: OptionRamp = { priceRange: 0n, credit: 0n, referenceVol: 0n, since: 0n };

describe("Parameters of options that ramp", () => {
  it("are those set where nothing ramps, and once a day has passed", () => {
    const set = optionParametersAt(held, none, 5n);
    expect(set).to.deep.equal({ priceRange: from.priceRange, credit: from.credit, referenceVol: from.referenceVol });
    expect(optionParametersAt(held, { ...from, credit: parseWad("0.8") }, from.since + RAMP_DURATION)).to.deep.equal(
      set,
    );
  });

  it("are the tightest there may be where governance has set none", () => {
    const unset = { priceRangeBps: 0n, creditBps: 0n, referenceVolBps: 0n };
    expect(optionParametersAt(unset, none, 5n)).to.deep.equal({
      priceRange: parseWad("0.6"),
      credit: 0n,
      referenceVol: parseWad("0.005"),
    });
  });

  it("go in a straight line from where they were", () => {
    const tighter = { priceRangeBps: 2_300n, creditBps: 2_000n, referenceVolBps: 150n };
    const begun = optionParametersAt(tighter, from, from.since);
    expect(begun).to.deep.equal({ priceRange: from.priceRange, credit: from.credit, referenceVol: from.referenceVol });
    expect(optionParametersAt(tighter, from, from.since + RAMP_DURATION / 4n)).to.deep.equal({
      priceRange: parseWad("0.2"),
      credit: parseWad("0.5"),
      referenceVol: parseWad("0.03"),
    });
  });

  it("are rounded towards the tighter, in steps of a thousandth of a basis point", () => {
    const tighter = { priceRangeBps: 1_901n, creditBps: 5_999n, referenceVolBps: 349n };
    expect(optionParametersAt(tighter, from, from.since + 1n)).to.deep.equal({
      priceRange: parseWad("0.1900001"),
      credit: parseWad("0.5999999"),
      referenceVol: parseWad("0.0349999"),
    });
  });

  it("are not known before the change", () => {
    expect(() => optionParametersAt(held, from, from.since - 1n)).to.throw(
      RangeError,
      "other parameters were in force",
    );
  });

  it("never go back, and never beyond what was set", () => {
    fc.assert(
      fc.property(target, target, fc.nat(86_400), fc.nat(86_400), (a, b, one, other) => {
        const end = optionParametersAt(b, none, 0n);
        const ramp = { ...looser(optionParametersAt(a, none, 0n), end), since: 7n };
        const [early, late] = [Math.min(one, other), Math.max(one, other)];
        const path = [
          ramp,
          optionParametersAt(b, ramp, 7n + BigInt(early)),
          optionParametersAt(b, ramp, 7n + BigInt(late)),
          end,
        ];
        for (const [i, next] of path.slice(1).entries()) {
          const before = path[i]!;
          expect(before.priceRange <= next.priceRange, "priceRange").to.equal(true);
          expect(before.credit >= next.credit, "credit").to.equal(true);
          expect(before.referenceVol >= next.referenceVol, "referenceVol").to.equal(true);
        }
      }),
    );
  });

  it("MATH-1 are the ledger's to the bit, through any changes", async () => {
    const { clearinghouse } = await systemFixture(hre);
    const fixed = { takerFeeBps: 3n, makerFeeBps: 1n, openInterestCap: 1_000n };
    await fc.assert(
      fc.asyncProperty(target, fc.integer({ min: 1, max: 100_000 }), async (to, wait) => {
        const before = await clearinghouse.optionRamp(1n);
        const was = await optionParamsOf(clearinghouse);
        await clearinghouse.setOptionParams(1n, { ...to, ...fixed });
        const changedAt = BigInt(await time.latest());
        const start = optionParametersAt(was, before, changedAt);
        const ramp = await clearinghouse.optionRamp(1n);
        const begun = optionParametersAt(to, ramp, changedAt);
        expect(begun, "MATH-1").to.deep.equal(looser(start, optionParametersAt(to, none, 0n)));
        expect(await inForce(clearinghouse), "MATH-1").to.deep.equal(begun);
        await time.increase(wait);
        const at = BigInt(await time.latest());
        expect(await inForce(clearinghouse), "MATH-1").to.deep.equal(optionParametersAt(to, ramp, at));
      }),
      { numRuns: 60 },
    );
  });
});

async function inForce(clearinghouse: Clearinghouse): Promise<OptionParameters> {
  const { priceRange, credit, referenceVol } = await clearinghouse.marketOf(1n);
  return { priceRange, credit, referenceVol };
}

/** Of each parameter what asks for less margin. */
function looser(a: OptionParameters, b: OptionParameters): OptionParameters {
  return {
    priceRange: a.priceRange < b.priceRange ? a.priceRange : b.priceRange,
    credit: a.credit > b.credit ? a.credit : b.credit,
    referenceVol: a.referenceVol > b.referenceVol ? a.referenceVol : b.referenceVol,
  };
}
