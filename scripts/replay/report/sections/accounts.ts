/** Chosen accounts: what they had, what they had to have, and what was done to them. */
import { indexOf } from "../../../../sdk";
import { isSold, isTakenOver, notionalSold } from "../auctionLog";
import { figure } from "../chart/figure";
import { type Line, extent, namedLines, stepArea } from "../chart/lines";
import { type TimePanel, atTime, timeAxis, timePanel, valueAxis } from "../chart/panel";
import { bidMark, flagMark, takeoverMark } from "../chart/shapes";
import type { ChosenAccount } from "../choice";
import { count, distancePercent, moment, number, usd } from "../format";
import { type Markup, markup } from "../markup";
import { modeName } from "../modes";
import type { Range } from "../trace";

/** Where flags stand and bids point to, above the panel. */
const FLAGS = 18;
const BIDS = 36;
const BELOW_RAILS = 44;
const BELOW_TITLE = 24;
const HEIGHT = 170;

export function accountFigure({ account, reasons, auctions }: ChosenAccount, range: Range): Markup {
  const { equity, initialMargin, maintenanceMargin } = account;
  const [low, high] = extent(equity, initialMargin, maintenanceMargin);
  const top = auctions.length > 0 ? BELOW_RAILS : BELOW_TITLE;
  const panel = timePanel(range, { top, bottom: top + HEIGHT, domain: [Math.min(0, low), high] });
  const lines: Line[] = [
    { points: maintenanceMargin, name: "maintenance", stroke: "thin", color: "maintenance" },
    { points: initialMargin, name: "initial margin", stroke: "dashed", color: "initial" },
    { points: equity, name: "equity", stroke: "solid", color: "ink" },
  ];
  const name = `Account ${indexOf(account.account)}, ${modeName(account.mode)}`;
  return figure({
    height: panel.bottom + 44,
    heading: markup`${name}: ${reasons.join("; ")}`,
    label: `${name}: equity, initial and maintenance margin over time, with its flags and bids`,
    layers: [
      markup`<path class="shade" d="${stepArea(panel, maintenanceMargin)}"/>`,
      [valueAxis(panel, ""), timeAxis(panel)],
      markup`<text class="measure end" x="${panel.left - 8}" y="${top - 12}">USD</text>`,
      namedLines(panel, lines),
      auctions.length > 0 ? events(panel, auctions) : undefined,
    ],
    caption: caption(account, auctions),
  });
}

/** Two rails above the panel: when the account was flagged, and when somebody bid for a slice of it. */
function events(panel: TimePanel, auctions: ChosenAccount["auctions"]): Markup {
  const flags = auctions.map(({ flaggedAt }) => flagMark(atTime(panel, flaggedAt), FLAGS));
  const bids = auctions.flatMap((auction) => auction.bids).map(({ time }) => bidMark(atTime(panel, time), BIDS));
  const takeovers = auctions
    .filter(isTakenOver)
    .map(({ takeover: { time } }) => takeoverMark(atTime(panel, time), BIDS - 6, "taken over by the vault"));
  const named = (text: string, y: number): Markup =>
    markup`<path class="grid" d="M${panel.left},${y}H${panel.right}"/><text class="name" x="${panel.right + 8}" y="${y}">${text}</text>`;
  return markup`<g>${named(count(flags.length, "flag"), FLAGS)}${named(count(bids.length, "bid"), BIDS)}${flags}${bids}${takeovers}</g>`;
}

function caption({ closest, largestNotional }: ChosenAccount["account"], auctions: ChosenAccount["auctions"]): string {
  const sold = auctions.filter(isSold);
  const taken = auctions.filter(isTakenOver).map(({ takeover: { time } }) => moment(time));
  const takenOver = taken.length === 0 ? "" : ` The vault took it over ${taken.join(" and ")} (square).`;
  const [first] = sold;
  if (first) {
    const last = sold.at(-1) ?? first;
    const notional = usd(sold.reduce((sum, auction) => sum + notionalSold(auction), 0));
    const span = `${moment(first.flaggedAt)} to ${moment(last.bids.at(-1)?.time ?? last.flaggedAt)}`;
    const unsold = auctions.length - sold.length;
    const others = unsold === 0 ? "" : `, the other ${number(unsold)} ended without a bid`;
    return `Whenever equity falls into the shaded area, below maintenance margin, a flag goes up: ${number(sold.length)} of ${count(auctions.length, "flag")} led to a sale, ${notional} USD of notional in all, ${span}${others}.${takenOver}`;
  }
  if (takenOver !== "") return `Nobody bid.${takenOver}`;
  if (largestNotional === 0) return "It never held anything.";
  const { distance, time } = closest;
  if (distance < 0) return `Equity fell into the shaded area, but rose out of it before anybody bid (${moment(time)}).`;
  return `Equity stayed above the shaded area throughout; it was nearest ${moment(time)}, ${distancePercent(distance)} of notional above.`;
}
