import { expect } from "chai";

import { accrueFunding, fixedPoint, hourlyRateOf, parseWad } from "../../../sdk";

const HOUR = 3600n;
const SPOT = parseWad("2000");
/** The basis oracle's integral of a basis held over a time. */
const integral = (basis: string, seconds: bigint) => (parseWad(basis) * seconds) / 10n ** 9n;

describe("Funding", () => {
  it("pays an eighth of the average basis an hour", () => {
    expect(accrueFunding(0n, integral("0.002", HOUR), SPOT, HOUR)).to.deep.equal({
      hourlyRate: parseWad("0.00025"),
      perUnit: parseWad("0.5"),
    });
    const halfAnHour = accrueFunding(5n, 5n + integral("-0.002", HOUR / 2n), SPOT, HOUR / 2n);
    expect(halfAnHour).to.deep.equal({ hourlyRate: parseWad("-0.00025"), perUnit: parseWad("-0.25") });
  });

  it("is at most 0.05 % an hour, either way", () => {
    expect(accrueFunding(0n, integral("0.01", HOUR), SPOT, HOUR).hourlyRate).to.equal(parseWad("0.0005"));
    expect(accrueFunding(0n, integral("-0.01", HOUR), SPOT, HOUR).hourlyRate).to.equal(parseWad("-0.0005"));
    expect(accrueFunding(0n, integral("0.004", HOUR), SPOT, HOUR).hourlyRate).to.equal(parseWad("0.0005"));
    expect(accrueFunding(0n, integral("0.0039999", HOUR), SPOT, HOUR).hourlyRate < parseWad("0.0005")).to.be.true;
  });

  it("has the same rate for a basis that lasts", () => {
    for (const basis of ["0", "0.002", "-0.002", "0.0039", "0.004", "0.01", "-0.01"]) {
      const { hourlyRate } = accrueFunding(0n, integral(basis, HOUR), SPOT, HOUR);
      expect(hourlyRateOf(parseWad(basis))).to.equal(hourlyRate);
    }
  });

  it("truncates towards zero, so that both signs mirror each other", () => {
    for (const moved of [1n, 7n, 123_456_789n]) {
      const up = accrueFunding(0n, moved, SPOT + 1n, 7n);
      const down = accrueFunding(0n, -moved, SPOT + 1n, 7n);
      expect(down).to.deep.equal({ hourlyRate: 0n - up.hourlyRate, perUnit: 0n - up.perUnit });
      expect(fixedPoint.abs(up.hourlyRate)).to.equal(fixedPoint.min((moved * 10n ** 9n) / 7n / 8n, 5n * 10n ** 14n));
    }
  });

  it("is nothing where no time passed", () => {
    expect(accrueFunding(0n, 5n, SPOT, 0n)).to.deep.equal({ hourlyRate: 0n, perUnit: 0n });
  });
});
