/**
 * What portfolio margin promises of any book, on the twin, which the contract equals to the bit (MATH-1 holds that in
 * portfolioMargin.test.ts).
 */
import { expect } from "chai";

import { Random } from "../../../scripts/replay/random";
import { type Assessment, type Position, WAD, parseLots, perp } from "../../../sdk";
import { type Risk, assessPortfolio, risksOf } from "../../../sdk/risk/portfolio";
import { randomCase } from "../../reference/randomCases";
import { type PortfolioCase, portfolioCase } from "../../support/portfolio";

const BOOKS = 300;
/** k of maintenance margin. */
const MAINTENANCE_CORE = (WAD * 8n) / 10n;
/** z of the delta-normal floor. */
const QUANTILES = { initial: (WAD * 35n) / 10n, maintenance: (WAD * 23n) / 10n };

describe("portfolio margin of any book", () => {
  it("is at least what each scenario of its one underlying loses, four fifths of it for maintenance", () => {
    let counted = 0;
    forRandomBooks((asked, found, [risk, ...others]) => {
      if (others.length > 0 || isCapped(found, [risk!])) return;
      counted++;
      requiresAtLeast(found, worstOf(risk!.pnl));
    });
    expect(counted).to.be.greaterThan(BOOKS / 10);
  });

  it("is at least what several lose together, and without credit what each loses apart", () => {
    let [together, apart] = [0, 0];
    forRandomBooks(({ inputs, cash, positions }, found, risks) => {
      if (risks.length < 2 || isCapped(found, risks)) return;
      together++;
      requiresAtLeast(found, worstOf(risks[0]!.pnl.map((_, s) => risks.reduce((sum, { pnl }) => sum + pnl[s]!, 0n))));
      const alone = assessPortfolio({ ...inputs, correlation: 0n }, cash, positions);
      apart++;
      requiresAtLeast(
        alone,
        risks.reduce((sum, { pnl }) => sum + worstOf(pnl), 0n),
      );
    });
    expect(Math.min(together, apart)).to.be.greaterThan(BOOKS / 10);
  });

  it("stays the same to the wei in whatever order positions, expiries and markets come", () => {
    forRandomBooks(({ inputs, cash, positions }, found, _, i) => {
      const draw = new Random(`order ${i}`);
      const shuffled = {
        ...inputs,
        markets: draw.shuffled([...inputs.markets]),
        expiries: draw.shuffled([...inputs.expiries]),
      };
      expect(assessPortfolio(shuffled, cash, draw.shuffled([...positions])), `book ${i}`).to.deep.equal(found);
    });
  });

  /**
   * Where it holds: a book of one underlying, whose cap as a bounded one does not bind before. There the core cannot
   * grow when no scenario loses more than before. The charges besides can, by construction: a perpetual is charged as
   * such, what it offsets in another expiry is charged as a roll; and the delta-normal floor grows with the delta. Of
   * several underlyings it holds of the core of the one alone: what the hedge gains less where it gained helps the
   * others less in the same scenario.
   */
  it("never grows by more than the charges, or the floor, when a hedge leaves no scenario losing more", () => {
    let hedges = 0;
    forRandomBooks(({ inputs, cash, positions }, before, [risk, ...others], i) => {
      if (others.length > 0 || isCapped(before, [risk!])) return;
      for (const hedge of hedgesOf(inputs, positions, risk!, new Random(`hedge ${i}`))) {
        const book = merge(positions, [hedge]);
        const [hedged] = risksOf(inputs, book);
        if (hedged!.pnl.some((gain, s) => lossOf(gain) > lossOf(risk!.pnl[s]!))) continue;
        hedges++;
        const after = assessPortfolio(inputs, cash, book);
        const { dailyVol } = inputs.markets[0]!;
        const floor = (z: bigint): bigint => (z * ((abs(hedged!.delta) * dailyVol) / WAD + 2n)) / WAD + 1n;
        const rise = (now: bigint, was: bigint): bigint => (now > was ? now - was : 0n);
        const initial = before.initialMargin + rise(hedged!.initialCharges, risk!.initialCharges);
        const maintenance = before.maintenanceMargin + rise(hedged!.maintenanceCharges, risk!.maintenanceCharges);
        expect(after.initialMargin <= larger(initial, floor(QUANTILES.initial)), `book ${i}`).to.equal(true);
        expect(after.maintenanceMargin <= larger(maintenance, floor(QUANTILES.maintenance)) + 1n).to.equal(true);
      }
    });
    expect(hedges).to.be.greaterThan(BOOKS / 10);
  });
});

function forRandomBooks(check: (asked: PortfolioCase, found: Assessment, risks: Risk[], book: number) => void): void {
  for (let i = 0; i < BOOKS; i++) {
    const asked = portfolioCase(randomCase(`promise ${i}`, "portfolio"));
    if (asked.positions.length === 0) continue;
    const { inputs, cash, positions } = asked;
    check(asked, assessPortfolio(inputs, cash, positions), risksOf(inputs, positions), i);
  }
}

/** Where one scenario loses so much. */
function requiresAtLeast({ initialMargin, maintenanceMargin }: Assessment, loss: bigint): void {
  expect(initialMargin >= loss, "RISK-1: initial margin below a scenario's loss").to.equal(true);
  expect(maintenanceMargin >= (MAINTENANCE_CORE * loss) / WAD, "RISK-2: maintenance margin below it").to.equal(true);
}

/** The largest loss among scenarios; zero where none loses. */
function worstOf(pnl: readonly bigint[]): bigint {
  return pnl.reduce((worst, gain) => larger(worst, 0n - gain), 0n);
}

/** Whether a book that cannot lose without end is asked for no more than it can lose. */
function isCapped({ initialMargin, maintenanceMargin }: Assessment, risks: Risk[]): boolean {
  if (!risks.every(({ bounded }) => bounded)) return false;
  const most = risks.reduce((sum, { mostLost }) => sum + mostLost, 0n);
  return initialMargin >= most || maintenanceMargin >= most;
}

/** The perpetual against a part of the delta, and a part of each option turned back. */
function hedgesOf({ markets }: PortfolioCase["inputs"], held: Position[], { delta }: Risk, draw: Random): Position[] {
  const { underlying, mark, spot } = markets[0]!;
  const part = (lots: bigint, most: number): bigint =>
    ((0n - lots) * BigInt(Math.round(draw.between(0, most * 1e6)))) / 1_000_000n;
  const perpetual = { instrument: perp(underlying), index: mark };
  return [
    ...[0.1, 0.5, 1].map((most) => ({ ...perpetual, lots: part((delta * parseLots("1")) / spot, most) })),
    ...held.map((position) => ({ ...position, lots: part(position.lots, 1) })),
  ].filter(({ lots }) => lots !== 0n);
}

/** Positions of the same instrument become one. */
function merge(...lists: Position[][]): Position[] {
  const merged = new Map<bigint, Position>();
  for (const position of lists.flat()) {
    const before = merged.get(position.instrument);
    merged.set(position.instrument, { ...position, lots: position.lots + (before?.lots ?? 0n) });
  }
  return [...merged.values()].filter(({ lots }) => lots !== 0n);
}

function lossOf(gain: bigint): bigint {
  return gain < 0n ? 0n - gain : 0n;
}

function abs(x: bigint): bigint {
  return x < 0n ? -x : x;
}

function larger(x: bigint, y: bigint): bigint {
  return x > y ? x : y;
}
