import { readFileSync, readdirSync } from "node:fs";
import path from "node:path";

import { expect } from "chai";
import hre from "hardhat";

import {
  type Assessment,
  type MarginModelError,
  type Position,
  WAD,
  encodePosition,
  fixedPoint,
  parseLots,
  parseWad,
  perp,
} from "../../../sdk";
import { expWad } from "../../../sdk/math/exponentials";
import type { IMarginModel } from "../../../typechain-types";
import { optionsValue } from "../../reference/book";
import { type CaseFile, type CaseMode, evaluateReference, readReferenceCase } from "../../reference/caseFile";
import { randomCase } from "../../reference/randomCases";
import {
  type PortfolioCase,
  deployPortfolioMargin,
  deployStandardMargin,
  portfolioCase,
} from "../../support/portfolio";
import { type ErrorName, refused } from "../../support/refusal";
import { hasShared, sharedPath } from "../../support/shared";
import { type Asked, assessOnChain, call, caseOf, eth, expiryIn, holding, outcomeOf, put, twinOf } from "./optionBooks";

/** Relative to one USD or to the figure, whichever is larger. */
const TOLERANCE = 1e-6;
const RANDOM_CASES = 300;
const CASES = sharedPath("peers", "cases");

describe("Standard margin of options", function () {
  this.timeout(300_000);
  let models: Record<CaseMode, IMarginModel>;

  before(async () => {
    models = { ...(await deployStandardMargin()), portfolio: await deployPortfolioMargin() };
  });

  function onChain(mode: CaseMode, asked: Asked): Promise<Assessment> {
    return assessOnChain(models[mode], asked);
  }

  async function compare(mode: CaseMode, file: CaseFile): Promise<void> {
    const asked = portfolioCase(file);
    const twin = twinOf(mode, asked);
    expect(await onChain(mode, asked), "MATH-1").to.deep.equal(twin);
    const reference = evaluateReference(file, mode);
    near(twin.initialMargin, reference.initialMargin, "initial margin");
    near(twin.maintenanceMargin, reference.maintenanceMargin, "maintenance margin");
    const options = readReferenceCase(file).books.reduce((sum, book) => sum + optionsValue(book.options), 0);
    near(twin.equity, reference.equity + options, "equity");
  }

  for (const mode of ["isolated", "cross"] as const) {
    it(`of the peers' cases is in ${mode} mode what the margin mathematics says (MATH-1, MATH-2)`, async function () {
      if (!hasShared("peers", "cases")) this.skip();
      const files = readdirSync(CASES).map(
        (name) => JSON.parse(readFileSync(path.join(CASES, name), "utf8")) as CaseFile,
      );
      const fitting = files.filter(({ account }) => mode === "cross" || account.positions.length === 1);
      expect(fitting.length).to.be.greaterThan(3);
      for (const file of fitting) await compare(mode, file);
    });

    it(`of random books agrees as well in ${mode} mode`, async () => {
      for (let i = 0; i < RANDOM_CASES; i++) await compare(mode, randomCase(`standard ${i}`, mode));
    });
  }

  describe("known cases", () => {
    const month = expiryIn(30n);

    it("charges a call sold at the money 15 and 9 % of spot, and the oracle's confidence in its delta", async () => {
      const asked = holding([month], [call("2000", "-1")]);
      const { delta } = readReferenceCase(caseOf(asked)).books[0]!.greeks;
      for (const mode of ["isolated", "cross"] as const) {
        const { equity, initialMargin, maintenanceMargin } = await onChain(mode, asked);
        near(initialMargin, 300 - delta * 5, "initial margin");
        expect(initialMargin - maintenanceMargin).to.equal(parseWad("120"));
        expect(equity < 0n).to.equal(true);
      }
    });

    it("charges what is out of the money less, down to 10 and 6 % of spot", () => {
      const margins = ["2050", "2200"].map((strike) => sure("isolated", holding([month], [call(strike, "-1")])));
      expect(margins.map(({ initialMargin }) => initialMargin)).to.deep.equal([parseWad("250"), parseWad("200")]);
      expect(margins.map(({ maintenanceMargin }) => maintenanceMargin)).to.deep.equal([
        parseWad("130"),
        parseWad("120"),
      ]);
      const { initialMargin } = sure("isolated", holding([month], [put("1960", "-1")]));
      expect(initialMargin).to.equal(parseWad("260"));
    });

    it("multiplies by volatility over its reference, between one and three", () => {
      const margin = (dailyVol: string, referenceVol: string): bigint => {
        const wild = { ...eth, dailyVol: parseWad(dailyVol), referenceVol: parseWad(referenceVol) };
        return sure("isolated", holding([month], [call("2000", "-1")], wild)).initialMargin;
      };
      expect(margin("0.01", "0.035")).to.equal(parseWad("300"));
      expect(margin("0.07", "0.035")).to.equal(parseWad("600"));
      expect(margin("0.2", "0.035")).to.equal(parseWad("900"));
      // A reference that nobody set is the most careful one.
      expect(margin("0", "0")).to.equal(parseWad("900"));
    });

    it("never charges a put more than its strike, of which equity has its value already", () => {
      for (const mode of ["isolated", "cross"] as const) {
        const asked = holding([month], [put("60", "-1")], { ...eth, dailyVol: WAD });
        const { equity, initialMargin, maintenanceMargin } = sure(mode, asked);
        expect(initialMargin - equity).to.equal(parseWad("60"));
        expect(maintenanceMargin).to.equal(initialMargin);
      }
    });

    it("charges a call deep in the money in cross mode what it could lose beyond its value, with a fifth", () => {
      const asked = holding([month], [call("20", "-1")], { ...eth, dailyVol: WAD });
      expect(sure("isolated", asked).initialMargin).to.equal(parseWad("900"));
      const { equity, initialMargin, maintenanceMargin } = sure("cross", asked);
      const forward = (eth.spot * month.forwardRatio) / WAD;
      expect(initialMargin).to.equal(equity + (forward * 12n) / 10n);
      expect(maintenanceMargin).to.equal(equity + (forward * 11n) / 10n);
    });

    it("charges a spread what it can lose, and one that can only win nothing", () => {
      const credit = sure("cross", holding([month], [put("1800", "-1"), put("1700", "1")]));
      expect(credit.initialMargin - credit.equity).to.equal(parseWad("100"));
      const debit = sure("cross", holding([month], [call("2000", "1"), call("2200", "-1")]));
      expect(debit.initialMargin).to.equal(debit.equity);
      const boxed = holding([month], [call("1800", "1"), call("2200", "-1"), put("2200", "1"), put("1800", "-1")]);
      // It pays 400 whatever happens, and the rate is zero.
      expect(sure("cross", boxed).initialMargin <= 4n).to.equal(true);
    });

    it("gives no credit across expiries or underlyings", () => {
      const legs = [call("2000", "-1"), call("2000", "1", 60n)];
      const both = sure("cross", holding([month, expiryIn(60n)], legs));
      const alone = legs.map((leg) => sure("cross", holding([month, expiryIn(60n)], [leg])));
      expect(both.initialMargin).to.equal(alone.reduce((sum, { initialMargin }) => sum + initialMargin, 0n));
    });

    it("nets deltas of options and the perpetual before it charges the oracle's confidence", () => {
      const legs = [call("2000", "-1")];
      const hedge: Position = { instrument: perp(eth.underlying), lots: parseLots("0.5"), index: eth.index };
      const charged = (positions: Position[]): bigint => {
        const asked = holding([month], positions);
        return twinOf("cross", asked).initialMargin - sure("cross", asked).initialMargin;
      };
      expect(charged([...legs, hedge]) < charged(legs) / 5n).to.equal(true);
      expect(charged([hedge])).to.equal(parseWad("2.5"));
    });
  });

  describe("always", () => {
    it("requires of an option that was paid for its value and the oracle's confidence in it, to the wei", () => {
      for (let i = 0; i < RANDOM_CASES; i++) {
        const { inputs, cash, positions } = portfolioCase(randomCase(`long ${i}`, "isolated"));
        const long = positions.map((held) => ({ ...held, lots: fixedPoint.abs(held.lots) }));
        if (long[0]!.instrument === perp(inputs.markets[0]!.underlying)) continue;
        for (const mode of ["isolated", "cross"] as const) {
          const { equity, initialMargin, maintenanceMargin } = sure(mode, { inputs, cash, positions: long });
          expect(initialMargin, "RISK-1").to.equal(equity - cash);
          expect(maintenanceMargin, "RISK-1").to.equal(initialMargin);
        }
      }
    });

    it("counts an option at the same mark in every mode, and never below nothing (MATH-2)", () => {
      forRandomBooks((asked) => {
        expect(twinOf("cross", asked).equity).to.equal(twinOf("portfolio", asked).equity);
      });
      const week = expiryIn(7n);
      for (let strike = 2000; strike < 6000; strike += 10) {
        for (const held of [call(String(strike), "1000", 7n), put((4e6 / strike).toFixed(8), "1000", 7n)]) {
          for (const mode of ["cross", "portfolio"] as const) {
            expect(twinOf(mode, holding([week], [held])).equity >= 0n, `${strike}`).to.equal(true);
          }
        }
      }
    });

    it("keeps maintenance within initial margin, and cross margin within what options require apart", () => {
      forRandomBooks(({ inputs, cash, positions }) => {
        const whole = sure("cross", { inputs, cash, positions });
        expect(whole.maintenanceMargin <= whole.initialMargin, "RISK-1").to.equal(true);
        const apart = positions.map((held) => sure("isolated", { inputs, cash: 0n, positions: [held] }));
        const sum = apart.reduce((total, { initialMargin }) => total + initialMargin, 0n);
        expect(whole.initialMargin <= sum, "RISK-1").to.equal(true);
        expect(whole.equity - cash).to.equal(apart.reduce((total, { equity }) => total + equity, 0n));
      });
    });

    it("does not depend on the order of positions, expiries or markets", async () => {
      for (let i = 0; i < RANDOM_CASES / 10; i++) {
        const { inputs, cash, positions } = portfolioCase(randomCase(`order ${i}`, "cross"));
        const { markets, expiries, correlation } = inputs;
        const found = await onChain("cross", { inputs, cash, positions });
        const turned = { markets: [...markets].reverse(), expiries: [...expiries].reverse(), correlation };
        for (const shuffled of [[...positions].reverse(), interleaved(positions)]) {
          const again = { inputs: turned, cash, positions: shuffled };
          expect(await onChain("cross", again)).to.deep.equal(found);
          expect(twinOf("cross", again)).to.deep.equal(found);
        }
      }
    });

    it("asks no more than what was paid once an option is bought besides", () => {
      let less = 0;
      forRandomBooks(({ inputs, cash, positions }) => {
        const [held] = positions.filter(({ instrument, lots }) => (instrument >> 112n) - 4n <= 1n && lots < 0n);
        const strike = held && held.instrument & (2n ** 64n - 1n);
        if (!held || strike! < 10n ** 9n) return;
        // A strike beside one that was sold, so that it covers that without being it.
        const instrument = (held.instrument + 12_345n) as Position["instrument"];
        const bought: Position = { ...held, instrument, lots: 0n - held.lots };
        const before = sure("cross", { inputs, cash, positions });
        const after = sure("cross", { inputs, cash, positions: [...positions, bought] });
        const paid = after.equity - before.equity;
        expect(paid >= 0n).to.equal(true);
        expect(after.initialMargin <= before.initialMargin + paid, "RISK-1").to.equal(true);
        expect(after.maintenanceMargin <= before.maintenanceMargin + paid, "RISK-1").to.equal(true);
        if (after.initialMargin < before.initialMargin) less++;
      });
      expect(less).to.be.greaterThan(RANDOM_CASES / 20);
    });
  });

  describe("refuses", () => {
    const month = expiryIn(30n);

    async function bothRefuse(asked: Asked, name: ErrorName & MarginModelError["name"], ...values: unknown[]) {
      for (const mode of ["isolated", "cross"] as const) {
        await refused(onChain(mode, asked), name, ...values);
        expect(outcomeOf(() => twinOf(mode, asked)).refusal, "MATH-1").to.equal(name);
      }
    }

    it("options of an expiry it knows nothing of", async () => {
      const other = call("2000", "1", 31n);
      await bothRefuse(holding([month], [other]), "MarginModel_MissingExpiry", encodePosition(other));
      const elsewhere = { ...expiryIn(31n), underlying: 9n };
      await bothRefuse(holding([elsewhere], [other]), "MarginModel_MissingExpiry", encodePosition(other));
    });

    it("options in a market that it was not given", async () => {
      const held = call("2000", "1");
      const asked = holding([month], [held], { ...eth, underlying: 5n });
      await bothRefuse(asked, "MarginModel_MissingMarket", eth.underlying);
    });

    it("positions whose sums could overflow", async () => {
      for (const held of [call("2000", "90000000000"), put("184467440737", "-90000000000")]) {
        await bothRefuse(holding([month], [held]), "MarginModel_TooLarge", encodePosition(held));
      }
    });

    it("discount factors no real expiry has", async () => {
      const strange = { ...month, rate: -40n * WAD, timeLeft: 31_536_000n };
      const forward = (eth.spot * month.forwardRatio) / WAD;
      const values = [month.expiresAt, forward, expWad(40n * WAD)];
      await bothRefuse(holding([strange], [call("2000", "1")]), "MarginModel_ExpiryOutOfRange", ...values);
    });

    it("what is neither a perpetual nor an option, also beside an option", async () => {
      const spot = ((2n << 112n) << 136n) | 1n;
      const words = [encodePosition(call("2000", "1")), spot];
      const { cross } = models;
      await refused(cross.assess([eth], [month], 0n, 0n, words), "MarginModel_UnsupportedPosition", spot);
    });

    it("in isolated mode a second instrument", async () => {
      const asked = holding([month], [call("2000", "1"), put("2000", "1")]);
      await refused(onChain("isolated", asked), "MarginModel_TooManyPositions", 2, 1);
    });

    it("a table that is none", async () => {
      const address = await (await hre.ethers.deployContract("MockUSDC")).getAddress();
      for (const name of ["IsolatedMargin", "CrossMargin"]) {
        const factory = await hre.ethers.getContractFactory(name);
        await refused(factory.deploy(address), "MarginModel_NoNormalTable", address);
      }
    });
  });
});

/** The twin where the oracle is sure of its prices. */
function sure(mode: CaseMode, { inputs, ...rest }: Asked): Assessment {
  const markets = inputs.markets.map((market) => ({ ...market, confidence: 0n }));
  return twinOf(mode, { ...rest, inputs: { ...inputs, markets } });
}

function forRandomBooks(check: (asked: PortfolioCase) => void): void {
  for (let i = 0; i < RANDOM_CASES; i++) check(portfolioCase(randomCase(`books ${i}`, "cross")));
}

/** Every second, and then the others. */
function interleaved<T>(list: readonly T[]): T[] {
  return [...list.filter((_, i) => i % 2 === 0), ...list.filter((_, i) => i % 2 === 1)];
}

function near(found: bigint, expected: number, what: string): void {
  const tolerance = TOLERANCE * Math.max(1, Math.abs(expected));
  expect(Number(found) / 1e18, `MATH-2: ${what}`).to.be.closeTo(expected, tolerance);
}
