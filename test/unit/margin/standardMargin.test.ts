import { loadFixture } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import fc from "fast-check";

import {
  type Assessment,
  Kind,
  MarginModelError,
  type Market,
  Mode,
  PlimsollInputError,
  type Position,
  assess,
  encodePosition,
  formatLots,
  formatWad,
  parseLots,
  parseWad,
  perp,
  toInstrument,
  underlyingOf,
} from "../../../sdk";
import type { IMarginModel } from "../../../typechain-types";
import { type ReferencePerp, referenceMargin } from "../../reference/standardMargin";
import { deployStandardMargin } from "../../support/portfolio";
import { type Book, anyBook, defaults, dyadicBook } from "./books";

const [eth, btc] = defaults as [Market, Market];

/** What the contract says, as a plain object. */
async function assessOnChain(model: IMarginModel, { markets, cash, positions }: Book): Promise<Assessment> {
  const { equity, equityForInitial, equityForMaintenance, initialMargin, maintenanceMargin } = await model.assess(
    markets,
    [],
    0n,
    cash,
    positions.map(encodePosition),
  );
  return { equity, equityForInitial, equityForMaintenance, initialMargin, maintenanceMargin };
}

function position(underlying: bigint, size: string, index: string): Position {
  return { instrument: perp(underlying), lots: parseLots(size), index: parseWad(index) };
}

function expectRefusal(work: () => unknown, name: MarginModelError["name"]) {
  expect(work, "MATH-1: the twin refuses what the contract refuses")
    .to.throw(MarginModelError)
    .with.property("name", name);
}

describe("Standard margin", () => {
  describe("against the twin", () => {
    it("gives the same integers in cross mode", async () => {
      const { cross } = await loadFixture(deployStandardMargin);
      await fc.assert(
        fc.asyncProperty(anyBook, async (book) => {
          const twin = assess(Mode.Cross, { markets: book.markets }, book.cash, book.positions);
          expect(await assessOnChain(cross, book), "MATH-1").to.deep.equal(twin);
        }),
        { numRuns: 500 },
      );
    });

    it("gives the same integers in isolated mode", async () => {
      const { isolated } = await loadFixture(deployStandardMargin);
      await fc.assert(
        fc.asyncProperty(anyBook, async ({ markets, cash, positions }) => {
          const book = { markets, cash, positions: positions.slice(0, 1) };
          const twin = assess(Mode.Isolated, { markets: book.markets }, book.cash, book.positions);
          expect(await assessOnChain(isolated, book), "MATH-1").to.deep.equal(twin);
        }),
        { numRuns: 500 },
      );
    });

    it("gives the same integers at the widths of storage", async () => {
      const { cross } = await loadFixture(deployStandardMargin);
      const extreme = 2n ** 128n - 1n;
      const markets = [{ ...eth, spot: extreme, mark: extreme, index: extreme / 2n, slope: 0n }];
      for (const lots of [2n ** 63n - 1n, -(2n ** 63n), 1n, -1n]) {
        for (const index of [-(2n ** 127n), 2n ** 127n - 1n]) {
          const book = { markets, cash: -(2n ** 127n), positions: [{ instrument: perp(0n), lots, index }] };
          const twin = assess(Mode.Cross, { markets }, book.cash, book.positions);
          expect(await assessOnChain(cross, book), "MATH-1").to.deep.equal(twin);
        }
      }
    });
  });

  describe("against the formulas in double precision", () => {
    const near = (actual: bigint, expected: number, what: string) => {
      const value = Number(formatWad(actual));
      expect(value, what).to.be.closeTo(expected, 1e-9 * Math.max(1, Math.abs(expected)));
    };

    it("agrees within 1e-9", () => {
      fc.assert(
        fc.property(dyadicBook, ({ markets, cash, positions }) => {
          const twin = assess(Mode.Cross, { markets }, cash, positions);
          const reference = referenceMargin(Number(formatWad(cash)), positions.map(toReference(markets)));
          near(twin.equity, reference.equity, "equity");
          near(twin.initialMargin, reference.initialMargin, "initial margin");
          near(twin.maintenanceMargin, reference.maintenanceMargin, "maintenance margin");
        }),
        { numRuns: 2_000 },
      );
    });

    it("rounds equity down and requirements up", async () => {
      const { cross } = await loadFixture(deployStandardMargin);
      // One lot at prices with a digit below what a lot can hold: each result ends between two integers.
      const odd = { ...eth, spot: eth.spot + 1n, mark: eth.mark + 1n, index: eth.mark + 1n };
      const up = await assessOnChain(cross, { markets: [odd], cash: 0n, positions: [unit(1n, eth.mark)] });
      const down = await assessOnChain(cross, { markets: [odd], cash: 0n, positions: [unit(-1n, eth.mark)] });
      expect(up.equity).to.equal(0n);
      expect(down.equity).to.equal(-1n);
      const notional = odd.mark / 10n ** 8n + 1n;
      expect(up.initialMargin > (notional * 98n) / 1000n).to.be.true;
      expect(down).to.deep.equal({ ...up, equity: -1n, equityForInitial: -1n, equityForMaintenance: -1n });
    });
  });

  describe("known cases", () => {
    it("charges one long ETH perpetual at 2003 its volatility, its size and the oracle's confidence", async () => {
      const { isolated, cross } = await loadFixture(deployStandardMargin);
      const book = { markets: [eth], cash: parseWad("1000000"), positions: [position(0n, "1", "2003")] };
      for (const model of [isolated, cross]) {
        expect(await assessOnChain(model, book)).to.deep.equal({
          equity: parseWad("1000000"),
          equityForInitial: parseWad("1000000"),
          equityForMaintenance: parseWad("1000000"),
          initialMargin: parseWad("201.2960060045"),
          maintenanceMargin: parseWad("142.40720420315"),
        });
      }
    });

    it("asks nothing of an empty account", async () => {
      const { isolated, cross } = await loadFixture(deployStandardMargin);
      for (const model of [isolated, cross]) {
        const result = await assessOnChain(model, { markets: [], cash: -5n, positions: [] });
        expect(result).to.deep.equal({
          equity: -5n,
          equityForInitial: -5n,
          equityForMaintenance: -5n,
          initialMargin: 0n,
          maintenanceMargin: 0n,
        });
      }
    });

    it("counts what an unsettled position gained, less the funding it owes", () => {
      // Mark rose by 7 since the settlement, and longs paid 2 a unit.
      const moved = { ...eth, mark: parseWad("2010"), index: parseWad("2008") };
      const { equity } = assess(Mode.Cross, { markets: [moved] }, parseWad("100"), [position(0n, "3", "2003")]);
      expect(equity).to.equal(parseWad("115"));
    });

    it("charges the base rate where volatility is low, and never more than the notional", () => {
      const book = [position(0n, "1", "2003")];
      const calm = { ...eth, dailyVol: parseWad("0.001"), confidence: 0n, slope: 0n };
      expect(assess(Mode.Cross, { markets: [calm] }, 0n, book).initialMargin).to.equal(parseWad("160.24"));
      const wild = { ...calm, dailyVol: parseWad("0.5") };
      expect(assess(Mode.Cross, { markets: [wild] }, 0n, book).initialMargin).to.equal(parseWad("2003"));
      expect(assess(Mode.Cross, { markets: [wild] }, 0n, book).maintenanceMargin).to.equal(parseWad("1402.1"));
    });

    it("adds up requirements whatever the order of positions and markets", async () => {
      const { cross } = await loadFixture(deployStandardMargin);
      const positions = [position(0n, "1", "1990"), position(1n, "-0.5", "37000")];
      const forward = await assessOnChain(cross, { markets: [eth, btc], cash: 0n, positions });
      const backward = await assessOnChain(cross, { markets: [btc, eth], cash: 0n, positions: positions.toReversed() });
      expect(backward).to.deep.equal(forward);
      const alone = positions.map((one) => assess(Mode.Isolated, { markets: [eth, btc] }, 0n, [one]));
      expect(forward.initialMargin).to.equal(alone.reduce((sum, { initialMargin }) => sum + initialMargin, 0n));
    });
  });

  describe("refusals", () => {
    it("isolated margin refuses a second position", async () => {
      const { isolated } = await loadFixture(deployStandardMargin);
      const book = {
        markets: [eth, btc],
        cash: 0n,
        positions: [position(0n, "1", "2003"), position(1n, "1", "37000")],
      };
      await expect(assessOnChain(isolated, book))
        .to.be.revertedWithCustomError(isolated, "MarginModel_TooManyPositions")
        .withArgs(2, 1);
      expectRefusal(
        () => assess(Mode.Isolated, { markets: book.markets }, 0n, book.positions),
        "MarginModel_TooManyPositions",
      );
    });

    it("both refuse what is no perpetual and no option", async () => {
      const { isolated, cross } = await loadFixture(deployStandardMargin);
      const spot = toInstrument(Kind.Spot << 112n);
      const word = (spot << 136n) | 1n;
      for (const model of [isolated, cross]) {
        await expect(model.assess([eth], [], 0n, 0n, [word]))
          .to.be.revertedWithCustomError(model, "MarginModel_UnsupportedPosition")
          .withArgs(word);
      }
      const held = [{ instrument: spot, lots: 1n, index: 0n }];
      for (const mode of [Mode.Isolated, Mode.Cross]) {
        expectRefusal(() => assess(mode, { markets: [eth] }, 0n, held), "MarginModel_UnsupportedPosition");
      }
    });

    it("both refuse a position whose market is missing", async () => {
      const { isolated, cross } = await loadFixture(deployStandardMargin);
      const book = { markets: [eth], cash: 0n, positions: [position(1n, "1", "37000")] };
      for (const model of [isolated, cross]) {
        await expect(assessOnChain(model, book))
          .to.be.revertedWithCustomError(model, "MarginModel_MissingMarket")
          .withArgs(1);
      }
      for (const mode of [Mode.Isolated, Mode.Cross]) {
        expectRefusal(() => assess(mode, { markets: [eth] }, 0n, book.positions), "MarginModel_MissingMarket");
      }
    });

    it("the twin knows no other mode", () => {
      for (const mode of [Mode.None, 4n]) {
        expect(() => assess(mode, { markets: [] }, 0n, [])).to.throw(
          PlimsollInputError,
          `Mode ${mode} has no margin model`,
        );
      }
    });
  });
});

function unit(lots: bigint, index: bigint): Position {
  return { instrument: perp(0n), lots, index };
}

function toReference(markets: readonly Market[]) {
  return ({ instrument, lots, index }: Position): ReferencePerp => {
    const market = markets.find(({ underlying }) => underlying === underlyingOf(instrument))!;
    const wad = (value: bigint) => Number(formatWad(value));
    return {
      size: Number(formatLots(lots)),
      indexNow: wad(market.index),
      indexThen: wad(index),
      spot: wad(market.spot),
      mark: wad(market.mark),
      dailyVol: wad(market.dailyVol),
      confidence: wad(market.confidence),
      im0: wad(market.baseRate),
      volMultiplier: wad(market.volMultiplier),
      slope: wad(market.slope),
      depth: wad(market.depth),
      maintenanceRatio: wad(market.maintenanceRatio),
    };
  };
}
