import { expect } from "chai";
import fc from "fast-check";

import { expWad, lnWad, powWad } from "../../../sdk/math/exponentials";
import { WAD, parseWad } from "../../../sdk";
import { statesFor } from "../../../sdk/risk/portfolio/kernel";
import { deployMathHarness } from "./harness";

describe("exponentials", () => {
  it("are solady's to the bit (MATH-1)", async () => {
    const harness = await deployMathHarness();
    const exponents = [
      ...fc.sample(fc.bigInt(-43n * WAD, 135n * WAD), 400),
      -41446531673892822313n,
      -41446531673892822312n,
      0n,
      1n,
      135305999368893231588n,
    ];
    const numbers = [
      ...fc.sample(fc.bigInt(1n, (1n << 255n) - 1n), 200),
      ...fc.sample(fc.bigInt(1n, 100n * WAD), 400),
      1n,
    ];
    const [exps, logarithms] = await harness.exponentials(exponents, numbers);
    expect(exps).to.deep.equal(exponents.map(expWad));
    expect(logarithms).to.deep.equal(numbers.map(lnWad));
  });

  it("refuse what has no value", () => {
    expect(() => lnWad(0n)).to.throw(RangeError, "no logarithm of 0");
    expect(() => expWad(135305999368893231589n)).to.throw(RangeError, "out of range");
    expect(powWad(parseWad("30"), parseWad("0.3"))).to.be.closeTo(parseWad("2.774"), parseWad("0.001"));
  });

  it("give the kernel's states their logarithms, those of the tails as constants (MATH-1)", async () => {
    const harness = await deployMathHarness();
    for (const range of ["0.16", "0.19", "0.32", "0.6", "0.3141592653589793"]) {
      const [logarithms, moves] = await harness.states(parseWad(range));
      const states = statesFor(parseWad(range));
      expect(logarithms).to.deep.equal(states.map(({ logarithm }) => logarithm));
      expect(moves).to.deep.equal(states.map(({ factor }) => factor - WAD));
    }
  });
});
