import { expect } from "chai";
import fc from "fast-check";

import { type Greeks, type OptionTerms, black76, optionGreeks, optionValue } from "../../reference/black76";
import { normalDensity } from "../../reference/normal";
import { derivative, expectNear, expectRelative } from "./numbers";

function option(terms: Partial<OptionTerms>): OptionTerms {
  return { spot: 100, forwardRatio: 1, rate: 0, strike: 100, call: true, years: 1, vol: 0.5, ...terms };
}

/** A stock or currency with a cost of carry: its forward is spot * e^(carry * T). */
function carried(carry: number, terms: Partial<OptionTerms>): OptionTerms {
  return option({ ...terms, forwardRatio: Math.exp(carry * (terms.years ?? 1)) });
}

const anyOption: fc.Arbitrary<OptionTerms> = fc
  .record({
    spot: fc.double({ min: 1, max: 1e5, noNaN: true }),
    forwardRatio: fc.double({ min: 0.8, max: 1.3, noNaN: true }),
    rate: fc.double({ min: -0.05, max: 0.2, noNaN: true }),
    moneyness: fc.double({ min: Math.log(0.05), max: Math.log(20), noNaN: true }),
    call: fc.boolean(),
    years: fc.double({ min: 1 / 8_760, max: 3, noNaN: true }),
    deviation: fc.double({ min: Math.log(0.001), max: Math.log(5), noNaN: true }),
  })
  .map(({ moneyness, deviation, ...rest }) => ({
    ...rest,
    strike: rest.spot * rest.forwardRatio * Math.exp(moneyness),
    vol: Math.exp(deviation) / Math.sqrt(rest.years),
  }));

/** Out-of-the-money price as the sum of what each bit of deviation adds: F n(d1), all of it positive. */
function accrued(forward: number, strike: number, deviation: number): number {
  const moneyness = Math.log(forward / strike);
  const added = (s: number) => forward * normalDensity(moneyness === 0 ? s / 2 : moneyness / s + s / 2);
  // Far out of the money the last bits add nearly everything: what lies before adds e^-60 of them.
  const start = deviation * Math.max(0, 1 - 60 / (1 + (moneyness / deviation) ** 2));
  const steps = 20_000;
  const width = (deviation - start) / steps;
  const weights = Array.from({ length: steps + 1 }, (_, i) => (i % steps === 0 ? 1 : i % 2 === 1 ? 4 : 2));
  return (width / 3) * weights.reduce((sum, weight, i) => sum + weight * added(start + i * width), 0);
}

describe("Reference Black-76", () => {
  describe("published figures", () => {
    it("prices Hull's futures put of crude oil, and Haug's options on Brent", () => {
      const crude = option({ spot: 20, strike: 20, rate: 0.09, vol: 0.25, years: 4 / 12, call: false });
      expect(optionValue(crude)).to.be.closeTo(1.12, 0.005);
      const brent = option({ spot: 19, strike: 19, rate: 0.1, vol: 0.28, years: 0.75 });
      expect(optionValue(brent)).to.be.closeTo(1.7011, 5e-5);
      expect(optionValue({ ...brent, call: false })).to.be.closeTo(1.7011, 5e-5);
    });

    it("prices Hull's stock options", () => {
      const stock = carried(0.1, { spot: 42, strike: 40, rate: 0.1, vol: 0.2, years: 0.5 });
      expect(optionValue(stock)).to.be.closeTo(4.76, 0.005);
      expect(optionValue({ ...stock, call: false })).to.be.closeTo(0.81, 0.005);
    });

    it("prices the test vectors of the Lyra utilities", () => {
      const days = (seconds: number) => seconds / 31_536_000;
      const week = Math.sqrt(days(604_800));
      expect(black76(1_500, 1_500, week, true)).to.be.closeTo(82.80508066863456, 1e-12);
      const month = 0.25 * Math.sqrt(days(2_592_000));
      const discount = 0.9991784198737006;
      expect(discount * black76(1_000, 1_200, month, true)).to.be.closeTo(0.1370821284265793, 1e-13);
      expect(discount * black76(1_000, 1_200, month, false)).to.be.closeTo(199.97276610316672, 1e-12);
      const twoDays = 0.75 * Math.sqrt(days(172_800));
      expect(0.9998904169635637 * black76(1_000, 700, twoDays, true)).to.be.closeTo(299.9671250895262, 1e-12);
      expect(0.9998904169635637 * black76(1_000, 700, twoDays, false)).to.be.closeTo(4.5708468e-10, 1e-12);
    });

    it("has Haug's Greeks", () => {
      const futures = option({ spot: 105, strike: 100, rate: 0.1, vol: 0.36, years: 0.5 });
      expect(optionGreeks(futures).delta).to.be.closeTo(0.5946, 5e-5);
      expect(optionGreeks({ ...futures, call: false }).delta).to.be.closeTo(-0.3566, 5e-5);
      const gamma = carried(0.1, { spot: 55, strike: 60, rate: 0.1, vol: 0.3, years: 0.75 });
      expect(optionGreeks(gamma).gamma).to.be.closeTo(0.0278, 5e-5);
    });

    it("has Hull's Greeks, once the forward's own part is put back into theta and rho", () => {
      const stock = carried(0.05, { spot: 49, strike: 50, rate: 0.05, vol: 0.2, years: 0.3846 });
      const { delta, gamma, vega, theta, rho } = optionGreeks(stock);
      expect(delta).to.be.closeTo(0.522, 5e-4);
      expect(gamma).to.be.closeTo(0.066, 5e-4);
      expect(vega).to.be.closeTo(12.1, 0.05);
      expect(theta - 0.05 * 49 * delta).to.be.closeTo(-4.31, 0.005);
      expect(rho + 0.3846 * 49 * delta).to.be.closeTo(8.91, 0.005);
    });
  });

  it("is what its own vega adds up to, however far out of the money and however short", () => {
    const cases: [number, number, number][] = [
      [1, 1, 0.001],
      [1, 1.003, 0.001],
      [1, 1.02, 0.001],
      [1, 1.5, 0.05],
      [1, 1.2, 0.3],
      [1, 20, 0.4],
      [1, 20, 1],
      [1, 20, 5],
      [1, 1, 5],
    ];
    for (const [low, high, deviation] of cases) {
      const expected = accrued(low, high, deviation);
      expectRelative(black76(low, high, deviation, true), expected, 2e-12, `${high} at ${deviation}`);
      expectRelative(black76(high, low, deviation, false), expected, 2e-12, `${low} at ${deviation}`);
    }
  });

  it("keeps put-call parity, and lies between intrinsic value and the price of the certain", () => {
    fc.assert(
      fc.property(anyOption, (terms) => {
        const [call, put] = [optionValue({ ...terms, call: true }), optionValue({ ...terms, call: false })];
        const discount = Math.exp(-terms.rate * terms.years);
        const forward = terms.spot * terms.forwardRatio;
        const scale = Math.max(forward, terms.strike) * discount;
        expect(call - put).to.be.closeTo(discount * (forward - terms.strike), scale * 1e-15);
        expect(call).to.be.within(discount * Math.max(0, forward - terms.strike), discount * forward * (1 + 1e-15));
        expect(put).to.be.within(discount * Math.max(0, terms.strike - forward), discount * terms.strike * (1 + 1e-15));
      }),
      { numRuns: 2_000 },
    );
  });

  it("has Greeks that are the derivatives of its price", () => {
    fc.assert(
      fc.property(anyOption, (terms) => {
        const greeks = optionGreeks(terms);
        const { spot, years, vol, rate, strike } = terms;
        // Within what the price bends over: a part of a deviation.
        const part = Math.min(0.05, 0.2 * vol * Math.sqrt(years));
        const along = (change: (x: number) => Partial<OptionTerms>) => (x: number) =>
          optionValue({ ...terms, ...change(x) });
        const numeric: Greeks = {
          delta: derivative(
            along((x) => ({ spot: x })),
            spot,
            spot * part,
          ),
          gamma: derivative((x) => optionGreeks({ ...terms, spot: x }).delta, spot, spot * part),
          vega: derivative(
            along((x) => ({ vol: x })),
            vol,
            vol * 0.05,
          ),
          theta: -derivative(
            along((x) => ({ years: x })),
            years,
            years * 0.05,
          ),
          rho: derivative(
            along((x) => ({ rate: x })),
            rate,
            0.01,
          ),
        };
        const largest = Math.max(spot, strike);
        const scales: Greeks = {
          delta: largest / spot / part,
          gamma: 1 / spot / part,
          vega: largest / vol,
          theta: largest / years,
          rho: largest * Math.max(1, years),
        };
        for (const greek of Object.keys(scales) as (keyof Greeks)[]) {
          const what = `${greek} of ${JSON.stringify(terms)}`;
          expect(Math.abs(greeks[greek] - numeric[greek]), what).to.be.at.most(scales[greek] * 1e-9);
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it("shares gamma and vega between call and put, whose deltas are a discounted forward apart", () => {
    fc.assert(
      fc.property(anyOption, (terms) => {
        const [call, put] = [optionGreeks({ ...terms, call: true }), optionGreeks({ ...terms, call: false })];
        expect([call.gamma, call.vega]).to.deep.equal([put.gamma, put.vega]);
        const apart = terms.forwardRatio * Math.exp(-terms.rate * terms.years);
        expectNear(call.delta - put.delta, apart, 1e-14, "deltas apart");
      }),
    );
  });

  it("is its payoff on the forward once expired or without volatility", () => {
    const expired = option({ spot: 128, forwardRatio: 1.25, strike: 100, rate: 0.5, years: 0 });
    expect(optionValue(expired)).to.equal(60);
    const { rho, ...greeks } = optionGreeks(expired);
    expect(greeks).to.deep.equal({ delta: 1.25, gamma: 0, vega: 0, theta: 30 });
    expect(rho).to.be.closeTo(0, 0);
    expect(optionValue({ ...expired, years: -1 })).to.equal(60);
    expect(optionValue({ ...expired, call: false })).to.equal(0);
    expect(optionGreeks({ ...expired, call: false }).delta).to.be.closeTo(0, 0);
    const certain = option({ spot: 128, forwardRatio: 1.25, rate: 0.5, vol: 0 });
    expect(optionValue(certain)).to.equal(60 * Math.exp(-0.5));
  });
});
