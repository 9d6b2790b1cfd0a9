/** The worked figures of docs/margin.md up to liquidation, from the twin of the margin models. */
import {
  LOTS_PER_UNIT,
  type Market,
  PriceStatus,
  RAMP_DURATION,
  WAD,
  type Wad,
  accrueFunding,
  distanceToMaintenance,
  fixedPoint,
  grossNotional,
  hourlyRateOf,
  parametersAt,
  parseWad,
  perpRequirement,
  previewFill,
} from "../../sdk";
import {
  type Book,
  type Leg,
  alone,
  assessBook,
  holdingsOf,
  legOf,
  marketsOf,
  movedBy,
  movedTo,
  positionsOf,
} from "./book";
import { lotsOf, percent, ratio, units, usd } from "./format";
import { table } from "./table";
import { afterMove, withoutSamples } from "./volatility";

const { abs, max, min, mulDivUp, mulWadUp, valueFloor, valueUp } = fixedPoint;

/** The market's fee for takers, as config/underlyings.ts has it. */
const TAKER_FEE_BPS = 5n;
const BPS_STEP = WAD / 10_000n;

/** Every block of docs/margin.md that is about the account as it stands. */
export const marginBlocks: Readonly<Record<string, (book: Book) => string>> = {
  market: marketTable,
  equity: equityTable,
  requirement: requirementTable,
  size: sizeTable,
  volatility: volatilityTable,
  moves: movesTable,
  gaps: gapsTable,
  confidence: confidenceTable,
  modes: modesTable,
  capital: capitalTable,
  funding: fundingTable,
  reductions: reductionsTable,
  locked: lockedTable,
  ramp: rampTable,
};

function marketTable({ legs }: Book): string {
  const row = (name: string, of: (market: Market) => string): string[] => [
    name,
    ...legs.map(({ market }) => of(market)),
  ];
  return table(
    [["market"], ...legs.map(({ name }): [string, "right"] => [name, "right"])],
    [
      row("spot S, USD", ({ spot }) => usd(spot)),
      row("mark P, USD", ({ mark }) => usd(mark)),
      row("daily volatility σ", ({ dailyVol }) => percent(dailyVol, 2)),
      row("confidence c", ({ confidence }) => percent(confidence, 2)),
      row("base rate", ({ baseRate }) => percent(baseRate, 2)),
      row("volatility multiplier", ({ volMultiplier }) => usd(volMultiplier, 1)),
      row("slope", ({ slope }) => percent(slope, 2)),
      row("depth, USD", ({ depth }) => usd(depth, 0)),
      row("maintenance ratio", ({ maintenanceRatio }) => percent(maintenanceRatio, 0)),
    ],
  );
}

const gainOf = ({ lots, index, market }: Leg): Wad => valueFloor(lots, market.index - index);

function equityTable(book: Book): string {
  const { cash, legs } = book;
  const rows = legs.map((leg) => [
    `${units(leg.lots)} ${leg.name}`,
    usd(leg.index),
    usd(leg.market.mark),
    usd(valueUp(abs(leg.lots), leg.market.mark)),
    usd(gainOf(leg)),
  ]);
  const gross = grossNotional(marketsOf(book), positionsOf(book));
  return table(
    [["position"], ["entry", "right"], ["mark", "right"], ["notional, USD", "right"], ["to equity, USD", "right"]],
    [
      ...rows,
      ["cash", "", "", "", usd(cash)],
      ["**account**", "", "", usd(gross), `**${usd(assessBook(book).equity)}**`],
    ],
  );
}

/** What IM% is made of. */
function ratesOf({ market, lots }: Leg): { volatility: Wad; size: Wad; rate: Wad } {
  const volatility = max(market.baseRate, mulWadUp(market.volMultiplier, market.dailyVol));
  const size = mulDivUp(market.slope, valueUp(abs(lots), market.mark), market.depth);
  return { volatility, size, rate: min(WAD, volatility + size) };
}

function requirementTable(book: Book): string {
  const { legs } = book;
  const { equity, initialMargin, maintenanceMargin } = assessBook(book);
  const row = (name: string, of: (leg: Leg) => string, total = ""): string[] => [name, ...legs.map(of), total];
  const of = ({ market, lots }: Leg): ReturnType<typeof perpRequirement> => perpRequirement(market, abs(lots));
  const doubt = ({ market, lots }: Leg): Wad => mulWadUp(valueUp(abs(lots), market.spot), market.confidence);
  return table(
    [[""], ...legs.map(({ name }): [string, "right"] => [name, "right"]), ["account", "right"]],
    [
      row("rate from volatility", (leg) => percent(ratesOf(leg).volatility)),
      row("rate from size", (leg) => percent(ratesOf(leg).size)),
      row("IM%", (leg) => percent(ratesOf(leg).rate)),
      row("confidence charge, USD", (leg) => usd(doubt(leg))),
      row("initial margin, USD", (leg) => usd(of(leg).initial), `**${usd(initialMargin)}**`),
      row("maintenance margin, USD", (leg) => usd(of(leg).maintenance), `**${usd(maintenanceMargin)}**`),
      row("E - IM, free collateral, USD", () => "", usd(equity - initialMargin)),
      row("E - MM, USD", () => "", usd(equity - maintenanceMargin)),
      row(
        "distance to maintenance",
        () => "",
        percent(distanceToMaintenance(assessBook(book), marketsOf(book), positionsOf(book)) ?? 0n),
      ),
      row("leverage, gross notional / E", () => "", ratio(grossNotional(marketsOf(book), positionsOf(book)), equity)),
    ],
  );
}

function sizeTable(book: Book): string {
  const { market } = legOf(book, "ETH");
  const rows = ["100000", "1000000", "5000000", "20000000", "60000000"].map((notional) => {
    const leg = { ...legOf(book, "ETH"), lots: (parseWad(notional) * LOTS_PER_UNIT) / market.mark };
    const { size, rate } = ratesOf(leg);
    const { initial } = perpRequirement(market, leg.lots);
    return [usd(parseWad(notional), 0), percent(size, 2), percent(rate, 2), ratio(parseWad(notional), initial)];
  });
  return table(
    [
      ["ETH notional, USD", "right"],
      ["rate from size", "right"],
      ["IM%", "right"],
      ["most leverage", "right"],
    ],
    rows,
  );
}

/** The leg with its market changed, and what it then requires. */
function changed(leg: Leg, change: Partial<Market>): { leg: Leg; initial: Wad; maintenance: Wad } {
  const other = { ...leg, market: { ...leg.market, ...change } };
  return { leg: other, ...perpRequirement(other.market, abs(leg.lots)) };
}

const toWad = (value: number): Wad => parseWad(value.toFixed(18));

function volatilityRow(book: Book, name: string, dailyVol: Wad): string[] {
  const { leg, initial, maintenance } = changed(legOf(book, "ETH"), { dailyVol });
  return [name, percent(dailyVol, 2), percent(ratesOf(leg).volatility, 2), usd(initial), usd(maintenance)];
}

const VOLATILITY_COLUMNS = [
  ["σ", "right"],
  ["rate from volatility", "right"],
  ["IM of 60 ETH, USD", "right"],
  ["MM, USD", "right"],
] as const satisfies [string, "right"][];

function volatilityTable(book: Book): string {
  const rows = [0.02, 0.0286, 0.035, 0.05, 0.07, 0.1, 0.2, 0.4].map((vol) =>
    volatilityRow(book, "", toWad(vol)).slice(1),
  );
  return table([...VOLATILITY_COLUMNS], rows);
}

/** Moves of the price within the hour after a sample, parts of one. */
export const MOVES = [0, -0.02, -0.05, -0.1, -0.2];

function movesTable(book: Book): string {
  const vol = Number(legOf(book, "ETH").market.dailyVol) / Number(WAD);
  const rows = MOVES.map((move) => volatilityRow(book, percent(toWad(move), 0), toWad(afterMove(vol, move))));
  return table([["move within the hour", "right"], ...VOLATILITY_COLUMNS], rows);
}

function gapsTable(book: Book): string {
  const vol = Number(legOf(book, "ETH").market.dailyVol) / Number(WAD);
  const rows = [3, 6, 12, 24, 72].map((hours) => volatilityRow(book, String(hours), toWad(withoutSamples(vol, hours))));
  return table([["hours without a sample", "right"], ...VOLATILITY_COLUMNS], rows);
}

function confidenceTable(book: Book): string {
  const rows = ["0.0025", "0.005", "0.01", "0.02"].map((text) => {
    const confidence = parseWad(text);
    const { initial, maintenance } = changed(legOf(book, "ETH"), { confidence });
    return [percent(confidence, 2), usd(initial), usd(maintenance)];
  });
  return table(
    [
      ["c", "right"],
      ["IM of 60 ETH, USD", "right"],
      ["MM, USD", "right"],
    ],
    rows,
  );
}

/** What each leg gets of the cash where it stands alone: as its initial margin is of the whole. */
function isolatedBooks(book: Book): Book[] {
  const { initialMargin } = assessBook(book);
  return book.legs.map((leg) => {
    const { initial } = perpRequirement(leg.market, abs(leg.lots));
    return alone(book, leg.name, (book.cash * initial) / initialMargin);
  });
}

const roomOf = (book: Book): Wad => {
  const { equityForMaintenance, maintenanceMargin } = assessBook(book);
  return equityForMaintenance - maintenanceMargin;
};

function modesTable(book: Book): string {
  const apart = isolatedBooks(book);
  const rows = ["-0.1", "-0.05", "0", "0.05", "0.1"].map((move) => [
    percent(parseWad(move), 0),
    ...[book, ...apart].map((one) => usd(roomOf(movedBy(one, parseWad(move))))),
  ]);
  const names = apart.map(({ cash, legs: [leg] }): [string, "right"] => [
    `isolated ${leg?.name ?? ""}, ${usd(cash, 0)} USD`,
    "right",
  ]);
  return table([["both prices move by", "right"], [`cross, ${usd(book.cash, 0)} USD`, "right"], ...names], rows);
}

/** The least cash, to the cent, with which the book keeps maintenance margin at every one of the moves. */
function cashFor(book: Book, moves: readonly Wad[]): Wad {
  const cent = WAD / 100n;
  const missing = moves.map((move) => 0n - roomOf(movedBy({ ...book, cash: 0n }, move)));
  return mulDivUp(missing.reduce(max), 1n, cent) * cent;
}

function capitalTable(book: Book): string {
  const gross = grossNotional(marketsOf(book), positionsOf(book));
  const rows = ["0", "0.05", "0.1", "0.2"].map((text) => {
    const moves = [0n - parseWad(text), parseWad(text)];
    const cross = cashFor(book, moves);
    const apart = book.legs.map(({ name }) => cashFor(alone(book, name, 0n), moves)).reduce((a, b) => a + b);
    const figures = [usd(cross), usd(apart), ratio(gross, cross), ratio(gross, apart)];
    return [`±${percent(parseWad(text), 0)}`, ...figures];
  });
  return table(
    [
      ["both prices move by", "right"],
      ["cash needed, cross", "right"],
      ["cash needed, isolated", "right"],
      ["gross notional / cash, cross", "right"],
      ["isolated", "right"],
    ],
    rows,
  );
}

function fundingTable({ legs }: Book): string {
  const hours = 8n;
  const rows = legs.map(({ name, lots, market }) => {
    const basis = (market.mark * WAD) / market.spot - WAD;
    const integral = (basis * hours * 3_600n) / 10n ** 9n;
    const { hourlyRate, perUnit } = accrueFunding(0n, integral, market.spot, hours * 3_600n);
    const paid = valueFloor(lots, 0n - perUnit);
    return [name, percent(basis), percent(hourlyRate), usd(perUnit, 4), usd(paid)];
  });
  const capped = hourlyRateOf(parseWad("0.01"));
  return `${table(
    [
      ["market"],
      ["basis", "right"],
      ["rate an hour", "right"],
      [`a unit in ${hours} hours, USD`, "right"],
      ["to this account, USD", "right"],
    ],
    rows,
  )}\n\nThe largest rate an hour is ${percent(capped, 2)}, reached at a basis of ${percent(capped * 8n, 2)}.`;
}

/** The account after ETH fell to where equity is below initial margin and above maintenance margin. */
const FALLEN = parseWad("1840");

function reductionsTable(book: Book): string {
  const fallen = movedTo(book, "ETH", FALLEN);
  const { instrument, market } = legOf(fallen, "ETH");
  const { equity, initialMargin, maintenanceMargin } = assessBook(fallen);
  const tick = WAD / 100n;
  // The lowest price the rule allows, rounded up to the cent.
  const lowest = mulDivUp(market.mark * 99n, 1n, 100n * tick) * tick;
  const tries: [string, bigint, Wad][] = [
    ["sell 2 at mark", -2n, market.mark],
    ["sell 2, 1 % below mark", -2n, lowest],
    ["sell 2, a cent lower", -2n, lowest - tick],
    ["buy 1 at mark", 1n, market.mark],
    ["sell 20 at mark", -20n, market.mark],
  ];
  const rows = tries.map(([name, whole, price]) => {
    const fill = { instrument, lots: lotsOf(whole), price, feeBps: TAKER_FEE_BPS };
    const { after, fee, allowed } = previewFill({ markets: marketsOf(fallen) }, holdingsOf(fallen), fill);
    return [name, usd(price), usd(fee), usd(after.equity), usd(after.initialMargin), allowed ? "passes" : "refused"];
  });
  return `With ETH at ${usd(FALLEN)} (mark ${usd(market.mark)}) the account has E ${usd(equity)}, IM ${usd(initialMargin)} and MM ${usd(maintenanceMargin)} USD.\n\n${table(
    [["ETH"], ["price", "right"], ["fee", "right"], ["E after", "right"], ["IM after", "right"], ["the ledger"]],
    rows,
  )}`;
}

function lockedTable(book: Book): string {
  const silent = {
    ...book,
    legs: book.legs.map((leg) =>
      leg.name === "ETH" ? { ...leg, market: { ...leg.market, status: PriceStatus.Unusable } } : leg,
    ),
  };
  const { instrument, market } = legOf(silent, "ETH");
  const fill = { instrument, lots: lotsOf(-20n), price: market.mark, feeBps: TAKER_FEE_BPS };
  const { after, holdings, allowed } = previewFill({ markets: marketsOf(silent) }, holdingsOf(silent), fill);
  if (!allowed) throw new Error("A reduction at the last mark must pass.");
  const locked = holdings.lockedProceeds ?? 0n;
  return table(
    [["after selling 20 of the 60 ETH at the last mark"], ["USD", "right"]],
    [
      ["E", usd(after.equity)],
      ["locked proceeds", usd(locked)],
      ["backs maintenance margin", usd(after.equityForMaintenance)],
      ["backs initial margin", usd(after.equityForInitial - locked)],
    ],
  );
}

function rampTable(book: Book): string {
  const leg = legOf(book, "ETH");
  const { baseRate, volMultiplier, slope, maintenanceRatio, depth } = leg.market;
  const ramp = { baseRate, volMultiplier, slope, maintenanceRatio, depth, since: 1n };
  const target = {
    baseRateBps: 1_200n,
    volMultiplierBps: volMultiplier / BPS_STEP,
    slopeBps: slope / BPS_STEP,
    maintenanceRatioBps: maintenanceRatio / BPS_STEP,
    depth: 1_000_000n,
  };
  const rows = [0n, 6n, 12n, 18n, 24n].map((hours) => {
    const inForce = parametersAt(target, ramp, 1n + hours * 3_600n);
    const { initial, maintenance } = changed(leg, inForce);
    return [String(hours), percent(inForce.baseRate, 2), usd(inForce.depth, 0), usd(initial), usd(maintenance)];
  });
  if (rows.length !== Number(RAMP_DURATION / 3_600n / 6n) + 1) throw new Error("A ramp takes another time now.");
  return table(
    [
      ["hours", "right"],
      ["base rate", "right"],
      ["depth, USD", "right"],
      ["IM of 60 ETH, USD", "right"],
      ["MM, USD", "right"],
    ],
    rows,
  );
}
