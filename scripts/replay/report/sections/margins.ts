/** What margin was asked for, and the volatility it follows. */
import { figure } from "../chart/figure";
import { extent, namedLines, times } from "../chart/lines";
import { timeAxis, timePanel, valueAxis } from "../chart/panel";
import { highest } from "../findings";
import { moment, number } from "../format";
import type { Markup } from "../markup";
import type { UnderlyingTraces } from "../recorder";
import type { Subject } from "../subject";
import type { Range } from "../trace";

export function marginFigures({ underlyings, range }: Subject): Markup[] {
  return underlyings.map((underlying) => marginFigure(underlying, range));
}

function marginFigure({ name, ...traces }: UnderlyingTraces, range: Range): Markup {
  const [initial, maintenance, floor, vol] = [
    times(traces.initialRate, 100),
    times(traces.maintenanceRate, 100),
    times(traces.floorRate, 100),
    times(traces.dailyVol, 100),
  ];
  const rates = timePanel(range, { top: 30, bottom: 180, domain: [0, extent(initial)[1]] });
  const forecast = timePanel(range, { top: 226, bottom: 316, domain: [0, extent(vol)[1]] });
  return figure({
    height: 360,
    label: `Initial and maintenance margin rates of ${name} at size zero and the daily volatility forecast over time`,
    layers: [
      [valueAxis(rates, `${name}, margin at size zero, % of notional`), timeAxis(rates, false)],
      namedLines(rates, [
        { points: initial, name: "initial", stroke: "solid", color: "ink" },
        { points: maintenance, name: "maintenance", stroke: "dashed", color: "maintenance" },
        { points: floor, name: "least initial", stroke: "dotted", color: "ink" },
      ]),
      [valueAxis(forecast, "forecast volatility of one day, %"), timeAxis(forecast)],
      namedLines(forecast, [{ points: vol, name: "volatility", stroke: "solid", color: "ink" }]),
    ],
    caption: caption(name, initial, vol),
  });
}

function caption(name: string, initial: UnderlyingTraces["spot"], vol: UnderlyingTraces["spot"]): string {
  const [first, peak, last] = [initial[0]?.value ?? 0, highest(initial), initial.at(-1)?.value ?? 0];
  const volPeak = highest(vol);
  if (!peak || !volPeak || peak.value === first)
    return `Initial margin on ${name} stood at ${number(first, 1)} % throughout.`;
  const rose = `As the forecast rose from ${number(vol[0]?.value ?? 0, 1)} to ${number(volPeak.value, 1)} % a day`;
  return `${rose}, initial margin on ${name} went from ${number(first, 1)} to ${number(peak.value, 1)} % of notional (${moment(peak.time)}), and ended at ${number(last, 1)} %.`;
}
