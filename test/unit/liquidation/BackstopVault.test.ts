import { loadFixture, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import fc from "fast-check";
import { ethers } from "hardhat";

import type { BackstopLimitsStruct } from "../../../typechain-types/contracts/liquidation/BackstopVault";
import { DAY, HOUR, MINUTE, usd, wad } from "./support";
import { COOLDOWN, deployUnopened, deployVault, EXIT_WINDOW } from "./vault";

const CROSS = 2n;
const BANKRUPT = 0xdeadn << 96n;

type Limits = [eventCapBps: bigint, hourCapBps: bigint, cooldown: bigint, exitWindow: bigint];

const DEFAULTS: Limits = [1_000n, 2_000n, COOLDOWN, EXIT_WINDOW];

function named([eventCapBps, hourCapBps, cooldown, exitWindow]: Limits): BackstopLimitsStruct {
  return { eventCapBps, hourCapBps, cooldown, exitWindow };
}

describe("BackstopVault", () => {
  describe("its account", () => {
    it("is the vault's first, in cross mode, opened once by anyone", async () => {
      const { vault, ledger, account, bob } = await loadFixture(deployUnopened);
      expect(account).to.equal(BigInt(await vault.getAddress()) << 96n);
      await vault.connect(bob).open();
      expect(((await ledger.accountOf(account)) >> 208n) & 0xffn).to.equal(CROSS);
      await expect(vault.open())
        .to.be.revertedWithCustomError(ledger, "Clearinghouse_AccountAlreadyOpen")
        .withArgs(account);
    });

    it("is what the vault's assets are kept in, for the ledger and the token named at the start", async () => {
      const { vault, ledger, token, alice, account, deposit } = await loadFixture(deployVault);
      expect(await vault.clearinghouse()).to.equal(await ledger.getAddress());
      expect(await vault.asset()).to.equal(await token.getAddress());
      await deposit(alice, "1234.567891");
      expect(await ledger.accountOf(account)).to.equal((CROSS << 208n) | wad("1234.567891"));
      expect(await token.balanceOf(ledger)).to.equal(usd("1234.567891"));
      expect(await token.balanceOf(vault)).to.equal(0n);
      expect(await token.allowance(vault, ledger)).to.equal(0n);
    });

    it("cannot be kept in a token of other than 6 decimals", async () => {
      const { vault, admin } = await loadFixture(deployUnopened);
      for (const places of [0n, 5n, 7n, 18n]) {
        const token = await ethers.deployContract("MockDollar", [places]);
        const ledger = await ethers.deployContract("MockLedger", [token]);
        await expect(ethers.deployContract("BackstopVault", [ledger, admin.address]))
          .to.be.revertedWithCustomError(vault, "BackstopVault_UnsupportedDecimals")
          .withArgs(places);
      }
    });
  });

  describe("onCover", () => {
    it("is for the ledger alone", async () => {
      const { vault, alice } = await loadFixture(deployVault);
      await expect(vault.connect(alice).onCover(BANKRUPT, 1n))
        .to.be.revertedWithCustomError(vault, "BackstopVault_NotClearinghouse")
        .withArgs(alice.address);
    });

    it("pays what is asked within the caps, and every holder bears it", async () => {
      const { vault, ledger, alice, bob, deposit } = await loadFixture(deployVault);
      await deposit(alice, "3000");
      await deposit(bob, "1000");
      await expect(ledger.cover(vault, BANKRUPT, wad("400")))
        .to.emit(vault, "Covered")
        .withArgs(BANKRUPT, wad("400"), wad("400"));
      expect(await vault.totalAssets()).to.equal(usd("3600"));
      expect(await vault.convertToAssets(await vault.balanceOf(alice))).to.equal(usd("2700"));
      expect(await vault.convertToAssets(await vault.balanceOf(bob))).to.equal(usd("900"));
    });

    it("pays at most a tenth of the assets an event", async () => {
      const { vault, ledger, alice, deposit } = await loadFixture(deployVault);
      await deposit(alice, "1000");
      expect(await vault.coverLimit()).to.equal(wad("100"));
      await expect(ledger.cover(vault, BANKRUPT, wad("100") + 1n))
        .to.emit(vault, "Covered")
        .withArgs(BANKRUPT, wad("100") + 1n, wad("100"));
    });

    it("pays at most a fifth an hour, of the assets without what the hour cost", async () => {
      const { vault, ledger, alice, deposit } = await loadFixture(deployVault);
      await deposit(alice, "1000");
      await ledger.cover(vault, BANKRUPT, wad("500"));
      expect(await vault.coverLimit(), "a tenth of 900").to.equal(wad("90"));
      await ledger.cover(vault, BANKRUPT, wad("500"));
      expect(await vault.coverLimit(), "what 100 and 90 leave of 200").to.equal(wad("10"));
      await ledger.cover(vault, BANKRUPT, wad("500"));
      expect(await vault.coverLimit()).to.equal(0n);
      await expect(ledger.cover(vault, BANKRUPT, wad("500")))
        .to.emit(vault, "Covered")
        .withArgs(BANKRUPT, wad("500"), 0n);
      expect(await vault.totalAssets()).to.equal(usd("800"));
    });

    it("frees a payment's part of the hour's cap when it is an hour old, to the second", async () => {
      const { vault, ledger, alice, deposit } = await loadFixture(deployVault);
      await deposit(alice, "1000");
      await ledger.cover(vault, BANKRUPT, wad("100"));
      const first = BigInt(await time.latest());
      await time.setNextBlockTimestamp(first + 30n * MINUTE);
      await ledger.cover(vault, BANKRUPT, wad("100"));
      await ledger.cover(vault, BANKRUPT, wad("100"));
      expect(await vault.coverLimit()).to.equal(0n);
      await time.increaseTo(first + HOUR - 1n);
      expect(await vault.coverLimit()).to.equal(0n);
      await time.increaseTo(first + HOUR);
      expect(await vault.coverLimit(), "a fifth of 800 and 100, less 100").to.equal(wad("80"));
      await time.increaseTo(first + 2n * HOUR);
      expect(await vault.coverLimit(), "a tenth of 800").to.equal(wad("80"));
    });

    it("never pays more than a fifth of the assets in any 60 minutes, whatever is asked when", async () => {
      const { vault, ledger, alice, account, deposit } = await loadFixture(deployVault);
      await deposit(alice, "1000000");
      let snapshot = (await ethers.provider.send("evm_snapshot", [])) as string;
      const events = fc.array(fc.record({ wait: fc.bigInt(1n, 45n * MINUTE), asked: fc.bigInt(0n, wad("300000")) }), {
        minLength: 1,
        maxLength: 12,
      });
      await fc.assert(
        fc.asyncProperty(events, async (list) => {
          await ethers.provider.send("evm_revert", [snapshot]);
          snapshot = (await ethers.provider.send("evm_snapshot", [])) as string;
          const history: { at: bigint; paid: bigint; before: bigint }[] = [];
          for (const { wait, asked } of list) {
            await time.increase(wait);
            const before = (await ledger.accountOf(account)) & ((1n << 128n) - 1n);
            await ledger.cover(vault, BANKRUPT, asked);
            const after = (await ledger.accountOf(account)) & ((1n << 128n) - 1n);
            const at = BigInt(await time.latest());
            const paid = before - after;
            expect(paid, "no more than asked").to.be.at.most(asked);
            expect(paid * 10n, "the event's cap").to.be.at.most(before);
            history.push({ at, paid, before });
            const hour = history.filter((event) => event.at > at - HOUR);
            const spent = hour.reduce((sum, event) => sum + event.paid, 0n);
            expect(spent * 5n, "the hour's cap").to.be.at.most(hour[0]!.before);
          }
        }),
        { numRuns: 40 },
      );
    });

    it("pays nothing without assets, and nothing while the account owes", async () => {
      const { vault, ledger, account } = await loadFixture(deployVault);
      await expect(ledger.cover(vault, BANKRUPT, wad("1")))
        .to.emit(vault, "Covered")
        .withArgs(BANKRUPT, wad("1"), 0n);
      await ledger.addCash(account, -wad("5"));
      expect(await vault.coverLimit()).to.equal(0n);
      await expect(ledger.cover(vault, BANKRUPT, wad("1")))
        .to.emit(vault, "Covered")
        .withArgs(BANKRUPT, wad("1"), 0n);
    });

    it("goes by the cash to the wei, of which fees are a part", async () => {
      const { vault, ledger, account } = await loadFixture(deployVault);
      await ledger.addCash(account, 19n);
      expect(await vault.totalAssets()).to.equal(0n);
      expect(await vault.coverLimit()).to.equal(1n);
    });

    it("needs no price and no open window: it is asked inside a frame", async () => {
      const { vault, ledger, alice, deposit } = await loadFixture(deployVault);
      await deposit(alice, "1000");
      await ledger.setFrameOpen(true);
      expect(await vault.coverLimit()).to.equal(wad("100"));
    });
  });

  describe("setLimits", () => {
    it("starts from the defaults of the design", async () => {
      const { vault } = await loadFixture(deployVault);
      expect([...(await vault.limits())]).to.deep.equal(DEFAULTS);
    });

    it("is governance's", async () => {
      const { vault, alice } = await loadFixture(deployVault);
      await expect(vault.connect(alice).setLimits(named([500n, 1_000n, 2n * DAY, DAY])))
        .to.be.revertedWithCustomError(vault, "AccessManagedUnauthorized")
        .withArgs(alice.address);
    });

    it("says what was and what is, and binds from then on", async () => {
      const { vault, ledger, admin, alice, deposit } = await loadFixture(deployVault);
      await deposit(alice, "1000");
      const limits: Limits = [500n, 700n, 2n * DAY, 12n * HOUR];
      await expect(vault.connect(admin).setLimits(named(limits)))
        .to.emit(vault, "LimitsChanged")
        .withArgs(DEFAULTS, limits);
      expect([...(await vault.limits())]).to.deep.equal(limits);
      await ledger.cover(vault, BANKRUPT, wad("1000"));
      expect(await vault.totalAssets()).to.equal(usd("950"));
      expect(await vault.coverLimit(), "what 50 leave of 70").to.equal(wad("20"));
      await vault.connect(alice).requestRedeem(1n);
      const now = BigInt(await time.latest());
      const request = await vault.redeemRequest(alice);
      expect(request.opensAt).to.equal(now + 2n * DAY);
      expect(request.closesAt).to.equal(now + 2n * DAY + 12n * HOUR);
    });

    it("leaves the times of standing requests as they are", async () => {
      const { vault, admin, alice, deposit } = await loadFixture(deployVault);
      await deposit(alice, "1000");
      await vault.connect(alice).requestRedeem(5n);
      const before = await vault.redeemRequest(alice);
      await vault.connect(admin).setLimits(named([1_000n, 2_000n, 4n * DAY, 6n * HOUR]));
      expect(await vault.redeemRequest(alice)).to.deep.equal(before);
    });

    it("accepts every bound, and refuses the values beyond", async () => {
      const { vault, admin } = await loadFixture(deployVault);
      const asAdmin = vault.connect(admin);
      await asAdmin.setLimits(named([100n, 100n, DAY, 6n * HOUR]));
      await asAdmin.setLimits(named([2_500n, 5_000n, 4n * DAY, 2n * DAY]));
      const refused: [Limits, string, bigint, bigint, bigint][] = [
        [[99n, 2_000n, DAY, DAY], "eventCapBps", 99n, 100n, 2_500n],
        [[2_501n, 5_000n, DAY, DAY], "eventCapBps", 2_501n, 100n, 2_500n],
        [[1_000n, 999n, DAY, DAY], "hourCapBps", 999n, 1_000n, 5_000n],
        [[1_000n, 5_001n, DAY, DAY], "hourCapBps", 5_001n, 1_000n, 5_000n],
        [[1_000n, 2_000n, DAY - 1n, DAY], "cooldown", DAY - 1n, DAY, 4n * DAY],
        [[1_000n, 2_000n, 4n * DAY + 1n, DAY], "cooldown", 4n * DAY + 1n, DAY, 4n * DAY],
        [[1_000n, 2_000n, DAY, 6n * HOUR - 1n], "exitWindow", 6n * HOUR - 1n, 6n * HOUR, 2n * DAY],
        [[1_000n, 2_000n, DAY, 2n * DAY + 1n], "exitWindow", 2n * DAY + 1n, 6n * HOUR, 2n * DAY],
      ];
      for (const [limits, name, value, lower, upper] of refused) {
        await expect(asAdmin.setLimits(named(limits)))
          .to.be.revertedWithCustomError(vault, "BackstopVault_LimitOutOfBounds")
          .withArgs(ethers.encodeBytes32String(name), value, lower, upper);
      }
    });
  });
});
