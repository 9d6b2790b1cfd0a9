import { expect } from "chai";
import fc from "fast-check";

import { fixedPoint } from "../../../sdk";

const { divFloor, sqrt } = fixedPoint;

/** Of any length: a double holds numbers below 2^1024. */
const root = fc.integer({ min: 0, max: 1_200 }).chain((bits) => fc.bigInt(0n, 1n << BigInt(bits)));

describe("fixed point", () => {
  it("takes the whole part of a root, however large the number", () => {
    const property = fc.property(root, (r) => {
      expect(sqrt(r * r)).to.equal(r);
      expect(sqrt(r * r + 2n * r), "all but the next square").to.equal(r);
      if (r > 0n) expect(sqrt(r * r - 1n), "less than the square").to.equal(r - 1n);
    });
    fc.assert(property, { numRuns: 3_000, examples: [[1n], [2n], [2n ** 53n - 1n], [2n ** 53n], [2n ** 512n]] });
    expect(() => sqrt(-1n)).to.throw(RangeError, "no square root of -1");
  });

  it("divides towards minus infinity", () => {
    const property = fc.property(fc.bigInt(-(2n ** 300n), 2n ** 300n), fc.bigInt(1n, 2n ** 200n), (x, d) => {
      for (const y of [x, x - (x % d)]) {
        const left = y - divFloor(y, d) * d;
        expect(left >= 0n && left < d, `what is left of ${y} by ${d}`).to.equal(true);
      }
    });
    fc.assert(property, {
      numRuns: 3_000,
      examples: [
        [-1n, 1n],
        [-1n, 10n],
        [-10n, 10n],
        [-11n, 10n],
        [0n, 7n],
      ],
    });
  });
});
