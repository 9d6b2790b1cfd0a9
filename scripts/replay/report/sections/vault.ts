/** The backstop vault: what it holds, earns and pays, and how near its hourly cap came. */
import { figure } from "../chart/figure";
import { type Line, extent, namedLines, times } from "../chart/lines";
import { timeAxis, timePanel, valueAxis } from "../chart/panel";
import { highest } from "../findings";
import { moment, number, percent, usd } from "../format";
import type { Markup } from "../markup";
import type { Subject } from "../subject";
import type { Point } from "../trace";

export function vaultFigure({ vault, range }: Subject): Markup {
  const { cash, feesIn, coverOut, takeoverMargin } = vault;
  const tookOver = (highest(takeoverMargin)?.value ?? 0) > 0;
  const flowLines: Line[] = [
    { points: feesIn, name: "fees in", stroke: "solid", color: "ink" },
    { points: coverOut, name: "cover out", stroke: "dashed", color: "bad" },
  ];
  if (tookOver) flowLines.push({ points: takeoverMargin, name: "in takeovers", stroke: "dotted", color: "ink" });
  const capUse = times(vault.capUse, 100);
  const holdings = timePanel(range, { top: 30, bottom: 130, domain: extent(cash) });
  const flows = timePanel(range, {
    top: 176,
    bottom: 276,
    domain: [0, extent(...flowLines.map(({ points }) => points))[1] || 1],
  });
  const cap = timePanel(range, { top: 322, bottom: 392, domain: [0, extent(capUse)[1] || 1] });
  return figure({
    height: 436,
    label: "Cash of the backstop vault, fees in, cover out, margin of takeovers and use of the hourly cap over time",
    layers: [
      [valueAxis(holdings, "cash, USD"), timeAxis(holdings, false)],
      namedLines(holdings, [{ points: cash, name: "cash", stroke: "solid", color: "ink" }]),
      [valueAxis(flows, "in and out since the beginning, USD"), timeAxis(flows, false)],
      namedLines(flows, flowLines),
      [valueAxis(cap, "used of what may be paid in 60 minutes, %"), timeAxis(cap)],
      namedLines(cap, [{ points: capUse, name: "used", stroke: "solid", color: "bad" }]),
    ],
    caption: caption(vault),
  });
}

function caption({ cash, feesIn, coverOut, takeoverMargin, capUse }: Subject["vault"]): string {
  const [before, after] = [cash[0]?.value ?? 0, cash.at(-1)?.value ?? 0];
  const last = (points: readonly Point[]): string => usd(points.at(-1)?.value ?? 0);
  const tookOver = (highest(takeoverMargin)?.value ?? 0) > 0;
  const tiedUp = tookOver ? `, and takeovers hold ${last(takeoverMargin)} of its cash as margin` : "";
  const change = `The vault\u2019s cash went from ${number(before)} to ${number(after)} USD: fees brought ${last(feesIn)}, bankrupt accounts cost ${last(coverOut)}${tiedUp}`;
  const peak = highest(capUse);
  if (!peak || peak.value === 0) return `${change}, and the hourly cap was never touched.`;
  return `${change}, and at most ${percent(peak.value, peak.value < 0.1 ? 2 : 0)} of the hourly cap was used, ${moment(peak.time)}.`;
}
