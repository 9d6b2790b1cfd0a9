import { expect } from "chai";
import fc from "fast-check";

import { millsRatio, normalCdf, normalDensity } from "../../reference/normal";
import { exactNormal, toDouble } from "./decimals";
import { expectRelative } from "./numbers";

/** Between the tails where a double vanishes, with the places where one way of computing gives way to another. */
const points = [
  ...[37, 30.75, 22.0625, 15.1, 10, 7.3, 5.6000001, 5.6, 5.5999999, 5, 4.2, 3, 2.5, 2, 1.7],
  ...[1.3, 1.25, 1, 0.7, 0.6600001, 0.66, 0.6599999, 0.3, 1e-3, 1e-9],
];

describe("Reference normal distribution", () => {
  it("is the digits that tables of high precision print", () => {
    expect(normalCdf(0)).to.equal(0.5);
    expectRelative(toDouble(exactNormal(1).cdf), 0.8413447460685429, 1e-16, "N(1) by series");
    expectRelative(normalCdf(-1), 0.15865525393145705, 1e-15, "N(-1)");
    expectRelative(normalCdf(-1.96), 0.0249978951482204, 1e-14, "N(-1.96)");
    expectRelative(normalCdf(-10), 7.619853024160525e-24, 1e-15, "N(-10)");
    expectRelative(normalDensity(0), 0.3989422804014327, 1e-16, "n(0)");
  });

  it("has its CDF and its density right to a few units in the last place, in both tails", () => {
    for (const z of points) {
      const { density, cdf, tail } = exactNormal(z);
      expectRelative(normalCdf(z), toDouble(cdf), 1e-15, `N(${z})`);
      expectRelative(normalCdf(-z), toDouble(tail), 1e-15, `N(${-z})`);
      expectRelative(normalDensity(z), toDouble(density), 6e-16, `n(${z})`);
      expect(normalDensity(-z)).to.equal(normalDensity(z));
    }
  });

  it("falls to nothing and rises to one without a jump", () => {
    expect([normalCdf(-Infinity), normalCdf(Infinity), normalDensity(Infinity)]).to.deep.equal([0, 1, 0]);
    expect(normalCdf(-38)).to.be.above(0).and.below(1e-300);
    fc.assert(
      fc.property(
        fc.double({ min: -38, max: 38, noNaN: true }),
        fc.double({ min: 1e-6, max: 1, noNaN: true }),
        (z, step) => {
          expect(normalCdf(z + step)).to.be.at.least(normalCdf(z));
          expect(normalCdf(z) + normalCdf(-z)).to.be.closeTo(1, 2e-16);
        },
      ),
    );
  });

  it("has Mills' ratio where tail and density both vanish", () => {
    expectRelative(millsRatio(0), Math.sqrt(Math.PI / 2), 1e-15, "at zero");
    const { density, tail } = exactNormal(20);
    expectRelative(millsRatio(20), toDouble(tail) / toDouble(density), 1e-15, "at twenty");
    // 1/z - 1/z^3 + 3/z^5 - ...
    expectRelative(millsRatio(1e4), 1e-4 - 1e-12 + 3e-20, 1e-15, "far out");
  });
});
