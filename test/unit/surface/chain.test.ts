import { expect } from "chai";

import { PlimsollInputError } from "../../../sdk";
import { parseChains } from "../../../scripts/surface/chain";

const HEADER =
  "timestamp,option_type,strike,expiry_datetime,futures_price,implied_volatility,delta,vega,currency,index_price,volume";
const CELLS = {
  timestamp: "2026-01-02T09:18:09.153333+00:00",
  option_type: "call",
  strike: "88000.0",
  expiry_datetime: "2026-01-03T08:00:00+00:00",
  futures_price: "89000",
  implied_volatility: "0.3735",
  delta: "0.7",
  vega: "14.9",
  currency: "BTC",
  index_price: "89009.1",
  volume: "",
};

function line(change: Partial<typeof CELLS> = {}): string {
  return Object.values({ ...CELLS, ...change }).join(",");
}

const parse = (...lines: string[]) => parseChains([HEADER, ...lines].join("\n"), "chain.csv");

describe("An option chain's file", () => {
  it("is read by currency, whatever the order of its columns", () => {
    const [btc, eth] = parse(line({ currency: "ETH" }), line(), "", line({ option_type: "put", delta: "-0.3" }));
    expect([btc?.currency, eth?.currency]).to.deep.equal(["BTC", "ETH"]);
    expect(btc?.observedAt).to.equal(Date.UTC(2026, 0, 2, 9, 18, 9) / 1_000);
    expect(btc?.quotes).to.have.length(2);
    expect(btc?.quotes[0]).to.deep.equal({
      expiry: Date.UTC(2026, 0, 3, 8) / 1_000,
      k: Math.log(88_000 / 89_000),
      vol: 0.3735,
      delta: 0.7,
      vega: 14.9,
      forward: 89_000,
      index: 89_009.1,
    });
  });

  it("may have options without a mark, and ones that are over", () => {
    const over = "2026-01-02T08:00:00+00:00";
    const [btc] = parse(line(), line({ implied_volatility: "" }), line({ expiry_datetime: over }));
    expect(btc?.quotes).to.have.length(1);
  });

  for (const [what, text, sentence] of [
    [
      "a missing column",
      "timestamp,strike\n",
      /^chain.csv has no column "option_type": an option chain has timestamp, /,
    ],
    ["no options", HEADER, /^chain.csv has no options that live and have a mark\.$/],
    ["a short line", `${HEADER}\n1,2`, /^chain.csv, line 2: there are 2 values for 11 columns\.$/],
    [
      "a kind of option",
      `${HEADER}\n${line({ option_type: "C" })}`,
      /line 2: option_type "C" is neither call nor put\.$/,
    ],
    ["a price", `${HEADER}\n${line()}\n${line({ strike: "0" })}`, /line 3: strike "0" is no number above zero\.$/],
    [
      "a volatility",
      `${HEADER}\n${line({ implied_volatility: "n/a" })}`,
      /implied_volatility "n\/a" is no number above/,
    ],
    ["a delta", `${HEADER}\n${line({ delta: "" })}`, /line 2: delta "" is no number\.$/],
    ["a time", `${HEADER}\n${line({ expiry_datetime: "3JAN26" })}`, /expiry_datetime "3JAN26" is no time such as/],
    [
      "a currency",
      `${HEADER}\n${line({ currency: "<b>" })}`,
      /currency "<b>" is not 2 to 10 capital letters or digits/,
    ],
    [
      "two moments",
      `${HEADER}\n${line()}\n${line({ timestamp: "2026-01-02T09:19:09+00:00" })}`,
      /line 3: its timestamp differs from that of BTC's first option\.$/,
    ],
  ] as const) {
    it(`is refused for ${what}, by name`, () => {
      expect(() => parseChains(text, "chain.csv"))
        .to.throw(PlimsollInputError)
        .with.property("message")
        .that.matches(sentence);
    });
  }
});
