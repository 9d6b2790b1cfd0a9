import { expect } from "chai";

import { parseBars } from "../../../scripts/replay/csv";
import { PlimsollInputError } from "../../../sdk";

const HEADER = "ts,open,high,low,close,volume";

function refuses(text: string, sentence: string): void {
  expect(() => parseBars(text, "eth.csv")).to.throw(PlimsollInputError, sentence);
}

describe("price files", () => {
  it("reads bars at 1e-8 USD, dropping further digits", () => {
    const { bars, shape } = parseBars(`${HEADER}\n300,2,3.5,1.123456789,2.00000001,7\n600,2,2,2,2,0\n`, "eth.csv");
    expect(shape).to.equal("bars");
    expect(bars).to.deep.equal([
      { time: 300, open: 200_000_000n, high: 350_000_000n, low: 112_345_678n, close: 200_000_001n },
      { time: 600, open: 200_000_000n, high: 200_000_000n, low: 200_000_000n, close: 200_000_000n },
    ]);
  });

  it("reads closes alone, in any order of columns and with Windows line ends", () => {
    const { bars, shape } = parseBars("close,ts\r\n1.5,60\r\n1.6,120\r\n\r\n", "eth.csv");
    expect(shape).to.equal("closes");
    expect(bars.map(({ time, close }) => [time, close])).to.deep.equal([
      [60, 150_000_000n],
      [120, 160_000_000n],
    ]);
  });

  it("names a column it does not know, one that is missing and one that is there twice", () => {
    refuses("ts,close,bid\n", 'eth.csv has a column "bid"');
    refuses("ts,open,high,close\n", 'eth.csv has no column "low"');
    refuses("ts,close,volume\n", 'eth.csv has no column "open"');
    refuses("close\n", 'eth.csv has no column "ts"');
    refuses("ts,close,close\n", 'eth.csv has the column "close" twice');
    refuses("", 'eth.csv has a column ""');
  });

  it("names the line that is wrong", () => {
    refuses("ts,close\n60,1\n120\n", "eth.csv, line 3: there are 1 values for 2 columns");
    refuses("ts,close\n60,1\n60,1\n", "eth.csv, line 3: ts 60 does not come after 60");
    refuses("ts,close\n60.5,1\n", 'eth.csv, line 2: ts "60.5" is not in unix seconds');
    for (const price of ["0", "-1", "1e3", "", "x", "0.000000001"]) {
      refuses(`ts,close\n60,${price}\n`, `eth.csv, line 2: close "${price}" is not a price above zero`);
    }
    refuses(`${HEADER}\n60,2,3,2.5,2,1\n`, "eth.csv, line 2: open and close do not lie between low and high");
    refuses(`${HEADER}\n60,2,1.5,1,1,1\n`, "eth.csv, line 2: open and close do not lie between low and high");
    refuses("ts,close\n", "eth.csv has no rows below its header");
  });
});
