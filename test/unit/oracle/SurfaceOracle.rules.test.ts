import { loadFixture, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import fc from "fast-check";
import { ethers } from "hardhat";

import { svi as twin } from "../../../sdk/risk";
import { type RawSvi, type SurfaceReport, type SurfaceSlice, sviOf, toSlice } from "../../../scripts/surface/slice";
import type { SurfaceHarness } from "../../../typechain-types";
import { refused } from "../../support/refusal";
import { DAY, name32, wad } from "./support";
import { type Deployed, ETH, deploySurface, postAt, report, slice } from "./surface";

const TENOR = 30 * DAY;
const MAX_RHO = wad("0.999999999999");
const MIN_DENSITY = wad("0.01");

describe("SurfaceOracle: rules", () => {
  let deployed: Deployed;
  let now: number;
  let expiry: number;

  beforeEach(async () => {
    deployed = await loadFixture(deploySurface);
    now = (await time.latest()) + 100;
    expiry = now + TENOR;
  });

  const send = (posted: SurfaceReport) => postAt(deployed, posted, now);

  describe("a slice alone", () => {
    const changed = (change: Partial<SurfaceSlice>): SurfaceReport => report(now, { ...slice(expiry, now), ...change });

    for (const [parameter, change, value, lower, upper] of [
      ["forwardRatio", { forwardRatio9: 499_999_999n }, "0.499999999", "0.5", "2"],
      ["forwardRatio", { forwardRatio9: 2_000_000_001n }, "2.000000001", "0.5", "2"],
      ["rate", { rate9: -1_000_000_001n }, "-1.000000001", "-1", "1"],
      ["rate", { rate9: 1_000_000_001n }, "1.000000001", "-1", "1"],
      ["rho", { rho12: 10n ** 12n }, "1", `-${ethers.formatEther(MAX_RHO)}`, ethers.formatEther(MAX_RHO)],
      ["rho", { rho12: -(10n ** 12n) }, "-1", `-${ethers.formatEther(MAX_RHO)}`, ethers.formatEther(MAX_RHO)],
      ["wingSlope", { b12: 2n * 10n ** 12n, rho12: 500_000_000_000n }, "3", "0", "2"],
    ] as const) {
      it(`refuses a ${parameter} of ${value}`, async () => {
        const values = [expiry, name32(parameter), wad(value), wad(lower), wad(upper)];
        await refused(send(changed(change)), "SurfaceOracle_ParameterOutOfBounds", ...values);
      });
    }

    it("refuses variance below zero anywhere, and vol below 1 %", async () => {
      const { b12, s12 } = slice(expiry, now);
      const bs = (b12 * s12 * 10n ** 6n) / 10n ** 12n;
      const values = [expiry, name32("leastVol")] as const;
      const bounds = [wad("0.01"), wad("10")] as const;
      const a12 = -5n * 10n ** 9n;
      await refused(
        send(changed({ a12, b12: 0n })),
        "SurfaceOracle_ParameterOutOfBounds",
        ...values,
        a12 * 10n ** 6n,
        ...bounds,
      );
      expect(bs > 0n).to.equal(true);
      now += 1;
      // 0.99 % a year over thirty days, less the second that passed.
      const least = (0.0099 ** 2 * (TENOR - 1)) / (365 * DAY);
      const flat = { ...toSlice(BigInt(expiry), 1, 0, { a: least, b: 0, rho: 0, m: 0, s: 1 }) };
      const vol = twin.impliedVolatility(0n, sviOf(flat), BigInt(TENOR - 1));
      await refused(send(report(now, flat)), "SurfaceOracle_ParameterOutOfBounds", ...values, vol, ...bounds);
    });

    it("refuses vol above 1,000 %", async () => {
      const level = { a: 101 * (TENOR / (365 * DAY)), b: 0, rho: 0, m: 0, s: 1 };
      const high = toSlice(BigInt(expiry), 1, 0, level);
      const vol = twin.impliedVolatility(0n, sviOf(high), BigInt(TENOR));
      const values = [expiry, name32("leastVol"), vol, wad("0.01"), wad("10")];
      await refused(send(report(now, high)), "SurfaceOracle_ParameterOutOfBounds", ...values);
      now += 1;
      // At the money it is 900 %, and at the end of the smile more than ten times that.
      const wing = toSlice(BigInt(expiry), 1, 0, { a: 6, b: 0.9, rho: 0, m: 0, s: 0.3 });
      const svi = sviOf(wing);
      const end = twin.impliedVolatility(twin.reachOf(svi), svi, BigInt(TENOR - 1));
      const wrong = [expiry, name32("largestVol"), end, wad("0.01"), wad("10")];
      await refused(send(report(now, wing)), "SurfaceOracle_ParameterOutOfBounds", ...wrong);
    });

    it("refuses a bend sharper than a 512th of reach and place together", async () => {
      const sharp = slice(expiry, now, { b: 0.001, s: 0.001, m: 0.1 });
      const reach = twin.reachOf(sviOf(sharp));
      const least = (reach + wad("0.1")) / 512n + 1n;
      const values = [expiry, name32("s"), wad("0.001"), least, (2n ** 48n - 1n) * 10n ** 6n];
      await refused(send(report(now, sharp)), "SurfaceOracle_ParameterOutOfBounds", ...values);
      now += 1;
      await send(report(now, { ...sharp, s12: (least / 10n ** 6n) * 2n }));
    });

    it("refuses a smile with butterfly arbitrage, and says where", async () => {
      const pointed = { a: 0.015, b: 0.5, rho: 0, m: 0, s: 0.01 };
      const sent = send(report(now, toSlice(BigInt(expiry), 1, 0, pointed)));
      await expect(sent).to.be.revertedWithCustomError(deployed.oracle, "SurfaceOracle_ButterflyArbitrage");
      await expect(sent).to.be.rejectedWith(
        new RegExp(`SurfaceOracle_ButterflyArbitrage\\(${expiry}, -?\\d+, -\\d+, ${MIN_DENSITY}\\)`),
      );
    });
  });

  describe("the grid", () => {
    const deploy = async () => ethers.deployContract("SurfaceHarness");
    const anySmile = fc
      .record({
        variance: fc.double({ min: 1e-5, max: 2, noNaN: true }),
        sharpness: fc.double({ min: -4, max: 1.5, noNaN: true }),
        slope: fc.double({ min: -4, max: 1, noNaN: true }),
        rho: fc.double({ min: -0.95, max: 0.95, noNaN: true }),
        place: fc.double({ min: -2, max: 2, noNaN: true }),
        level: fc.double({ min: -0.5, max: 1, noNaN: true }),
      })
      .map(({ variance, sharpness, slope, rho, place, level }): RawSvi => {
        const scale = Math.sqrt(variance);
        const b = Math.min(2 / (1 + Math.abs(rho)), scale * Math.exp(slope));
        return { a: variance * level, b, rho, m: place * scale, s: scale * Math.exp(sharpness) };
      })
      .filter(({ a, b, rho, s }) => a + b * s * Math.sqrt(1 - rho * rho) > 1e-7);

    async function accepted(harness: SurfaceHarness, raw: RawSvi): Promise<boolean> {
      try {
        await harness.checkButterfly({ expiry, tenor: TENOR, reach: 0, ...sviOf(toSlice(0n, 1, 0, raw)) });
        return true;
      } catch (error) {
        expect(String(error)).to.contain("SurfaceOracle_ButterflyArbitrage");
        return false;
      }
    }

    it("lets no butterfly through between its points, and stops no smile that is clear of one", async () => {
      const harness = await loadFixture(deploy);
      let [taken, stopped] = [0, 0];
      await fc.assert(
        fc.asyncProperty(anySmile, async (raw) => {
          const least = leastDensity(raw);
          if (await accepted(harness, raw)) {
            taken++;
            expect(least).to.be.at.least(0);
          } else {
            stopped++;
            expect(least).to.be.below(0.011);
          }
        }),
        { numRuns: 600 },
      );
      expect(Math.min(taken, stopped), "both happen").to.be.above(30);
    });

    it("lets no calendar arbitrage of a hundredth of the variance through between its points", async () => {
      const harness = await loadFixture(deploy);
      let [taken, stopped] = [0, 0];
      await fc.assert(
        fc.asyncProperty(
          anySmile,
          anySmile,
          fc.double({ min: 0.3, max: 3, noNaN: true }),
          async (near, shape, more) => {
            // Of about the same size, so that neither answer is certain.
            const scale = (near.a + near.b * near.s) / (shape.a + shape.b * shape.s);
            const root = Math.sqrt(Math.abs(scale));
            const far = {
              ...shape,
              a: shape.a * scale * more,
              b: shape.b * root * more,
              m: shape.m * root,
              s: shape.s * root,
            };
            if (!(scale > 0)) return;
            // What the oracle compares has passed that before.
            if (!(await accepted(harness, near)) || !(await accepted(harness, far))) return;
            const [a, b] = [near, far].map((raw) => sviOf(toSlice(0n, 1, 0, raw))) as [twin.Svi, twin.Svi];
            const call = harness.checkCalendar(
              { expiry: TENOR, tenor: TENOR, reach: 0, ...a },
              { expiry: 2 * TENOR, tenor: 2 * TENOR, reach: 0, ...b },
              0,
            );
            const worst = worstCalendar(near, far);
            try {
              await call;
              taken++;
              expect(worst).to.be.below(0.01);
            } catch (error) {
              expect(String(error)).to.contain("SurfaceOracle_CalendarArbitrage");
              stopped++;
              expect(worst).to.be.above(-1e-6);
            }
          },
        ),
        { numRuns: 400 },
      );
      expect(Math.min(taken, stopped), "both happen").to.be.above(20);
    });
  });

  describe("neighbours", () => {
    const far = (): number => expiry + TENOR;

    it("are refused where variance would fall with expiry, whichever is posted", async () => {
      await send(report(now, slice(expiry, now, { vol: 0.6 }), slice(far(), now, { vol: 0.6 })));
      now += 60;
      const { oracle } = deployed;
      await expect(send(report(now, slice(expiry, now, { vol: 0.849 })))).to.be.revertedWithCustomError(
        oracle,
        "SurfaceOracle_CalendarArbitrage",
      );
      now += 1;
      const low = slice(far(), now, { vol: 0.42 });
      await expect(send(report(now, low))).to.be.revertedWithCustomError(oracle, "SurfaceOracle_CalendarArbitrage");
      now += 1;
      await send(report(now, slice(expiry, now, { vol: 0.8 })));
    });

    it("are compared in variance left, and the refusal says where", async () => {
      const flat = (at: number, vol: number): SurfaceSlice =>
        toSlice(BigInt(at), 1, 0, { a: (vol * vol * (at - now)) / (365 * DAY), b: 0, rho: 0, m: 0, s: 1 });
      const [near, beyond] = [flat(expiry, 0.6), flat(far(), 0.4)];
      const left = (found: SurfaceSlice): bigint => found.a12 * 10n ** 6n;
      const reach: bigint = twin.reachOf(sviOf(near));
      const values = [expiry, far(), -reach, left(near), left(beyond)];
      await refused(send(report(now, near, beyond)), "SurfaceOracle_CalendarArbitrage", ...values);
      now += 1;
      // The same pair the other way round is no arbitrage, and equal variance is none.
      await send(report(now, flat(expiry, 0.4), flat(far(), 0.6)));
    });

    it("are compared across the one that a report leaves out", async () => {
      await send(report(now, slice(expiry, now), slice(far(), now), slice(far() + TENOR, now)));
      now += 60;
      const [near, beyond] = [slice(expiry, now, { vol: 0.7 }), slice(far() + TENOR, now, { vol: 0.51 })];
      await send(report(now, near, beyond));
      now += 60;
      const middle = slice(far(), now, { vol: 0.48 });
      const sent = send(report(now, middle));
      await expect(sent).to.be.revertedWithCustomError(deployed.oracle, "SurfaceOracle_CalendarArbitrage");
    });

    it("whose smiles cross on the way are posted together, in no order one by one", async () => {
      const turned = (rho: number): SurfaceReport => {
        return report(now, slice(expiry, now, { rho }), slice(expiry + 3 * DAY, now, { rho }));
      };
      const { oracle } = deployed;
      await oracle.setMoveLimits({ forwardBps: 500, volBps: 5_000 });
      await send(turned(-0.4));
      now += 60;
      const { slices } = turned(0.4);
      for (const alone of slices) {
        now += 1;
        const posted = report(now, alone);
        await expect(send(posted)).to.be.revertedWithCustomError(oracle, "SurfaceOracle_CalendarArbitrage");
      }
      now += 1;
      await send(report(now, ...slices));
    });
  });

  it("let a whole market of eleven expiries into one report", async () => {
    const days = [1, 2, 3, 7, 14, 21, 28, 56, 91, 182, 364];
    const slices = days.map((day) => slice(now + day * DAY, now));
    await postAt(deployed, report(now, ...slices));
    expect(await deployed.oracle.expiriesOf(ETH)).to.have.length(days.length);
  });
});

/** The least of Gatheral's g, on a grid so fine that nothing hides. */
function leastDensity({ a, b, rho, m, s }: RawSvi): number {
  const g = (k: number): number => {
    const root = Math.hypot(k - m, s);
    const w = a + b * (rho * (k - m) + root);
    const first = b * (rho + (k - m) / root);
    const second = (b * s * s) / root ** 3;
    return (1 - (k * first) / (2 * w)) ** 2 - (first ** 2 / 4) * (1 / w + 1 / 4) + second / 2;
  };
  const reach = 4 * Math.sqrt(a + b * s);
  let least = Infinity;
  for (let i = 0; i <= 2_000; i++) {
    least = Math.min(least, g(-reach + (reach * i) / 1_000));
    const k = m + s * Math.sinh(-8 + i / 125);
    if (Math.abs(k) <= reach) least = Math.min(least, g(k));
  }
  return least;
}

/** By how much of itself the nearer's variance exceeds the farther's at worst, on a fine grid. */
function worstCalendar(near: RawSvi, far: RawSvi): number {
  const w = ({ a, b, rho, m, s }: RawSvi, k: number): number => {
    const reach = 4 * Math.sqrt(a + b * s);
    const d = Math.max(-reach, Math.min(reach, k)) - m;
    return a + b * (rho * d + Math.hypot(d, s));
  };
  const reach = 4 * Math.sqrt(Math.max(near.a + near.b * near.s, far.a + far.b * far.s));
  let worst = -Infinity;
  for (let i = 0; i <= 4_000; i++) {
    const k = -reach + (reach * i) / 2_000;
    worst = Math.max(worst, 1 - w(far, k) / w(near, k));
  }
  return worst;
}
