import { loadFixture } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import fc from "fast-check";
import { ethers } from "hardhat";

import { fixedPoint, svi as twin } from "../../../sdk/risk";
import { isClose } from "../oracle/support";

const WAD = 10n ** 18n;
/** Digits beyond Wad that the exact values are computed with. */
const FINER = 10n ** 18n;
const YEAR = 31_536_000;

const between = (lower: number, upper: number): fc.Arbitrary<bigint> =>
  fc.bigInt(BigInt(Math.round(lower * 1e12)) * 10n ** 6n, BigInt(Math.round(upper * 1e12)) * 10n ** 6n);

/** Any smile that fits the slots, sound or not. */
const anySmile = fc.record({
  a: between(-2, 2),
  b: between(0, 3),
  rho: between(-1, 1),
  m: between(-3, 3),
  s: fc.oneof(between(0, 1e-3), between(0, 3)),
});

const deploy = async () => ethers.deployContract("SurfaceHarness");

describe("Svi", () => {
  it("MATH-1: total variance, reach, clamp and volatility equal the twin's to the bit", async () => {
    const harness = await loadFixture(deploy);
    await fc.assert(
      fc.asyncProperty(anySmile, between(-10, 10), fc.bigInt(1n, 10n ** 8n), async (smile, k, tenor) => {
        const { a, b, rho, m, s } = smile;
        const w = await harness.totalVariance(k, a, b, rho, m, s);
        expect(w).to.equal(twin.totalVariance(k, smile));
        const reach = await harness.reach(a, b, s);
        expect(reach).to.equal(twin.reachOf(smile));
        expect(await harness.clamp(k, reach)).to.equal(twin.clamp(k, twin.reachOf(smile)));
        expect(await harness.volatility(w, tenor)).to.equal(twin.volatilityOf(w, tenor));
      }),
      { numRuns: 400 },
    );
  });

  it("MATH-2: total variance is never above the exact value, and less than 1 + b wei below it", async () => {
    const harness = await loadFixture(deploy);
    await fc.assert(
      fc.asyncProperty(anySmile, between(-10, 10), async ({ a, b, rho, m, s }, k) => {
        const w = (await harness.totalVariance(k, a, b, rho, m, s)) * FINER;
        const d = (k - m) * FINER;
        const root = fixedPoint.sqrt(d * d + s * FINER * (s * FINER));
        // Floored in the last of 36 decimals, so it can be that much too small.
        const exact = a * FINER + (b * (rho * d + root * WAD)) / (WAD * WAD);
        const floored = exact > 0n ? exact : 0n;
        expect(w - floored <= 3n, "above").to.equal(true);
        expect(floored - w <= FINER + (b * FINER) / WAD, "below").to.equal(true);
      }),
      { numRuns: 400 },
    );
  });

  it("agrees with double precision, and Gatheral's g with its formula", async () => {
    const harness = await loadFixture(deploy);
    const sound = fc.record({
      least: fc.double({ min: 1e-6, max: 1, noNaN: true }),
      b: fc.double({ min: 0, max: 1, noNaN: true }),
      rho: fc.double({ min: -0.99, max: 0.99, noNaN: true }),
      m: fc.double({ min: -1, max: 1, noNaN: true }),
      s: fc.double({ min: 1e-3, max: 1, noNaN: true }),
      u: fc.double({ min: -4, max: 4, noNaN: true }),
    });
    await fc.assert(
      fc.asyncProperty(sound, async ({ least, ...given }) => {
        const [b, rho, m, s] = [given.b, given.rho, given.m, given.s].map(toWad) as [bigint, bigint, bigint, bigint];
        const a = toWad(least - given.b * given.s * Math.sqrt(1 - given.rho ** 2));
        const smile = { a: toNumber(a), b: toNumber(b), rho: toNumber(rho), m: toNumber(m), s: toNumber(s) };
        const k = toWad(given.m + given.s * Math.sinh(given.u));
        const [w, g] = reference(toNumber(k), smile);
        const found = await harness.totalVariance(k, a, b, rho, m, s);
        expect(isClose(toNumber(found), w, 1e-9, 1e-14), `${found} is not ${w}`).to.equal(true);
        const root = fixedPoint.sqrt((k - m) * (k - m) + s * s);
        const density = toNumber(await harness.density(k - m, root, a, b, rho, m, s));
        expect(isClose(density, g, 1e-7, 1e-7), `${density} is not ${g}`).to.equal(true);
        const vol = toNumber(await harness.volatility(found, 86_400n));
        expect(isClose(vol, Math.sqrt((w * YEAR) / 86_400), 1e-9, 1e-12)).to.equal(true);
      }),
      { numRuns: 400 },
    );
  });

  it("has no variance below zero, and no density without variance", async () => {
    const harness = await loadFixture(deploy);
    expect(await harness.totalVariance(0, -WAD, WAD / 10n, 0, 0, WAD)).to.equal(0n);
    expect(await harness.density(0, WAD, -WAD, WAD / 10n, 0, 0, WAD)).to.equal(-(2n ** 255n));
    expect(await harness.reach(-WAD, 0, WAD)).to.equal(0n);
  });
});

function toWad(x: number): bigint {
  return BigInt(Math.round(x * 1e12)) * 10n ** 6n;
}

function toNumber(wad: bigint): number {
  return Number(wad) / 1e18;
}

/** Total variance and g, written from the definitions. */
function reference(k: number, { a, b, rho, m, s }: Record<"a" | "b" | "rho" | "m" | "s", number>): [number, number] {
  const root = Math.hypot(k - m, s);
  const w = a + b * (rho * (k - m) + root);
  const first = b * (rho + (k - m) / root);
  const second = (b * s * s) / root ** 3;
  return [w, (1 - (k * first) / (2 * w)) ** 2 - (first ** 2 / 4) * (1 / w + 1 / 4) + second / 2];
}
