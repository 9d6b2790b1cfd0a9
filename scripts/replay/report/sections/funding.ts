/** The perpetuals' basis and what it cost to hold them. */
import { figure } from "../chart/figure";
import { extent, namedLines, times } from "../chart/lines";
import { timeAxis, timePanel, valueAxis } from "../chart/panel";
import { number, percent } from "../format";
import type { Markup } from "../markup";
import type { UnderlyingTraces } from "../recorder";
import type { Subject } from "../subject";
import type { Range } from "../trace";

export function fundingFigures({ underlyings, range }: Subject): Markup[] {
  return underlyings.map((underlying) => fundingFigure(underlying, range));
}

function fundingFigure({ name, basis, cumulativeFunding, spot }: UnderlyingTraces, range: Range): Markup {
  const points = times(basis, 1e4);
  const [low, high] = extent(points);
  const upper = timePanel(range, { top: 30, bottom: 140, domain: [Math.min(0, low), Math.max(0, high)] });
  const since = cumulativeFunding.map(({ time, value }) => ({
    time,
    value: value - (cumulativeFunding[0]?.value ?? 0),
  }));
  const [least, most] = extent(since);
  const lower = timePanel(range, { top: 186, bottom: 296, domain: [Math.min(0, least), Math.max(0, most)] });
  return figure({
    height: 340,
    label: `Basis and cumulative funding of ${name} over time`,
    layers: [
      [valueAxis(upper, `${name}, basis (mark over spot), basis points`), timeAxis(upper, false)],
      namedLines(upper, [{ points, name: "basis", stroke: "solid", color: "ink" }]),
      [valueAxis(lower, "what a long has paid since the beginning, USD per unit"), timeAxis(lower)],
      namedLines(lower, [{ points: since, name: "funding", stroke: "solid", color: "ink" }]),
    ],
    caption: caption(name, since.at(-1)?.value ?? 0, spot[0]?.value ?? 0, low, high),
  });
}

function caption(name: string, paid: number, price: number, low: number, high: number): string {
  const cost = percent(price > 0 ? Math.abs(paid) / price : 0, 3);
  const [payer, payee] = paid >= 0 ? ["longs", "shorts"] : ["shorts", "longs"];
  return `The made-up basis of ${name} stayed between ${number(low, 1)} and ${number(high, 1)} basis points, so that in the end ${payer} had paid ${payee} ${number(Math.abs(paid), 4)} USD per unit, ${cost} of the price at the beginning.`;
}
