import { expect } from "chai";

import { type CaseFile, evaluateReference, heldBooks, readReferenceCase } from "../../reference/caseFile";
import { maxLoss, netShortCalls, optionsValue } from "../../reference/book";
import { groupMargin, standaloneMargin } from "../../reference/standardMargin";
import { type CasePosition, call, ethCase, ironCondor, perp, put, shortCall } from "./cases";
import { expectRelative } from "./numbers";

const EXACT = 1e-13;

function margins(file: CaseFile, mode: "isolated" | "cross") {
  const { initialMargin, maintenanceMargin } = evaluateReference(file, mode);
  return [initialMargin, maintenanceMargin] as const;
}

function expectMargins(file: CaseFile, mode: "isolated" | "cross", initial: number, maintenance: number) {
  const [actualInitial, actualMaintenance] = margins(file, mode);
  expectRelative(actualInitial, initial, EXACT, "initial margin");
  expectRelative(actualMaintenance, maintenance, EXACT, "maintenance margin");
}

/** The case with a daily volatility, cross or isolated. */
function wild(positions: CasePosition[], dailyVol: string): CaseFile {
  const file = ethCase(positions);
  file.underlyings.ETH!.dailyVol = dailyVol;
  return file;
}

// In the market of these cases: at 30 days V and delta of each strike, computed to 60 digits beside.
const ATM = { value: 141.651418324526333, delta: 0.545983663298369 };
const PUT_1600 = { value: 23.3274497734119528, delta: -0.10995475658491019 };
const PUT_1800 = { value: 58.3703671425129116, delta: -0.245717511360467267 };
const CALL_2200 = { value: 68.3120910179716816, delta: 0.330215204381296978 };
const CALL_2400 = { value: 32.8287192185320009, delta: 0.182870728703469432 };
/** USD per unit of delta: 2,000 at 0.25 %. */
const CONFIDENCE = 5;

describe("Reference standard margin of options", () => {
  it("holds 15 and 9 % of spot for a call sold at the money", () => {
    const confidence = ATM.delta * CONFIDENCE;
    for (const mode of ["isolated", "cross"] as const) {
      expectMargins(shortCall(), mode, 300 + confidence, 180 + confidence);
    }
  });

  it("takes off what is out of the money, down to 10 and 6 %", () => {
    const confidence = -PUT_1800.delta * CONFIDENCE;
    // 15 % of 2,000 less 200 is 100, less than 10 %: 200; likewise 120.
    expectMargins(ethCase([put("1800", "-1")]), "cross", 200 + confidence, 120 + confidence);
    const near = evaluateReference(ethCase([put("1980", "-1")]), "cross");
    const { delta } = near.underlyings.ETH!;
    expectRelative(near.initialMargin, 280 + delta * CONFIDENCE, EXACT, "20 out of the money");
    expectRelative(near.maintenanceMargin, 160 + delta * CONFIDENCE, EXACT, "20 out of the money");
  });

  it("multiplies by the daily volatility over its reference, between one and three", () => {
    const confidence = ATM.delta * CONFIDENCE;
    expectMargins(wild([call("2000", "-1")], "0.01"), "isolated", 300 + confidence, 180 + confidence);
    expectMargins(wild([call("2000", "-1")], "0.07"), "isolated", 600 + confidence, 360 + confidence);
    expectMargins(wild([call("2000", "-1")], "0.5"), "isolated", 900 + confidence, 540 + confidence);
  });

  it("asks for a put no more than its strike less what equity already holds of it", () => {
    const { books } = readReferenceCase(ethCase([put("150", "-1")]));
    const [option] = books[0]!.options;
    const { value, discount } = option!;
    expect(standaloneMargin(option!, books[0]!.market, "initial")).to.equal(150 * discount - value);
    // 6 % of spot is 120, below the strike.
    expect(standaloneMargin(option!, books[0]!.market, "maintenance")).to.equal(120);
  });

  it("asks of a long option all its value and the oracle's confidence", () => {
    const required = 2 * (ATM.value + ATM.delta * CONFIDENCE);
    for (const mode of ["isolated", "cross"] as const) {
      expectMargins(ethCase([call("2000", "2")]), mode, required, required);
    }
  });

  it("asks of a condor what it can lose at most", () => {
    const value = PUT_1600.value - PUT_1800.value - CALL_2200.value + CALL_2400.value;
    const delta = PUT_1600.delta - PUT_1800.delta - CALL_2200.delta + CALL_2400.delta;
    expectRelative(value, -70.526289168540643, 1e-14, "MtM");
    const required = value + 200 + Math.abs(delta) * CONFIDENCE;
    expectRelative(required, 129.5316194359707, 1e-14, "by hand");
    expectMargins(ironCondor(), "cross", required, required);
  });

  it("discounts what is paid at expiry", () => {
    const bookOf = (...positions: CasePosition[]) => {
      const file = ethCase(positions);
      file.underlyings.ETH!.expiries[1]!.rate = "0.2";
      return heldBooks(readReferenceCase(file))[0]!;
    };
    const discount = Math.exp((-0.2 * 30) / 365);
    const spread = bookOf(put("1800", "-1"), put("1600", "1"));
    const lost = optionsValue(spread.options) + discount * 200;
    expectRelative(groupMargin(spread.options, spread.market, "initial"), lost, EXACT, "of a spread");
    const sold = bookOf(put("150", "-1"));
    const [option] = sold.options;
    expectRelative(
      standaloneMargin(option!, sold.market, "initial"),
      150 * discount - option!.value,
      EXACT,
      "of a put",
    );
  });

  it("adds 1.2 and 1.1 of the forward for each call short beyond those long", () => {
    const file = wild([call("100", "-1")], "0.5");
    const [book] = heldBooks(readReferenceCase(file));
    const mark = optionsValue(book!.options);
    expect(netShortCalls(book!.options)).to.equal(1);
    const confidence = -book!.greeks.delta * CONFIDENCE;
    // 45 % of spot, 900, is more than the forward less the strike, both of which the mark holds, and 20 % of forward.
    expectRelative(mark, -1_908.21, 1e-12, "deep in the money");
    expectMargins(file, "cross", mark + 1.2 * 2_008.21 + confidence, mark + 1.1 * 2_008.21 + confidence);
    expectMargins(file, "isolated", 900 + confidence, 540 + confidence);
  });

  it("measures the worst payoff at zero and at the strikes, below nothing where the group only wins", () => {
    const lossOf = (...positions: CasePosition[]) => maxLoss(readReferenceCase(ethCase(positions)).books[0]!.options);
    expect(lossOf(put("1800", "-2"))).to.equal(3_600);
    expect(lossOf(call("1800", "-1"), call("2200", "1"))).to.equal(400);
    expect(lossOf(call("1800", "1"), put("2200", "1"))).to.equal(-400);
    expect(lossOf(call("1800", "1"))).to.equal(0);
    expect(lossOf(call("1800", "-1"), call("2200", "2"), call("2400", "-1"))).to.equal(400);
  });

  it("groups by expiry: a calendar's legs do not know each other", () => {
    const calendar = ethCase([call("2000", "-1"), call("2000", "1", "60")]);
    const [book] = heldBooks(readReferenceCase(calendar));
    const far = book!.options.find(({ size }) => size > 0)!;
    const confidence = Math.abs(far.greeks.delta - ATM.delta) * CONFIDENCE;
    expectMargins(calendar, "cross", 300 + far.value + confidence, 180 + far.value + confidence);
  });

  it("adds perpetuals to the groups, and the confidence of what is left of both deltas", () => {
    const hedged = ethCase([call("2200", "-1"), perp("0.4")]);
    // 801.2 of notional: 9.8 % and 1 % of notional / 20 m.
    const held = 801.2 * (0.098 + (0.01 * 801.2) / 20e6);
    const confidence = (0.4 - CALL_2200.delta) * CONFIDENCE;
    expectMargins(hedged, "cross", held + 200 + confidence, 0.7 * held + 120 + confidence);
  });

  it("asks nothing for what a group pays whatever happens", () => {
    const file = ethCase([call("1800", "1"), put("2200", "1")]);
    const [initial, maintenance] = margins(file, "cross");
    const { delta } = evaluateReference(file, "cross").underlyings.ETH!;
    const [book] = heldBooks(readReferenceCase(file));
    const required = optionsValue(book!.options) - 400 + Math.abs(delta) * CONFIDENCE;
    expectRelative(initial, required, EXACT, "initial");
    expect(maintenance).to.equal(initial);
    const box = ethCase([call("1800", "1"), call("2200", "-1"), put("1800", "-1"), put("2200", "1")]);
    expect(margins(box, "cross")[0]).to.be.closeTo(0, 1e-11);
  });

  it("never requires less than nothing, where strikes are bought for less than they are surely worth", () => {
    const file = ethCase([call("1800", "1"), put("2200", "1")]);
    const [book] = heldBooks(readReferenceCase(file));
    const cheap = book!.options.map((option) => ({ ...option, value: option.value / 10 }));
    expect(groupMargin(cheap, book!.market, "initial")).to.equal(0);
  });

  it("is of one instrument in isolated mode", () => {
    expect(() => evaluateReference(ironCondor(), "isolated")).to.throw(
      "Isolated mode takes one instrument, and this case has 4.",
    );
  });
});
