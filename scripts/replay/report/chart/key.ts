/** What marks and bars mean, in the line above a panel. */
import { type Markup, markup } from "../markup";
import { MODES, type ModeName } from "../modes";
import { auctionMark, barSample, takeoverMark } from "./shapes";

/** About what a character of a key takes; only the space between two entries depends on it. */
const CHARACTER = 6.4;
const SAMPLE = 18;
const BETWEEN = 16;
const SAMPLE_AREA = 70;
/** Where each mark's moment stands in its sample: at its right, at its left, in its middle. */
const ORIGINS: Readonly<Record<ModeName, number>> = { isolated: 11, cross: 2, portfolio: 7 };

/** Half discs, triangles and flat bars, and `remark` on their size, ending at `right`. */
export function markKey(right: number, y: number, remark: string): Markup {
  return row(right, y, (mode, x) => auctionMark(mode, x + ORIGINS[mode], y - 4, SAMPLE_AREA), remark);
}

/** What the squares on their corners are, beginning at `left`. */
export function takeoverKey(left: number, y: number): Markup {
  return markup`<g>${takeoverMark(left + 7, y - 4)}<text class="key" x="${left + SAMPLE}" y="${y}">taken over by the vault</text></g>`;
}

/** Plain, hatched and dotted bars, ending at `right`. */
export function barKey(right: number, y: number): Markup {
  return row(right, y, (mode, x) => barSample(mode, x, y - 9));
}

function row(right: number, y: number, sample: (mode: ModeName, x: number) => Markup, remark = ""): Markup {
  const widths = MODES.map((name) => SAMPLE + name.length * CHARACTER + BETWEEN);
  const marks = widths.reduce((sum, width) => sum + width, 0);
  let x = right - (remark === "" ? marks - BETWEEN : marks + remark.length * CHARACTER);
  const entries = MODES.map((name, index) => {
    const from = x;
    x += widths[index] ?? 0;
    return markup`${sample(name, from)}<text class="key" x="${from + SAMPLE}" y="${y}">${name}</text>`;
  });
  const last = remark === "" ? undefined : markup`<text class="key" x="${x}" y="${y}">${remark}</text>`;
  return markup`<g>${entries}${last}</g>`;
}
