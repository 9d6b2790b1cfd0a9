/** Lines over time and what they are called. */
import { type Markup, markup } from "../markup";
import type { Point } from "../trace";
import { type TimePanel, atTime, px } from "./panel";

/** How a line is drawn: its style carries the meaning, its colour (a class of the stylesheet) repeats it. */
export type Stroke = "solid" | "dashed" | "dotted" | "thin";

/** One of a panel's lines. */
export interface Line {
  points: readonly Point[];
  /** What stands beside its end. */
  name: string;
  stroke: Stroke;
  /** A class of the stylesheet. */
  color: string;
}

const NAME_HEIGHT = 15;
const SAMPLE = 20;

/** A line for each, with its name beside its end. */
export function namedLines(panel: TimePanel, lines: readonly Line[]): Markup {
  const drawn = lines.map(
    ({ points, stroke, color }) => markup`<path class="line ${stroke} ${color}" d="${stepPath(panel, points)}"/>`,
  );
  return markup`<g>${drawn}${lineNames(panel, lines)}</g>`;
}

/** What the lines are called, beside their ends, each with a piece of its line; moved apart where they would touch. */
export function lineNames(panel: TimePanel, lines: readonly Line[]): Markup {
  const { right, top, bottom, y } = panel;
  const ends = lines.map(({ points }) => y(points.findLast(({ value }) => !Number.isNaN(value))?.value ?? 0));
  const places = spread(ends, NAME_HEIGHT, top, bottom);
  const names = lines.map(({ name, stroke, color }, index) => {
    const [end, at] = [px(ends[index] ?? 0), px(places[index] ?? 0)];
    const from = right + 4;
    return markup`<path class="leader" d="M${right},${end}L${from},${at}"/><path class="line ${stroke} ${color}" d="M${from},${at}h${SAMPLE}"/><text class="name" x="${from + SAMPLE + 4}" y="${px(at + 4)}">${name}</text>`;
  });
  return markup`<g>${names}</g>`;
}

/** Values that stand until they change, up to the panel's right edge. */
export function stepPath(panel: TimePanel, points: readonly Point[]): string {
  let path = "";
  let [x, y] = [NaN, NaN];
  for (const { time, value } of points) {
    const at = px(atTime(panel, time));
    if (Number.isNaN(value)) {
      if (!Number.isNaN(y)) path += `H${at}`;
      y = NaN;
      continue;
    }
    const height = px(panel.y(value));
    if (Number.isNaN(y)) path += `M${at},${height}`;
    else if (height !== y) path += at === x ? `V${height}` : `H${at}V${height}`;
    if (height !== y) x = at;
    y = height;
  }
  return Number.isNaN(y) ? path : `${path}H${panel.right}`;
}

/** The same, closed along the panel's zero. */
export function stepArea(panel: TimePanel, points: readonly Point[]): string {
  const [first] = points;
  if (!first) return "";
  const zero = px(panel.y(0));
  return `${stepPath(panel, points)}V${zero}H${px(atTime(panel, first.time))}Z`;
}

/**
 * Places as near to those wanted as they can be while `gap` apart and within [low, high], in the same order. Where they
 * do not all fit, the gap shrinks.
 */
export function spread(wanted: readonly number[], gap: number, low: number, high: number): number[] {
  const step = Math.min(gap, wanted.length > 1 ? (high - low) / (wanted.length - 1) : gap);
  const order = wanted.map((place, index) => ({ place, index })).sort((a, b) => a.place - b.place);
  // Groups that touch stand together around the middle of where their members would be.
  const groups: { sum: number; members: number[] }[] = [];
  const start = ({ sum, members }: { sum: number; members: number[] }): number => {
    const centered = sum / members.length - ((members.length - 1) * step) / 2;
    return Math.max(low, Math.min(high - (members.length - 1) * step, centered));
  };
  for (const { place, index } of order) {
    let group = { sum: place, members: [index] };
    for (
      let before = groups.at(-1);
      before && start(before) + before.members.length * step > start(group);
      before = groups.at(-1)
    ) {
      group = { sum: before.sum + group.sum, members: [...before.members, ...group.members] };
      groups.pop();
    }
    groups.push(group);
  }
  const places: number[] = [];
  for (const group of groups) {
    group.members.forEach((index, position) => {
      places[index] = start(group) + position * step;
    });
  }
  return places;
}

/** The lowest and highest value of all. */
export function extent(...lines: (readonly Point[])[]): [number, number] {
  let [low, high] = [Infinity, -Infinity];
  for (const { value } of lines.flat()) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return low <= high ? [low, high] : [0, 0];
}

/** Every value times `factor`. */
export function times(points: readonly Point[], factor: number): Point[] {
  return points.map(({ time, value }) => ({ time, value: value * factor }));
}
