import { mine, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";

import { auction, fixedPoint, makeAccountId, parseUsdc, parseWad } from "../../sdk";
import { keepsConservation } from "../support/conservation";
import { refused } from "../support/refusal";
import { type Actor, CROSS, WAD, World, receiptOf } from "../support/world";

const DAY = 86_400;
const DEPOSIT = parseWad("10");

describe("Clearinghouse: flags", () => {
  let world: World;
  let maker: Actor;
  let trader: Actor;
  let keeper: Actor;

  beforeEach(async () => {
    world = await World.create();
    maker = await world.open(world.signer(0), 10_000_000);
    trader = await world.open(world.signer(1), 2_100);
    keeper = await world.open(world.signer(2), 1_000_000);
    await world.trade(maker, trader, "10", "2000");
    await world.later(60, "1900");
  });
  keepsConservation(() => world);

  const as = ({ signer }: Actor): World["clearinghouse"] => world.clearinghouse.connect(signer);
  const flag = async (): ReturnType<World["execute"]> => as(keeper).flag(trader.id, keeper.id);
  const flagged = async (): Promise<boolean> => (await world.holding(trader)).account.flagged;

  async function healthy(sent: Promise<unknown>): Promise<void> {
    const { equityForMaintenance, maintenanceMargin } = await world.assess(trader);
    await refused(sent, "Liquidation_Healthy", trader.id, equityForMaintenance, maintenanceMargin);
  }

  describe("flag", () => {
    it("starts the auction and pays the keeper deposit to the account named", async () => {
      const before = await world.cash(keeper);
      const sent = flag();
      await expect(sent).to.emit(world.clearinghouse, "Flagged").withArgs(trader.id, keeper.id, DEPOSIT);
      await expect(sent).to.emit(world.system.auction, "AuctionTouched");
      expect(await world.cash(keeper)).to.equal(before + DEPOSIT);
      expect((await world.holding(trader)).account).to.include({ flagged: true, keeperDeposit: 0n });
      expect(await world.system.auction.running(trader.id)).to.equal(true);
    });

    it("settles nobody: whoever is judged keeps its index", async () => {
      const { positions, account } = await world.holding(trader);
      await flag();
      expect((await world.holding(trader)).positions).to.deep.equal(positions);
      expect((await world.holding(trader)).account.cash).to.equal(account.cash);
    });

    it("RISK-2 refuses an account at maintenance margin, and takes it a hair below", async () => {
      await world.setPrice("ETH", "1933.5");
      const { equityForMaintenance, maintenanceMargin } = await world.assess(trader);
      expect(equityForMaintenance).to.be.above(maintenanceMargin);
      await healthy(flag());
    });

    it("refuses an account without positions, or nobody's, and a reward for nobody", async () => {
      await refused(as(keeper).flag(keeper.id, keeper.id), "Liquidation_Healthy", keeper.id, parseWad("1000000"), 0n);
      const unopened = makeAccountId(keeper.signer.address, 9n);
      await refused(as(keeper).flag(unopened, keeper.id), "Clearinghouse_AccountNotOpen", unopened);
      await refused(as(keeper).flag(trader.id, unopened), "Clearinghouse_AccountNotOpen", unopened);
    });

    it("refuses an account whose auction runs", async () => {
      await flag();
      await refused(flag(), "Clearinghouse_AccountFlagged", trader.id);
    });

    it("pays nothing in the block the account took its risk in", async () => {
      const { clearinghouse } = world;
      const late = await world.open(world.signer(3), 2_200);
      const at = (await time.latest()) + 10;
      const atOnce = async <T>(act: () => Promise<T>): Promise<T> => {
        await time.setNextBlockTimestamp(at);
        return act();
      };
      const orders = [await world.order(maker, "-10", "1900"), await world.order(late, "10", "1900")];
      const fill = { maker: 0, taker: 1, lots: 10n ** 9n, price: parseWad("1900") };
      await atOnce(() => world.settle(orders, [fill]));
      await atOnce(() => world.setPrice("ETH", "1800"));
      await expect(atOnce(() => as(keeper).flag(late.id, keeper.id)))
        .to.emit(clearinghouse, "Flagged")
        .withArgs(late.id, keeper.id, 0n);
      expect((await world.holding(late)).account).to.include({ flagged: true, keeperDeposit: parseUsdc("10") });
    });

    it("lapses after a day without a touch, and may then be raised again, unpaid", async () => {
      await flag();
      await time.increase(DAY);
      await world.setPrice("ETH", "1900");
      await mine();
      await time.increase(60);
      expect(await world.system.auction.running(trader.id)).to.equal(false);
      const bid = as(keeper).bid(trader.id, keeper.id, WAD, 0n);
      await refused(bid, "LiquidationAuction_NotRunning", trader.id);
      await refused(as(keeper).poke(trader.id), "LiquidationAuction_NotRunning", trader.id);
      await expect(flag()).to.emit(world.clearinghouse, "Flagged").withArgs(trader.id, keeper.id, 0n);
      await as(keeper).bid(trader.id, keeper.id, WAD, 0n);
    });

    it("does not lapse while anybody pokes", async () => {
      await flag();
      for (let i = 0; i < 2; i++) {
        await time.increase(DAY - 60);
        await world.setPrice("ETH", "1900");
        await as(maker).poke(trader.id);
      }
      await refused(flag(), "Clearinghouse_AccountFlagged", trader.id);
    });
  });

  describe("poke", () => {
    it("refuses an account nobody flagged", async () => {
      await refused(as(maker).poke(trader.id), "Liquidation_NotFlagged", trader.id);
      const unopened = makeAccountId(keeper.signer.address, 9n);
      await refused(as(maker).poke(unopened), "Clearinghouse_AccountNotOpen", unopened);
    });

    it("advances the clock by at most ten minutes", async () => {
      await flag();
      const clock = async (): Promise<auction.AuctionClock> =>
        auction.decodeAuctionClock(await world.system.auction.clockOf(trader.id));
      const { rate, touchedAt } = await clock();
      expect(rate).to.be.above(WAD);
      await time.setNextBlockTimestamp(touchedAt + 300n);
      await as(maker).poke(trader.id);
      expect((await clock()).gathered).to.equal(300n * rate);
      await time.increase(1_500);
      await as(maker).poke(trader.id);
      expect((await clock()).gathered).to.equal(900n * rate);
    });

    it("clears the flag of an account that its market healed", async () => {
      await flag();
      await world.later(60, "2000");
      await expect(as(maker).poke(trader.id)).to.emit(world.clearinghouse, "FlagCleared").withArgs(trader.id);
      expect(await flagged()).to.equal(false);
      await refused(as(maker).poke(trader.id), "Liquidation_NotFlagged", trader.id);
      await refused(as(keeper).bid(trader.id, keeper.id, WAD, 0n), "Liquidation_NotFlagged", trader.id);
    });

    it("clears the flag of an account that its owner, or a stranger, refilled", async () => {
      for (const giver of [trader, maker]) {
        await flag();
        await world.mint(giver.signer, 500);
        await expect(as(giver).deposit(trader.id, parseUsdc("500")))
          .to.emit(world.clearinghouse, "FlagCleared")
          .withArgs(trader.id);
        expect(await flagged()).to.equal(false);
        await refused(as(keeper).bid(trader.id, keeper.id, WAD, 0n), "Liquidation_NotFlagged", trader.id);
        const { equity, maintenanceMargin } = await world.assess(trader);
        await world.setPrice("ETH", "1850");
        expect(equity).to.be.above(maintenanceMargin);
      }
    });

    it("a flag that a recovery of the price leaves behind harms nobody, and goes with the next trade", async () => {
      await flag();
      await world.later(60, "2000");
      await healthy(as(keeper).bid(trader.id, keeper.id, WAD, 0n));
      await expect(world.trade(maker, trader, "-1", "2000"))
        .to.emit(world.clearinghouse, "FlagCleared")
        .withArgs(trader.id);
      await refused(as(keeper).bid(trader.id, keeper.id, WAD, 0n), "Liquidation_NotFlagged", trader.id);
      await world.later(60, "1860");
      await expect(flag()).to.emit(world.clearinghouse, "Flagged").withArgs(trader.id, keeper.id, 0n);
    });
  });

  it("RISK-3 an account of three markets is flagged and sold in one transaction each, under the limit", async () => {
    const wide = await world.open(world.signer(4), 4_100, CROSS);
    const books = [
      [1n, "6", "1900"],
      [2n, "0.2", "40000"],
      [3n, "-100", "80"],
    ] as const;
    for (const [underlying, size, price] of books) await world.trade(maker, wide, size, price, underlying);
    await world.later(60, "1700");
    await world.setPrice("BTC", "38000");
    await world.setPrice("SOL", "86");
    const flagging = await receiptOf(as(keeper).flag(wide.id, keeper.id));
    await time.increase(60);
    const before = await world.holding(wide);
    const selling = await receiptOf(as(keeper).bid(wide.id, keeper.id, WAD, 0n));
    for (const { gasUsed } of [flagging, selling]) expect(gasUsed).to.be.below(16_777_216n);
    const [sold] = await world.clearinghouse.queryFilter(world.clearinghouse.filters.SliceSold, "latest");
    const { fraction } = sold!.args;
    expect(fraction).to.be.above(0n).and.below(WAD);
    for (const { lots, instrument } of before.positions) {
      const size = fixedPoint.abs(lots);
      const part = (size * fraction + WAD - 1n) / WAD;
      const underlying = (instrument >> 96n) & 0xffffn;
      expect(await world.lots(keeper, underlying)).to.equal(lots < 0n ? -part : part);
      expect(await world.lots(wide, underlying)).to.equal(lots < 0n ? lots + part : lots - part);
    }
  });
});
