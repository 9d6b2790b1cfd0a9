/** What bidders were paid, how soon they came, and what nobody's equity paid for. */
import { type Auction, isSold, isTakenOver } from "../auctionLog";
import { type Bin, type Counted, sortInto, stackedBars, tallest, widthFor } from "../chart/bars";
import { figure } from "../chart/figure";
import { barKey } from "../chart/key";
import { extent, namedLines } from "../chart/lines";
import { type PlainPanel, type Tick, plainAxis, plainPanel, timeAxis, timePanel, valueAxis } from "../chart/panel";
import { count, duration, number, usd } from "../format";
import { type Markup, markup } from "../markup";
import { modeName } from "../modes";
import type { Subject } from "../subject";
import { type Point, type Range, Trace } from "../trace";

const TOP = 30;
const BOTTOM = 190;
const MOST_BINS = 24;
/** Widths that read well: in percent of margin, and in seconds. */
const DISCOUNT_WIDTHS = [0.1, 0.2, 0.5, 1, 2, 5];
const TIME_WIDTHS = [6, 12, 30, 60, 120, 300, 600, 1800, 3600, 7200];
/** What lies beyond is gathered in the last bar. */
const NEARLY_ALL = 0.99;
const NAMES_PER_AXIS = 7;
/** Pixels between two names. */
const ROOM_FOR_NAME = 40;
/** Every so many borders of bars are named. */
const NAMED_EVERY = [1, 2, 5, 10];

export function auctionFigure({ auctions, range, outcome }: Subject): Markup {
  const sold = auctions.filter(isSold);
  const discounts = sold.flatMap(({ mode, bids }) =>
    bids.map(({ discount }): Counted => ({ value: 100 * discount, mode: modeName(mode), amount: 1 })),
  );
  const waits = sold.map(({ mode, bids, flaggedAt }): Counted => {
    const last = bids.at(-1)?.time ?? flaggedAt;
    return { value: last - flaggedAt, mode: modeName(mode), amount: 1 };
  });
  const left = histogram(discounts, DISCOUNT_WIDTHS, [70, 380], {
    title: "number of bids",
    across: "discount at the bid, % of maintenance margin",
    name: (value) => number(value, value % 1 === 0 ? 0 : 1),
  });
  const right = histogram(waits, TIME_WIDTHS, [440, 750], {
    title: "number of auctions",
    across: "from the flag to the last bid",
    name: duration,
  });
  return figure({
    height: 452,
    label: "Histograms of the discount at the bid and of the time to the last bid; bad debt over time",
    layers: [left, right, debtPanel(sold, range)],
    caption: `${caption(auctions.length, discounts, waits, outcome)}${takeoverRemark(auctions)}`,
  });
}

interface Names {
  title: string;
  across: string;
  name: (value: number) => string;
}

function histogram(
  counted: readonly Counted[],
  widths: number[],
  [left, right]: [number, number],
  names: Names,
): Markup {
  const values = counted.map(({ value }) => value).sort((a, b) => a - b);
  const nearlyAll = values[Math.ceil(NEARLY_ALL * values.length) - 1] ?? 0;
  const width = widthFor(nearlyAll, widths, MOST_BINS);
  const amount = Math.max(4, Math.floor(nearlyAll / width + 1e-9) + 1);
  const bins = sortInto(counted, 0, width, amount);
  const panel = plainPanel([0, amount * width], {
    left,
    right,
    top: TOP,
    bottom: BOTTOM,
    domain: [0, tallest(bins) || 1],
  });
  const beyond = values.some((value) => value > amount * width);
  return markup`<g>${valueAxis(panel, names.title)}${stackedBars(panel, bins, panel.x)}${barKey(right, 18)}${plainAxis(panel, edges(panel, bins, names.name, beyond), names.across)}</g>`;
}

/** The borders of every so many bars. Where the last bar holds all that lies beyond, its end says so. */
function edges({ x }: PlainPanel, bins: readonly Bin[], name: Names["name"], beyond: boolean): Tick[] {
  const every = widthFor(bins.length, NAMED_EVERY, NAMES_PER_AXIS);
  const borders = [...bins.map(({ from }) => from), bins.at(-1)?.to ?? 0];
  const named = borders.filter((_border, index) => index % every === 0).map((at) => ({ at, name: name(at) }));
  if (!beyond) return named;
  const end = borders.at(-1) ?? 0;
  return [...named.filter(({ at }) => x(end) - x(at) > ROOM_FOR_NAME), { at: end, name: "more" }];
}

function debtPanel(sold: readonly Auction[], range: Range): Markup {
  const { debt, cover } = debtOver(sold, range);
  const panel = timePanel(range, { top: 280, bottom: 400, domain: [0, extent(debt, cover)[1] || 1] });
  const lines = namedLines(panel, [
    { points: debt, name: "bad debt", stroke: "solid", color: "bad" },
    { points: cover, name: "vault paid", stroke: "dashed", color: "ink" },
  ]);
  return markup`<g>${valueAxis(panel, "losses beyond equity since the beginning, USD")}${timeAxis(panel)}${lines}</g>`;
}

/** Equity below zero that left with slices, and what the vault paid towards it, summed up since the beginning. */
function debtOver(sold: readonly Auction[], range: Range): { debt: Point[]; cover: Point[] } {
  const [debt, cover] = [new Trace(range), new Trace(range)];
  let [owed, paid] = [0, 0];
  debt.push(range.from, 0);
  cover.push(range.from, 0);
  for (const bid of sold.flatMap(({ bids }) => bids).sort((a, b) => a.time - b.time)) {
    debt.push(bid.time, (owed += bid.badDebt));
    cover.push(bid.time, (paid += bid.cover));
  }
  return { debt: debt.points(), cover: cover.points() };
}

function takeoverRemark(auctions: readonly Auction[]): string {
  const taken = auctions.filter(isTakenOver).map(({ takeover }) => takeover);
  if (taken.length === 0) return "";
  const margin = taken.reduce((sum, one) => sum + one.margin, 0);
  return ` The vault took over ${count(taken.length, "account")} nobody bid for and gave them ${usd(margin)} USD of margin.`;
}

function caption(
  flags: number,
  discounts: readonly Counted[],
  waits: readonly Counted[],
  { badDebt }: Subject["outcome"],
): string {
  if (discounts.length === 0)
    return `Nobody bid, so there was no discount, no wait and no bad debt (${count(flags, "flag")}).`;
  const median = (counted: readonly Counted[]): number =>
    counted.map(({ value }) => value).sort((a, b) => a - b)[Math.floor((counted.length - 1) / 2)] ?? 0;
  const led = `${number(waits.length)} of ${count(flags, "flag")} led to a sale`;
  const half = `half of the bids came at a discount of at most ${number(median(discounts), 1)} % of the slice\u2019s maintenance margin, and half of these auctions were over within ${duration(median(waits))} of the flag`;
  const debt =
    Number(badDebt) === 0 ? "no account lost more than it had" : `bad debt came to ${usd(Number(badDebt))} USD`;
  return `${led}; ${half}; ${debt}.`;
}
