import { expect } from "chai";
import fc from "fast-check";

import { type Instrument, PlimsollInputError, instrumentName, option, parseInstrument, perp } from "../../../sdk";

const NAMES = new Map([
  [1n, "ETH"],
  [2n, "BTC"],
]);
const EXPIRY = BigInt(Date.parse("2026-12-25T08:00:00Z") / 1000);

function call(expiry = EXPIRY, strike = 220_000_000_000n): Instrument {
  return option({ underlying: 1n, expiry, strike, call: true });
}

describe("names of instruments", () => {
  it("are those people use", () => {
    expect(instrumentName(perp(2n), NAMES)).to.equal("BTC-PERP");
    expect(instrumentName(call(), NAMES)).to.equal("ETH-20261225-2200-C");
    expect(instrumentName(call(EXPIRY + 3_600n), NAMES)).to.equal("ETH-20261225T0900-2200-C");
    expect(instrumentName(call(EXPIRY + 61n, 1n), NAMES)).to.equal("ETH-20261225T080101-0.00000001-C");
    expect(instrumentName(perp(9n))).to.equal("9-PERP");
    expect(instrumentName(7n as Instrument)).to.equal("0x7");
  });

  it("are read back as what they name", () => {
    const series = fc.record({
      underlying: fc.constantFrom(1n, 2n),
      expiry: fc.bigInt(1n, 2n ** 32n - 1n),
      strike: fc.bigInt(1n, 2n ** 64n - 1n),
      call: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.oneof(series.map(option), fc.constantFrom(perp(1n), perp(2n))), (instrument) => {
        expect(parseInstrument(instrumentName(instrument, NAMES), NAMES)).to.equal(instrument);
      }),
    );
  });

  it("are refused with what is wrong", () => {
    for (const [text, sentence] of [
      ["ETH", "is not an instrument: write ETH-PERP, or ETH-20261225-2200-C"],
      ["ETH-20261225-2200", "is not an instrument"],
      ["ETH-20261225-2200.123456789-C", "is not an instrument"],
      ["eth-PERP", "is not an instrument"],
      ["SOL-PERP", 'There is no underlying "SOL": choose one of ETH, BTC.'],
      ["ETH-20260230-2200-C", "names a date that there is not: 2026-02-30T08:00:00 UTC."],
      ["ETH-20261225T2460-2200-P", "names a date that there is not"],
      ["ETH-20261225-0-P", 'The strike "0" is not above zero.'],
    ] as const) {
      expect(() => parseInstrument(text, NAMES), text).to.throw(PlimsollInputError, sentence);
    }
  });
});
