/** The worked figures of docs/margin.md from the flag on, from the twin of the auction. */
import {
  LOTS_PER_UNIT,
  type Lots,
  Mode,
  WAD,
  type Wad,
  assess,
  auction,
  fixedPoint,
  liquidationPrices,
  parseWad,
} from "../../sdk";
import { type Book, assessBook, legOf, marketsOf, movedTo, positionsOf } from "./book";
import { percent, ratio, units, usd } from "./format";
import { table } from "./table";

const { abs, mulDivFloor, mulDivUp, mulWadUp } = fixedPoint;

/** Where the account is below maintenance margin, and where it is below zero. */
const BELOW = parseWad("1740");
const BANKRUPT = parseWad("1540");

const MINUTE = 60n;

/** Every block of docs/margin.md that is about liquidation. */
export const auctionBlocks: Readonly<Record<string, (book: Book) => string>> = {
  distances: distancesTable,
  auction: auctionTable,
  cover: coverTable,
};

/** The mark of this leg at which equity is zero, everything else unchanged, rounded to what is nearer to mark. */
function bankruptcyMark(book: Book, name: string): Wad {
  const { lots, market } = legOf(book, name);
  const { equity } = assessBook(book);
  const away = mulDivFloor(equity, LOTS_PER_UNIT, abs(lots));
  return lots > 0n ? market.mark - away : market.mark + away;
}

function distancesTable(book: Book): string {
  const rows = book.legs.map(({ name, lots, market }) => {
    const { down, up } = liquidationPrices(
      Mode.Cross,
      { markets: marketsOf(book) },
      book.cash,
      positionsOf(book),
      market.underlying,
    );
    const found = down ?? up;
    if (!found) throw new Error(`No price of ${name} brings the account to maintenance margin.`);
    const bankrupt = bankruptcyMark(book, name);
    return [
      `${units(lots)} ${name}`,
      usd(market.mark),
      usd(found.mark),
      percent((found.mark * WAD) / market.mark - WAD, 2),
      usd(bankrupt),
      percent((bankrupt * WAD) / market.mark - WAD, 2),
    ];
  });
  return table(
    [
      ["this price alone moves"],
      ["mark", "right"],
      ["liquidation price", "right"],
      ["move", "right"],
      ["bankruptcy price", "right"],
      ["move", "right"],
    ],
    rows,
  );
}

/** The book after a slice was sold: what the ledger leaves, positions rounded against the account's risk. */
function afterSale(book: Book, distress: auction.Distress, fraction: Wad, payment: Wad) {
  const legs = book.legs.map((leg): typeof leg => {
    const part: Lots = mulWadUp(abs(leg.lots), fraction);
    return { ...leg, lots: leg.lots - (leg.lots < 0n ? 0n - part : part), index: leg.market.index };
  });
  const cash = distress.equity - mulDivFloor(distress.equity, fraction, WAD) + payment;
  return assess(
    Mode.Cross,
    { markets: marketsOf(book) },
    cash,
    positionsOf({ cash, legs }).filter(({ lots }) => lots !== 0n),
  );
}

function auctionTable(book: Book): string {
  const fallen = movedTo(book, "ETH", BELOW);
  const distress = assessBook(fallen);
  const { equity, maintenanceMargin } = distress;
  const rate = auction.auctionRate(distress);
  const rows = [1n, 2n, 5n, 10n, 15n, 20n, 30n, 40n, 50n].map((minutes) => {
    // Touched often enough: the clock counts every second.
    const gathered = fixedPoint.min(minutes * MINUTE * rate, 3_600n * WAD);
    const d = auction.discount(gathered);
    const { fraction, payment } = auction.quote(distress, d, WAD);
    const left = afterSale(fallen, distress, fraction, payment);
    return [
      String(minutes),
      percent(d, 2),
      usd(auction.payment(distress, d, WAD)),
      percent(fraction, 2),
      usd(payment),
      usd(mulDivFloor(equity, fraction, WAD) - payment),
      usd(left.equity),
      left.maintenanceMargin === 0n ? "" : ratio(left.equity, left.maintenanceMargin, 4),
    ];
  });
  return `With ETH at ${usd(BELOW)} the account has E ${usd(equity)} and MM ${usd(maintenanceMargin)} USD, so its clock runs at ${usd(rate, 4)} auction seconds a second.\n\n${table(
    [
      ["minutes", "right"],
      ["d", "right"],
      ["price of the whole", "right"],
      ["largest f", "right"],
      ["pays", "right"],
      ["gains", "right"],
      ["E left", "right"],
      ["E / MM left", "right"],
    ],
    rows,
  )}`;
}

function coverTable(book: Book): string {
  const distress = assessBook(movedTo(book, "ETH", BANKRUPT));
  const { equity, maintenanceMargin } = distress;
  const rows = ["0", "0.05", "0.1", "0.2", "0.5", "1"].map((text) => {
    const d = parseWad(text);
    const { fraction, cover } = auction.quote(distress, d, WAD);
    return [percent(d, 0), percent(fraction, 0), usd(cover), usd(cover + mulDivFloor(equity, fraction, WAD))];
  });
  return `With ETH at ${usd(BANKRUPT)} the account has E ${usd(equity)} and MM ${usd(maintenanceMargin)} USD.\n\n${table(
    [
      ["d", "right"],
      ["largest f", "right"],
      ["the vault pays", "right"],
      ["the bidder keeps", "right"],
    ],
    rows,
  )}`;
}

/** E / MM of the accounts whose price curve is drawn. */
export const DRAWN_HEALTH = ["1", "0.75", "0.5", "0.25"] as const;

/** The price of the whole account, as a part of its equity, so many seconds after the flag; E / MM stays `health`. */
export function priceAfter(health: Wad, seconds: bigint): Wad {
  const maintenanceMargin = 1_000_000n * WAD;
  const equity = mulDivUp(maintenanceMargin, health, WAD);
  const distress = { equity, equityForMaintenance: equity, maintenanceMargin };
  const gathered = fixedPoint.min(seconds * auction.auctionRate(distress), 3_600n * WAD);
  return (auction.payment(distress, auction.discount(gathered), WAD) * WAD) / equity;
}
