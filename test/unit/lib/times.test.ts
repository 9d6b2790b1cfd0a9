import { expect } from "chai";

import { formatDuration, formatTime, readMoment, readTime } from "../../../scripts/lib/times";
import { PlimsollInputError } from "../../../sdk";

const NOW = 1_700_000_000n; // 2023-11-14 22:13:20 UTC

describe("times", () => {
  it("are read as dates in UTC, or from now", () => {
    const read = (text: string) => readMoment(text, NOW, "expiry");
    expect(read("90s")).to.equal(NOW + 90n);
    expect(read("15m")).to.equal(NOW + 900n);
    expect(read("6h")).to.equal(NOW + 21_600n);
    expect(read("30d")).to.equal(NOW + 2_592_000n);
    expect(formatTime(read("2026-12-31"))).to.equal("2026-12-31 00:00:00 UTC");
    expect(formatTime(read("2026-12-31T18:30"))).to.equal("2026-12-31 18:30:00 UTC");
    expect(formatTime(read("2026-12-31T18:30:59"))).to.equal("2026-12-31 18:30:59 UTC");
  });

  it("are refused where they are none, or past", () => {
    for (const text of [
      "",
      "soon",
      "15",
      "1.5h",
      "31.12.2026",
      "2026-13-01",
      "2026-12-31T25:00",
      "2026-12-31T18:30Z",
    ]) {
      expect(() => readMoment(text, NOW, "expiry"), text).to.throw(
        PlimsollInputError,
        `The expiry "${text}" is neither`,
      );
    }
    const past = 'The end "2023-11-14" is 2023-11-14 00:00:00 UTC, and it is 2023-11-14 22:13:20 UTC already.';
    expect(() => readMoment("2023-11-14", NOW, "end")).to.throw(PlimsollInputError, past);
    expect(() => readMoment("0s", NOW, "end")).to.throw(PlimsollInputError, "already");
  });

  it("that may be past are read as dates in UTC, or unix seconds", () => {
    expect(readTime("1700000000", "expiry")).to.equal(NOW);
    expect(formatTime(readTime("2023-11-14T22:13", "expiry"))).to.equal("2023-11-14 22:13:00 UTC");
    for (const text of ["", "6h", "2000", "17000000000000", "2023-13-01", "-1700000000"]) {
      const sentence = `The expiry "${text}" is neither a date such as 2026-12-31T08:00, in UTC, nor a time in unix`;
      expect(() => readTime(text, "expiry"), text).to.throw(PlimsollInputError, sentence);
    }
  });

  it("that last are told in two units", () => {
    const told = [0, 59, 60, 3_661, 86_400, 266_461].map(formatDuration);
    expect(told).to.deep.equal(["0 s", "59 s", "1 m", "1 h 1 m", "1 d", "3 d 2 h"]);
  });
});
