import { readFileSync } from "node:fs";

import { expect } from "chai";
import fc from "fast-check";

import { WAD, parseWad } from "../../../sdk";
import { type OptionTerms, optionGreeks, optionValue } from "../../../sdk/math/black76";
import { expWad, lnWad } from "../../../sdk/math/exponentials";
import { sqrt } from "../../../sdk/risk/fixedPoint";
import { optionGreeks as referenceGreeks, optionValue as referenceValue } from "../../reference/black76";
import { hasShared, sharedPath } from "../../support/shared";
import { deployMathHarness } from "./harness";

const YEAR = 31_536_000n;

interface Drawn {
  call: boolean;
  spot: number;
  forwardRatio: number;
  /** K / F. */
  moneyness: number;
  /** sigma * sqrt(T), which decides what is hard. */
  deviation: number;
  seconds: number;
  rate: number;
}

/** The domain of the demand: K / F from 0.05 to 20, sigma * sqrt(T) from 0.001 to 5. */
const drawn: fc.Arbitrary<Drawn> = fc.record({
  call: fc.boolean(),
  spot: fc.double({ min: 0.01, max: 1e6, noNaN: true }),
  forwardRatio: fc.double({ min: 0.8, max: 1.25, noNaN: true }),
  moneyness: fc.double({ min: Math.log(0.05), max: Math.log(20), noNaN: true }).map(Math.exp),
  deviation: fc.double({ min: Math.log(0.001), max: Math.log(5), noNaN: true }).map(Math.exp),
  seconds: fc.integer({ min: 3600, max: 3 * Number(YEAR) }),
  rate: fc.constantFrom(0, 0.05, -0.02),
});

describe("Black 1976", () => {
  it("is within 1e-9 of the forward of double precision over the whole domain (MATH-2)", () => {
    let worst = 0;
    const property = fc.property(drawn, (one) => {
      const { terms, reference } = both(one);
      const forward = one.spot * one.forwardRatio;
      const error = Math.abs(Number(optionValue(terms)) / 1e18 - referenceValue(reference)) / forward;
      worst = Math.max(worst, error);
    });
    fc.assert(property, { numRuns: 5_000 });
    expect(worst, "MATH-2: error over forward").to.be.below(1e-9);
    // The bound that the library states, for the strike farthest away.
    expect(worst).to.be.below(21 * 8e-13 + 1e-15);
  });

  it("has the reference's Greeks (MATH-2)", () => {
    const property = fc.property(drawn, (one) => {
      const { terms, reference } = both(one);
      const found = optionGreeks(terms);
      const expected = referenceGreeks(reference);
      // Per unit of what each is measured in: deltas of one, values of the forward, gammas of a percent of spot.
      const forward = one.spot * one.forwardRatio;
      const scale = { delta: 1, gamma: 1 / one.spot / one.deviation, vega: forward, theta: forward, rho: forward };
      for (const name of ["delta", "gamma", "vega", "theta", "rho"] as const) {
        const magnitude = scale[name] * (name === "theta" ? 1 + reference.vol / Math.sqrt(reference.years) : 1) * 3;
        const error = Math.abs(Number(found[name]) / 1e18 - expected[name]);
        expect(error, `MATH-2: ${name}`).to.be.below(1e-10 * magnitude + 3e-18);
      }
    });
    fc.assert(property, { numRuns: 2_000 });
  });

  it("keeps put-call parity to the rounding, and within what an option can pay (MATH-2)", () => {
    const property = fc.property(drawn, (one) => {
      const { terms } = both(one);
      const [call, put] = [true, false].map((is) => optionValue({ ...terms, call: is }));
      const forward = (terms.spot * terms.forwardRatio) / WAD;
      const parity = ((forward - terms.strike) * terms.discount) / WAD;
      const bound = ((forward + terms.strike) * 2n) / 10n ** 16n + 3n;
      expect(call! - put! - parity >= -bound && call! - put! - parity <= bound, "parity").to.equal(true);
      expect(call! >= 0n && call! <= (forward * terms.discount) / WAD).to.equal(true);
      expect(put! >= 0n && put! <= (terms.strike * terms.discount) / WAD).to.equal(true);
    });
    fc.assert(property, { numRuns: 2_000 });
  });

  it("never falls by more than its error where volatility rises (MATH-2)", () => {
    const property = fc.property(drawn, fc.double({ min: 1, max: 2, noNaN: true }), (one, more) => {
      const { terms } = both(one);
      const { terms: wider } = both({ ...one, deviation: one.deviation * more });
      const least = optionValue(terms) - (terms.spot * 2n + terms.strike * 2n) / 10n ** 12n;
      expect(optionValue(wider) >= least).to.equal(true);
    });
    fc.assert(property, { numRuns: 5_000 });
  });

  it("agrees with the vectors of Derive's library", function () {
    const file = sharedPath("peers", "derive-v2-core.json");
    if (!hasShared("peers", "derive-v2-core.json")) this.skip();
    const { test_vectors: vectors } = JSON.parse(readFileSync(file, "utf8")) as { test_vectors: { black76: Vector[] } };
    for (const { secs, vol, F, K, disc, call, put } of vectors.black76) {
      const terms = termsOf({ spot: F, forwardRatio: 1, strike: K, vol, seconds: secs, rate: 0, call: true });
      const discount = parseWad(disc.toFixed(18));
      const bound = F * 1e-9;
      expect(Number(optionValue({ ...terms, discount })) / 1e18).to.be.closeTo(Number(call), bound);
      expect(Number(optionValue({ ...terms, discount, call: false })) / 1e18).to.be.closeTo(Number(put), bound);
    }
  });

  it("is the same on the chain, also where nothing is left of time or volatility (MATH-1)", async function () {
    this.timeout(120_000);
    const harness = await deployMathHarness();
    const some = fc.sample(drawn, 60).map((one) => both(one).terms);
    const [first] = some;
    const expired = { ...first!, time: 0n, sqrtTime: 0n, discount: WAD };
    for (const terms of [...some, expired, { ...expired, call: !expired.call }, { ...first!, volatility: 0n }]) {
      expect(await harness.value(terms)).to.equal(optionValue(terms));
      const { delta, gamma, vega, theta, rho } = optionGreeks(terms);
      expect(await harness.greeks(terms)).to.deep.equal([delta, gamma, vega, theta, rho]);
    }
  });
});

interface Vector {
  secs: number;
  vol: number;
  F: number;
  K: number;
  disc: number;
  call: string;
  put: string;
}

function both({ call, spot, forwardRatio, moneyness, deviation, seconds, rate }: Drawn) {
  const strike = spot * forwardRatio * moneyness;
  const vol = deviation / Math.sqrt(seconds / Number(YEAR));
  const terms = termsOf({ spot, forwardRatio, strike, vol, seconds, rate, call });
  const exact = (wad: bigint): number => Number(wad) / 1e18;
  // The reference is given what the integers are, not what they were meant to be.
  const reference = {
    spot: exact(terms.spot),
    forwardRatio: exact(terms.forwardRatio),
    rate,
    strike: exact(terms.strike),
    call,
    years: seconds / Number(YEAR),
    vol: exact(terms.volatility),
  };
  return { terms, reference };
}

interface Plain {
  spot: number;
  forwardRatio: number;
  strike: number;
  vol: number;
  seconds: number;
  rate: number;
  call: boolean;
}

function termsOf({ spot, forwardRatio, strike, vol, seconds, rate, call }: Plain): OptionTerms {
  const wad = (x: number): bigint => BigInt(Math.round(x * 1e9)) * 10n ** 9n;
  const [s, phi, k, r] = [wad(spot), wad(forwardRatio), wad(strike), wad(rate)];
  const left = BigInt(seconds);
  const forward = (s * phi) / WAD;
  return {
    call,
    spot: s,
    forwardRatio: phi,
    strike: k,
    moneyness: lnWad((forward * WAD) / k),
    volatility: wad(vol),
    time: (left * WAD) / YEAR,
    sqrtTime: sqrt((left * WAD * WAD) / YEAR),
    rate: r,
    discount: expWad(-(r * left) / YEAR),
  };
}
