/** The backstop vault: what it holds, earns and pays, and how near its hourly cap came. */
import { figure } from "../chart/figure";
import { extent, namedLines, times } from "../chart/lines";
import { timeAxis, timePanel, valueAxis } from "../chart/panel";
import { highest } from "../findings";
import { moment, number, percent, usd } from "../format";
import type { Markup } from "../markup";
import type { Subject } from "../subject";

export function vaultFigure({ vault, range }: Subject): Markup {
  const { assets, feesIn, coverOut } = vault;
  const capUse = times(vault.capUse, 100);
  const holdings = timePanel(range, { top: 30, bottom: 130, domain: extent(assets) });
  const flows = timePanel(range, { top: 176, bottom: 276, domain: [0, extent(feesIn, coverOut)[1] || 1] });
  const cap = timePanel(range, { top: 322, bottom: 392, domain: [0, extent(capUse)[1] || 1] });
  return figure({
    height: 436,
    label: "Assets of the backstop vault, fees in, cover out and use of the hourly cap over time",
    layers: [
      [valueAxis(holdings, "assets, USD"), timeAxis(holdings, false)],
      namedLines(holdings, [{ points: assets, name: "assets", stroke: "solid", color: "ink" }]),
      [valueAxis(flows, "fees and cover since the beginning, USD"), timeAxis(flows, false)],
      namedLines(flows, [
        { points: feesIn, name: "fees in", stroke: "solid", color: "ink" },
        { points: coverOut, name: "cover out", stroke: "dashed", color: "bad" },
      ]),
      [valueAxis(cap, "used of what may be paid in 60 minutes, %"), timeAxis(cap)],
      namedLines(cap, [{ points: capUse, name: "used", stroke: "solid", color: "bad" }]),
    ],
    caption: caption(vault),
  });
}

function caption({ assets, feesIn, coverOut, capUse }: Subject["vault"]): string {
  const [before, after] = [assets[0]?.value ?? 0, assets.at(-1)?.value ?? 0];
  const change = `The vault went from ${number(before)} to ${number(after)} USD: fees brought ${usd(feesIn.at(-1)?.value ?? 0)}, bankrupt accounts cost ${usd(coverOut.at(-1)?.value ?? 0)}`;
  const peak = highest(capUse);
  if (!peak || peak.value === 0) return `${change}, and the hourly cap was never touched.`;
  return `${change}, and at most ${percent(peak.value, peak.value < 0.1 ? 2 : 0)} of the hourly cap was used, ${moment(peak.time)}.`;
}
