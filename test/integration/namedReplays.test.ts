/** Some hours of every replay that docs/replays.md tells of, run again and held against what is recorded of them. */
import { takeSnapshot, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import hre from "hardhat";

import { readRecords } from "../../scripts/docs/replays";
import { largestMoves } from "../../scripts/replay/moves";
import { argumentsOf, everyReplay, findingOf } from "../../scripts/replay/named";
import { readOptions } from "../../scripts/replay/options";
import { MODES, allModes } from "../../scripts/replay/report/modes";
import type { Step } from "../../scripts/replay/prices";
import { type Scenario, prepare, replay } from "../../scripts/replay/replay";
import type { Shortfall } from "../../scripts/replay/shortfalls";
import { hasShared } from "../support/shared";

const HOUR = 3_600;

/** The scenario at times this test's chain has not reached yet; nothing in it depends on when it is. */
async function fromNow(scenario: Scenario): Promise<Scenario> {
  const by = (await time.latest()) + HOUR - scenario.beginsAt;
  const later = (steps: readonly Step[]): Step[] => steps.map((step) => ({ ...step, time: step.time + by }));
  const { timeline } = scenario;
  const { warmUp, steps, end } = timeline;
  return {
    ...scenario,
    beginsAt: scenario.beginsAt + by,
    timeline: { ...timeline, warmUp: later(warmUp), steps: later(steps), end: end + by },
  };
}

/** What does not depend on when it happened. */
function lossesOf(
  shortfalls: readonly Shortfall[],
): Omit<Shortfall, "flaggedAt" | "soldAt" | "sound" | "solvent" | "bankrupt">[] {
  return shortfalls.map(({ account, mode, badDebt, covered, reason }) => ({ account, mode, badDebt, covered, reason }));
}

describe("the replays of the documentation", function () {
  this.timeout(300_000);

  before(function () {
    if (!hasShared("data")) this.skip();
  });

  for (const { key, name, mode } of everyReplay().filter((one) => one.name.endsWith("Hours"))) {
    it(`come out as recorded: ${key}, and keep every wei (LEDGER-1)`, async () => {
      const fork = await takeSnapshot();
      try {
        const scenario = await prepare(readOptions(argumentsOf(name, mode)));
        // The task runs on a chain that begins with it; here the accounts that trade may have traded before.
        const { outcome, refusals } = await replay(hre, await fromNow(scenario), () => undefined);
        expect(Number(outcome.conservationError), "LEDGER-1").to.be.below(1e-6);
        for (const each of MODES) expect(outcome.liquidations[each], each).to.be.above(0);
        expect([...refusals], "RISK-2").to.deep.equal([]);
        const { shortfalls, endedBelowMaintenance, ...found } = findingOf(outcome);
        const recorded = readRecords()[key];
        expect(recorded, `${key} is recorded`).not.to.equal(undefined);
        expect(recorded).to.deep.include({ ...found, moves: largestMoves(scenario.timeline) });
        expect(lossesOf(shortfalls)).to.deep.equal(lossesOf(recorded!.shortfalls));
        expect(endedBelowMaintenance).to.have.length(recorded!.endedBelowMaintenance.length);
      } finally {
        await hre.network.provider.send("evm_setAutomine", [true]);
        await fork.restore();
      }
    });
  }

  it("are all recorded, with nothing lost on the way (LEDGER-1)", () => {
    const records = readRecords();
    expect(Object.keys(records)).to.deep.equal(everyReplay().map(({ key }) => key));
    for (const [key, { conservationError, liquidations, bids }] of Object.entries(records)) {
      expect(Number(conservationError), key).to.be.below(1e-6);
      expect(bids, "the page says that one bid was enough each time").to.equal(allModes(liquidations));
    }
  });

  it("come out the same in isolated and in cross mode where there is one underlying", () => {
    const records = readRecords();
    for (const name of ["march", "may", "november"]) {
      const [isolated, cross] = [records[`${name} isolated`]!, records[`${name} cross`]!];
      expect(cross.bids, name).to.equal(isolated.bids);
      expect(cross.badDebt, name).to.equal(isolated.badDebt);
      expect(cross.keeperIncome, name).to.equal(isolated.keeperIncome);
      expect(cross.capitalEfficiency.cross, name).to.equal(isolated.capitalEfficiency.isolated);
    }
  });
});
