import { DOMParser } from "@xmldom/xmldom";
import { expect } from "chai";

import {
  distancePercent,
  duration,
  list,
  moment,
  number,
  percent,
  usd,
  utc,
} from "../../../../scripts/replay/report/format";
import { escape, markup } from "../../../../scripts/replay/report/markup";

describe("markup", () => {
  it("escapes values wherever they stand", () => {
    const hostile = `"><script>alert('1 & 2')</script>`;
    const { text } = markup`<p title="${hostile}">${hostile}</p>`;
    expect(text).not.to.contain("<script>");
    const parsed = new DOMParser().parseFromString(text, "text/xml").documentElement!;
    expect(parsed.getAttribute("title")).to.equal(hostile);
    expect(parsed.textContent).to.equal(hostile);
  });

  it("takes markup within markup, lists and nothing as they are", () => {
    expect(markup`<b>${[markup`<i>${1}</i>`, undefined, "x"]}</b>`.text).to.equal("<b><i>1</i>x</b>");
  });

  it("replaces what no document may hold", () => {
    expect(escape("a\u0000b\u001bc\ud800d\uffff\te\u{1f600}")).to.equal("a\ufffdb\ufffdc\ufffdd\ufffd\te\u{1f600}");
  });
});

describe("figures in words", () => {
  it("have thousands apart and a true minus", () => {
    expect(number(-1234.567, 2)).to.equal("\u22121,234.57");
    expect(number(-0.001, 2)).to.equal("0.00");
    expect([87.4, 999.4, 3_431.9, 999_499, 1_240_000, 123_456_789, -87.4].map(usd)).to.deep.equal([
      ...["87.40", "999.40", "3,432", "999,499", "1.24 m", "123 m", "\u221287.40"],
    ]);
    expect([0.058, 0.0004].map(distancePercent)).to.deep.equal(["5.8 %", "0.04 %"]);
    expect(percent(-0.5764)).to.equal("\u221257.6 %");
  });

  it("give moments in UTC and durations in fitting units", () => {
    expect(utc(1_584_009_960)).to.equal("2020-03-12 10:46 UTC");
    expect(moment(1_584_009_960)).to.equal("12 Mar 10:46");
    expect([36, 720, 3_600, 43_200, 270_000].map(duration)).to.deep.equal([
      "36 s",
      "12 min",
      "60 min",
      "12 h",
      "3.1 days",
    ]);
    expect(list(["ETH", "BTC", "SOL"])).to.equal("ETH, BTC, and SOL");
  });
});
