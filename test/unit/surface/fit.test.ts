import { expect } from "chai";
import fc from "fast-check";

import { PlimsollInputError } from "../../../sdk";
import { calendarExcess, leastDensity, penalty, totalVariance } from "../../../scripts/surface/arbitrage";
import type { Chain, Quote } from "../../../scripts/surface/chain";
import { asOf, parseSurfaceFile, sliceText, unsigned } from "../../../scripts/surface/file";
import { type FittedChain, errorsOf, fitChain, fitSmile } from "../../../scripts/surface/fit";
import { inner } from "../../../scripts/surface/leastSquares";
import { surfacePage } from "../../../scripts/surface/report";
import { minimise } from "../../../scripts/surface/simplex";
import { type RawSvi, type SurfaceSlice, rawSviOf } from "../../../scripts/surface/slice";

const DAY = 86_400;
const YEAR = 365 * DAY;
const NOW = 1_767_345_489;

/** Marks of a smile at 21 strikes out to two standard deviations. */
function marks(svi: RawSvi, tenor: number, noise = 0): Quote[] {
  const years = tenor / YEAR;
  const width = 2 * Math.sqrt(totalVariance(0, svi));
  return Array.from({ length: 21 }, (_, i) => {
    const place = (i - 10) / 10;
    const k = place * width;
    const vol = Math.sqrt(totalVariance(k, svi) / years) * (1 + noise * Math.sin(17 * i));
    const [delta, vega] = [0.5 - 0.44 * place, Math.exp(-2 * place * place)];
    return { expiry: NOW + tenor, k, vol, delta, vega, forward: 101, index: 100 };
  });
}

function usual(vol: number, tenor: number, shape: Partial<RawSvi> = {}): RawSvi {
  const w = (vol * vol * tenor) / YEAR;
  const s = Math.sqrt(w);
  return { a: w / 2, b: s / 2, rho: -0.3, m: s / 10, s, ...shape };
}

const chain = (...quotes: Quote[]): Chain => ({ currency: "BTC", observedAt: NOW, quotes });

describe("Fitting a surface", () => {
  it("finds the smile that its marks were made of", () => {
    const smile = fc.record({
      vol: fc.double({ min: 0.2, max: 1.5, noNaN: true }),
      days: fc.integer({ min: 1, max: 400 }),
      rho: fc.double({ min: -0.6, max: 0.6, noNaN: true }),
    });
    fc.assert(
      fc.property(smile, ({ vol, days, rho }) => {
        const tenor = days * DAY;
        const svi = usual(vol, tenor, { rho });
        const found = fitSmile(marks(svi, tenor), tenor / YEAR);
        for (const { k, vol: mark } of marks(svi, tenor)) {
          const error = Math.sqrt((totalVariance(k, found) * YEAR) / tenor) - mark;
          expect(Math.abs(error)).to.be.below(2e-4);
        }
      }),
      { numRuns: 12 },
    );
  });

  it("keeps to what the oracle asks where the marks do not", () => {
    const tenor = 30 * DAY;
    // A corner too sharp for any density.
    const svi = { a: 0.004, b: 0.35, rho: 0, m: 0, s: 0.004 };
    expect(leastDensity(svi)).to.be.below(0);
    const { slices } = fitChain(chain(...marks(svi, tenor)));
    expect(slices[0]?.density).to.be.at.least(0.01);
  });

  it("keeps variance rising with expiry where the marks fall", () => {
    const [near, far] = [30 * DAY, 31 * DAY];
    const quotes = [...marks(usual(0.6, near), near), ...marks(usual(0.55, far), far)];
    const { slices } = fitChain(chain(...quotes));
    const [first, second] = slices as [(typeof slices)[0], (typeof slices)[0]];
    expect(calendarExcess(usual(0.6, near), usual(0.55, far))).to.be.above(0);
    expect(calendarExcess(first.svi, second.svi)).to.be.below(0);
    expect(second.calendar).to.equal(-calendarExcess(first.svi, second.svi));
  });

  it("takes forward and rate from the chain", () => {
    const tenor = 73 * DAY;
    const [slice] = fitChain(chain(...marks(usual(0.5, tenor), tenor))).slices;
    expect(slice?.forwardRatio).to.be.closeTo(1.01, 1e-12);
    expect(slice?.rate).to.be.closeTo(5 * Math.log(1.01), 1e-12);
    expect(slice?.slice.forwardRatio9).to.equal(1_010_000_000n);
  });

  it("refuses an expiry with too few options", () => {
    const few = marks(usual(0.5, DAY), DAY).slice(0, 5);
    expect(() => fitChain(chain(...few)))
      .to.throw(PlimsollInputError)
      .with.property("message", "The expiry 2026-01-03 of BTC has 5 options with a mark, and 6 are needed.");
  });

  it("tells errors in vol points, of the options that are judged", () => {
    const quotes = [0.1, 0.2, 0.3, 0.4, 0.9].map((error, i) => ({
      ...marks(usual(0.5, DAY), DAY)[0]!,
      vol: 0.5,
      fitted: 0.5 + error / 100,
      judged: i < 4,
    }));
    const { count, median, ninetieth, largest } = errorsOf(quotes);
    expect(count).to.equal(4);
    expect(median).to.be.closeTo(0.25, 1e-9);
    expect(ninetieth).to.be.closeTo(0.37, 1e-9);
    expect(largest).to.be.closeTo(0.4, 1e-9);
    expect(errorsOf([])).to.deep.equal({ count: 0, median: 0, ninetieth: 0, largest: 0 });
  });

  it("solves the inner problem at the bounds as well as between them", () => {
    const ks = [-0.3, -0.2, -0.1, 0, 0.1, 0.2, 0.3];
    const sample = (w: (k: number) => number) => ks.map((k) => ({ k, w: w(k), weight: 1 }));
    const free = { a: 0.01, b: 0.2, rho: -0.4, m: 0.05, s: 0.1 };
    const { svi } = inner(
      sample((k) => totalVariance(k, free)),
      0.05,
      0.1,
    );
    for (const key of ["a", "b", "rho"] as const) expect(svi[key]).to.be.closeTo(free[key], 1e-9);
    const steep = inner(
      sample((k) => 1 + 5 * Math.abs(k)),
      0,
      0.1,
    ).svi;
    expect(steep.b * (1 + Math.abs(steep.rho))).to.be.closeTo(2, 1e-6);
    const sloped = inner(
      sample((k) => 0.5 + 0.4 * k),
      0,
      0.1,
    ).svi;
    expect(Math.abs(sloped.rho)).to.be.at.most(0.999000001);
    const sunken = inner(
      sample((k) => 0.5 - k * k),
      0,
      0.1,
    ).svi;
    expect(sunken.b).to.equal(0);
    expect(sunken.a).to.be.closeTo(0.46, 1e-9);
  });

  it("finds the least of a curved valley", () => {
    const { at } = minimise(([x = 0, y = 0]) => (1 - x) ** 2 + 100 * (y - x * x) ** 2, [-1.2, 1], [0.5, 0.5]);
    expect(at[0]).to.be.closeTo(1, 1e-4);
    expect(at[1]).to.be.closeTo(1, 1e-4);
  });

  it("has no penalty for a sound smile, and one for each way to be unsound", () => {
    const sound = usual(0.5, 30 * DAY);
    expect(penalty(sound, 1e-6, undefined)).to.equal(0);
    expect(penalty(sound, 1e-6, usual(0.4, 30 * DAY))).to.equal(0);
    for (const [svi, near] of [
      [{ ...sound, b: -0.01 }, undefined],
      [{ ...sound, rho: 1 }, undefined],
      [{ ...sound, b: 1.6 }, undefined],
      [{ ...sound, a: -0.1 }, undefined],
      [{ ...sound, s: 1e-6 }, undefined],
      [{ ...sound, a: 0.001, b: 0.5, s: 0.01 }, undefined],
      [sound, usual(0.6, 30 * DAY)],
    ] as const) {
      expect(penalty(svi, 1e-6, near)).to.be.above(0);
    }
  });

  describe("as a file", () => {
    const tenor = 60 * DAY;
    let fitted: FittedChain;
    let slices: SurfaceSlice[];
    let file: { surfaces: { currency: string; observedAt: number; slices: Record<keyof SurfaceSlice, string>[] }[] };

    before(() => {
      fitted = fitChain(chain(...marks(usual(0.5, DAY), DAY), ...marks(usual(0.5, tenor), tenor)));
      ({ slices } = unsigned(fitted));
      file = { surfaces: [{ currency: "BTC", observedAt: NOW, slices: slices.map(sliceText) }] };
    });

    it("comes back as it was", () => {
      expect(parseSurfaceFile(JSON.stringify(file), "x.json")).to.deep.equal({ fitted: [unsigned(fitted)] });
      const signatures = [`0x${"11".repeat(65)}`];
      const signed = { underlying: 2, observedAt: NOW, slices: slices.map(sliceText), signatures };
      expect(parseSurfaceFile(JSON.stringify(signed), "x.json")).to.deep.equal({
        signed: { report: { underlying: 2, observedAt: BigInt(NOW), slices }, signatures },
      });
    });

    it("is refused by the field that is wrong", () => {
      const broken = (change: object) =>
        JSON.stringify({ surfaces: [{ ...file.surfaces[0], slices: [{ ...sliceText(slices[0]!), ...change }] }] });
      for (const [text, sentence] of [
        ["{", "x.json is no JSON: give it what surface:fit --json prints, or a signed report."],
        [broken({ a12: "1.5" }), "x.json: surfaces.0.slices.0.a12 is wrong: must be a whole number as text."],
        [broken({ b12: "-1" }), "x.json: surfaces.0.slices.0.b12 is wrong: must fit 48 bits."],
      ] as const) {
        expect(() => parseSurfaceFile(text, "x.json"))
          .to.throw(PlimsollInputError)
          .with.property("message", sentence);
      }
    });

    it("can be brought to another moment with every vol as it was", () => {
      const later = asOf(unsigned(fitted), NOW + 2 * DAY);
      expect(later.slices).to.have.length(1);
      const [before, after] = [slices[1]!, later.slices[0]!].map(rawSviOf) as [RawSvi, RawSvi];
      for (const k of [-0.2, 0, 0.1]) {
        const then = totalVariance(k, before) / tenor;
        expect(totalVariance(k, after) / (tenor - 2 * DAY)).to.be.closeTo(then, 1e-6 * then);
      }
    });
  });

  it("is shown on a page with every expiry and every option", () => {
    const tenors = [1, 7, 30].map((days) => days * DAY);
    const fitted = fitChain(chain(...tenors.flatMap((tenor) => marks(usual(0.5, tenor), tenor, 0.002))));
    const page = surfacePage("<chain>.csv", [fitted], fitted.errors);
    expect(page).to.contain("Surfaces fitted to &lt;chain&gt;.csv").and.not.to.contain("<chain>");
    expect(page.match(/<circle class="quote"/g)).to.have.length(63);
    expect(page.match(/<figure>/g)).to.have.length(2);
    expect(page)
      .to.contain("9 Jan 2026, vol %")
      .and.not.to.match(/NaN|Infinity|undefined/);
  });
});
