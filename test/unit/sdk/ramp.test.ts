import { time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import fc from "fast-check";
import hre from "hardhat";

import { systemFixture } from "../../../scripts/lib/system";
import {
  type MarginParameters,
  type MarketRamp,
  RAMP_DURATION,
  type TargetParameters,
  parametersAt,
  parseWad,
} from "../../../sdk";
import { paramsOf } from "../../support/governed";

const DEPTHS = { min: 10_000n, max: 10_000_000_000n };
/** Whatever the bounds of governance allow. */
const target = fc.record({
  baseRateBps: fc.bigInt({ min: 100n, max: 10_000n }),
  volMultiplierBps: fc.bigInt({ min: 10_000n, max: 60_000n }),
  slopeBps: fc.bigInt({ min: 1n, max: 10_000n }),
  maintenanceRatioBps: fc.bigInt({ min: 5_000n, max: 9_500n }),
  depth: fc.bigInt(DEPTHS),
});

const held: TargetParameters = {
  baseRateBps: 800n,
  volMultiplierBps: 28_000n,
  slopeBps: 100n,
  maintenanceRatioBps: 7_000n,
  depth: 20_000_000n,
};
const from: MarketRamp = {
  baseRate: parseWad("0.08"),
  volMultiplier: parseWad("2.8"),
  slope: parseWad("0.01"),
  maintenanceRatio: parseWad("0.7"),
  depth: parseWad("20000000"),
  since: 1_000_000n,
};

const none: MarketRamp = {
  baseRate: 0n,
  volMultiplier: 0n,
  slope: 0n,
  maintenanceRatio: 0n,
  depth: 0n,
  since: 0n,
};

describe("Parameters that ramp", () => {
  it("are those set where nothing ramps, and once a day has passed", () => {
    const set = parametersAt(held, none, 5n);
    expect(set).to.deep.equal({
      baseRate: from.baseRate,
      volMultiplier: from.volMultiplier,
      slope: from.slope,
      maintenanceRatio: from.maintenanceRatio,
      depth: from.depth,
    });
    expect(parametersAt(held, { ...from, baseRate: 0n }, from.since + RAMP_DURATION)).to.deep.equal(set);
  });

  it("go from where they were, rates linearly and the depth as its inverse", () => {
    const tighter = { ...held, baseRateBps: 1_200n, depth: 5_000_000n };
    expect(parametersAt(tighter, from, from.since).baseRate).to.equal(from.baseRate);
    expect(parametersAt(tighter, from, from.since).depth).to.equal(from.depth);
    const quarter = parametersAt(tighter, from, from.since + RAMP_DURATION / 4n);
    expect(quarter.baseRate).to.equal(parseWad("0.09"));
    // 1 / (3/4 / 20m + 1/4 / 5m), to a millionth of a USD below.
    expect(quarter.depth).to.equal(parseWad("11428571.428571"));
  });

  it("are rounded towards the tighter, in steps of a millionth of a basis point", () => {
    const later = parametersAt({ ...held, baseRateBps: 801n }, from, from.since + 1n);
    expect(later.baseRate).to.equal(parseWad("0.0800000012"));
  });

  it("are not known before the change", () => {
    expect(() => parametersAt(held, from, from.since - 1n)).to.throw(RangeError, "other parameters were in force");
  });

  it("never go back, and never beyond what was set", () => {
    fc.assert(
      fc.property(target, target, fc.nat(86_400), fc.nat(86_400), (a, b, one, other) => {
        const start = parametersAt(a, none, 0n);
        const end = parametersAt(b, none, 0n);
        const ramp = { ...looser(start, end), since: 7n };
        const [early, late] = [Math.min(one, other), Math.max(one, other)];
        const then = parametersAt(b, ramp, 7n + BigInt(early));
        const later = parametersAt(b, ramp, 7n + BigInt(late));
        for (const [x, y] of [
          [ramp, then],
          [then, later],
          [later, end],
        ] as const) {
          for (const name of ["baseRate", "volMultiplier", "slope", "maintenanceRatio"] as const) {
            expect(x[name] <= y[name], name).to.equal(true);
          }
          expect(x.depth >= y.depth, "depth").to.equal(true);
        }
      }),
    );
  });

  it("MATH-1 are the ledger's to the bit, through any changes", async () => {
    const { clearinghouse } = await systemFixture(hre);
    const fixed = { takerFeeBps: 5n, makerFeeBps: 1n, openInterestCap: 1_000n };
    await fc.assert(
      fc.asyncProperty(target, fc.integer({ min: 1, max: 100_000 }), async (to, wait) => {
        const before = await clearinghouse.marketRamp(1n);
        const was = await paramsOf(clearinghouse);
        await clearinghouse.setMarketParams(1n, { ...to, ...fixed });
        const changedAt = BigInt(await time.latest());
        const start = parametersAt(was, before, changedAt);
        const ramp = await clearinghouse.marketRamp(1n);
        const begun = parametersAt(to, ramp, changedAt);
        expect(begun, "MATH-1").to.deep.equal(looser(start, parametersAt(to, none, 0n)));
        await time.increase(wait);
        const m = await clearinghouse.marketOf(1n);
        const found = [m.baseRate, m.volMultiplier, m.slope, m.maintenanceRatio, m.depth];
        const p = parametersAt(to, ramp, BigInt(await time.latest()));
        expect(found, "MATH-1").to.deep.equal([p.baseRate, p.volMultiplier, p.slope, p.maintenanceRatio, p.depth]);
      }),
      { numRuns: 60 },
    );
  });
});

/** Of each parameter what asks for less margin. */
function looser(a: MarginParameters, b: MarginParameters): MarginParameters {
  const less = (x: bigint, y: bigint): bigint => (x < y ? x : y);
  return {
    baseRate: less(a.baseRate, b.baseRate),
    volMultiplier: less(a.volMultiplier, b.volMultiplier),
    slope: less(a.slope, b.slope),
    maintenanceRatio: less(a.maintenanceRatio, b.maintenanceRatio),
    depth: a.depth > b.depth ? a.depth : b.depth,
  };
}
