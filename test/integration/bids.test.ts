import { time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import hre from "hardhat";

import { type Assessment, auction, parseLots, parseUsdc, parseWad, perpRequirement } from "../../sdk";
import { keepsConservation } from "../support/conservation";
import { paramsOf } from "../support/governed";
import { refused } from "../support/refusal";
import { type Actor, WAD, World } from "../support/world";

const ANY_GAIN = -(2n ** 200n);

describe("Clearinghouse: bids", () => {
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
  });
  keepsConservation(() => world);

  const as = ({ signer }: Actor): World["clearinghouse"] => world.clearinghouse.connect(signer);

  async function bid(maxFraction = WAD, minGain = 0n, account = trader): ReturnType<World["execute"]> {
    return as(keeper).bid(account.id, keeper.id, maxFraction, minGain);
  }

  /** Flags the trader's account at a price of ETH; some seconds pass, and the price stays. */
  async function flagAt(price: string, seconds = 30, account = trader): Promise<void> {
    await world.later(60, price);
    await as(keeper).flag(account.id, keeper.id);
    await world.later(seconds, price);
  }

  /** What the account is worth and what a bid at `timestamp` buys and costs, by the twin. */
  async function quoteAt(timestamp: bigint, maxFraction = WAD): Promise<[Assessment, auction.Quote]> {
    const found = await world.assess(trader);
    const clock = auction.decodeAuctionClock(await world.system.auction.clockOf(trader.id));
    const d = auction.discount(auction.gatheredAt(clock, timestamp));
    return [found, auction.quote(found, d, maxFraction)];
  }

  /** A bid at a time known beforehand, with what the twin says it should do. */
  async function quotedBid(maxFraction = WAD): Promise<[Assessment, auction.Quote, ReturnType<typeof bid>]> {
    const at = BigInt(await time.latest()) + 1n;
    const [found, quote] = await quoteAt(at, maxFraction);
    await time.setNextBlockTimestamp(at);
    return [found, quote, bid(maxFraction, ANY_GAIN)];
  }

  describe("the slice", () => {
    it("moves positions and cash pro rata for the auction's price, and leaves the account at 1.10 M", async () => {
      await flagAt("1900");
      await world.clearinghouse.touch([trader.id]);
      const held = await world.cash(trader);
      const before = await world.cash(keeper);
      const [found, { fraction, payment }, sent] = await quotedBid();
      await expect(sent)
        .to.emit(world.clearinghouse, "SliceSold")
        .withArgs(trader.id, keeper.id, fraction, found.equity, found.maintenanceMargin, payment, 0n);
      expect(fraction).to.be.above(0n).and.below(WAD);
      const part = (parseLots("10") * fraction + WAD - 1n) / WAD;
      expect(await world.lots(keeper)).to.equal(part);
      expect(await world.lots(trader)).to.equal(parseLots("10") - part);
      const share = (held * fraction) / WAD;
      expect(await world.cash(trader)).to.equal(held - share + payment);
      expect(await world.cash(keeper)).to.equal(before + share - payment - parseWad("10"));
      const left = await world.assess(trader);
      expect(left.equity * 10n, "E' >= 1.10 M'").to.be.at.least(left.maintenanceMargin * 11n);
      expect(left.equity * 1_000n, "and hardly more").to.be.below(left.maintenanceMargin * 1_101n);
    });

    it("ends the auction with the account's recovery", async () => {
      await flagAt("1900");
      await expect(bid()).to.emit(world.clearinghouse, "FlagCleared").withArgs(trader.id);
      await refused(bid(), "Liquidation_NotFlagged", trader.id);
    });

    it("RISK-4 may be smaller than allowed: health rises, and the auction goes on", async () => {
      await flagAt("1900");
      const health = async (): Promise<bigint> => {
        const { equity, maintenanceMargin } = await world.assess(trader);
        return (equity * WAD) / maintenanceMargin;
      };
      let last = await health();
      for (const fraction of [WAD / 100n, WAD / 20n, 1n]) {
        await expect(bid(fraction)).not.to.emit(world.clearinghouse, "FlagCleared");
        const now = await health();
        expect(now).to.be.at.least(last);
        last = now;
      }
      expect((await world.holding(trader)).account.flagged).to.equal(true);
    });

    it("locks the bidder's own deposit for keepers and dates its risk", async () => {
      await flagAt("1900");
      await bid();
      const { account } = await world.holding(keeper);
      expect(account.keeperDeposit).to.equal(parseUsdc("10"));
      expect(account.riskSince).to.equal(BigInt(await time.latest()));
    });

    it("may take a bidder beyond the caps on open interest, for no risk is added", async () => {
      const params = await paramsOf(world.clearinghouse);
      await world.clearinghouse.setMarketParams(1n, { ...params, openInterestCap: 0n });
      await flagAt("1900");
      await bid();
      expect(await world.lots(keeper)).to.be.above(0n);
    });
  });

  describe("an account sold whole", () => {
    it("has less than 200 USD of margin", async () => {
      const small = await world.open(world.signer(3), 125);
      await world.trade(maker, small, "0.5", "2000");
      await flagAt("1900", 30, small);
      const { maintenanceMargin, equity } = await world.assess(small);
      expect(maintenanceMargin).to.be.below(parseWad("200"));
      expect(equity * 4n).to.be.above(maintenanceMargin);
      await bid(WAD, 0n, small);
      const { account, positions } = await world.holding(small);
      expect(positions).to.deep.equal([]);
      expect(account).to.include({ flagged: false, keeperDeposit: 0n });
      expect(account.cash, "what was paid for it").to.be.above(0n);
    });

    it("or less than a quarter of its margin", async () => {
      await flagAt("1820");
      const [{ equity, maintenanceMargin }, quote] = await quoteAt(BigInt(await time.latest()));
      expect(equity).to.be.above(0n);
      expect(equity * 4n).to.be.below(maintenanceMargin);
      expect(quote.fraction).to.equal(WAD);
      await bid();
      expect((await world.holding(trader)).positions).to.deep.equal([]);
    });

    it("or, when the auction is late, less than its discount", async () => {
      await flagAt("1850");
      for (let i = 0; i < 6; i++) {
        await world.later(600, "1850");
        await as(maker).poke(trader.id);
      }
      const [found, quote, sent] = await quotedBid();
      expect(found.equity * 4n).to.be.above(found.maintenanceMargin);
      expect(quote).to.include({ fraction: WAD, payment: 0n });
      await sent;
      expect((await world.holding(trader)).account.cash, "nothing was paid").to.equal(0n);
    });

    it("gets what is left of its deposit for keepers back", async () => {
      const late = await world.open(world.signer(3), 125);
      const at = (await time.latest()) + 10;
      const orders = [await world.order(maker, "-0.5", "2000"), await world.order(late, "0.5", "2000")];
      await time.setNextBlockTimestamp(at);
      await world.settle(orders, [{ maker: 0, taker: 1, lots: parseLots("0.5"), price: parseWad("2000") }]);
      await time.setNextBlockTimestamp(at);
      await world.setPrice("ETH", "1900");
      await time.setNextBlockTimestamp(at);
      await as(keeper).flag(late.id, keeper.id);
      await world.later(60, "1900");
      await bid(WAD, 0n, late);
      expect((await world.holding(late)).account).to.include({ keeperDeposit: 0n });
      expect(await world.cash(late)).to.be.above(parseWad("10"));
    });
  });

  describe("refusals", () => {
    beforeEach(async () => {
      await flagAt("1900");
    });

    it("the first bid comes a block after the flag", async () => {
      await world.later(60, "2000");
      await as(maker).poke(trader.id);
      await world.setPrice("ETH", "1900");
      const { provider } = hre.network;
      await provider.send("evm_setAutomine", [false]);
      try {
        const gasLimit = 2_000_000;
        const flagging = await as(keeper).flag(trader.id, keeper.id, { gasLimit });
        const bidding = await as(keeper).bid(trader.id, keeper.id, WAD, 0n, { gasLimit });
        await provider.send("evm_mine");
        const [flagged, tooEarly] = await Promise.all(
          [flagging, bidding].map(({ hash }) => hre.ethers.provider.getTransactionReceipt(hash)),
        );
        expect(flagged).to.include({ status: 1, blockNumber: tooEarly!.blockNumber });
        expect(tooEarly!.status).to.equal(0);
        const { revertedWith } = await reasonOf(bidding.hash);
        const expected = world.system.auction.interface.encodeErrorResult("LiquidationAuction_TooEarly", [
          tooEarly!.blockNumber,
          tooEarly!.blockNumber + 1,
        ]);
        expect(revertedWith).to.equal(expected);
      } finally {
        await provider.send("evm_setAutomine", [true]);
      }
      await bid();
    });

    it("the bidder's owner bids, and not for its own account", async () => {
      const { address } = maker.signer;
      const foreign = as(maker).bid(trader.id, keeper.id, WAD, 0n);
      await refused(foreign, "Clearinghouse_NotOwner", keeper.id, address);
      await refused(as(trader).bid(trader.id, trader.id, WAD, 0n), "Liquidation_SelfBid", trader.id);
    });

    it("the bidder meets initial margin with what it took", async () => {
      const poor = await world.open(world.signer(3), 100);
      const at = BigInt(await time.latest()) + 10n;
      const [{ equity }, { fraction, payment }] = await quoteAt(at);
      const part = (parseLots("10") * fraction + WAD - 1n) / WAD;
      const { initial } = perpRequirement(await world.market(), part);
      const left = parseWad("100") + (equity * fraction) / WAD - payment - parseWad("10");
      await time.setNextBlockTimestamp(at);
      const sent = as(poor).bid(trader.id, poor.id, WAD, ANY_GAIN);
      await refused(sent, "Clearinghouse_BelowInitialMargin", poor.id, left, initial);
    });

    it("an account below maintenance cannot bid for another, and so get deeper", async () => {
      const other = await world.open(world.signer(3), 2_100);
      await world.later(1, "2000");
      await world.trade(maker, other, "10", "2000");
      await world.later(60, "1900");
      const sent = as(other).bid(trader.id, other.id, WAD / 10n, ANY_GAIN);
      await expect(sent).to.be.revertedWithCustomError(world.clearinghouse, "Clearinghouse_BelowInitialMargin");
    });

    it("the bidder comes out ahead by what it asked, to the wei", async () => {
      const at = BigInt(await time.latest()) + 10n;
      const [{ equity }, { fraction, payment }] = await quoteAt(at);
      const gain = (equity * fraction) / WAD - payment;
      expect(gain).to.be.above(0n);
      await time.setNextBlockTimestamp(at);
      await refused(bid(WAD, gain + 1n), "Liquidation_GainBelowMinimum", gain, gain + 1n);
      await time.setNextBlockTimestamp(at);
      await bid(WAD, gain);
    });

    it("the fraction is of the whole", async () => {
      await refused(bid(0n), "LiquidationAuction_BadFraction", 0n);
      await refused(bid(WAD + 1n), "LiquidationAuction_BadFraction", WAD + 1n);
    });

    it("a gift to either side blocks no bid", async () => {
      await world.mint(maker.signer, 2);
      await as(maker).deposit(trader.id, 1n);
      await as(maker).deposit(keeper.id, 1n);
      await bid();
    });

    it("a healthy account's flag sells nothing", async () => {
      await world.later(60, "2000");
      const { equityForMaintenance, maintenanceMargin } = await world.assess(trader);
      await refused(bid(), "Liquidation_Healthy", trader.id, equityForMaintenance, maintenanceMargin);
    });
  });

  /** What the transaction reverted with, as the node traced it. */
  async function reasonOf(hash: string): Promise<{ revertedWith: string }> {
    const trace = (await hre.network.provider.send("debug_traceTransaction", [hash])) as { returnValue: string };
    return { revertedWith: `0x${trace.returnValue.replace(/^0x/, "")}` };
  }
});
