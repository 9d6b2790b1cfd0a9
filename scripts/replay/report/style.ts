/** How a report looks: on a light screen, and on paper without colour. */
export const STYLE = `
:root { color-scheme: light; --ink: #1c1c1c; --soft: #555; --rule: #d9d9d9; --isolated: #14508c; --cross: #d9771a; --portfolio: #2c7a4b; --bad: #a3261f; }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 28px 24px 48px; max-width: 920px; background: #fff; color: var(--ink); font: 15px/1.5 "Helvetica Neue", Helvetica, Arial, "Liberation Sans", "DejaVu Sans", sans-serif; font-variant-numeric: tabular-nums; }
h1 { font-size: 25px; line-height: 1.2; margin: 0 0 10px; }
h1 span { white-space: nowrap; }
h2 { font-size: 18px; margin: 34px 0 4px; padding-top: 12px; border-top: 1px solid var(--ink); break-after: avoid; }
h3 { font-size: 14px; margin: 0 0 2px; break-after: avoid; }
p { margin: 4px 0 10px; max-width: 76ch; }
.verdict { font-size: 17px; line-height: 1.45; }
dl { display: grid; grid-template-columns: repeat(3, 1fr); gap: 4px 24px; margin: 14px 0; padding: 10px 0; border: solid var(--rule); border-width: 1px 0; font-size: 14px; }
dl > :first-child, dl > :last-child { grid-column: span 2; }
dt { color: var(--soft); font-size: 12px; }
dd { margin: 0; overflow-wrap: anywhere; }
.tables { display: grid; grid-template-columns: 3fr 2fr; gap: 0 40px; align-items: start; }
table { border-collapse: collapse; width: 100%; font-size: 14px; margin: 6px 0 12px; }
th { font-weight: normal; text-align: left; }
td, thead th { text-align: right; }
td, th { padding: 4px 0 4px 14px; border-bottom: 1px solid var(--rule); vertical-align: top; }
td:first-child, th:first-child { padding-left: 0; }
thead th { color: var(--soft); font-size: 12px; border-bottom-color: var(--ink); }
.text { text-align: left; }
.both { text-align: center; }
tr { break-inside: avoid; }
figure { margin: 14px 0 22px; break-inside: avoid; }
figcaption { margin-top: 4px; color: var(--ink); font-size: 13.5px; line-height: 1.45; max-width: 88ch; }
svg { display: block; width: 100%; height: auto; font-size: 12.5px; overflow: visible; }
svg text { fill: var(--ink); }
.tick { font-size: 12px; }
.end { text-anchor: end; }
.middle { text-anchor: middle; }
.measure { font-weight: bold; }
.grid, .axis, .day, .leader { fill: none; stroke: #e4e4e4; stroke-width: 1; shape-rendering: crispEdges; }
.day { stroke: #bdbdbd; }
.axis { stroke: #777; }
.leader { stroke: #999; stroke-width: .8; shape-rendering: auto; }
.line { fill: none; stroke: var(--ink); stroke-width: 1.5; stroke-linejoin: round; }
.dashed { stroke-dasharray: 7 3; }
.dotted { stroke-dasharray: 1.5 3; }
.thin { stroke-width: 1; }
.line.price { stroke: #555; stroke-width: 1.1; }
.line.isolated { stroke: var(--isolated); }
.line.cross { stroke: var(--cross); }
.line.portfolio { stroke: var(--portfolio); }
.line.initial { stroke: #4d4d4d; stroke-width: 1.2; }
.line.maintenance, .line.bad { stroke: var(--bad); }
.shade { fill: #dcdcdc; }
.mark.isolated { fill: #fff; fill-opacity: .6; stroke: var(--isolated); stroke-width: .9; }
.mark.cross { fill: var(--cross); fill-opacity: .4; stroke: #7a3f06; stroke-width: .7; }
.mark.portfolio { fill: var(--portfolio); fill-opacity: .35; stroke: #184a2c; stroke-width: .7; }
.bar.isolated { fill: var(--isolated); }
.bar.cross { fill: url(#hatch); stroke: #7a3f06; stroke-width: .8; }
.bar.portfolio { fill: url(#dots); stroke: #184a2c; stroke-width: .8; }
.flag { fill: #fff; stroke: var(--ink); stroke-width: 1.1; }
.takeover { fill: #fff; stroke: var(--ink); stroke-width: 1.8; }
.bid { fill: var(--ink); }
.definitions { position: absolute; width: 0; height: 0; }
@page { size: A4; margin: 15mm 14mm; }
@media print {
  body { padding: 0; max-width: none; font-size: 9.5pt; line-height: 1.4; }
  h1 { font-size: 17pt; margin-bottom: 6px; }
  h2 { font-size: 12.5pt; margin-top: 14px; padding-top: 8px; }
  h3, .verdict { font-size: 10.5pt; }
  dl, table, figcaption { font-size: 8.5pt; }
  dl { margin: 8px 0; padding: 6px 0; }
  dt, thead th { font-size: 7.5pt; }
  td, th { padding-top: 2px; padding-bottom: 2px; }
  p, dl, .tables { break-inside: avoid; }
  section > p { break-after: avoid; }
  figure { margin: 8px 0 12px; }
}
`;
