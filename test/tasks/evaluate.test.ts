/** The figures of risk:evaluate: the whole ledger against the reference in double precision. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { takeSnapshot, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import hre from "hardhat";

import { PlimsollInputError } from "../../sdk";
import { type Case, readCase } from "../../tasks/risk/case";
import { type Evaluation, HEAD_START, type UnderlyingFigures, evaluateCase } from "../../tasks/risk/evaluate";
import { type CaseMode, evaluateReference } from "../reference/caseFile";
import { consistentCase } from "../reference/consistentCases";
import { hasShared, sharedPath } from "../support/shared";
import { shortOneCall } from "./support";

const MODES: readonly CaseMode[] = ["portfolio", "cross", "isolated"];
/** Relative to one USD or unit, or to the figure, whichever is larger. */
const TOLERANCE = 1e-6;
const RANDOM_CASES = 12;
const GREEKS = ["delta", "gamma", "vega", "theta", "rho"] as const;
const EXAMPLE = path.join(__dirname, "../../docs/examples/portfolio.json");
const CASES = sharedPath("peers", "cases");

describe("risk:evaluate", function () {
  this.timeout(600_000);
  let folder: string;

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "plimsoll-"));
  });

  after(() => rm(folder, { recursive: true }));

  /** In this process's chain, whose time is later than the file's, and which is left as it was. */
  async function judge(file: unknown, mode?: string): Promise<Evaluation> {
    const name = path.join(folder, "case.json");
    await writeFile(name, JSON.stringify(file));
    const given: Case = await readCase(name, mode);
    const before = await takeSnapshot();
    try {
      const timestamp = BigInt((await time.latest()) + HEAD_START);
      return await evaluateCase(hre, { ...given, timestamp });
    } finally {
      await before.restore();
    }
  }

  async function compare(file: unknown, mode: CaseMode): Promise<Evaluation> {
    const found = await judge(file, mode);
    const reference = evaluateReference(file, mode);
    const { equity, initialMargin, maintenanceMargin } = found;
    expect(found.twin, "MATH-1").to.deep.equal({ equity, initialMargin, maintenanceMargin });
    near(equity, reference.equity, "equity");
    near(initialMargin, reference.initialMargin, "initial margin");
    near(maintenanceMargin, reference.maintenanceMargin, "maintenance margin");
    expect(found.mode).to.equal(mode);
    expect(Object.keys(found.underlyings)).to.deep.equal(Object.keys(reference.underlyings));
    for (const [name, figures] of Object.entries(found.underlyings)) {
      const expected = reference.underlyings[name]!;
      for (const greek of GREEKS) near(figures[greek], expected[greek], `${name}, ${greek}`);
      if (mode === "portfolio") compareScenarios(name, figures, expected);
      else expect(figures).to.have.all.keys(...GREEKS);
    }
    return found;
  }

  for (const mode of MODES) {
    it(`in ${mode} mode says of the peers' cases what the margin mathematics does (MATH-1, MATH-2)`, async function () {
      if (!hasShared("peers", "cases")) this.skip();
      for (const name of readdirSync(CASES)) {
        const file = JSON.parse(await readFile(path.join(CASES, name), "utf8")) as {
          account: { positions: unknown[] };
        };
        // An account in isolated mode holds one instrument.
        if (mode === "isolated" && file.account.positions.length > 1) continue;
        const { gas } = await compare(file, mode);
        expect(gas.assessInitialCold, name).to.equal(gas.assessMaintenanceCold).and.to.be.within(50_000, 2_500_000);
        expect(gas.openTransaction, name).to.be.within(100_000, 16_777_216);
        if (mode === "portfolio") expect(gas.witnessCold, name).to.be.within(50_000, gas.assessInitialCold + 2_000);
        else expect(gas).not.to.have.property("witnessCold");
      }
    });

    it(`in ${mode} mode says of random cases what the margin mathematics does (MATH-1, MATH-2)`, async () => {
      let [compared, refused] = [0, 0];
      for (let i = 0; compared < RANDOM_CASES; i++) {
        try {
          await compare(consistentCase(`evaluate ${i}`, mode), mode);
          compared++;
        } catch (error) {
          if (!(error instanceof PlimsollInputError)) throw error;
          expect(error.message).to.match(/^The surface oracle refuses/);
          refused++;
        }
      }
      console.log(`      ${refused} random cases were refused beside the ${compared}`);
    });
  }

  it("credits what underlyings offset by the case's correlation", async () => {
    const file = JSON.parse(await readFile(EXAMPLE, "utf8")) as ReturnType<typeof shortOneCall>;
    const margins: number[] = [];
    for (const minCorrelation of ["0.8", "0.55", "-1"]) {
      margins.push(Number((await compare({ ...file, minCorrelation }, "portfolio")).initialMargin));
    }
    const [all, half, none] = margins as [number, number, number];
    expect(all).to.be.below(none);
    expect(half).to.be.closeTo((all + none) / 2, TOLERANCE * none);
  });

  it("opens a book that one transaction has too little gas for in two", async () => {
    const file = shortOneCall();
    const [expiry] = file.underlyings.ETH!.expiries!;
    const [held] = file.account.positions;
    const days = Array.from({ length: 9 }, (_, i) => `${7.5 + 20 * i}`);
    file.underlyings.ETH!.expiries = days.map((text) => {
      const part = (value: string): string => ((Number(value) * Number(text)) / 7.5).toFixed(12);
      const { svi } = expiry!;
      return { ...expiry!, days: text, svi: { ...svi, a: part(svi.a), b: part(svi.b) } };
    });
    file.account.positions = days.flatMap((text) =>
      Array.from({ length: 14 }, (_, i) => {
        return { ...held!, days: text, strike: `${1400 + 100 * i}`, size: i % 2 === 0 ? "-1" : "0.5" };
      }),
    );
    const { gas } = await compare(file, "portfolio");
    expect(gas.openTransaction).to.be.within(16_777_216, 2 * 16_777_216);
  });

  const surfaces: [string, (svi: Record<string, string>) => void, RegExp][] = [
    [
      "butterfly arbitrage",
      (svi) => ([svi.a, svi.b, svi.sigma] = ["0.0001", "0.9", "0.001"]),
      /^The surface oracle refuses underlyings\.ETH\.expiries of 7\.5 days: .*butterfly arbitrage/,
    ],
    [
      "variance below its bounds",
      (svi) => ([svi.a, svi.b] = ["0", "0"]),
      /^The surface oracle refuses underlyings\.ETH\.expiries of 7\.5 days: .* the leastVol is 0 and must be between/,
    ],
  ];
  for (const [what, change, sentence] of surfaces) {
    it(`refuses a surface with ${what} in a sentence that names the expiry`, async () => {
      const file = shortOneCall();
      change(file.underlyings.ETH!.expiries![0]!.svi);
      await expect(judge(file)).to.be.rejectedWith(PlimsollInputError, sentence);
    });
  }

  it("refuses surfaces with calendar arbitrage in a sentence that names both expiries", async () => {
    const file = shortOneCall();
    const { expiries } = file.underlyings.ETH!;
    const { svi } = expiries![0]!;
    expiries!.push({ ...expiries![0]!, days: "30", svi: { ...svi, a: "0.001" } });
    const sentence = /^The surface oracle refuses underlyings\.ETH\.expiries of 7\.5 and 30 days: At log-moneyness/;
    await expect(judge(file)).to.be.rejectedWith(PlimsollInputError, sentence);
  });
});

function compareScenarios(
  name: string,
  figures: UnderlyingFigures,
  expected: ReturnType<typeof evaluateReference>["underlyings"][string],
): void {
  expect(figures.scenarios).to.have.length(24);
  figures.scenarios!.forEach((pnl, s) => {
    near(pnl, expected.scenarios[s]!, `${name}, scenario ${s}`);
  });
  near(figures.worstPnl!, expected.worstPnl, `${name}, worst`);
  // Scenarios that come to the same may be told apart by the last digit of either.
  near(figures.worstPnl!, expected.scenarios[figures.worstScenario!]!, `${name}, the worst scenario's`);
}

function near(found: string, expected: number, what: string): void {
  expect(Number(found), `MATH-2: ${what}`).to.be.closeTo(expected, TOLERANCE * Math.max(1, Math.abs(expected)));
}
