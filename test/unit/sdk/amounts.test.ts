import { expect } from "chai";
import fc from "fast-check";

import {
  PlimsollInputError,
  formatLots,
  formatShares,
  formatUsdc,
  formatWad,
  parseLots,
  parseShares,
  parseUsdc,
  parseWad,
  roundWad,
} from "../../../sdk";

const notNumbers = ["", " 1", "1 ", "abc", "1e3", "+1", ".5", "5.", "1,000", "1.2.3", "0x10", "--1", "NaN", "Infinity"];

describe("Amounts", () => {
  it("are read into their smallest unit", () => {
    expect(parseLots("1.5")).to.equal(150_000_000n);
    expect(parseLots("-0.00000001")).to.equal(-1n);
    expect(parseWad("1999.5")).to.equal(19_995n * 10n ** 17n);
    expect(parseWad("-0.000000000000000001")).to.equal(-1n);
    expect(parseUsdc("250.75")).to.equal(250_750_000n);
    expect(parseUsdc("0")).to.equal(0n);
    expect(parseShares("99.5")).to.equal(99_500_000_000_000n);
    expect(parseLots("007.10")).to.equal(710_000_000n);
  });

  it("are written exactly and without trailing zeros", () => {
    expect(formatLots(150_000_000n)).to.equal("1.5");
    expect(formatLots(-1n)).to.equal("-0.00000001");
    expect(formatWad(2_000n * 10n ** 18n)).to.equal("2000");
    expect(formatWad(1n)).to.equal("0.000000000000000001");
    expect(formatUsdc(250_750_000n)).to.equal("250.75");
    expect(formatUsdc(0n)).to.equal("0");
    expect(formatShares(1n)).to.equal("0.000000000001");
  });

  it("are the same after writing and reading", () => {
    fc.assert(
      fc.property(
        fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n),
        fc.bigInt(-(2n ** 255n), 2n ** 255n - 1n),
        fc.bigInt(0n, 2n ** 256n - 1n),
        (lots, wad, usdc) => {
          expect(parseLots(formatLots(lots))).to.equal(lots);
          expect(parseWad(formatWad(wad))).to.equal(wad);
          expect(parseUsdc(formatUsdc(usdc))).to.equal(usdc);
          expect(parseShares(formatShares(usdc))).to.equal(usdc);
        },
      ),
    );
  });

  it("are rounded half away from zero for people", () => {
    expect(roundWad(parseWad("1234.565"))).to.equal("1234.57");
    expect(roundWad(parseWad("-1234.565"))).to.equal("-1234.57");
    expect(roundWad(parseWad("1234.564999"))).to.equal("1234.56");
    expect(roundWad(parseWad("-0.004"))).to.equal("0.00");
    expect(roundWad(parseWad("0.5"), 0)).to.equal("1");
    expect(roundWad(parseWad("0.0525"), 3)).to.equal("0.053");
    expect(roundWad(-1n, 18)).to.equal("-0.000000000000000001");
  });

  it("refuse what is no plain decimal number", () => {
    for (const text of notNumbers) {
      for (const parse of [parseLots, parseWad, parseUsdc]) {
        const sentence = `The price "${text}" is not a plain decimal number such as 1.5.`;
        expect(() => parse(text, "price")).to.throw(PlimsollInputError, sentence);
      }
    }
  });

  it("refuse more decimals than the unit has", () => {
    const tooFine = 'The size "1.123456789" has 9 decimals and may have 8.';
    expect(() => parseLots("1.123456789")).to.throw(PlimsollInputError, tooFine);
    expect(() => parseUsdc("0.0000001")).to.throw(PlimsollInputError, "has 7 decimals and may have 6.");
    expect(() => parseWad(`0.${"1".repeat(19)}`)).to.throw(PlimsollInputError, "has 19 decimals and may have 18.");
  });

  it("refuse what the ledger or a token cannot hold", () => {
    expect(parseLots("92233720368.54775807")).to.equal(2n ** 63n - 1n);
    expect(parseLots("-92233720368.54775808")).to.equal(-(2n ** 63n));
    for (const text of ["92233720368.54775808", "-92233720368.54775809"]) {
      const sentence = `The size "${text}" is beyond 92233720368.54775807, the largest the ledger holds.`;
      expect(() => parseLots(text)).to.throw(PlimsollInputError, sentence);
    }
    expect(() => parseWad(formatWad(2n ** 255n))).to.throw(PlimsollInputError, "is larger than any the ledger holds.");
    expect(() => parseUsdc(formatUsdc(2n ** 256n))).to.throw(PlimsollInputError, "is larger than any a token holds.");
    expect(() => parseUsdc("-1")).to.throw(PlimsollInputError, 'The amount "-1" is negative');
  });

  it("of tokens and shares are not negative, and of shares have 12 decimals at most", () => {
    expect(() => parseUsdc("-1")).to.throw(PlimsollInputError, "is negative");
    expect(() => parseShares("-1")).to.throw(PlimsollInputError, "is negative, and a number of shares cannot be");
    expect(() => parseShares("0.0000000000001")).to.throw(PlimsollInputError, "has 13 decimals and may have 12");
    expect(() => parseShares(`1${"0".repeat(66)}`)).to.throw(PlimsollInputError, "larger than any the vault has");
  });
});
