/** The lens on the peers' cases and on the largest account there can be: against the twin, and against the reference. */
import { readFile } from "node:fs/promises";
import { readdirSync } from "node:fs";
import path from "node:path";

import { takeSnapshot, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import hre from "hardhat";

import { loadLens, loadSystem } from "../../scripts/lib/system";
import { type AccountId, type Position, makeAccountId, parseLots } from "../../sdk";
import { readCase } from "../../tasks/risk/case";
import { HEAD_START, evaluateCase } from "../../tasks/risk/evaluate";
import { type CaseMode, evaluateReference, readReferenceCase } from "../reference/caseFile";
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
const CALL_GAS = 16_777_216n;
/** What each shock does to a near expiry and to a far one. */
const SHOCKS = ["down down", "up up", "flat up", "up flat"];

describe("MarginLens on whole cases", function () {
  this.timeout(600_000);

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
          await (await LensCheck.at(await loadSystem(hre), lens, id, block)).all();
          const { greeks } = await lens.accountGreeks(id, { blockTag: block });
          const reference = evaluateReference(json, mode).underlyings.ETH!;
          for (const greek of GREEKS) near(greeks[0]![greek], reference[greek], `${name}, ${greek}`);
          const matrix = await lens.scenarioMatrix(id, 1, { blockTag: block });
          const { market } = readReferenceCase(json).books[0]!;
          for (const [i, expected] of scenariosOf(market).entries()) {
            const found = matrix.scenarios[i]!;
            near(found.pnl, reference.scenarios[i]!, `${name}, scenario ${i}`);
            compareScenario(found, expected);
          }
        });
      }
    });
  }

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
