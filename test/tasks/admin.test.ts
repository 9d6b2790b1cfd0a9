import { time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import hre from "hardhat";

import { Role } from "../../config/roles";
import { planChanges, sendChanges } from "../../scripts/deploy/changes";
import { checkConfiguration } from "../../scripts/deploy/check";
import { changesFor } from "../../scripts/deploy/remedies";
import { Mode } from "../../sdk";
import { NOTICE, replaceModel, replaceModules } from "../support/governed";
import { World } from "../support/world";
import { Localhost } from "./localhost";
import { expectRefusal } from "./support";

/** Longer than a dozen processes take on a slow machine. */
const PATIENCE = 120_000;
const HOUR = 3_600;

interface Review {
  differences: { what: string; is: string; should: string; fixable: boolean }[];
  changes: { what: string; state: string; at: number | null; transaction: string | null; because: string | null }[];
}

describe("admin:review", function () {
  this.timeout(PATIENCE);
  let world: World;

  beforeEach(async () => {
    world = await World.create();
  });

  const wrong = async () => (await checkConfiguration(hre, world.system)).filter(({ ok }) => !ok);

  describe("as a process", () => {
    let node: Localhost;

    beforeEach(async () => {
      node = await Localhost.open();
    });
    afterEach(() => node.close());

    it("finds nothing wrong where nothing is", async () => {
      expect(await node.answer("admin:review")).to.deep.equal({ differences: [], changes: [] });
      expectRefusal(
        await node.run("admin:review", "--sender", "1"),
        "Nothing is sent without --fix: add it, or leave out --sender.",
      );
    });

    it("tells differences, and sends what sets them right", async () => {
      const [{ id, market }] = world.system.parameters.underlyings as [(typeof world.system.parameters.underlyings)[0]];
      await world.clearinghouse.setMarketParams(id, { ...market, baseRateBps: 900, takerFeeBps: 7 });
      const told = await node.run("admin:review");
      expect(told.code).to.equal(1);
      expect(told.stdout)
        .to.match(/ETH's baseRateBps +│ 900 +│ wrong: should be 800/)
        .and.to.contain("2 of ");
      const stranger = await node.run("admin:review", "--fix", "--sender", "4", "--json");
      expect(stranger.code).to.equal(1);
      const [change] = (JSON.parse(stranger.stdout) as Review).changes;
      expect(change).to.include({ state: "refused", transaction: null });
      expect(change?.because).to.match(/^0x\w{40} has not the role riskAdmin$/);
      const fixed = await node.answer<Review>("admin:review", "--fix");
      expect(fixed.differences.map(({ what, fixable }) => [what, fixable])).to.deep.equal([
        ["ETH's baseRateBps", true],
        ["ETH's takerFeeBps", true],
      ]);
      expect(fixed.changes).to.have.length(1);
      expect(fixed.changes[0]).to.include({ state: "sent", at: null });
      expect(await wrong()).to.deep.equal([]);
    });
  });

  it("schedules where a delay applies, waits, and executes", async () => {
    const [deployer] = await hre.ethers.getSigners();
    const { clearinghouse, authority, parameters } = world.system;
    const [{ id, market }] = parameters.underlyings as [(typeof parameters.underlyings)[0]];
    await clearinghouse.setMarketParams(id, { ...market, slopeBps: 200 });
    await authority.grantRole(Role.RiskAdmin, deployer!, HOUR);
    const fix = async () => {
      const market = (await wrong()).filter(({ remedy }) => remedy?.kind === "market");
      const changes = await changesFor(hre, world.system, market);
      return sendChanges(world.system, deployer!, await planChanges(hre, world.system, deployer!.address, changes));
    };
    const [scheduled] = await fix();
    expect(scheduled).to.include({ state: "scheduled", at: (await time.latest()) + HOUR });
    const [waiting] = await fix();
    expect(waiting).to.include({ state: "waiting", at: scheduled!.at, transaction: null });
    await time.increaseTo(scheduled!.at!);
    const [executed] = await fix();
    expect(executed).to.include({ state: "executed" });
    expect((await clearinghouse.marketParams(id)).slopeBps).to.equal(BigInt(market.slopeBps));
  });

  it("sets everything right that calls can", async () => {
    const [deployer] = await hre.ethers.getSigners();
    const stranger = hre.ethers.Wallet.createRandom().address;
    const { clearinghouse, priceOracle, basisOracle, surfaceOracle, vault, authority } = world.system;
    const { crossMargin, isolatedMargin, parameters } = world.system;
    await vault.setLimits({ ...parameters.vaultLimits, eventCapBps: 2_000 });
    const [eth] = parameters.underlyings as [(typeof parameters.underlyings)[0]];
    const { aggregator } = await priceOracle.feedOf(eth.id);
    await priceOracle.replaceFeed(eth.id, aggregator, eth.heartbeat + 60, eth.confidenceBps);
    await priceOracle.setReferencePrice(eth.id, eth.referencePrice * 2n);
    await priceOracle.removeSecondFeed(eth.id);
    await basisOracle.setSigners([...(await basisOracle.signerSet()).signers], 3);
    await surfaceOracle.setSigners([...(await surfaceOracle.signerSet()).signers], 3);
    await surfaceOracle.setMoveLimits({ forwardBps: 500, volBps: 5_000 });
    await replaceModel(clearinghouse, Mode.Isolated, await crossMargin.getAddress());
    await replaceModel(clearinghouse, Mode.Cross, await isolatedMargin.getAddress());
    await replaceModel(clearinghouse, Mode.Portfolio, await crossMargin.getAddress());
    await replaceModules(clearinghouse, { priceOracle: stranger, surfaceOracle: stranger, expirySettlement: stranger });
    await clearinghouse.setOptionParams(eth.id, { ...eth.options, creditBps: 0, makerFeeBps: 0 });
    const selector = clearinghouse.interface.getFunction("listMarket").selector;
    await authority.setTargetFunctionRole(clearinghouse, [selector], Role.Guardian);
    await authority.setRoleAdmin(Role.Lister, Role.Guardian);
    await authority.setRoleGuardian(Role.Guardian, Role.Lister);
    await authority.grantRole(Role.Lister, stranger, 0);
    await authority.revokeRole(Role.Guardian, deployer!);
    expect((await wrong()).length).to.be.at.least(21);

    const fix = async () => {
      const changes = await changesFor(hre, world.system, await wrong());
      const planned = await planChanges(hre, world.system, deployer!.address, changes);
      return sendChanges(world.system, deployer!, planned);
    };
    const statesOf = (done: { state: string }[]): string[] => done.map(({ state }) => state).sort();
    // Modules and margin models are announced a week before.
    const done = await fix();
    const announced = done.filter(({ state }) => state === "announced");
    expect(announced).to.have.length(4);
    for (const { at } of announced) expect(at).to.be.closeTo((await time.latest()) + Number(NOTICE), 60);
    expect(statesOf(done.filter((change) => !announced.includes(change)))).to.deep.equal(Array(13).fill("sent"));
    expect(statesOf(await fix())).to.deep.equal(Array(4).fill("waiting"));
    await time.increase(NOTICE);
    expect(statesOf(await fix())).to.deep.equal(Array(4).fill("sent"));
    expect(await wrong()).to.deep.equal([]);
  });
});
