import { DOMParser } from "@xmldom/xmldom";
import { expect } from "chai";

import { sortInto, stackedBars, tallest, widthFor } from "../../../../scripts/replay/report/chart/bars";
import { extent, spread, stepArea, stepPath } from "../../../../scripts/replay/report/chart/lines";
import { atTime, plainPanel, timeAxis, timePanel, valueAxis } from "../../../../scripts/replay/report/chart/panel";
import { auctionMark } from "../../../../scripts/replay/report/chart/shapes";
import type { ModeName } from "../../../../scripts/replay/report/modes";
import type { Markup } from "../../../../scripts/replay/report/markup";
import { COLUMNS } from "../../../../scripts/replay/report/trace";

const DAY = 86_400;
/** 12 and 13 March 2020, UTC. */
const RANGE = { from: 1_583_971_200, to: 1_583_971_200 + 2 * DAY };
const PANEL = timePanel(RANGE, { top: 0, bottom: 100, domain: [0, 10] });

/** What the elements called `name` say. */
function texts({ text }: Markup, name = "text"): (string | null)[] {
  const root = new DOMParser().parseFromString(text, "text/xml");
  return [...root.getElementsByTagName(name)].map(({ textContent }) => textContent);
}

/** Corners of a path of m, l and a commands, relative to where it begins. */
function corners({ text }: Markup): [number, number][] {
  const path = / d="M[^a-z]*([^"]*)"/.exec(text)![1]!;
  let [x, y] = [0, 0];
  return [...path.matchAll(/[mla]([^a-z]*)/g)].map(([, numbers]): [number, number] => {
    const [dx, dy] = numbers!
      .split(/[ ,]+|(?=-)/)
      .filter(Boolean)
      .map(Number)
      .slice(-2) as [number, number];
    return [(x += dx), (y += dy)];
  });
}

describe("a panel", () => {
  it("is as wide as there are columns and puts moments in proportion", () => {
    expect(PANEL.right - PANEL.left).to.equal(COLUMNS);
    expect(atTime(PANEL, RANGE.from)).to.equal(PANEL.left);
    expect(atTime(PANEL, RANGE.from + DAY)).to.equal(PANEL.left + COLUMNS / 2);
    expect([0, 5, 10].map((value) => PANEL.y(value))).to.deep.equal([100, 50, 0]);
  });

  it("ends at round values", () => {
    expect(timePanel(RANGE, { top: 0, bottom: 240, domain: [86, 203] }).y.domain()).to.deep.equal([80, 220]);
  });

  it("does not go far below zero for a value just below", () => {
    const [low, high] = timePanel(RANGE, { top: 0, bottom: 200, domain: [-12, 36_000] }).y.domain() as [number, number];
    expect(high).to.equal(40_000);
    expect(low).to.be.within(-2_000, -12);
  });

  it("has room for a value that never changes", () => {
    const { y } = timePanel(RANGE, { top: 0, bottom: 100, domain: [0, 0] });
    expect(y(0)).to.equal(100);
    expect(Number.isFinite(y(1))).to.be.true;
  });

  it("names moments in UTC, and their day where it begins", () => {
    expect(texts(timeAxis(PANEL))).to.deep.equal([
      ...["00:00", "12 Mar", "06:00", "12:00", "18:00"],
      ...["00:00", "13 Mar", "06:00", "12:00", "18:00", "00:00", "14 Mar", "UTC"],
    ]);
    const hour = timePanel({ from: RANGE.from + 3_600, to: RANGE.from + 7_200 }, PANELED);
    expect(texts(timeAxis(hour)).slice(0, 3)).to.deep.equal(["01:00", "12 Mar", "01:05"]);
    const month = timePanel({ from: RANGE.from, to: RANGE.from + 30 * DAY }, PANELED);
    expect(texts(timeAxis(month)).slice(0, 3)).to.deep.equal(["15 Mar", "2020", "22 Mar"]);
    const years = timePanel({ from: 1_577_836_800, to: 1_640_995_200 }, PANELED);
    expect(texts(timeAxis(years)).slice(0, 4)).to.deep.equal(["Jan", "2020", "Apr", "2020"]);
    expect(texts(timeAxis(PANEL, false))).to.be.empty;
  });

  it("names round values and what they measure", () => {
    expect(texts(valueAxis(PANEL, "ETH, USD"))).to.deep.equal(["0", "5", "10", "ETH, USD"]);
  });
});

const PANELED = { top: 0, bottom: 100, domain: [0, 10] as const };

describe("a line", () => {
  const at = (hours: number, value: number): { time: number; value: number } => ({
    time: RANGE.from + hours * 3_600,
    value,
  });
  const x = (hours: number): number => Math.round(10 * (PANEL.left + (COLUMNS * hours) / 48)) / 10;

  it("stands until it changes, to the panel's end", () => {
    const path = stepPath(PANEL, [at(0, 2), at(12, 4), at(24, 4), at(36, 1)]);
    expect(path).to.equal(`M${x(0)},80H${x(12)}V60H${x(36)}V90H${x(48)}`);
  });

  it("moves up and down within a moment without moving on", () => {
    expect(stepPath(PANEL, [at(0, 2), at(12, 4), at(12, 8)])).to.equal(`M${x(0)},80H${x(12)}V60V20H${x(48)}`);
  });

  it("is broken where there is no value", () => {
    const path = stepPath(PANEL, [at(0, 2), at(12, NaN), at(24, 4), at(36, NaN)]);
    expect(path).to.equal(`M${x(0)},80H${x(12)}M${x(24)},60H${x(36)}`);
  });

  it("closes an area along zero", () => {
    expect(stepArea(PANEL, [at(0, 2), at(12, 4)])).to.equal(`M${x(0)},80H${x(12)}V60H${x(48)}V100H${x(0)}Z`);
    expect(stepArea(PANEL, [])).to.equal("");
  });

  it("knows its extremes, gaps aside", () => {
    expect(extent([at(0, 3), at(1, NaN)], [at(0, -2)])).to.deep.equal([-2, 3]);
    expect(extent([])).to.deep.equal([0, 0]);
  });
});

describe("names beside lines", () => {
  it("stay where they are when there is room", () => {
    expect(spread([80, 10, 40], 15, 0, 100)).to.deep.equal([80, 10, 40]);
  });

  it("move apart evenly where they would touch", () => {
    expect(spread([50, 52, 51], 15, 0, 100)).to.deep.equal([36, 66, 51]);
  });

  it("stay within the panel", () => {
    expect(spread([100, 100, 100], 15, 0, 100)).to.deep.equal([70, 85, 100]);
    expect(spread([0, 0], 15, 0, 100)).to.deep.equal([0, 15]);
  });

  it("push a group that is in the way", () => {
    const places = spread([0, 1, 20], 15, 0, 100);
    expect(places).to.deep.equal([0, 15, 30]);
  });

  it("shrink their distance where they do not fit", () => {
    expect(spread([5, 5, 5], 15, 0, 10)).to.deep.equal([0, 5, 10]);
  });
});

describe("bars", () => {
  const one = (value: number, mode: ModeName = "isolated"): Parameters<typeof sortInto>[0][number] => ({
    value,
    mode,
    amount: 1,
  });

  it("take a value on a border to the class above it, decimals or not", () => {
    const bins = sortInto([one(0), one(0.1 * 3), one(0.29)], 0, 0.1, 5);
    expect(bins.map(({ amounts }) => amounts.isolated)).to.deep.equal([1, 0, 1, 1, 0]);
  });

  it("gather what lies beyond in the last", () => {
    const bins = sortInto([one(3), one(99, "cross"), one(8, "portfolio"), one(7)], 0, 2, 3);
    expect(bins.map(({ amounts }) => amounts)).to.deep.equal([
      { isolated: 0, cross: 0, portfolio: 0 },
      { isolated: 1, cross: 0, portfolio: 0 },
      { isolated: 1, cross: 1, portfolio: 1 },
    ]);
    expect(tallest(bins)).to.equal(3);
  });

  it("have the smallest width that needs few enough of them", () => {
    expect(widthFor(72, [1, 2, 5], 80)).to.equal(1);
    expect(widthFor(100, [1, 2, 5], 20)).to.equal(5);
    expect(widthFor(1_000, [1, 2, 5], 20)).to.equal(5);
  });

  it("stand on each other", () => {
    const panel = plainPanel([0, 2], { left: 0, right: 20, top: 0, bottom: 100, domain: [0, 10] });
    const bins = sortInto(
      [
        { ...one(0), amount: 4 },
        { ...one(0, "cross"), amount: 3 },
        { ...one(0, "portfolio"), amount: 2 },
      ],
      0,
      1,
      2,
    );
    const { text } = stackedBars(panel, bins, panel.x);
    expect(text).to.contain('class="bar isolated" x="0.5" y="60" width="9" height="40"');
    expect(text).to.contain('class="bar cross" x="0.5" y="30" width="9" height="30"');
    expect(text).to.contain('class="bar portfolio" x="0.5" y="10" width="9" height="20"');
    expect(text.match(/<rect/g)).to.have.length(3);
  });
});

describe("an auction's mark", () => {
  const AREA = 160;

  it("is half a disc left of its moment for isolated margin", () => {
    const mark = auctionMark("isolated", 50, 20, AREA);
    expect(mark.text).to.contain('d="M50,20m0,');
    const [[, top], [, bottom]] = corners(mark) as [[number, number], [number, number]];
    const radius = (bottom - top) / 2;
    expect(top).to.equal(-radius);
    expect((Math.PI * radius ** 2) / 2).to.be.closeTo(AREA, 3);
    // Swept against the clock from top to bottom: to the left.
    expect(mark.text).to.contain(" 0 0,0 0,");
  });

  it("is a triangle right of its moment for cross margin, of the same area", () => {
    const [top, tip, bottom] = corners(auctionMark("cross", 50, 20, AREA));
    expect([top![0], bottom![0]]).to.deep.equal([0, 0]);
    expect(tip![0]).to.be.above(0);
    expect(((bottom![1] - top![1]) * tip![0]) / 2).to.be.closeTo(AREA, 3);
  });

  it("is a bar across its moment for portfolio margin, of the same area", () => {
    const found = / d="M50,20m([-\d.]+),([-\d.]+)h([\d.]+)v([\d.]+)h([-\d.]+)z"/.exec(
      auctionMark("portfolio", 50, 20, AREA).text,
    )!;
    const [left, top, width, height, back] = found.slice(1).map(Number) as [number, number, number, number, number];
    expect([left, top, back]).to.deep.equal([-width / 2, -height / 2, -width]);
    expect(width * height).to.be.closeTo(AREA, 3);
  });

  it("says in words what it is", () => {
    expect(texts(auctionMark("cross", 0, 0, AREA, "<b> & co"), "title")).to.deep.equal(["<b> & co"]);
  });
});
