import { readFileSync, readdirSync } from "node:fs";
import path from "node:path";

import { expect } from "chai";
import hre from "hardhat";

import {
  type Assessment,
  type Position,
  WAD,
  encodePosition,
  option,
  parseLots,
  perp,
  underlyingOf,
} from "../../../sdk";
import { expWad } from "../../../sdk/math/exponentials";
import { type Risk, assessPortfolio, prepare, risksOf } from "../../../sdk/risk/portfolio";
import { Random } from "../../../scripts/replay/random";
import type { PortfolioMargin } from "../../../typechain-types";
import { type CaseFile, evaluateReference } from "../../reference/caseFile";
import { randomCase } from "../../reference/randomCases";
import { hasShared, sharedPath } from "../../support/shared";
import { type PortfolioCase, deployPortfolioMargin, portfolioCase } from "../../support/portfolio";
import { refused } from "../../support/refusal";

/** Relative to one USD or to the figure, whichever is larger. */
const TOLERANCE = 1e-6;
const RANDOM_CASES = 150;
const CASES = sharedPath("peers", "cases");

describe("portfolio margin", function () {
  let model: PortfolioMargin;

  before(async () => {
    model = await deployPortfolioMargin();
  });

  function assess({ inputs, cash, positions }: PortfolioCase) {
    const { markets, expiries, correlation } = inputs;
    return model.assess([...markets], [...expiries], correlation, cash, positions.map(encodePosition));
  }

  function risks({ inputs, positions }: PortfolioCase) {
    const { markets, expiries } = inputs;
    return model.risksOf([...markets], [...expiries], positions.map(encodePosition));
  }

  async function compare(file: CaseFile): Promise<void> {
    const asked = portfolioCase(file);
    const twin = assessPortfolio(asked.inputs, asked.cash, asked.positions);
    const twinRisks = risksOf(asked.inputs, asked.positions);
    expectSame(await assess(asked), twin);
    (await risks(asked)).forEach((risk, i) => {
      expectSame(risk, { ...twinRisks[i]! });
    });
    expectNear(file, asked, twinRisks);
  }

  it("of the peers' cases is what the margin mathematics says, and the twin's to the bit (MATH-1)", async function () {
    if (!hasShared("peers", "cases")) this.skip();
    for (const name of readdirSync(CASES)) {
      await compare(JSON.parse(readFileSync(path.join(CASES, name), "utf8")) as CaseFile);
    }
  });

  it("of random books over one to three underlyings agrees as well (MATH-1, MATH-2)", async function () {
    this.timeout(300_000);
    for (let i = 0; i < RANDOM_CASES; i++) await compare(randomCase(`portfolio ${i}`, "portfolio"));
  });

  it("says the same of an account whoever else the markets were prepared for (MATH-1)", () => {
    for (let i = 0; i < RANDOM_CASES; i++) {
      const { inputs, cash, positions } = portfolioCase(randomCase(`shared ${i}`, "portfolio"));
      const assessor = prepare(inputs);
      for (const held of accountsOf(positions, new Random(`accounts ${i}`))) {
        const markets = inputs.markets.filter(({ underlying }) => isHeld(underlying, held));
        const alone = assessPortfolio({ ...inputs, markets }, cash, held);
        expect(assessor.assess(cash, held, inputs.correlation)).to.deep.equal(alone);
        expect(assessor.risksOf(held)).to.deep.equal(risksOf(inputs, held));
      }
    }
  });

  it("requires no less than any scenario loses, together and alone, within the credit", () => {
    forRandomBooks((asked, { initialMargin }, all) => {
      if (all.every(({ bounded }) => bounded)) return;
      const joint = Array.from({ length: 24 }, (_, s) => -all.reduce((sum, { pnl }) => sum + pnl[s]!, 0n));
      for (const loss of joint) expect(initialMargin >= loss, "below a scenario's loss").to.equal(true);
      if (all.length === 1) expect(initialMargin >= all[0]!.core + all[0]!.initialCharges).to.equal(true);
    });
  });

  it("does not depend on the order of positions", () => {
    forRandomBooks(({ inputs, cash, positions }, found) => {
      expect(assessPortfolio(inputs, cash, [...positions].reverse())).to.deep.equal(found);
    });
  });

  it("asks no more of the scenarios once a hedge is added that raises no loss of theirs", () => {
    let hedges = 0;
    forRandomBooks(({ inputs, positions }, _, [before]) => {
      const { underlying, mark, spot } = inputs.markets[0]!;
      const lots = (0n - before!.delta * parseLots("1")) / spot / 2n;
      const hedge: Position = { instrument: perp(underlying), lots, index: mark };
      const [alone] = risksOf(inputs, [hedge]);
      const [hedged] = risksOf(inputs, merge(positions, [hedge]));
      const losses = ({ pnl }: Risk): bigint[] => pnl.map((gain) => (gain < 0n ? 0n - gain : 0n));
      hedged!.pnl.forEach((gain, s) => {
        // What is added up before it is rounded differs by a wei from what is rounded before.
        expect(gain - before!.pnl[s]! - alone!.pnl[s]!, `scenario ${s}`).to.be.within(-1n, 1n);
      });
      if (losses(hedged!).some((loss, s) => loss > losses(before!)[s]!)) return;
      hedges++;
      expect(hedged!.core <= before!.core).to.equal(true);
    });
    expect(hedges).to.be.greaterThan(RANDOM_CASES / 10);
  });

  it("never asks for more than what was paid for options that can only lose that", () => {
    const file = randomCase("bounded", "portfolio");
    const [name] = Object.keys(file.underlyings);
    const { spot, expiries } = file.underlyings[name!]!;
    const strike = String(Math.round(Number(spot) * 1.2));
    const { days } = expiries[0]!;
    file.account.positions = [{ underlying: name!, kind: "option", days, strike, call: true, size: "2" }];
    const { inputs, cash, positions } = portfolioCase(file);
    const { equity, initialMargin, maintenanceMargin } = assessPortfolio(inputs, cash, positions);
    expect(initialMargin <= equity - cash).to.equal(true);
    expect(maintenanceMargin <= initialMargin).to.equal(true);
  });

  describe("refuses", () => {
    const asked = portfolioCase(randomCase("refusals", "portfolio"));
    const [market] = asked.inputs.markets;
    const expiry = asked.inputs.expiries.find(({ underlying }) => underlying === market!.underlying)!;

    function holding(position: Position, changed: Partial<PortfolioCase["inputs"]>): PortfolioCase {
      return { ...asked, inputs: { ...asked.inputs, ...changed }, positions: [position] };
    }

    function held(series: Partial<{ expiry: bigint; strike: bigint }>): Position {
      const named = { underlying: market!.underlying, expiry: expiry.expiresAt, strike: 10n ** 11n, call: true };
      return { instrument: option({ ...named, ...series }), lots: 1n, index: 0n };
    }

    function twinOf({ inputs, cash, positions }: PortfolioCase): () => Assessment {
      return () => assessPortfolio(inputs, cash, positions);
    }

    it("options of an expiry it knows nothing of", async () => {
      const position = held({ expiry: 5n });
      const unknown = holding(position, {});
      await refused(assess(unknown), "MarginModel_MissingExpiry", encodePosition(position));
      expect(twinOf(unknown)).to.throw("which the assessment lacks");
    });

    it("positions in a market that it was not given: they would be held for nothing", async () => {
      const elsewhere = market!.underlying + 7n;
      for (const instrument of [
        perp(elsewhere),
        option({ underlying: elsewhere, expiry: expiry.expiresAt, strike: 1n, call: false }),
      ]) {
        const stray = holding({ instrument, lots: -1n, index: 0n }, {});
        await refused(assess(stray), "MarginModel_MissingMarket", elsewhere);
        await refused(risks(stray), "MarginModel_MissingMarket", elsewhere);
        expect(twinOf(stray)).to.throw("whose market is missing");
      }
    });

    it("positions whose sums could overflow", async () => {
      const lots = parseLots("90000000000");
      const position: Position = { instrument: perp(market!.underlying), lots, index: 0n };
      const tooLarge = holding(position, { markets: [{ ...market!, mark: 10n ** 22n }] });
      await refused(assess(tooLarge), "MarginModel_TooLarge", encodePosition(position));
      expect(twinOf(tooLarge)).to.throw("more of instrument");
      const options = { ...held({ strike: 2n ** 63n }), lots };
      await refused(assess(holding(options, {})), "MarginModel_TooLarge", encodePosition(options));
    });

    it("discount factors no real expiry has", async () => {
      const strange = { ...expiry, rate: -40n * WAD, timeLeft: 31_536_000n };
      const impossible = holding(held({}), { expiries: [strange] });
      const forward = (market!.spot * strange.forwardRatio) / WAD;
      const values = [strange.expiresAt, forward, expWad(40n * WAD)];
      await refused(assess(impossible), "MarginModel_ExpiryOutOfRange", ...values);
      expect(twinOf(impossible)).to.throw("which no real one has");
    });

    it("the same through an assessor, which then judges the others as if nothing had been", () => {
      const assessor = prepare(asked.inputs);
      const judge = (...positions: Position[]) => assessor.assess(asked.cash, positions, asked.inputs.correlation);
      const tooLarge = { ...held({ strike: 2n ** 63n }), lots: parseLots("90000000000") };
      expect(() => judge(tooLarge)).to.throw("more of instrument");
      expect(() => judge(held({ expiry: 5n }))).to.throw("which the assessment lacks");
      expect(() => judge({ ...held({}), instrument: perp(market!.underlying + 7n) })).to.throw(
        "whose market is missing",
      );
      const one = { ...tooLarge, lots: 1n };
      const markets = [market!];
      expect(judge(one)).to.deep.equal(assessPortfolio({ ...asked.inputs, markets }, asked.cash, [one]));
    });

    it("a table that is none", async () => {
      const address = await (await hre.ethers.deployContract("MockUSDC")).getAddress();
      const factory = await hre.ethers.getContractFactory("PortfolioMargin");
      await refused(factory.deploy(address), "MarginModel_NoNormalTable", address);
    });
  });
});

/** Calls `check` with random books, what the twin says of them, and their risks. */
function forRandomBooks(check: (asked: PortfolioCase, found: Assessment, risks: Risk[]) => void): void {
  for (let i = 0; i < RANDOM_CASES; i++) {
    const asked = portfolioCase(randomCase(`property ${i}`, "portfolio"));
    if (asked.positions.length === 0) continue;
    check(asked, assessPortfolio(asked.inputs, asked.cash, asked.positions), risksOf(asked.inputs, asked.positions));
  }
}

/** Accounts that hold some of the positions, in sizes and an order of their own, and at last all of them. */
function accountsOf(positions: readonly Position[], draw: Random): Position[][] {
  const some = Array.from({ length: 6 }, () =>
    draw
      .shuffled(positions.filter(() => draw.chance(0.5)))
      .map((position) => ({ ...position, lots: resized(position.lots, draw) })),
  );
  return [...some, [...positions]];
}

/** From minus to plus twice the size, and never of nothing. */
function resized(lots: bigint, draw: Random): bigint {
  return (lots * BigInt(Math.round(draw.between(-2e6, 2e6)))) / 1_000_000n || 1n;
}

function isHeld(underlying: bigint, positions: readonly Position[]): boolean {
  return positions.some(({ instrument }) => underlyingOf(instrument) === underlying);
}

/** Positions of the same instrument become one. */
function merge(...lists: Position[][]): Position[] {
  const merged = new Map<bigint, Position>();
  for (const position of lists.flat()) {
    const before = merged.get(position.instrument);
    merged.set(position.instrument, { ...position, lots: position.lots + (before?.lots ?? 0n) });
  }
  return [...merged.values()];
}

/** Every figure of the twin, to the bit. */
function expectSame(found: object, twin: object): void {
  for (const [name, value] of Object.entries(twin)) {
    expect(found[name as keyof typeof found], `MATH-1: ${name}`).to.deep.equal(value);
  }
}

/** Every figure of the reference, within the tolerance. */
function expectNear(file: CaseFile, { names, inputs, cash, positions }: PortfolioCase, risks: readonly Risk[]): void {
  const reference = evaluateReference(file, "portfolio");
  const { initialMargin, maintenanceMargin } = assessPortfolio(inputs, cash, positions);
  near(initialMargin, reference.initialMargin, "initial margin");
  near(maintenanceMargin, reference.maintenanceMargin, "maintenance margin");
  names.forEach((name, i) => {
    const { scenarios, delta } = reference.underlyings[name]!;
    scenarios.forEach((pnl, s) => {
      near(risks[i]!.pnl[s]!, pnl, `${name}, scenario ${s}`);
    });
    near(risks[i]!.delta, delta * Number(file.underlyings[name]!.spot), `${name}, delta`);
  });
}

function near(found: bigint, expected: number, what: string): void {
  const figure = Number(found) / 1e18;
  const tolerance = TOLERANCE * Math.max(1, Math.abs(expected));
  expect(figure, `MATH-2: ${what}`).to.be.closeTo(expected, tolerance);
}
