import { expect } from "chai";
import { concat, keccak256 } from "ethers";
import fc from "fast-check";
import hre from "hardhat";

import {
  MIDDLE,
  normalCdf as twinCdf,
  normalDensity as twinDensity,
  normalSlope as twinSlope,
} from "../../../sdk/math/normal";
import { ARGUMENT_BITS, PLACE_BITS, normalTable, normalTableBytes } from "../../../sdk/math/normalTable";
import { Random } from "../../../scripts/replay/random";
import type { MathHarness } from "../../../typechain-types";
import { normalCdf, normalDensity } from "../../reference/normal";
import { refused } from "../../support/refusal";
import { deployMathHarness } from "./harness";

const ONE = 2 ** Number(ARGUMENT_BITS);
/** What contracts/math/NormalCdf.sol promises. */
const ERROR = 8e-13;

describe("the normal distribution from a table", () => {
  let harness: MathHarness;

  before(async () => {
    harness = await deployMathHarness();
  });

  it("reaches the chain as it is computed, or not at all", async () => {
    const carrier = await hre.ethers.deployContract("NormalTableCarrier", [normalTableBytes()]);
    const code = concat(["0x00", normalTableBytes()]);
    expect(await hre.ethers.provider.getCode(carrier)).to.equal(code);
    const factory = await hre.ethers.getContractFactory("NormalTableCarrier");
    const wrong = code.replace(/.$/, (last) => (last === "0" ? "1" : "0"));
    const deployed = factory.deploy(`0x${wrong.slice(4)}`);
    await refused(deployed, "NormalTableCarrier_WrongTable", keccak256(wrong));
  });

  it("is within 8e-13 of double precision everywhere (MATH-2)", () => {
    const property = fc.property(fc.double({ min: -9, max: 9, noNaN: true }), (x) => {
      expect(Math.abs(Number(twinCdf(placeOf(x))) / ONE - normalCdf(x))).to.be.below(ERROR);
    });
    fc.assert(property, { numRuns: 5_000 });
  });

  it("never falls by more than two units of 2^-53, also from one interval to the next", () => {
    for (let i = 1n; i < BigInt(normalTable().length); i++) {
      const border = i << 48n;
      expect(twinCdf(border) - twinCdf(border - 1n) >= -2n, `interval ${i}`).to.equal(true);
    }
    const property = fc.property(fc.bigInt(-1n, 2n * MIDDLE), fc.bigInt(0n, 1n << 50n), (place, further) => {
      expect(twinCdf(place + further) - twinCdf(place) >= -2n).to.equal(true);
    });
    fc.assert(property, { numRuns: 5_000 });
  });

  it("is in doubles what Horner's rule makes of the table's words, also where they leave a doubt (MATH-1)", () => {
    const agrees = (place: bigint): void => {
      if (twinCdf(place) !== byWord(place)) expect(twinCdf(place), `at ${place}`).to.equal(byWord(place));
    };
    for (let interval = 1n; interval < BigInt(normalTable().length); interval++) {
      for (let offset = -20n; offset <= 20n; offset++) agrees((interval << PLACE_BITS) + offset);
    }
    // Without a doubt one of 30,000 would be wrong here, where the coefficients are largest.
    const draw = new Random("doubles");
    for (let i = 0; i < 300_000; i++) agrees(placeOf(draw.between(-2, 2)));
  });

  it("has a density within 4e-16 of double precision (MATH-2)", () => {
    const property = fc.property(fc.double({ min: -10, max: 10, noNaN: true }), (x) => {
      expect(Math.abs(Number(twinDensity(placeOf(x))) / 1e18 - normalDensity(x))).to.be.below(4e-16);
    });
    fc.assert(property, { numRuns: 5_000 });
  });

  it("has a slope within 8e-10 of the density, and never below zero (MATH-2)", () => {
    let furthest = 0;
    for (let x = -10; x <= 10; x += 1 / 1024 + 1e-5) {
      const slope = Number(twinSlope(placeOf(x))) / 1e18;
      expect(slope).to.be.at.least(0);
      furthest = Math.max(furthest, Math.abs(slope - normalDensity(x)));
    }
    expect(furthest).to.be.within(1e-10, 8e-10);
  });

  it("is the same on the chain, also beyond its ends (MATH-1)", async () => {
    const drawn = fc.sample(fc.bigInt(-(1n << 60n), 1n << 60n), 300);
    const inside = fc.sample(fc.bigInt(0n, 2n * MIDDLE), 1_000);
    const edges = [-1n, 0n, 1n, MIDDLE, 2n * MIDDLE - 1n, 2n * MIDDLE, -(1n << 200n), 1n << 200n];
    const places = [...drawn, ...inside, ...edges];
    expect(await harness.normalDensity(places)).to.deep.equal(places.map(twinDensity));
    expect(await harness.normalSlope(places)).to.deep.equal(places.map(twinSlope));
    expect(await harness.normalCdf(places)).to.deep.equal(places.map(twinCdf));
  });
});

/** The distribution at a place within the table. */
function byWord(place: bigint): bigint {
  const word = normalTable()[Number(place >> PLACE_BITS)]!;
  const t = BigInt.asUintN(Number(PLACE_BITS), place);
  return ([48, 96, 144, 192].reduce((sum, bits) => sum * t + BigInt.asIntN(bits, word), 0n) * t + word) >> 192n;
}

function placeOf(x: number): bigint {
  return BigInt(Math.round((x + 8) * ONE));
}
