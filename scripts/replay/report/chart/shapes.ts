/** Single marks: what happened at one moment. */
import { type Child, type Markup, markup } from "../markup";
import type { ModeName } from "../modes";
import { px } from "./panel";

/** Of a triangle, how much longer than half of its base it is. */
const SLENDER = 1.25;
/** Of a bar, how much wider than high it is. */
const FLAT = 3;
/** Half of a takeover's diagonal. */
const TAKEOVER = 6;

/**
 * An auction of an account of this mode, which happened at (x, y): half a disc to the left of it where it is isolated, a
 * triangle to the right where it is cross, a flat bar across it where it is portfolio. Where many fall on one moment, the
 * modes still stand apart.
 * @param area square pixels.
 */
export function auctionMark(mode: ModeName, x: number, y: number, area: number, title?: Child): Markup {
  const shape = SHAPES[mode](area);
  const hint = title === undefined ? undefined : markup`<title>${title}</title>`;
  return markup`<path class="mark ${mode}" d="M${px(x)},${px(y)}${shape}">${hint}</path>`;
}

const SHAPES: Readonly<Record<ModeName, (area: number) => string>> = {
  isolated: halfDisc,
  cross: triangle,
  portfolio: bar,
};

function halfDisc(area: number): string {
  const radius = px(Math.sqrt((2 * area) / Math.PI));
  return `m0,${-radius}a${radius},${radius} 0 0,0 0,${px(2 * radius)}z`;
}

function triangle(area: number): string {
  const half = px(Math.sqrt(area / SLENDER));
  const length = px(half * SLENDER);
  return `m0,${-half}l${length},${half}l${-length},${half}z`;
}

function bar(area: number): string {
  const [width, height] = [px(Math.sqrt(area * FLAT)), px(Math.sqrt(area / FLAT))];
  return `m${-width / 2},${-height / 2}h${width}v${height}h${-width}z`;
}

/** A pennant on its stick, which stands at x. */
export function flagMark(x: number, base: number): Markup {
  return markup`<path class="flag" d="M${px(x)},${px(base)}v-11l6,3l-6,3"/>`;
}

/** A hammer has fallen: a triangle whose tip is at (x, y). */
export function bidMark(x: number, y: number): Markup {
  return markup`<path class="bid" d="M${px(x)},${px(y)}l-3.6,-8h7.2z"/>`;
}

/** The vault took an account over: a square standing on its corner, its middle at (x, y). */
export function takeoverMark(x: number, y: number, title?: Child): Markup {
  const hint = title === undefined ? undefined : markup`<title>${title}</title>`;
  return markup`<path class="takeover" d="M${px(x)},${px(y - TAKEOVER)}l${TAKEOVER},${TAKEOVER}l-${TAKEOVER},${TAKEOVER}l-${TAKEOVER},-${TAKEOVER}z">${hint}</path>`;
}

/** A piece of a stacked bar, as a key. */
export function barSample(mode: ModeName, x: number, y: number): Markup {
  return markup`<rect class="bar ${mode}" x="${px(x)}" y="${px(y)}" width="14" height="10"/>`;
}
