/** How much position each mode's traders carry on their collateral. */
import { figure } from "../chart/figure";
import { extent, namedLines } from "../chart/lines";
import { timeAxis, timePanel, valueAxis } from "../chart/panel";
import { list, number } from "../format";
import type { Markup } from "../markup";
import { MODES, STROKES } from "../modes";
import type { Subject } from "../subject";

export function efficiencyFigure({ efficiency, range, outcome }: Subject): Markup {
  const shown = MODES.filter((mode) => outcome.traders[mode] > 0);
  const [, most] = extent(...shown.map((mode) => efficiency[mode]));
  const panel = timePanel(range, { top: 30, bottom: 200, domain: [0, most] });
  const { capitalEfficiency: mean } = outcome;
  const carried = list(shown.map((mode) => `${mode} accounts ${number(mean[mode], 2)}`));
  return figure({
    height: 244,
    label: "Gross notional over collateral of each mode over time",
    layers: [
      [valueAxis(panel, "gross notional / collateral"), timeAxis(panel)],
      namedLines(
        panel,
        shown.map((mode) => ({ points: efficiency[mode], name: mode, stroke: STROKES[mode], color: mode })),
      ),
    ],
    caption: `USD of notional, perpetuals at mark and options at their underlying's price, on a USD of collateral: on average ${carried}. It falls as positions are sold, margin is paid in or gains add up, and climbs as equity is lost.`,
  });
}
