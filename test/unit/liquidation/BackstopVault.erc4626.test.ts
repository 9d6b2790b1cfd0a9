import { loadFixture, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import fc from "fast-check";
import { ethers } from "hardhat";

import { usd, wad } from "./support";
import { COOLDOWN, deployUnopened, deployVault, SHARES_PER_UNIT } from "./vault";

const INT128_MAX = (1n << 127n) - 1n;
const UNIT = 10n ** 12n;

describe("BackstopVault: ERC-4626", () => {
  it("counts shares in 12 decimals, a million to a unit of the token at the start", async () => {
    const { vault, alice, deposit } = await loadFixture(deployVault);
    expect(await vault.decimals()).to.equal(12n);
    expect(await vault.name()).to.equal("Plimsoll Backstop");
    expect(await vault.symbol()).to.equal("plBACK");
    expect(await deposit(alice, "1")).to.equal(10n ** 12n);
    expect(await vault.convertToAssets(10n ** 12n)).to.equal(usd("1"));
  });

  it("its assets are the cash of its account, rounded down, and zero while it owes", async () => {
    const { vault, ledger, account, alice, deposit } = await loadFixture(deployVault);
    expect(await vault.totalAssets()).to.equal(0n);
    await deposit(alice, "10");
    await ledger.addCash(account, UNIT - 1n);
    expect(await vault.totalAssets()).to.equal(usd("10"));
    await ledger.addCash(account, 1n);
    expect(await vault.totalAssets()).to.equal(usd("10") + 1n);
    await ledger.addCash(account, -wad("11"));
    expect(await vault.totalAssets()).to.equal(0n);
  });

  it("fees raise what every share is worth", async () => {
    const { vault, ledger, account, alice, bob, deposit } = await loadFixture(deployVault);
    await deposit(alice, "3000");
    await deposit(bob, "1000");
    await ledger.addCash(account, wad("400"));
    // Less a unit at most: the virtual shares own a millionth part of a unit each.
    expect(await vault.convertToAssets(await vault.balanceOf(alice))).to.be.within(usd("3300") - 1n, usd("3300"));
    expect(await vault.convertToAssets(await vault.balanceOf(bob))).to.be.within(usd("1100") - 1n, usd("1100"));
  });

  describe("maxDeposit and maxMint", () => {
    it("are zero before the account is open, and deposits are refused", async () => {
      const { vault, alice } = await loadFixture(deployUnopened);
      expect(await vault.maxDeposit(alice)).to.equal(0n);
      expect(await vault.maxMint(alice)).to.equal(0n);
      await expect(vault.connect(alice).deposit(1n, alice))
        .to.be.revertedWithCustomError(vault, "ERC4626ExceededMaxDeposit")
        .withArgs(alice.address, 1n, 0n);
      await expect(vault.connect(alice).mint(1n, alice))
        .to.be.revertedWithCustomError(vault, "ERC4626ExceededMaxMint")
        .withArgs(alice.address, 1n, 0n);
    });

    it("are zero while the account owes: a depositor would pay the debt of the holders before", async () => {
      const { vault, ledger, account, alice } = await loadFixture(deployVault);
      await ledger.addCash(account, -1n);
      expect(await vault.maxDeposit(alice)).to.equal(0n);
      await ledger.addCash(account, 1n);
      expect(await vault.maxDeposit(alice)).to.be.above(0n);
    });

    it("are what the ledger's cash can hold, and as much is accepted", async () => {
      const { vault, token, alice, deposit } = await loadFixture(deployVault);
      await deposit(alice, "1000");
      const most = await vault.maxDeposit(alice);
      expect(most).to.equal((INT128_MAX - wad("1000")) / UNIT);
      expect(await vault.maxMint(alice)).to.equal(most * SHARES_PER_UNIT);
      await token.mint(alice, most);
      await vault.connect(alice).deposit(most, alice);
      expect(await vault.maxDeposit(alice)).to.equal(0n);
      await expect(vault.connect(alice).deposit(1n, alice))
        .to.be.revertedWithCustomError(vault, "ERC4626ExceededMaxDeposit")
        .withArgs(alice.address, 1n, 0n);
    });
  });

  describe("amounts of nothing", () => {
    it("pass and move nothing", async () => {
      const { vault, alice, deposit, matureAll } = await loadFixture(deployVault);
      await deposit(alice, "1000");
      await matureAll(alice);
      const shares = await vault.balanceOf(alice);
      await vault.connect(alice).deposit(0n, alice);
      await vault.connect(alice).mint(0n, alice);
      await vault.connect(alice).withdraw(0n, alice, alice);
      await vault.connect(alice).redeem(0n, alice, alice);
      expect(await vault.balanceOf(alice)).to.equal(shares);
      expect(await vault.totalAssets()).to.equal(usd("1000"));
    });

    it("a redemption too small to be worth a unit burns its shares for nothing, as it was previewed", async () => {
      const { vault, alice, deposit, matureAll } = await loadFixture(deployVault);
      const shares = await deposit(alice, "1000");
      await matureAll(alice);
      expect(await vault.previewRedeem(SHARES_PER_UNIT - 1n)).to.equal(0n);
      await vault.connect(alice).redeem(SHARES_PER_UNIT - 1n, alice, alice);
      expect(await vault.balanceOf(alice)).to.equal(shares - SHARES_PER_UNIT + 1n);
      expect(await vault.totalAssets()).to.equal(usd("1000"));
    });

    it("a deposit worth no share is refused rather than kept", async () => {
      const { vault, ledger, account, alice } = await loadFixture(deployVault);
      await ledger.addCash(account, wad("2"));
      expect(await vault.previewDeposit(1n)).to.equal(0n);
      await expect(vault.connect(alice).deposit(1n, alice)).to.be.revertedWithCustomError(
        vault,
        "BackstopVault_ZeroShares",
      );
    });
  });

  describe("share inflation", () => {
    it("first depositor: a donation costs the attacker far more than it takes from the victim", async () => {
      const { vault, ledger, token, account, alice: attacker, bob: victim } = await loadFixture(deployVault);
      await vault.connect(attacker).deposit(1n, attacker);
      const donation = usd("10000");
      await ledger.connect(attacker).deposit(account, donation);
      await vault.connect(victim).deposit(usd("1000"), victim);

      const victimHas = await vault.convertToAssets(await vault.balanceOf(victim));
      const attackerHas = await vault.convertToAssets(await vault.balanceOf(attacker));
      expect(usd("1000") - victimHas, "the victim loses less than a cent").to.be.below(usd("0.01"));
      expect(donation + 1n - attackerHas, "half is the virtual shares'").to.be.above(donation / 3n);
      expect(await token.balanceOf(ledger)).to.equal(donation + 1n + usd("1000"));
    });

    it("nobody ends with more than it brought, and whoever donates loses the most, for any amounts", async () => {
      const { vault, ledger, account, alice: attacker, bob: victim } = await loadFixture(deployVault);
      let snapshot = (await ethers.provider.send("evm_snapshot", [])) as string;
      await fc.assert(
        fc.asyncProperty(
          fc.bigInt(1n, usd("1000")),
          fc.bigInt(1n, usd("1000000")),
          fc.bigInt(usd("1"), usd("1000000")),
          async (first, donation, later) => {
            await ethers.provider.send("evm_revert", [snapshot]);
            snapshot = (await ethers.provider.send("evm_snapshot", [])) as string;
            await vault.connect(attacker).deposit(first, attacker);
            await ledger.connect(attacker).deposit(account, donation);
            await vault.connect(victim).deposit(later, victim);
            const victimLost = later - (await vault.convertToAssets(await vault.balanceOf(victim)));
            const attackerLost = first + donation - (await vault.convertToAssets(await vault.balanceOf(attacker)));
            expect(victimLost, "FUND-2").to.be.at.least(0n);
            expect(attackerLost, "FUND-2: the attacker gains nothing").to.be.at.least(0n);
            expect(victimLost, "the victim's loss is rounding").to.be.at.most(donation / SHARES_PER_UNIT + 2n);
          },
        ),
        { numRuns: 40 },
      );
    });
  });

  describe("rounding", () => {
    it("every preview is what happens, and a round trip never gains", async () => {
      const { vault, ledger, account, alice, bob, deposit } = await loadFixture(deployVault);
      await deposit(bob, "12345.678901");
      let snapshot = (await ethers.provider.send("evm_snapshot", [])) as string;
      await fc.assert(
        fc.asyncProperty(
          fc.bigInt(-wad("12000"), wad("50000")),
          fc.bigInt(1n, usd("100000")),
          fc.boolean(),
          fc.boolean(),
          async (change, amount, byShares, outByShares) => {
            await ethers.provider.send("evm_revert", [snapshot]);
            snapshot = (await ethers.provider.send("evm_snapshot", [])) as string;
            await ledger.addCash(account, change);
            const asAlice = vault.connect(alice);

            const held = await vault.totalAssets();
            const shares = byShares ? amount * SHARES_PER_UNIT + 3n : await vault.previewDeposit(amount);
            const paid = byShares ? await vault.previewMint(shares) : amount;
            await (byShares ? asAlice.mint(shares, alice) : asAlice.deposit(amount, alice));
            expect(await vault.balanceOf(alice)).to.equal(shares);
            expect(await vault.totalAssets()).to.equal(held + paid);

            await asAlice.requestRedeem(shares);
            await time.increase(COOLDOWN);
            const most = await vault.maxWithdraw(alice);
            expect(most).to.equal(await vault.previewRedeem(shares));
            expect(most, "FUND-2").to.be.at.most(paid);
            if (outByShares) {
              await asAlice.redeem(await vault.maxRedeem(alice), alice, alice);
              expect(await vault.balanceOf(alice)).to.equal(0n);
            } else {
              const burnt = await vault.previewWithdraw(most);
              await asAlice.withdraw(most, alice, alice);
              expect(await vault.balanceOf(alice)).to.equal(shares - burnt);
            }
            expect(await vault.totalAssets()).to.equal(held + paid - most);
            expect(await vault.totalAssets(), "the others lose nothing").to.be.at.least(held);
          },
        ),
        { numRuns: 40 },
      );
    });
  });

  it("gives the events and the tokens ERC-4626 asks for", async () => {
    const { vault, ledger, token, alice, bob, matureAll } = await loadFixture(deployVault);
    await expect(vault.connect(alice).deposit(usd("10"), bob))
      .to.emit(vault, "Deposit")
      .withArgs(alice.address, bob.address, usd("10"), usd("10") * SHARES_PER_UNIT);
    await matureAll(bob);
    const leaving = vault.connect(bob).withdraw(usd("4"), alice, bob);
    await expect(leaving)
      .to.emit(vault, "Withdraw")
      .withArgs(bob.address, alice.address, bob.address, usd("4"), usd("4") * SHARES_PER_UNIT);
    await expect(leaving).to.changeTokenBalances(token, [alice, ledger], [usd("4"), -usd("4")]);
  });
});
