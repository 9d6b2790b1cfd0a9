import { loadFixture, mine, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ethers } from "hardhat";

import type { AuctionHarness, LiquidationAuction } from "../../../typechain-types";
import { DAY, distress, type Distress, HOUR, MINUTE, WAD, wad } from "./support";

const ACCOUNT = (0xa11cen << 96n) | 7n;
const OTHER = (0xb0bn << 96n) | 1n;

/** Healthy enough for the slowest clock: E = M. */
const CALM = distress("1000", "1000");
/** Rate 1.5: a quarter of the margin is gone. */
const TROUBLED = distress("750", "1000");
/** Rate 3: no equity left. */
const BANKRUPT = distress("-100", "1000");

interface Fixture {
  auction: LiquidationAuction;
  harness: AuctionHarness;
  /** Flags the account, and returns when that was. */
  flag: (x: Distress) => Promise<bigint>;
  /** Touches the account `seconds` after the last block. */
  touchAfter: (seconds: bigint, x: Distress) => Promise<void>;
}

async function deploy(): Promise<Fixture> {
  const [ledger] = await ethers.getSigners();
  const auction = await ethers.deployContract("LiquidationAuction", [ledger!.address]);
  const harness = await ethers.deployContract("AuctionHarness");
  return {
    auction,
    harness,
    flag: async (x) => {
      await auction.onFlag(ACCOUNT, x);
      return BigInt(await time.latest());
    },
    touchAfter: async (seconds, x) => {
      await time.setNextBlockTimestamp(BigInt(await time.latest()) + seconds);
      await auction.onTouch(ACCOUNT, x);
    },
  };
}

/** Wad auction seconds gathered at the last touch. */
async function gathered({ auction, harness }: Fixture): Promise<bigint> {
  return (await harness.unpack(await auction.clockOf(ACCOUNT))).gathered;
}

describe("LiquidationAuction", () => {
  describe("its callers", () => {
    it("are the ledger alone", async () => {
      const { auction } = await loadFixture(deploy);
      const [ledger, stranger] = await ethers.getSigners();
      expect(await auction.clearinghouse()).to.equal(ledger!.address);
      const outside = auction.connect(stranger);
      const calls = [
        () => outside.onFlag(ACCOUNT, CALM),
        () => outside.onTouch(ACCOUNT, CALM),
        () => outside.onBid(ACCOUNT, CALM, WAD),
      ];
      for (const call of calls) {
        await expect(call())
          .to.be.revertedWithCustomError(auction, "LiquidationAuction_NotClearinghouse")
          .withArgs(stranger!.address);
      }
    });
  });

  describe("onFlag", () => {
    it("starts the clock at zero with the rate of the moment, and says so", async () => {
      const fixture = await loadFixture(deploy);
      const { auction, harness } = fixture;
      await expect(auction.onFlag(ACCOUNT, distress("750", "1000", "500")))
        .to.emit(auction, "AuctionTouched")
        .withArgs(ACCOUNT, 0n, wad("2"));
      const clock = await harness.unpack(await auction.clockOf(ACCOUNT));
      expect(clock.flagBlock).to.equal(await ethers.provider.getBlockNumber());
      expect(clock.touchedAt).to.equal(await time.latest());
      expect(clock.gathered).to.equal(0n);
      expect(clock.rate).to.equal(wad("2"));
      expect(await auction.running(ACCOUNT)).to.equal(true);
      expect(await auction.running(OTHER)).to.equal(false);
    });

    it("starts afresh whenever the ledger asks, which alone knows whether the last flag still stands", async () => {
      const fixture = await loadFixture(deploy);
      await fixture.flag(BANKRUPT);
      await fixture.touchAfter(10n * MINUTE, BANKRUPT);
      await fixture.flag(CALM);
      expect(await gathered(fixture)).to.equal(0n);
    });

    it("starts a lapsed auction afresh: clock, rate and first block", async () => {
      const fixture = await loadFixture(deploy);
      const { auction, harness, flag, touchAfter } = fixture;
      await flag(BANKRUPT);
      await touchAfter(10n * MINUTE, BANKRUPT);
      expect(await gathered(fixture)).to.equal(30n * MINUTE * WAD);
      await time.setNextBlockTimestamp(BigInt(await time.latest()) + DAY + 1n);
      await auction.onFlag(ACCOUNT, CALM);
      const clock = await harness.unpack(await auction.clockOf(ACCOUNT));
      expect(clock.flagBlock).to.equal(await ethers.provider.getBlockNumber());
      expect(clock.touchedAt).to.equal(await time.latest());
      expect(clock.gathered).to.equal(0n);
      expect(clock.rate).to.equal(WAD);
      expect(await auction.discount(ACCOUNT)).to.equal(0n);
    });
  });

  describe("onTouch", () => {
    it("adds the seconds since the touch before, by the rate recorded then", async () => {
      const fixture = await loadFixture(deploy);
      const { auction, flag, touchAfter } = fixture;
      await flag(TROUBLED);
      await touchAfter(100n, BANKRUPT);
      expect(await gathered(fixture), "at the flag's rate, not the new one").to.equal(wad("150"));
      await touchAfter(100n, CALM);
      expect(await gathered(fixture), "at the bankrupt one").to.equal(wad("450"));
      await touchAfter(100n, CALM);
      expect(await gathered(fixture), "at the calm one").to.equal(wad("550"));
      expect(await auction.running(ACCOUNT)).to.equal(true);
    });

    it("emits the clock and the rate from here on", async () => {
      const { auction, flag } = await loadFixture(deploy);
      const flaggedAt = await flag(TROUBLED);
      await time.setNextBlockTimestamp(flaggedAt + 60n);
      await expect(auction.onTouch(ACCOUNT, BANKRUPT))
        .to.emit(auction, "AuctionTouched")
        .withArgs(ACCOUNT, wad("90"), wad("3"));
    });

    it("adds at most ten minutes, however long nobody came", async () => {
      const fixture = await loadFixture(deploy);
      const { flag, touchAfter } = fixture;
      await flag(CALM);
      await touchAfter(10n * MINUTE - 1n, CALM);
      expect(await gathered(fixture)).to.equal((10n * MINUTE - 1n) * WAD);
      await touchAfter(10n * MINUTE, CALM);
      expect(await gathered(fixture)).to.equal((20n * MINUTE - 1n) * WAD);
      await touchAfter(10n * MINUTE + 1n, CALM);
      expect(await gathered(fixture)).to.equal((30n * MINUTE - 1n) * WAD);
      await touchAfter(23n * HOUR, CALM);
      expect(await gathered(fixture)).to.equal((40n * MINUTE - 1n) * WAD);
    });

    it("stops at sixty minutes, where the discount is whole", async () => {
      const fixture = await loadFixture(deploy);
      const { auction, flag, touchAfter } = fixture;
      await flag(BANKRUPT);
      await touchAfter(10n * MINUTE, BANKRUPT);
      await touchAfter(10n * MINUTE - 1n, BANKRUPT);
      expect(await auction.discount(ACCOUNT)).to.be.below(WAD);
      await touchAfter(10n * MINUTE, BANKRUPT);
      expect(await gathered(fixture)).to.equal(HOUR * WAD);
      expect(await auction.discount(ACCOUNT)).to.equal(WAD);
    });

    it("adds nothing within the same second", async () => {
      const { harness } = await loadFixture(deploy);
      const started = await harness.start(5n, 1_000n, wad("3"));
      const again = await harness.unpack(await harness.touched(started, 1_000n, WAD));
      expect(again.gathered).to.equal(0n);
      expect(again.rate).to.equal(WAD);
    });

    it("does not move the block of the flag", async () => {
      const { auction, harness, flag, touchAfter } = await loadFixture(deploy);
      await flag(CALM);
      const flaggedIn = await ethers.provider.getBlockNumber();
      await touchAfter(60n, CALM);
      expect((await harness.unpack(await auction.clockOf(ACCOUNT))).flagBlock).to.equal(flaggedIn);
    });

    it("refuses an account without an auction, and one whose auction has lapsed", async () => {
      const { auction, flag } = await loadFixture(deploy);
      await expect(auction.onTouch(ACCOUNT, CALM))
        .to.be.revertedWithCustomError(auction, "LiquidationAuction_NotRunning")
        .withArgs(ACCOUNT);
      const flaggedAt = await flag(CALM);
      await time.setNextBlockTimestamp(flaggedAt + DAY + 1n);
      await expect(auction.onTouch(ACCOUNT, CALM))
        .to.be.revertedWithCustomError(auction, "LiquidationAuction_NotRunning")
        .withArgs(ACCOUNT);
    });

    it("keeps an auction alive a day after every touch", async () => {
      const { auction, flag, touchAfter } = await loadFixture(deploy);
      await flag(CALM);
      await touchAfter(DAY, CALM);
      await touchAfter(DAY, CALM);
      expect(await auction.running(ACCOUNT)).to.equal(true);
      await time.increase(DAY);
      expect(await auction.running(ACCOUNT)).to.equal(true);
      await time.increase(1n);
      expect(await auction.running(ACCOUNT)).to.equal(false);
    });
  });

  describe("onBid", () => {
    it("refuses in the block of the flag", async () => {
      const { auction } = await loadFixture(deploy);
      await ethers.provider.send("evm_setAutomine", [false]);
      await auction.onFlag(ACCOUNT, CALM, { gasLimit: 1_000_000n });
      const early = await auction.onBid(ACCOUNT, CALM, WAD, { gasLimit: 1_000_000n });
      await ethers.provider.send("evm_setAutomine", [true]);
      await mine();
      const block = await ethers.provider.getBlockNumber();
      expect((await ethers.provider.getTransactionReceipt(early.hash))?.status).to.equal(0);
      await expect(auction.onBid.staticCall(ACCOUNT, CALM, WAD, { blockTag: block }))
        .to.be.revertedWithCustomError(auction, "LiquidationAuction_TooEarly")
        .withArgs(block, block + 1);
      await auction.onBid(ACCOUNT, CALM, WAD);
    });

    it("refuses to sell nothing, or more than the whole", async () => {
      const { auction, flag } = await loadFixture(deploy);
      await flag(CALM);
      for (const fraction of [0n, WAD + 1n, ethers.MaxUint256]) {
        await expect(auction.onBid(ACCOUNT, CALM, fraction))
          .to.be.revertedWithCustomError(auction, "LiquidationAuction_BadFraction")
          .withArgs(fraction);
      }
    });

    it("refuses an account without an auction, and one whose auction has lapsed", async () => {
      const { auction, flag } = await loadFixture(deploy);
      await expect(auction.onBid(ACCOUNT, CALM, WAD))
        .to.be.revertedWithCustomError(auction, "LiquidationAuction_NotRunning")
        .withArgs(ACCOUNT);
      const flaggedAt = await flag(CALM);
      await time.setNextBlockTimestamp(flaggedAt + DAY + 1n);
      await expect(auction.onBid(ACCOUNT, CALM, WAD))
        .to.be.revertedWithCustomError(auction, "LiquidationAuction_NotRunning")
        .withArgs(ACCOUNT);
    });

    it("advances the clock like a touch, and records the rate of the account as it was found", async () => {
      const fixture = await loadFixture(deploy);
      const { auction, flag } = fixture;
      const flaggedAt = await flag(TROUBLED);
      await time.setNextBlockTimestamp(flaggedAt + 60n);
      await expect(auction.onBid(ACCOUNT, BANKRUPT, WAD))
        .to.emit(auction, "AuctionTouched")
        .withArgs(ACCOUNT, wad("90"), wad("3"));
      expect(await gathered(fixture)).to.equal(wad("90"));
    });

    it("quotes the curve at the discount of the moment", async () => {
      const { auction, harness, flag, touchAfter } = await loadFixture(deploy);
      await flag(CALM);
      await touchAfter(6n * MINUTE, CALM);
      const x = distress("800", "1000");
      // d = 0.2: f = (1100 - 800) / (1100 - 800 + 800 - 200) = 1/3, for 1/3 of 600.
      const d = wad("0.2");
      expect(await auction.discount(ACCOUNT)).to.equal(d);
      const quote = await auction.preview(ACCOUNT, x, WAD);
      expect(quote.fraction).to.equal(WAD / 3n + 1n);
      expect(quote.payment).to.equal(await harness.paymentUp(x, d, quote.fraction));
      expect(quote.cover).to.equal(0n);
    });

    it("sells no more than is asked for", async () => {
      const { auction, flag, touchAfter } = await loadFixture(deploy);
      await flag(CALM);
      await touchAfter(6n * MINUTE, CALM);
      const quote = await auction.preview(ACCOUNT, distress("800", "1000"), wad("0.1"));
      expect(quote.fraction).to.equal(wad("0.1"));
      expect(quote.payment).to.equal(wad("60"));
    });

    it("asks the vault for the debt of a bankrupt slice and takes no payment for it", async () => {
      const { auction, flag, touchAfter } = await loadFixture(deploy);
      await flag(CALM);
      await touchAfter(3n * MINUTE, CALM);
      const quote = await auction.preview(ACCOUNT, BANKRUPT, wad("0.5"));
      expect(quote.fraction).to.equal(wad("0.5"));
      expect(quote.payment).to.equal(0n);
      expect(quote.cover, "half of 100 and of 0.1 * 1000").to.equal(wad("100"));
    });
  });

  describe("preview", () => {
    it("answers what onBid does", async () => {
      const { auction, flag } = await loadFixture(deploy);
      const flaggedAt = await flag(TROUBLED);
      await time.increaseTo(flaggedAt + 7n * MINUTE);
      for (const x of [CALM, TROUBLED, BANKRUPT, distress("150", "199")]) {
        for (const fraction of [1n, wad("0.4"), WAD]) {
          const expected = await auction.onBid.staticCall(ACCOUNT, x, fraction);
          const answer = await auction.preview(ACCOUNT, x, fraction);
          expect(answer).to.deep.equal(expected);
          expect(answer.fraction).to.be.above(0n);
        }
      }
    });

    it("refuses what onBid refuses", async () => {
      const { auction, flag } = await loadFixture(deploy);
      await expect(auction.preview(ACCOUNT, CALM, WAD))
        .to.be.revertedWithCustomError(auction, "LiquidationAuction_NotRunning")
        .withArgs(ACCOUNT);
      const flaggedAt = await flag(CALM);
      const block = await ethers.provider.getBlockNumber();
      await expect(auction.preview(ACCOUNT, CALM, WAD))
        .to.be.revertedWithCustomError(auction, "LiquidationAuction_TooEarly")
        .withArgs(block, block + 1);
      await mine();
      await auction.preview(ACCOUNT, CALM, WAD);
      await expect(auction.preview(ACCOUNT, CALM, 0n))
        .to.be.revertedWithCustomError(auction, "LiquidationAuction_BadFraction")
        .withArgs(0n);
      await expect(auction.preview(ACCOUNT, CALM, WAD + 1n))
        .to.be.revertedWithCustomError(auction, "LiquidationAuction_BadFraction")
        .withArgs(WAD + 1n);
      await time.increaseTo(flaggedAt + DAY + 1n);
      await expect(auction.preview(ACCOUNT, CALM, WAD))
        .to.be.revertedWithCustomError(auction, "LiquidationAuction_NotRunning")
        .withArgs(ACCOUNT);
    });
  });

  describe("discount", () => {
    it("runs on between touches, by the same rules as a touch", async () => {
      const { auction, flag } = await loadFixture(deploy);
      const flaggedAt = await flag(TROUBLED);
      expect(await auction.discount(ACCOUNT)).to.equal(0n);
      await time.increaseTo(flaggedAt + 2n * MINUTE);
      expect(await auction.discount(ACCOUNT), "3 auction minutes").to.equal(wad("0.1"));
      await time.increaseTo(flaggedAt + 10n * MINUTE);
      expect(await auction.discount(ACCOUNT), "15 auction minutes").to.equal(wad("0.5"));
      await time.increaseTo(flaggedAt + 20n * HOUR);
      expect(await auction.discount(ACCOUNT), "no more than ten minutes a step").to.equal(wad("0.5"));
    });

    it("is zero where no auction runs", async () => {
      const { auction, flag } = await loadFixture(deploy);
      expect(await auction.discount(ACCOUNT)).to.equal(0n);
      const flaggedAt = await flag(BANKRUPT);
      await time.increaseTo(flaggedAt + DAY);
      expect(await auction.discount(ACCOUNT)).to.be.above(0n);
      await time.increase(1n);
      expect(await auction.discount(ACCOUNT)).to.equal(0n);
    });
  });
});
