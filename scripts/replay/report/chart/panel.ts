/** Where on a chart values stand, and the axes that say so. Lengths are in pixels of the drawing. */
import { type ScaleLinear, type ScaleTime, scaleLinear, scaleUtc } from "d3-scale";

import { clock, day } from "../format";
import { type Child, type Markup, markup } from "../markup";
import { COLUMNS, type Range } from "../trace";

/** A drawing's width: room for tick labels, the columns that lines are thinned to, room for what lines are called. */
const LEFT = 70;
const RIGHT = 122;
export const WIDTH = LEFT + COLUMNS + RIGHT;

const HOUR = 3600;
const DAY = 24 * HOUR;
const TIME_TICKS = 8;
const PIXELS_PER_TICK = 42;
const LINE_HEIGHT = 15;
/** Left below a lowest value that is not round, of the panel's height. */
const MARGIN = 0.03;

/** A rectangle with its scales. `y` is 0 at the top of the drawing. */
export interface Panel<X> {
  left: number;
  right: number;
  top: number;
  bottom: number;
  x: X;
  y: ScaleLinear<number, number>;
}

/** Its x is unix milliseconds. */
export type TimePanel = Panel<ScaleTime<number, number>>;

/** Its x is any number. */
export type PlainPanel = Panel<ScaleLinear<number, number>>;

type Upright = Pick<TimePanel, "top" | "bottom"> & {
  /** The values to be shown; the scale reaches a little further, to round ones. */
  domain: readonly [number, number];
};

/** A value of x and what it is called. */
export interface Tick {
  at: number;
  name: string;
}

/** A panel over the whole width and all of `range`. */
export function timePanel(range: Range, { top, bottom, domain }: Upright): TimePanel {
  const [left, right] = [LEFT, LEFT + COLUMNS];
  const x = scaleUtc([new Date(range.from * 1000), new Date(range.to * 1000)], [left, right]);
  return { left, right, top, bottom, x, y: upright(top, bottom, domain) };
}

/** A panel from `left` to `right` whose x goes from `across[0]` to `across[1]`. */
export function plainPanel(
  across: readonly [number, number],
  { left, right, top, bottom, domain }: Upright & { left: number; right: number },
): PlainPanel {
  return { left, right, top, bottom, x: scaleLinear(across, [left, right]), y: upright(top, bottom, domain) };
}

/** Where a moment stands, unix seconds. */
export function atTime({ x }: TimePanel, seconds: number): number {
  return x(new Date(seconds * 1000));
}

/** To a tenth of a pixel. */
export function px(length: number): number {
  return Math.round(length * 10) / 10;
}

/** Round values of y with a line across each, and above them what they measure. */
export function valueAxis<X>({ left, right, top, bottom, y }: Panel<X>, title: string): Markup {
  const amount = Math.max(2, Math.round((bottom - top) / PIXELS_PER_TICK));
  const name = y.tickFormat(amount);
  const lines = y.ticks(amount).map((tick) => {
    const at = px(y(tick));
    const style = tick === 0 ? "axis" : "grid";
    return markup`<path class="${style}" d="M${left},${at}H${right}"/><text class="tick end" x="${left - 8}" y="${px(at + 4)}">${name(tick)}</text>`;
  });
  return markup`<g>${lines}<text class="measure" x="${left}" y="${top - 8}">${title}</text></g>`;
}

/**
 * Round moments, a hairline down to each. Only the lowest of stacked panels says which they are.
 * @param named whether it is this one.
 */
export function timeAxis(panel: TimePanel, named = true): Markup {
  const { left, right, top, bottom, x } = panel;
  const ticks = x.ticks(TIME_TICKS).map((date) => date.getTime() / 1000);
  const spacing = (ticks[1] ?? Infinity) - (ticks[0] ?? 0);
  const lines = ticks.map((seconds) => {
    const at = px(atTime(panel, seconds));
    return markup`<path class="${spacing < DAY && seconds % DAY === 0 ? "day" : "grid"}" d="M${at},${top}V${bottom}"/>`;
  });
  if (!named) return markup`<g>${lines}</g>`;
  const names = ticks.map((seconds, index) => {
    const at = px(atTime(panel, seconds));
    return nameOf(seconds, spacing, index === 0).map((text, line) =>
      tickText(at, bottom + 5 + (line + 1) * LINE_HEIGHT, text),
    );
  });
  const unit = markup`<text class="tick end" x="${left - 24}" y="${bottom + 5 + LINE_HEIGHT}">UTC</text>`;
  return markup`<g>${lines}<path class="axis" d="M${left},${bottom}H${right}"/>${names}${unit}</g>`;
}

/** The names of values of x, below the panel. */
export function plainAxis({ left, right, bottom, x }: PlainPanel, ticks: readonly Tick[], title: string): Markup {
  const names = ticks.map(({ at, name }) => {
    const center = px(x(at));
    return [markup`<path class="axis" d="M${center},${bottom}v5"/>`, tickText(center, bottom + 5 + LINE_HEIGHT, name)];
  });
  const middle = px((left + right) / 2);
  return markup`<g><path class="axis" d="M${left},${bottom}H${right}"/>${names}${tickText(middle, bottom + 5 + 2.2 * LINE_HEIGHT, title)}</g>`;
}

function tickText(x: number, y: number, text: Child): Markup {
  return markup`<text class="tick middle" x="${x}" y="${px(y)}">${text}</text>`;
}

/** The hour with, where it is not clear yet, its day below; a day; or a month, whichever the spacing asks for. */
function nameOf(seconds: number, spacing: number, first: boolean): string[] {
  const year = new Date(seconds * 1000).getUTCFullYear();
  if (spacing >= 28 * DAY) return [day(seconds).replace(/^1 /, ""), String(year)];
  if (spacing >= DAY) return first ? [day(seconds), String(year)] : [day(seconds)];
  return first || seconds % DAY === 0 ? [clock(seconds), day(seconds)] : [clock(seconds)];
}

/** Ends at round values, except that it does not go far below zero for the sake of a value just below. */
function upright(top: number, bottom: number, [low, high]: readonly [number, number]): ScaleLinear<number, number> {
  const room = high > low ? high : low + Math.max(Math.abs(low) * 1e-3, 1e-6);
  const scale = scaleLinear([low, room], [bottom, top]).nice(Math.max(2, Math.round((bottom - top) / PIXELS_PER_TICK)));
  const [floor = low, ceiling = room] = scale.domain();
  return low < 0 && floor < low ? scale.domain([low - MARGIN * (ceiling - low), ceiling]) : scale;
}
