import { loadFixture, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";

import { usd, wad } from "./support";
import { COOLDOWN, deployVault, EXIT_WINDOW, SHARES_PER_UNIT } from "./vault";

const BANKRUPT = 0xdeadn << 96n;

describe("BackstopVault: leaving", () => {
  describe("requestRedeem", () => {
    it("fixes when the shares may leave", async () => {
      const { vault, alice, deposit } = await loadFixture(deployVault);
      const shares = await deposit(alice, "1000");
      const now = BigInt(await time.latest()) + 1n;
      await time.setNextBlockTimestamp(now);
      await expect(vault.connect(alice).requestRedeem(shares / 2n))
        .to.emit(vault, "RedeemRequested")
        .withArgs(alice.address, shares / 2n, now + COOLDOWN, now + COOLDOWN + EXIT_WINDOW);
      expect([...(await vault.redeemRequest(alice))]).to.deep.equal([
        shares / 2n,
        now + COOLDOWN,
        now + COOLDOWN + EXIT_WINDOW,
      ]);
    });

    it("replaces the request before, whose time is lost", async () => {
      const { vault, alice, deposit, matureAll } = await loadFixture(deployVault);
      const shares = await deposit(alice, "1000");
      await matureAll(alice);
      expect(await vault.maxRedeem(alice)).to.equal(shares);
      await vault.connect(alice).requestRedeem(shares / 4n);
      expect(await vault.maxRedeem(alice)).to.equal(0n);
      await time.increase(COOLDOWN);
      expect(await vault.maxRedeem(alice)).to.equal(shares / 4n);
    });

    it("refuses nothing, and more than the holder has", async () => {
      const { vault, alice, deposit } = await loadFixture(deployVault);
      const shares = await deposit(alice, "1000");
      await expect(vault.connect(alice).requestRedeem(0n)).to.be.revertedWithCustomError(
        vault,
        "BackstopVault_ZeroShares",
      );
      await expect(vault.connect(alice).requestRedeem(shares + 1n))
        .to.be.revertedWithCustomError(vault, "BackstopVault_RequestBeyondBalance")
        .withArgs(shares + 1n, shares);
    });
  });

  describe("cancelRedeem", () => {
    it("takes the request back", async () => {
      const { vault, alice, bob, deposit } = await loadFixture(deployVault);
      const shares = await deposit(alice, "1000");
      await vault.connect(alice).requestRedeem(shares);
      await expect(vault.connect(alice).cancelRedeem())
        .to.emit(vault, "RedeemCancelled")
        .withArgs(alice.address, shares);
      expect([...(await vault.redeemRequest(alice))]).to.deep.equal([0n, 0n, 0n]);
      await vault.connect(alice).transfer(bob, shares);
      await time.increase(COOLDOWN);
      expect(await vault.maxRedeem(alice)).to.equal(0n);
    });

    it("refuses where there is none, or its window has closed", async () => {
      const { vault, alice, deposit, matureAll } = await loadFixture(deployVault);
      await expect(vault.connect(alice).cancelRedeem())
        .to.be.revertedWithCustomError(vault, "BackstopVault_NoRequest")
        .withArgs(alice.address);
      await deposit(alice, "1000");
      await matureAll(alice);
      await time.increase(EXIT_WINDOW);
      await expect(vault.connect(alice).cancelRedeem())
        .to.be.revertedWithCustomError(vault, "BackstopVault_NoRequest")
        .withArgs(alice.address);
    });
  });

  describe("the exit window", () => {
    it("SOLV-3: opens after the cool-down and closes a day later, to the second", async () => {
      const { vault, alice, deposit } = await loadFixture(deployVault);
      const shares = await deposit(alice, "1000");
      await vault.connect(alice).requestRedeem(shares);
      const { opensAt, closesAt } = await vault.redeemRequest(alice);
      const limits = async (): Promise<bigint[]> => [await vault.maxRedeem(alice), await vault.maxWithdraw(alice)];

      await time.increaseTo(opensAt - 1n);
      expect(await limits(), "SOLV-3").to.deep.equal([0n, 0n]);
      await time.increaseTo(opensAt);
      expect(await limits()).to.deep.equal([shares, usd("1000")]);
      await time.increaseTo(closesAt - 1n);
      expect(await limits()).to.deep.equal([shares, usd("1000")]);
      await time.increaseTo(closesAt);
      expect(await limits(), "SOLV-3").to.deep.equal([0n, 0n]);
    });

    it("lets shares leave in the first second and the last", async () => {
      const { vault, alice, token, deposit } = await loadFixture(deployVault);
      const shares = await deposit(alice, "1000");
      await vault.connect(alice).requestRedeem(shares);
      const { opensAt, closesAt } = await vault.redeemRequest(alice);
      const before = await token.balanceOf(alice);
      await time.setNextBlockTimestamp(opensAt);
      await vault.connect(alice).redeem(shares / 2n, alice, alice);
      await time.setNextBlockTimestamp(closesAt - 1n);
      await vault.connect(alice).withdraw(usd("500"), alice, alice);
      expect((await token.balanceOf(alice)) - before).to.equal(usd("1000"));
    });

    it("refuses both ways out before it, after it, and without a request", async () => {
      const { vault, alice, deposit } = await loadFixture(deployVault);
      const shares = await deposit(alice, "1000");
      const expectClosed = async (now: bigint, opensAt: bigint, closesAt: bigint): Promise<void> => {
        for (const leave of [
          () => vault.connect(alice).redeem(shares, alice, alice),
          () => vault.connect(alice).withdraw(usd("1"), alice, alice),
        ]) {
          await time.setNextBlockTimestamp(now);
          await expect(leave())
            .to.be.revertedWithCustomError(vault, "BackstopVault_ExitClosed")
            .withArgs(alice.address, opensAt, closesAt);
        }
      };
      await expectClosed(BigInt(await time.latest()) + 1n, 0n, 0n);
      await vault.connect(alice).requestRedeem(shares);
      const { opensAt, closesAt } = await vault.redeemRequest(alice);
      await expectClosed(opensAt - 1n, opensAt, closesAt);
      await expectClosed(closesAt, opensAt, closesAt);
    });

    it("lets out the shares requested and no more", async () => {
      const { vault, alice, deposit } = await loadFixture(deployVault);
      const shares = await deposit(alice, "1000");
      const requested = shares / 4n;
      await vault.connect(alice).requestRedeem(requested);
      await time.increase(COOLDOWN);
      await expect(vault.connect(alice).redeem(requested + 1n, alice, alice))
        .to.be.revertedWithCustomError(vault, "ERC4626ExceededMaxRedeem")
        .withArgs(alice.address, requested + 1n, requested);
      await expect(vault.connect(alice).withdraw(usd("250") + 1n, alice, alice))
        .to.be.revertedWithCustomError(vault, "ERC4626ExceededMaxWithdraw")
        .withArgs(alice.address, usd("250") + 1n, usd("250"));
      await vault.connect(alice).redeem(requested - 7n, alice, alice);
      expect(await vault.maxRedeem(alice)).to.equal(7n);
      await vault.connect(alice).redeem(7n, alice, alice);
      expect(await vault.maxRedeem(alice)).to.equal(0n);
      expect(await vault.balanceOf(alice)).to.equal(shares - requested);
    });

    it("is the holder's, also for whoever it allows to redeem", async () => {
      const { vault, token, alice, bob, deposit, matureAll } = await loadFixture(deployVault);
      const shares = await deposit(alice, "1000");
      await matureAll(alice);
      await expect(vault.connect(bob).redeem(shares, bob, alice))
        .to.be.revertedWithCustomError(vault, "ERC20InsufficientAllowance")
        .withArgs(bob.address, 0n, shares);
      await vault.connect(alice).approve(bob, shares);
      const before = await token.balanceOf(bob);
      await vault.connect(bob).redeem(shares, bob, alice);
      expect((await token.balanceOf(bob)) - before).to.equal(usd("1000"));
    });
  });

  describe("shares in a request", () => {
    it("cannot be transferred until the window has closed; the holder's others can", async () => {
      const { vault, alice, bob, deposit } = await loadFixture(deployVault);
      const shares = await deposit(alice, "1000");
      const requested = (shares * 3n) / 4n;
      const free = shares - requested;
      await vault.connect(alice).requestRedeem(requested);
      const { closesAt } = await vault.redeemRequest(alice);
      await expect(vault.connect(alice).transfer(bob, free + 1n))
        .to.be.revertedWithCustomError(vault, "BackstopVault_SharesInRequest")
        .withArgs(alice.address, free + 1n, free);
      await vault.connect(alice).transfer(bob, free);
      await vault.connect(alice).approve(bob, 1n);
      await expect(vault.connect(bob).transferFrom(alice, bob, 1n))
        .to.be.revertedWithCustomError(vault, "BackstopVault_SharesInRequest")
        .withArgs(alice.address, 1n, 0n);
      await time.setNextBlockTimestamp(closesAt - 1n);
      await expect(vault.connect(alice).transfer(bob, 1n)).to.be.revertedWithCustomError(
        vault,
        "BackstopVault_SharesInRequest",
      );
      await time.setNextBlockTimestamp(closesAt);
      await vault.connect(alice).transfer(bob, requested);
      expect(await vault.balanceOf(bob)).to.equal(shares);
    });

    it("SOLV-3: cannot be replaced by others' once the request is mature", async () => {
      const { vault, alice, bob, deposit, matureAll } = await loadFixture(deployVault);
      const shares = await deposit(alice, "1000");
      await deposit(bob, "1000");
      await matureAll(alice);
      await vault.connect(alice).redeem(shares, alice, alice);
      await vault.connect(bob).transfer(alice, shares);
      expect(await vault.maxRedeem(alice), "SOLV-3").to.equal(0n);
      await expect(vault.connect(alice).redeem(shares, alice, alice)).to.be.revertedWithCustomError(
        vault,
        "ERC4626ExceededMaxRedeem",
      );
    });

    it("SOLV-3: bear losses like all others", async () => {
      const { vault, ledger, token, alice, bob, deposit, matureAll } = await loadFixture(deployVault);
      const shares = await deposit(alice, "1000");
      await deposit(bob, "1000");
      await matureAll(alice);
      await ledger.cover(vault, BANKRUPT, wad("200"));
      expect(await vault.maxWithdraw(alice)).to.equal(usd("900"));
      const before = await token.balanceOf(alice);
      await vault.connect(alice).redeem(shares, alice, alice);
      expect((await token.balanceOf(alice)) - before, "SOLV-3").to.equal(usd("900"));
      expect(await vault.convertToAssets(await vault.balanceOf(bob)), "SOLV-3").to.equal(usd("900"));
    });

    it("stay at most the holder's balance, also when it buys more", async () => {
      const { vault, alice, deposit, matureAll } = await loadFixture(deployVault);
      const shares = await deposit(alice, "1000");
      await matureAll(alice);
      await deposit(alice, "500");
      expect(await vault.maxRedeem(alice)).to.equal(shares);
      expect(await vault.balanceOf(alice)).to.equal(shares + usd("500") * SHARES_PER_UNIT);
    });
  });

  describe("inside a frame of the ledger", () => {
    it("nothing is bought or redeemed, and the limits are zero", async () => {
      const { vault, ledger, alice, deposit, matureAll } = await loadFixture(deployVault);
      const shares = await deposit(alice, "1000");
      await matureAll(alice);
      await ledger.setFrameOpen(true);
      for (const call of [
        () => vault.connect(alice).deposit(1n, alice),
        () => vault.connect(alice).mint(1n, alice),
        () => vault.connect(alice).withdraw(1n, alice, alice),
        () => vault.connect(alice).redeem(shares, alice, alice),
      ]) {
        await expect(call()).to.be.revertedWithCustomError(vault, "BackstopVault_FrameOpen");
      }
      for (const limit of [vault.maxDeposit, vault.maxMint, vault.maxWithdraw, vault.maxRedeem]) {
        expect(await limit(alice)).to.equal(0n);
      }
      await ledger.setFrameOpen(false);
      expect(await vault.maxRedeem(alice)).to.equal(shares);
    });

    it("a call made from within one is refused as well", async () => {
      const { vault, ledger, alice } = await loadFixture(deployVault);
      const data = vault.interface.encodeFunctionData("deposit", [1n, alice.address]);
      await expect(ledger.callInFrame(vault, data)).to.be.revertedWithCustomError(vault, "BackstopVault_FrameOpen");
    });
  });

  it("a token that calls back while shares are bought finds the door shut", async () => {
    const { vault, token, alice, deposit, matureAll } = await loadFixture(deployVault);
    await deposit(alice, "1000");
    await matureAll(alice);
    // The first transfer, from the buyer to the vault, happens before the ledger's frame opens. Redeeming nothing is
    // open to anyone and moves no token, so that only the guard can refuse it.
    await token.setHook(vault, vault.interface.encodeFunctionData("redeem", [0n, alice.address, alice.address]));
    for (const buy of [
      () => vault.connect(alice).deposit(usd("1"), alice),
      () => vault.connect(alice).mint(SHARES_PER_UNIT, alice),
    ]) {
      await expect(buy()).to.be.revertedWithCustomError(vault, "ReentrancyGuardReentrantCall");
    }
  });

  it("a token that calls back while shares are redeemed finds the ledger's frame open", async () => {
    const { vault, token, alice, deposit, matureAll } = await loadFixture(deployVault);
    await deposit(alice, "1000");
    await matureAll(alice);
    await token.setHook(vault, vault.interface.encodeFunctionData("deposit", [0n, alice.address]));
    await expect(vault.connect(alice).withdraw(usd("1"), alice, alice)).to.be.revertedWithCustomError(
      vault,
      "BackstopVault_FrameOpen",
    );
  });
});
