import { expect } from "chai";

import { folded, list, table } from "../../../tasks/internal/table";

const HEAD = ["account", "equity, USD"];
const ROWS = [
  ["0x70997970C51812dc3A010C7d01b50e0d17dc79C8/0", "10.50"],
  ["0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC/0", "9.25"],
];

/** The most characters of a line. */
function widest(text: string): number {
  return Math.max(...text.split("\n").map((line) => line.length));
}

describe("tables", () => {
  it("are drawn where they fit, and where no terminal is written to", () => {
    const drawn = table(HEAD, ROWS, undefined);
    expect(drawn.split("\n")[1]).to.match(/^│ account +│ equity, USD │$/);
    expect(table(HEAD, ROWS, widest(drawn))).to.equal(drawn);
  });

  it("are told row by row where the terminal is narrower", () => {
    const drawn = table(HEAD, ROWS, undefined);
    expect(table(HEAD, ROWS, widest(drawn) - 1).split("\n")).to.deep.equal([
      "account      0x70997970C51812dc3A010C7d01b50e0d17dc79C8/0",
      "equity, USD  10.50",
      "",
      "account      0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC/0",
      "equity, USD  9.25",
    ]);
  });

  it("of names and values lose their frame there: a transaction's hash fits 80 characters", () => {
    const rows = { account: ROWS[0]![0]!, transaction: `0x${"5".repeat(64)}`, missing: "Feed_ETH\nFeed_BTC" };
    expect(widest(list(rows, undefined))).to.be.above(80);
    expect(list(rows, 80).split("\n")).to.deep.equal([
      `account      ${rows.account}`,
      `transaction  ${rows.transaction}`,
      "missing      Feed_ETH",
      "             Feed_BTC",
    ]);
  });

  it("have long cells folded between words, and never inside of one", () => {
    expect(folded("SecondFeed_ETH at 0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC", 20).split("\n")).to.deep.equal([
      "SecondFeed_ETH at",
      "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC",
    ]);
    expect(folded("one two three", 80)).to.equal("one two three");
  });
});
