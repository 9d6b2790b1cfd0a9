/** How much position each mode's traders carry on their collateral. */
import { figure } from "../chart/figure";
import { extent, namedLines } from "../chart/lines";
import { timeAxis, timePanel, valueAxis } from "../chart/panel";
import { number } from "../format";
import type { Markup } from "../markup";
import type { Subject } from "../subject";

export function efficiencyFigure({ efficiency, range, outcome }: Subject): Markup {
  const { isolated, cross } = efficiency;
  const panel = timePanel(range, { top: 30, bottom: 200, domain: [0, extent(isolated, cross)[1]] });
  const { capitalEfficiency: mean } = outcome;
  return figure({
    height: 244,
    label: "Gross notional over collateral of each mode over time",
    layers: [
      [valueAxis(panel, "gross notional / collateral"), timeAxis(panel)],
      namedLines(panel, [
        { points: isolated, name: "isolated", stroke: "solid", color: "isolated" },
        { points: cross, name: "cross", stroke: "dashed", color: "cross" },
      ]),
    ],
    caption: `On average isolated accounts carried ${number(mean.isolated, 2)} and cross accounts ${number(mean.cross, 2)} USD of notional on a USD of collateral; it falls as positions are sold, margin is paid in or gains add up, and climbs as equity is lost.`,
  });
}
