/** docs/margin.md, read as its readers do: its figures against the chain, and against formulas written once more. */
import { readFileSync } from "node:fs";
import path from "node:path";

import { time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";

import { percent, usd } from "../../scripts/docs/format";
import { MOVES } from "../../scripts/docs/margin";
import { withoutSamples } from "../../scripts/docs/volatility";
import { parseWad } from "../../sdk";
import { type ReferencePerp, referenceMargin } from "../reference/standardMargin";
import { type Actor, World } from "../support/world";

const ROOT = path.join(__dirname, "../..");
const read = (file: string): string => readFileSync(path.join(ROOT, file), "utf8");
const PAGE = read("docs/margin.md");
const CENT = 0.01;
/** Half of the last digit shown, and what binary fractions add. */
const SHOWN = CENT / 2 + 1e-6;

function blockOf(name: string): string {
  const found = new RegExp(`<!-- block: margin ${name} -->\\n([\\s\\S]*?)<!-- end -->`).exec(PAGE)?.[1];
  if (found === undefined) throw new Error(`The page has no block "${name}".`);
  return found;
}

/** The cells of a block's table, without its head. */
function rowsOf(name: string): string[][] {
  const lines = blockOf(name)
    .split("\n")
    .filter((line) => line.startsWith("|"));
  return lines.slice(2).map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.replaceAll("*", "").trim()),
  );
}

function rowOf(name: string, first: string): string[] {
  const found = rowsOf(name).find(([cell]) => cell === first);
  if (!found) throw new Error(`The block "${name}" has no row "${first}".`);
  return found;
}

/** A figure as printed: "12,085.31", "9.81 %". */
function value(cell: string | undefined): number {
  const text = (cell ?? "").replaceAll(",", "");
  return text.endsWith("%") ? Number(text.slice(0, -1)) / 100 : Number(text);
}

/** The amount that a sentence gives a symbol: "E 11,396.60". */
function said(name: string, symbol: string): number {
  return value(new RegExp(`\\b${symbol} (-?[\\d,.]*\\d)`).exec(blockOf(name))?.[1]);
}

describe("docs/margin.md: the book on chain", () => {
  let world: World;
  let trader: Actor;

  before(async () => {
    world = await World.create();
    const maker = await world.open(world.signer(0), 10_000_000);
    trader = await world.open(world.signer(1), 25_000);
    // The keeper deposit, and 5 basis points of both fills, for which the page has no place.
    await world.mint(trader.signer, 110);
    await world.clearinghouse.connect(trader.signer).deposit(trader.id, 109_700_000n);
    await world.trade(maker, trader, "60", "1980");
    await world.trade(maker, trader, "-2", "40300", 2n);
    await world.postBasis("BTC", parseWad("-0.0005"));
    await world.postBasis("ETH", parseWad("0.0015"));
  });

  it("has the marks, parameters, equity and margins that are printed, to the last digit (MATH-1)", async () => {
    const [eth, btc] = [await world.market(1n), await world.market(2n)];
    const both = (name: string, of: (market: typeof eth) => string): void => {
      expect(rowOf("market", name).slice(1), name).to.deep.equal([of(eth), of(btc)]);
    };
    both("spot S, USD", ({ spot }) => usd(spot));
    both("mark P, USD", ({ mark }) => usd(mark));
    both("daily volatility σ", ({ dailyVol }) => percent(dailyVol, 2));
    both("confidence c", ({ confidence }) => percent(confidence, 2));
    both("base rate", ({ baseRate }) => percent(baseRate, 2));
    both("depth, USD", ({ depth }) => usd(depth, 0));
    both("maintenance ratio", ({ maintenanceRatio }) => percent(maintenanceRatio, 0));

    const { equity, initialMargin, maintenanceMargin } = await world.assess(trader);
    expect(rowOf("equity", "account").at(-1)).to.equal(usd(equity));
    expect(rowOf("requirement", "initial margin, USD").at(-1)).to.equal(usd(initialMargin));
    expect(rowOf("requirement", "maintenance margin, USD").at(-1)).to.equal(usd(maintenanceMargin));
  });

  it("has the volatility that is printed for each move within the hour", async () => {
    for (const [index, move] of MOVES.entries()) {
      await world.setPrice("ETH", String(2_000 * (1 + move)));
      const { dailyVol } = await world.market();
      expect(rowsOf("moves")[index]?.[1], String(move)).to.equal(percent(dailyVol, 2));
    }
  });

  it("has the volatility that is printed for hours without a sample", async () => {
    await world.setPrice("ETH", "2000");
    const { sampledAt } = await world.system.volatilityOracle.forecastOf(1n);
    for (const [hours = "", vol] of rowsOf("gaps")) {
      await time.increaseTo(sampledAt + BigInt(hours) * 3_600n);
      await world.setPrice("ETH", "2000");
      const { dailyVol } = await world.market();
      expect(vol, hours).to.equal(percent(dailyVol, 2));
      expect(withoutSamples(0.035, Number(hours))).to.be.closeTo(Number(dailyVol) / 1e18, 1e-6);
    }
  });
});

describe("docs/margin.md: its formulas, computed from what is printed", () => {
  const figures = (name: string): number[] => rowOf("market", name).slice(1).map(value);
  const CASH = value(rowOf("equity", "cash").at(-1));

  /** The book as printed, with the spot of ETH somewhere else where one is given. */
  function bookAt(eth?: number): ReferencePerp[] {
    return rowsOf("equity")
      .slice(0, 2)
      .map(([position = "", entry], at) => {
        const of = (name: string): number => figures(name)[at] ?? NaN;
        const spot = position.endsWith("ETH") && eth !== undefined ? eth : of("spot S, USD");
        const mark = (spot * of("mark P, USD")) / of("spot S, USD");
        return {
          size: Number(position.split(" ")[0]),
          indexNow: mark,
          indexThen: value(entry),
          spot,
          mark,
          dailyVol: of("daily volatility σ"),
          confidence: of("confidence c"),
          im0: of("base rate"),
          volMultiplier: of("volatility multiplier"),
          slope: of("slope"),
          depth: of("depth, USD"),
          maintenanceRatio: of("maintenance ratio"),
        };
      });
  }

  /** The account where a block has ETH, which must print it so. */
  function accountIn(name: string): { equity: number; initial: number; margin: number } {
    const found = referenceMargin(CASH, bookAt(value(/ETH at ([\d,.]+\d)/.exec(blockOf(name))?.[1])));
    expect(said(name, "E")).to.be.closeTo(found.equity, SHOWN);
    expect(said(name, "MM")).to.be.closeTo(found.maintenanceMargin, SHOWN);
    return { equity: found.equity, initial: found.initialMargin, margin: found.maintenanceMargin };
  }

  it("give equity and both margins", () => {
    const book = bookAt();
    const { equity, initialMargin, maintenanceMargin } = referenceMargin(CASH, book);
    expect(equity).to.be.closeTo(value(rowOf("equity", "account").at(-1)), SHOWN);
    expect(initialMargin).to.be.closeTo(value(rowOf("requirement", "initial margin, USD").at(-1)), SHOWN);
    expect(maintenanceMargin).to.be.closeTo(value(rowOf("requirement", "maintenance margin, USD").at(-1)), SHOWN);
    expect(equity - initialMargin).to.be.closeTo(
      value(rowOf("requirement", "E - IM, free collateral, USD").at(-1)),
      SHOWN,
    );

    for (const { size, mark } of book) {
      const at = book.findIndex((one) => one.size === size);
      const [, , , , bankrupt] = rowsOf("distances")[at] ?? [];
      expect(mark - equity / size).to.be.closeTo(value(bankrupt), SHOWN);
    }
    for (const [at, { size, spot, mark }] of book.entries()) {
      const basis = mark / spot - 1;
      const rate = Math.max(-5e-4, Math.min(5e-4, basis / 8));
      expect(-size * spot * rate * 8).to.be.closeTo(value(rowsOf("funding")[at]?.at(-1)), SHOWN);
    }
  });

  it("give the auction's clock, discount, price and slice", () => {
    const { equity, margin } = accountIn("auction");
    const rate = 1 + (2 * (margin - equity)) / margin;
    for (const [minutes, ...cells] of rowsOf("auction")) {
      const [d, whole, largest, pays, gains, left] = cells.map(value) as [
        number,
        number,
        number,
        number,
        number,
        number,
      ];
      const clock = Math.min(60, value(minutes) * rate);
      const discount = clock < 15 ? (0.5 * clock) / 15 : 0.5 + (0.5 * (clock - 15)) / 45;
      expect(d).to.be.closeTo(discount, 0.51e-4);
      const price = Math.max(0, equity - discount * margin);
      expect(whole).to.be.closeTo(price, SHOWN);
      const missing = 1.1 * margin - equity;
      const f = price === 0 ? 1 : missing / (missing + price);
      expect(largest).to.be.closeTo(f, 0.51e-4);
      expect(pays).to.be.closeTo(f * price, SHOWN);
      expect(gains).to.be.closeTo(f * (equity - price), SHOWN);
      expect(left).to.be.closeTo(equity - gains, SHOWN);
    }
  });

  it("give the vault's cover", () => {
    const { equity, margin } = accountIn("cover");
    for (const [d, f, pays, keeps] of rowsOf("cover").map((row) => row.map(value))) {
      const reward = Math.min(d ?? 0, 0.2) * margin;
      expect(f).to.equal(1);
      expect(pays).to.be.closeTo(reward - equity, SHOWN);
      expect(keeps).to.be.closeTo(reward, SHOWN);
    }
  });

  it("give what a reduction may cost below initial margin", () => {
    const { equity, initial } = accountIn("reductions");
    expect(said("reductions", "IM")).to.be.closeTo(initial, SHOWN);
    const mark = value(/mark ([\d,.]+)\)/.exec(blockOf("reductions"))?.[1]);
    for (const [what = "", price, fee, after, required, answer] of rowsOf("reductions")) {
      const size = parseInt(what.replace("sell ", "-").replace("buy ", ""), 10);
      const charged = Math.abs(size) * value(price) * 5e-4;
      const left = equity - charged + size * (mark - value(price));
      expect(value(fee)).to.be.closeTo(charged, SHOWN);
      expect(value(after)).to.be.closeTo(left, SHOWN);
      const allowance = size < 0 ? charged + (Math.abs(size) * mark) / 100 : 0;
      const onlyReduced = value(required) <= initial && equity - left <= allowance;
      expect(answer, what).to.equal(left >= value(required) || onlyReduced ? "passes" : "refused");
    }
  });
});

describe("docs/margin.md: the numbers in its sentences", () => {
  /** The first group of the pattern in a file. */
  function stated(file: string, pattern: RegExp): string {
    const found = pattern.exec(read(file))?.[1];
    if (found === undefined) throw new Error(`${file} no longer states ${String(pattern)}.`);
    return found;
  }

  const CURVE = "contracts/liquidation/AuctionCurve.sol";
  const CLOCK = "contracts/liquidation/AuctionClock.sol";
  const EWMA = "contracts/oracle/Ewma.sol";
  const bps = (text: string): number => Number(text.replaceAll("_", "")) / 100;

  /** Sentences of the page, and what code says in their place. */
  const claims: readonly [sentence: RegExp, expected: () => (number | string)[]][] = [
    [/keeper deposit, (\d+) USD/, () => [bps(stated("sdk/risk/preview.ts", /KEEPER_DEPOSIT: Usdc = ([\d_]+)n/)) / 1e4]],
    [/λ = ([\d.]+)\^/, () => [stated(EWMA, /ln (0\.94)/)]],
    [/multiplies V by ([\d.]+)/, () => [stated(EWMA, /WIDENING_AN_HOUR = ([\d.]+?)e18/)]],
    [/most allowed deviation, (\d+) %/, () => [bps(stated("config/networks.ts", /MAX_DEVIATION_BPS = (\d+)/))]],
    [
      /settlement of funding \/ (\d+), ±([\d.]+) %/,
      () => [stated("sdk/risk/funding.ts", /BASIS_HOURS = (\d+)n/), 0.05],
    ],
    [
      /fees and (\d+) % of the notional reduced/,
      () => [bps(stated("contracts/clearing/Legs.sol", /BAND_BPS = (\d+)/))],
    ],
    [/acts on for (\d+) hours/, () => [stated(CLOCK, /LAPSE = (\d+) hours/)]],
    [
      /to (\d+) % at (\d+) minutes and to\s(\d+) % at (\d+) minutes/,
      () => [
        100 * Number(stated(CURVE, /HALF_DISCOUNT = ([\d.]+)e18/)),
        stated(CURVE, /HALF_DISCOUNT_AT = (\d+) minutes/),
        100 * Number(stated(CURVE, /FULL_DISCOUNT = ([\d.]+)e18/)),
        stated(CLOCK, /END = (\d+) minutes/),
      ],
    ],
    [/counts at most (\d+) minutes/, () => [stated(CLOCK, /LONGEST_STEP = (\d+) minutes/)]],
    [/= (\d) \+ (\d) · clamp/, () => [stated(CURVE, /BASE_RATE = (\d)e18/), stated(CURVE, /RATE_SPAN = (\d)e18/)]],
    [/account to E = ([\d.]+) · MM/, () => [stated(CURVE, /TARGET_HEALTH = ([\d.]+)e18/)]],
    [/where MM is less than\s(\d+) USD/, () => [stated(CURVE, /SMALL_ACCOUNT = (\d+)e18/)]],
    [/min\(d, (\d+) %\)/, () => [100 * Number(stated(CURVE, /MAX_COVERED_DISCOUNT = ([\d.]+)e18/))]],
    [
      /at most (\d+) % of its assets for one bid and (\d+) % in any hour/,
      () =>
        [/DEFAULT_EVENT_CAP_BPS = ([\d_]+)/, /DEFAULT_HOUR_CAP_BPS = ([\d_]+)/].map((pattern) =>
          bps(stated("contracts/liquidation/BackstopVault.sol", pattern)),
        ),
    ],
    [/if MM is at least (\d+) USD/, () => [stated("contracts/clearing/Liquidation.sol", /LEAST_TAKEOVER = (\d+)e18/)]],
    [
      /from (\d+) % dearer than mark/,
      () => [100 * Number(stated("contracts/liquidation/Takeovers.sol", /OFFER_BAND = ([\d.]+)e18/))],
    ],
    [/\*\*ramps\*\* in over (\d+) hours/, () => [stated("contracts/clearing/Ramps.sol", /DURATION = (\d+) hours/)]],
  ];

  for (const [sentence, expected] of claims) {
    it(`are the code's: ${sentence.source}`, () => {
      const found = sentence.exec(PAGE)?.slice(1).map(Number);
      expect(found, "the page no longer says so").not.to.equal(undefined);
      expect(found).to.deep.equal(expected().map(Number));
    });
  }
});
