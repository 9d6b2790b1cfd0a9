/** Counts and sums by class, the modes on top of each other. */
import { type Markup, markup } from "../markup";
import { MODES, type ModeName, allModes } from "../modes";
import { type Panel, px } from "./panel";

/** A class of values, and what fell into it. */
export interface Bin {
  from: number;
  to: number;
  amounts: Record<ModeName, number>;
}

/** What is sorted into bins. */
export interface Counted {
  value: number;
  mode: ModeName;
  amount: number;
}

/** `amount` classes of equal `width` from `from` on. What lies beyond the last is counted with it. */
export function sortInto(counted: readonly Counted[], from: number, width: number, amount: number): Bin[] {
  const bins = Array.from({ length: amount }, (_, index): Bin => ({
    from: from + index * width,
    to: from + (index + 1) * width,
    amounts: { isolated: 0, cross: 0, portfolio: 0 },
  }));
  for (const { value, mode, amount: added } of counted) {
    // A value on a border belongs above it; division alone would put 0.3 below a border of three times 0.1.
    const index = Math.floor((value - from) / width + 1e-9);
    const bin = bins[Math.max(0, Math.min(amount - 1, index))];
    if (bin) bin.amounts[mode] += added;
  }
  return bins;
}

/** The smallest of `widths` with which no more than `most` classes cover `span`; the largest where none does. */
export function widthFor(span: number, widths: readonly number[], most: number): number {
  return widths.find((width) => span / width <= most) ?? widths.at(-1) ?? span;
}

/** The tallest bar. */
export function tallest(bins: readonly Bin[]): number {
  return Math.max(0, ...bins.map(({ amounts }) => allModes(amounts)));
}

/** A bar for each class. @param place where a value of x stands. */
export function stackedBars<X>({ y }: Panel<X>, bins: readonly Bin[], place: (value: number) => number): Markup {
  const bars = bins.map(({ from, to, amounts }) => {
    const [left, width] = [px(place(from) + 0.5), px(place(to) - place(from) - 1)];
    let below = 0;
    return MODES.map((mode) => {
      if (amounts[mode] === 0) return undefined;
      const [top, bottom] = [px(y(below + amounts[mode])), px(y(below))];
      below += amounts[mode];
      return markup`<rect class="bar ${mode}" x="${left}" y="${top}" width="${width}" height="${px(bottom - top)}"/>`;
    });
  });
  return markup`<g>${bars}</g>`;
}
