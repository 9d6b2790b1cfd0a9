/** The price of each underlying, and where accounts were liquidated. */
import { sortInto, stackedBars, tallest, widthFor } from "../chart/bars";
import { figure } from "../chart/figure";
import { barKey, markKey, takeoverKey } from "../chart/key";
import { extent, namedLines } from "../chart/lines";
import { atTime, timeAxis, timePanel, valueAxis } from "../chart/panel";
import { auctionMark, takeoverMark } from "../chart/shapes";
import { type Auction, type SoldAuction, isSold, isTakenOver, notionalSold } from "../auctionLog";
import { busiestHour, largestMove } from "../findings";
import { duration, moment, number, percent, usd } from "../format";
import type { Markup } from "../markup";
import { modeName } from "../modes";
import type { UnderlyingTraces } from "../recorder";
import type { Subject } from "../subject";
import type { Range } from "../trace";

/** Areas of the smallest and largest mark, square pixels. */
const SMALLEST_MARK = 10;
const LARGEST_MARK = 200;
const MINUTE = 60;
const HOUR = 60 * MINUTE;
/** Widths of bars that begin at round times, seconds. */
const WIDTHS = [
  ...[1, 2, 5, 10, 15, 30].map((minutes) => minutes * MINUTE),
  ...[1, 2, 3, 6, 12, 24, 7 * 24].map((hours) => hours * HOUR),
];
const MOST_BARS = 80;

export function priceFigures({ underlyings, auctions, range }: Subject): Markup[] {
  return underlyings.map((underlying) => priceFigure(underlying, range, auctions.filter(isSold), auctions));
}

function priceFigure(
  { name, underlying, spot }: UnderlyingTraces,
  range: Range,
  auctions: SoldAuction[],
  all: readonly Auction[],
): Markup {
  const price = timePanel(range, { top: 30, bottom: 270, domain: extent(spot) });
  const sales = auctions
    .map((auction) => ({ auction, notional: notionalSold(auction, underlying) }))
    .filter(({ notional }) => notional > 0)
    .sort((a, b) => b.notional - a.notional);
  const most = sales[0]?.notional ?? 0;
  const marks = sales.map(({ auction, notional }) => {
    const [{ time, sold }] = auction.bids;
    const at = sold.find((leg) => leg.underlying === underlying)?.spot ?? 0;
    const area = Math.max(SMALLEST_MARK, (LARGEST_MARK * notional) / most);
    const hint = `${modeName(auction.mode)}, ${moment(time)} UTC, ${usd(notional)} USD sold at ${number(at, 2)}`;
    return auctionMark(modeName(auction.mode), atTime(price, time), price.y(at), area, hint);
  });
  const takeovers = all.filter(isTakenOver).flatMap(({ mode, takeover: { time, taken } }) =>
    taken
      .filter((leg) => leg.underlying === underlying)
      .map(({ spot: at, notional }) => {
        const hint = `${modeName(mode)}, taken over by the vault, ${moment(time)} UTC, ${usd(notional)} USD at ${number(at, 2)}`;
        return takeoverMark(atTime(price, time), price.y(at), hint);
      }),
  );
  const bids = auctions.flatMap(({ mode, bids }) =>
    bids.map(({ time, sold }) => ({
      value: time,
      mode: modeName(mode),
      amount: sold.reduce((sum, leg) => sum + (leg.underlying === underlying ? leg.notional : 0), 0) / 1000,
    })),
  );
  const width = widthFor(range.to - range.from, WIDTHS, MOST_BARS);
  const start = Math.floor(range.from / width) * width;
  const bins = sortInto(bids, start, width, Math.ceil((range.to - start) / width));
  const strip = timePanel(range, { top: 318, bottom: 388, domain: [0, tallest(bins)] });
  return figure({
    height: 432,
    label: `Price of ${name} over time with ${sales.length} liquidations and ${takeovers.length} takeovers marked`,
    layers: [
      [valueAxis(price, `${name}, USD`), timeAxis(price, false)],
      namedLines(price, [{ points: spot, name: "oracle price", stroke: "solid", color: "price" }]),
      marks,
      takeovers,
      takeovers.length > 0 ? takeoverKey(price.left, 288) : undefined,
      markKey(price.right, 18, most > 0 ? `area by notional, largest ${usd(most)} USD` : "none here"),
      [valueAxis(strip, `notional sold in ${duration(width)}, thousand USD`), timeAxis(strip)],
      stackedBars(strip, bins, (seconds) => atTime(strip, Math.max(range.from, Math.min(range.to, seconds)))),
      barKey(strip.right, 306),
    ],
    caption: caption(name, spot, busiestHour(auctions, underlying)),
  });
}

function caption(name: string, spot: UnderlyingTraces["spot"], hour: ReturnType<typeof busiestHour>): string {
  const move = largestMove(spot);
  const moved = move
    ? `${name} went from ${number(move.from.value, 2)} (${moment(move.from.time)}) to ${number(move.to.value, 2)} USD (${moment(move.to.time)}), ${percent(move.change)}`
    : `${name} did not move`;
  const sold = hour
    ? `the hour from ${moment(hour.from)} alone saw ${percent(hour.part, 0)} of all ${name} that was sold`
    : "nothing was sold";
  return `${moved}; each mark is an auction at the time and oracle price of its first bid, and ${sold}.`;
}
