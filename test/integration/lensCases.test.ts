/** The lens on the peers' cases and on the largest account there can be: against the twin, and against the reference. */
import { readdirSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

import { takeSnapshot, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import hre from "hardhat";

import { loadLens, loadSystem } from "../../scripts/lib/system";
import {
  type AccountId,
  PlimsollInputError,
  type Position,
  makeAccountId,
  parseLots,
  parseWad,
  portfolio,
} from "../../sdk";
import { readCase } from "../../tasks/risk/case";
import { HEAD_START, evaluateCase } from "../../tasks/risk/evaluate";
import { type CaseFile, type CaseMode, evaluateReference, heldBooks, readReferenceCase } from "../reference/caseFile";
import { consistentCase } from "../reference/consistentCases";
import { contingenciesOf } from "../reference/contingencies";
import { type Scenario, scenariosOf } from "../reference/scenarios";
import { LensCheck } from "../support/lens";
import { OptionDesk } from "../support/optionDesk";
import { hasShared, sharedPath } from "../support/shared";
import { type Actor, CROSS, PORTFOLIO, World } from "../support/world";

const CASES = sharedPath("peers", "cases");
/** Relative to one USD or unit, or to the figure, whichever is larger. */
const TOLERANCE = 1e-6;
const GREEKS = ["delta", "gamma", "vega", "theta", "rho"] as const;
/** What a node lets a call spend, at the least: no more than a transaction. */
const RANDOM_CASES = 3;
const CALL_GAS = 16_777_216n;
/** What each shock does to a near expiry and to a far one. */
const SHOCKS = ["down down", "up up", "flat up", "up flat"];

describe("MarginLens on whole cases", function () {
  this.timeout(600_000);

  let folder: string;

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "plimsoll-"));
  });

  after(() => rm(folder, { recursive: true }));

  /** Judges the case on a chain, and leaves that as it was. */
  async function on(file: string, mode: CaseMode, look: () => Promise<void>): Promise<void> {
    const given = await readCase(file, mode);
    const before = await takeSnapshot();
    try {
      await evaluateCase(hre, { ...given, timestamp: BigInt((await time.latest()) + HEAD_START) });
      await look();
    } finally {
      await before.restore();
    }
  }

  async function trader(): Promise<AccountId> {
    const [, signer] = await hre.ethers.getSigners();
    return makeAccountId(signer!.address, 0n);
  }

  for (const mode of ["portfolio", "cross"] as const) {
    it(`in ${mode} mode says what the twin and the reference do (MATH-1, MATH-2)`, async function () {
      if (!hasShared("peers", "cases")) this.skip();
      for (const name of readdirSync(CASES)) {
        const file = path.join(CASES, name);
        const json: unknown = JSON.parse(await readFile(file, "utf8"));
        await on(file, mode, async () => {
          const block = await hre.ethers.provider.getBlockNumber();
          const lens = await loadLens(hre);
          const id = await trader();
          const checked = await LensCheck.at(await loadSystem(hre), lens, id, block);
          await checked.all();
          const { greeks } = await lens.accountGreeks(id, { blockTag: block });
          const reference = evaluateReference(json, mode).underlyings.ETH!;
          for (const greek of GREEKS) near(greeks[0]![greek], reference[greek], `${name}, ${greek}`);
          const matrix = await lens.scenarioMatrix(id, 1, { blockTag: block });
          const [book] = heldBooks(readReferenceCase(json));
          const { market } = book!;
          const charges = checked.contingencies()[0]!;
          const expectedCharges = contingenciesOf(book!, "maintenance");
          for (const kind of Object.keys(charges) as (keyof typeof charges)[]) {
            near(charges[kind], expectedCharges[kind], `${name}, ${kind}`);
          }
          for (const [i, expected] of scenariosOf(market).entries()) {
            const found = matrix.scenarios[i]!;
            near(found.pnl, reference.scenarios[i]!, `${name}, scenario ${i}`);
            compareScenario(found, expected);
          }
        });
      }
    });
  }

  /** The requirement's parts, of a case that is in no file. */
  async function requirementOf(json: CaseFile): Promise<{ binds: bigint; credit: bigint; joint: bigint }> {
    const file = path.join(folder, "case.json");
    await writeFile(file, JSON.stringify(json));
    let found = { binds: 0n, credit: 0n, joint: 0n };
    await on(file, json.account.mode, async () => {
      const block = await hre.ethers.provider.getBlockNumber();
      const lens = await loadLens(hre);
      const id = await trader();
      await (await LensCheck.at(await loadSystem(hre), lens, id, block)).all();
      const { initialBinding, credit, jointScenario } = await lens.portfolioRequirement(id, { blockTag: block });
      found = { binds: initialBinding, credit, joint: jointScenario };
    });
    return found;
  }

  it("says what the twin does of random books over one to three underlyings in three modes (MATH-1)", async () => {
    let [compared, credited] = [0, 0];
    for (const mode of ["portfolio", "cross", "isolated"] as const) {
      for (let i = 0; i < RANDOM_CASES; i++) {
        try {
          const { credit } = await requirementOf(consistentCase(`lens ${i}`, mode));
          compared++;
          if (credit > 0n) credited++;
        } catch (error) {
          if (!(error instanceof PlimsollInputError)) throw error;
          expect(error.message).to.match(/^The surface oracle refuses/);
        }
      }
    }
    expect(compared, "most are taken").to.be.greaterThan(RANDOM_CASES);
    expect(credited, "some over several underlyings").to.be.greaterThan(1);
  });

  it("names the floor where a spread's scenarios offset each other, and the cap where little can be lost", async () => {
    const market = { spot: "2000", perp: "2000", dailyVol: "0.06", confidence: "0.0025", expiries: [] };
    const spread: CaseFile = {
      timestamp: 1_700_000_000,
      minCorrelation: "1",
      underlyings: { ETH: market, BTC: { ...market, spot: "40000", perp: "40000" } },
      account: {
        mode: "portfolio",
        cash: "100000",
        positions: [
          { underlying: "ETH", kind: "perp", size: "20" },
          { underlying: "BTC", kind: "perp", size: "-1" },
        ],
      },
    };
    expect(await requirementOf(spread)).to.deep.include({ binds: portfolio.Binding.Floor, credit: parseWad("0.6") });
    const svi = { a: "0.0035", b: "0.017", rho: "-0.2", m: "0", sigma: "0.2" };
    const expiries = [{ days: "30", forwardRatio: "1", rate: "0", svi }];
    const bought: CaseFile = {
      ...spread,
      underlyings: { ETH: { ...market, expiries } },
      account: {
        ...spread.account,
        positions: [{ underlying: "ETH", kind: "option", size: "1", days: "30", strike: "2400", call: true }],
      },
    };
    expect((await requirementOf(bought)).binds).to.equal(portfolio.Binding.Cap);
  });

  describe("of the largest account there can be", () => {
    let world: World;
    let desk: OptionDesk;
    let maker: Actor;
    const OPTIONS = 127;

    before(async () => {
      world = await World.create();
      desk = await OptionDesk.open(world, [3, 7, 14, 21, 28, 45, 60, 90, 120]);
      maker = await world.open(world.signer(0), 1_000_000, PORTFOLIO);
    });

    /** Calls above and puts below, sold and bought, of all expiries in turn, with and without a perpetual. */
    async function largest(number: number, mode: number, options: number): Promise<Actor> {
      const actor = await world.open(world.signer(number), 2_000_000, mode);
      await world.trade(maker, actor, "1", "2000");
      for (let i = 0; i < options; i++) {
        const strike = 1_300 + 50 * (i % 28);
        const instrument = strike > 2_000 ? desk.call(strike, i % 9) : desk.put(strike, i % 9);
        const position: Position = { instrument, lots: parseLots(i % 3 === 0 ? "2" : "-3"), index: 0n };
        await world.forcePosition(actor, 1 + i, position);
      }
      await world.forceCount(actor, 1 + options);
      return actor;
    }

    for (const [name, mode] of [
      ["portfolio", PORTFOLIO],
      ["cross", CROSS],
    ] as const) {
      it(`answers in a call of no more gas than a transaction in ${name} mode`, async () => {
        const actor = await largest(mode, mode, OPTIONS - 1);
        const lens = await loadLens(hre);
        const block = await hre.ethers.provider.getBlockNumber();
        const checked = await LensCheck.at(world.system, lens, actor.id, block);
        await checked.summary();
        await checked.greeks();
        await checked.portfolio();
        await checked.liquidation();
        const calls: [string, readonly unknown[]][] = [
          ["summary", [actor.id]],
          ["positionGreeks", [actor.id]],
          ["accountGreeks", [actor.id]],
          ["scenarioMatrix", [actor.id, 1]],
          ["portfolioRequirement", [actor.id]],
          ["previewOrder", [actor.id, desk.call(2_700, 1), parseLots("-1"), 10n ** 18n]],
          ["liquidationPrices", [actor.id, 1]],
        ];
        for (const [call, args] of calls) {
          const data = lens.interface.encodeFunctionData(call as "summary", args as [bigint]);
          await hre.ethers.provider.call({ to: lens, data, gasLimit: CALL_GAS });
        }
      });
    }
  });
});

function compareScenario(found: { move: bigint; weight: bigint; shock: bigint }, expected: Scenario): void {
  expect(Number(found.move) / 1e18).to.be.closeTo(expected.move, 1e-9);
  expect(Number(found.weight) / 1e18).to.be.closeTo(expected.weight, 1e-9);
  expect(SHOCKS[Number(found.shock)]).to.equal(`${expected.shock(10)} ${expected.shock(60)}`);
}

function near(found: bigint, expected: number, what: string): void {
  expect(Number(found) / 1e18, what).to.be.closeTo(expected, TOLERANCE * Math.max(1, Math.abs(expected)));
}
