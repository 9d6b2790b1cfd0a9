import { takeSnapshot, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";

import {
  type Wad,
  atSpot,
  findWitness,
  formatWad,
  judge,
  liquidationPrices,
  marketDataOf,
  parseWad,
  portfolio,
} from "../../sdk";
import { readSnapshotAt } from "../../scripts/lib/reads";
import { keepsConservation } from "../support/conservation";
import { OptionDesk } from "../support/optionDesk";
import { refused } from "../support/refusal";
import { type Actor, CROSS, PORTFOLIO, WAD, World } from "../support/world";

const NOTHING = portfolio.encodeWitness({ alone: [undefined], joint: undefined });
const ANY_GAIN = -(10n ** 24n);
const CENT = 10n ** 16n;

describe("Clearinghouse: liquidation by a witness", () => {
  let world: World;
  let desk: OptionDesk;
  let maker: Actor;
  let weak: Actor;
  let keeper: Actor;

  beforeEach(async () => {
    world = await World.create();
    desk = await OptionDesk.open(world, [7, 30]);
    maker = await world.open(world.signer(0), 10_000_000, PORTFOLIO);
    weak = await world.open(world.signer(1), 5_000, PORTFOLIO);
    keeper = await world.open(world.signer(2), 1_000_000, PORTFOLIO);
  });
  keepsConservation(() => world);

  /** Short a strangle and hedged in part. */
  const strangle = async (who: Actor): Promise<void> => {
    await world.tradeIn(desk.call(2300, 1), maker, who, "-8", "30");
    await world.tradeIn(desk.put(1700, 1), maker, who, "-8", "30");
    await world.trade(maker, who, "1", "2000");
  };
  /** The same, at a price a little beyond the one at which it is below maintenance. Returns the price. */
  const fallen = async (who = weak): Promise<string> => {
    await strangle(who);
    const { account, positions, snapshot } = await now(who);
    const { up } = liquidationPrices(account.mode, snapshot, account.cash, positions, 1n);
    const price = formatWad(((up!.spot * 1003n) / 1000n / CENT) * CENT);
    await world.later(60, price);
    await desk.report();
    return price;
  };
  const now = async (who: Actor) => {
    const { account, positions } = await world.holding(who);
    return { account, positions, snapshot: await readSnapshotAt(world.system, [positions], "latest") };
  };
  const ledger = () => world.clearinghouse.connect(keeper.signer);
  const best = async (who = weak): Promise<portfolio.Witness> => {
    const { account, positions, snapshot } = await now(who);
    return findWitness(account.mode, snapshot, positions);
  };
  const sold = async (who = weak) => {
    const events = await world.clearinghouse.queryFilter(world.clearinghouse.filters.SliceSold(who.id));
    return [...events.at(-1)!.args];
  };

  it("is what an account can be assessed by without a transaction, the best one as by everything (MATH-1)", async () => {
    await fallen();
    const { positions, snapshot, account } = await now(weak);
    const whole = await world.clearinghouse.assess(weak.id);
    expect(await world.clearinghouse.assessBy(weak.id, await best())).to.deep.equal(whole);
    const poor = portfolio.encodeWitness({ alone: [0], joint: undefined });
    const shown = portfolio.assessPortfolioBy(snapshot, account.cash, positions, poor);
    const by = await world.clearinghouse.assessBy(weak.id, poor);
    expect([by.equity, by.maintenanceMargin]).to.deep.equal([shown.equity, shown.maintenanceMargin]);
    expect(by.maintenanceMargin).to.be.below(whole.maintenanceMargin);
    // Where no scenarios are worked out, it makes no difference.
    const other = await world.open(world.signer(3), 10_000, CROSS);
    await world.trade(other, maker, "1", "2000");
    expect(await world.clearinghouse.assessBy(other.id, poor)).to.deep.equal(
      await world.clearinghouse.assess(other.id),
    );
  });

  it("RISK-3 the best one flags whom everything would, and the auction starts by the same margin", async () => {
    await fallen();
    const snapshot = await takeSnapshot();
    await ledger().flag(weak.id, keeper.id);
    const whole = await world.system.auction.clockOf(weak.id);
    await snapshot.restore();
    await expect(ledger().flagBy(weak.id, keeper.id, await best()))
      .to.emit(world.clearinghouse, "Flagged")
      .withArgs(weak.id, keeper.id, parseWad("10"));
    // The clock has the rate that follows from equity and margin, a second later or not.
    expect((await world.system.auction.clockOf(weak.id)) >> 128n).to.equal(whole >> 128n);
  });

  it("RISK-2 shows nobody below maintenance who is not, whatever is named", async () => {
    await strangle(weak);
    for (let scenario = 0; scenario < 24; scenario++) {
      const witness = portfolio.encodeWitness({ alone: [scenario], joint: scenario });
      await expect(ledger().flagBy(weak.id, keeper.id, witness)).to.be.revertedWithCustomError(
        world.clearinghouse,
        "Liquidation_Healthy",
      );
    }
  });

  it("one that shows too little is refused, though everything would show more", async () => {
    await fallen();
    const { account, positions, snapshot } = await now(weak);
    const shown = portfolio.assessPortfolioBy(marketDataOf(snapshot, positions), account.cash, positions, NOTHING);
    const { equityForMaintenance, maintenanceMargin } = await world.assess(weak);
    expect(equityForMaintenance < maintenanceMargin).to.equal(true);
    expect(shown.maintenanceMargin < equityForMaintenance, "the case is a case").to.equal(true);
    const sent = ledger().flagBy(weak.id, keeper.id, NOTHING);
    await expect(sent).to.be.revertedWithCustomError(world.clearinghouse, "Liquidation_Healthy");
    await ledger().flagBy(weak.id, keeper.id, await best());
  });

  it("sells the whole for what the whole would have cost, and takes over every position", async () => {
    const price = await fallen();
    await ledger().flagBy(weak.id, keeper.id, await best());
    await world.later(1800, price);
    await desk.report();
    const snapshot = await takeSnapshot();
    const at = (await time.latest()) + 1;
    await time.setNextBlockTimestamp(at);
    await ledger().bid(weak.id, keeper.id, WAD, ANY_GAIN);
    const plain = await sold();
    await snapshot.restore();
    const witness = await best();
    await time.setNextBlockTimestamp(at);
    await ledger().bidBy(weak.id, keeper.id, WAD, ANY_GAIN, witness);
    expect(await sold()).to.deep.equal(plain);
    expect((await world.holding(keeper)).positions.length).to.be.above(0);
  });

  it("clears the flag when everything, and not the witness alone, finds what is left sound", async () => {
    const price = await fallen();
    const before = await world.assess(weak);
    await ledger().flagBy(weak.id, keeper.id, await best());
    await world.later(600, price);
    await desk.report();
    await ledger().bidBy(weak.id, keeper.id, parseWad("0.9"), ANY_GAIN, await best());
    const { account } = await world.holding(weak);
    const after = await world.assess(weak);
    expect(account.flagged).to.equal(after.equityForMaintenance < after.maintenanceMargin);
    // RISK-4: whatever was sold left it no worse.
    expect(
      after.equityForMaintenance * before.maintenanceMargin >= before.equityForMaintenance * after.maintenanceMargin,
    ).to.equal(true);
  });

  it("RISK-3 leaves the flag where a poor one sees nothing left to sell for and everything does", async () => {
    await strangle(weak);
    const { account, positions, snapshot } = await now(weak);
    const { up } = liquidationPrices(account.mode, snapshot, account.cash, positions, 1n);
    const at = (spot: Wad) => ({
      ...snapshot,
      markets: snapshot.markets.map((one) => (one.underlying === 1n ? atSpot(one, spot) : one)),
    });
    const shownAt = (spot: Wad, witness: portfolio.Witness) =>
      portfolio.assessPortfolioBy(marketDataOf(at(spot), positions), account.cash, positions, witness);
    // A price at which some scenario just shows it below, and all of them together show more.
    const found = Array.from({ length: 200 }, (_, i) => (up!.spot * BigInt(1_000 + i)) / 1_000n).flatMap((spot) =>
      Array.from({ length: 24 }, (_, s) => portfolio.encodeWitness({ alone: [s], joint: undefined })).flatMap(
        (witness) => {
          const { equity, maintenanceMargin: shown } = shownAt(spot, witness);
          const all = judge(account.mode, at(spot), account.cash, positions).maintenanceMargin;
          const just = equity > 0n && equity < shown && equity * 100n > shown * 97n;
          return just && shown * 100n < all * 85n ? [{ spot, witness }] : [];
        },
      ),
    )[0]!;
    await world.later(60, formatWad(found.spot - (found.spot % CENT)));
    await desk.report();
    await ledger().flagBy(weak.id, keeper.id, found.witness);
    await time.increase(300);
    await ledger().bidBy(weak.id, keeper.id, WAD, ANY_GAIN, found.witness);
    const left = await now(weak);
    const data = marketDataOf(left.snapshot, left.positions);
    const shown = portfolio.assessPortfolioBy(data, left.account.cash, left.positions, found.witness);
    const all = await world.assess(weak);
    expect(shown.equityForMaintenance >= shown.maintenanceMargin, "the witness sees nothing").to.equal(true);
    expect(all.equityForMaintenance < all.maintenanceMargin, "everything does").to.equal(true);
    expect(left.account.flagged, "RISK-3").to.equal(true);
  });

  it("makes no difference to an account in cross mode", async () => {
    const other = await world.open(world.signer(3), 10_000, CROSS);
    const price = await fallen(other);
    expect(await best(other)).to.equal(0n);
    await ledger().flagBy(other.id, keeper.id, NOTHING);
    await world.later(60, price);
    await desk.report();
    await ledger().bidBy(other.id, keeper.id, WAD, ANY_GAIN, NOTHING);
    const margin = (await sold(other))[4];
    expect(margin, "of cross mode, which is larger").to.be.above(parseWad("1000"));
  });

  it("is held to all that a plain flag and bid are", async () => {
    await fallen();
    await refused(ledger().bidBy(weak.id, keeper.id, WAD, ANY_GAIN, await best()), "Liquidation_NotFlagged", weak.id);
    await ledger().flagBy(weak.id, keeper.id, await best());
    await refused(ledger().flagBy(weak.id, keeper.id, await best()), "Clearinghouse_AccountFlagged", weak.id);
    const stranger = world.clearinghouse.connect(world.signer(5));
    await refused(
      stranger.bidBy(weak.id, keeper.id, WAD, ANY_GAIN, await best()),
      "Clearinghouse_NotOwner",
      keeper.id,
      world.signer(5).address,
    );
    await refused(ledger().bidBy(keeper.id, keeper.id, WAD, ANY_GAIN, 0n), "Liquidation_SelfBid", keeper.id);
  });
});
