import { time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import hre from "hardhat";

import { type Assessment, parseUsdc, parseWad, toAccountId } from "../../sdk";
import type { RogueModule } from "../../typechain-types";
import { keepsConservation } from "../support/conservation";
import { replaceModules } from "../support/governed";
import { refused } from "../support/refusal";
import { type Actor, type Person, WAD, World } from "../support/world";

const DAY = 86_400;
const TOKEN_UNIT = 10n ** 12n;
const ANY_GAIN = -(2n ** 200n);

describe("Clearinghouse: bankrupt accounts and the backstop vault", () => {
  let world: World;
  let maker: Actor;
  let trader: Actor;
  let keeper: Actor;
  let vault: Actor;
  let saver: Person;

  beforeEach(async () => {
    world = await World.create();
    maker = await world.open(world.signer(0), 10_000_000);
    trader = await world.open(world.signer(1), 2_100);
    keeper = await world.open(world.signer(2), 1_000_000);
    saver = world.signer(3);
    vault = { signer: world.signer(9), id: toAccountId(await world.clearinghouse.vaultAccount()) };
    await world.trade(maker, trader, "10", "2000");
  });
  keepsConservation(() => world);

  const as = ({ signer }: Actor): World["clearinghouse"] => world.clearinghouse.connect(signer);

  async function save(usd: number): Promise<bigint> {
    await world.save(saver, usd);
    return world.system.vault.balanceOf(saver);
  }

  /** Flags an account at 1,750, where the trader is 420 USD below zero, and lets the discount grow past its fifth. */
  async function bankrupt(account = trader): Promise<void> {
    await world.later(60, "1750");
    await as(keeper).flag(account.id, keeper.id);
    await world.later(300, "1750");
  }

  const bid = async (minGain = ANY_GAIN, account = trader, fraction = WAD): ReturnType<World["execute"]> =>
    as(keeper).bid(account.id, keeper.id, fraction, minGain);

  /** What the vault is asked for at d >= 0.2: the deficit and a fifth of the margin. */
  const asked = ({ equity, maintenanceMargin }: Assessment): bigint => maintenanceMargin / 5n - equity;

  describe("cover", () => {
    it("SOLV-1 pays the bidder the deficit and its reward, and books the deficit in the same transaction", async () => {
      await save(100_000);
      await bankrupt();
      const found = await world.assess(trader);
      expect(found.equity).to.equal(parseWad("-420"));
      const before = [await world.cash(vault), await world.cash(keeper)];
      const sent = bid(asked(found) - 420n * WAD);
      await expect(sent)
        .to.emit(world.clearinghouse, "BadDebt")
        .withArgs(trader.id, 420n * WAD, asked(found));
      await expect(sent)
        .to.emit(world.clearinghouse, "SliceSold")
        .withArgs(trader.id, keeper.id, WAD, found.equity, found.maintenanceMargin, 0n, asked(found));
      const after = [await world.cash(vault), await world.cash(keeper)];
      expect(after[0]).to.equal(before[0]! - asked(found));
      expect(after[1]).to.equal(before[1]! + asked(found) - parseWad("430"));
      const { account, positions } = await world.holding(trader);
      expect(positions).to.deep.equal([]);
      expect(account).to.include({ cash: 0n, flagged: false, keeperDeposit: 0n });
    });

    it("SOLV-2 stops at a tenth of the vault an event, and the bidder says whether that is enough", async () => {
      await save(2_000);
      const assets = await world.cash(vault);
      await bankrupt();
      const cap = assets / 10n;
      expect(await world.system.vault.coverLimit()).to.equal(cap);
      const gain = cap - 420n * WAD;
      await refused(bid(0n), "Liquidation_GainBelowMinimum", gain, 0n);
      const wanted = asked(await world.assess(trader));
      const sent = bid(gain);
      await expect(sent)
        .to.emit(world.clearinghouse, "BadDebt")
        .withArgs(trader.id, 420n * WAD, cap);
      await expect(sent).to.emit(world.system.vault, "Covered").withArgs(trader.id, wanted, cap);
      expect(await world.cash(vault)).to.equal(assets - cap);
    });

    it("SOLV-2 stops at a fifth of the vault an hour, over all accounts", async () => {
      const others: Actor[] = [];
      for (let i = 0; i < 2; i++) {
        const other = await world.open(world.signer(5 + i), 2_100);
        await world.trade(maker, other, "10", "2000");
        others.push(other);
      }
      await save(1_000);
      const assets = await world.cash(vault);
      await bankrupt();
      for (const other of others) await as(keeper).flag(other.id, keeper.id);
      await world.later(60, "1750");
      for (const account of [trader, ...others]) await bid(ANY_GAIN, account);
      const paid = assets - (await world.cash(vault));
      expect(paid, "a tenth, a tenth of the rest, and what the hour still had").to.be.within(
        (assets * 1_999n) / 10_000n,
        (assets * 2n) / 10n,
      );
    });

    it("pays nothing while the account is worth anything", async () => {
      await save(100_000);
      await world.later(60, "1800");
      await as(keeper).flag(trader.id, keeper.id);
      await world.later(60, "1800");
      const before = await world.cash(vault);
      expect((await world.assess(trader)).equity).to.be.above(0n);
      await expect(bid()).not.to.emit(world.clearinghouse, "BadDebt");
      expect(await world.cash(vault)).to.equal(before);
    });

    it("is nothing where the vault is empty: the debt is booked all the same", async () => {
      const { clearinghouse } = world;
      const drained = await world.cash(vault);
      expect(drained, "fees alone").to.equal(parseWad("12"));
      await bankrupt();
      await expect(bid())
        .to.emit(clearinghouse, "BadDebt")
        .withArgs(trader.id, 420n * WAD, parseWad("1.2"));
    });

    it("sells an account below zero in part, which leaves less of the deficit", async () => {
      await save(100_000);
      await bankrupt();
      const { equity, maintenanceMargin } = await world.assess(trader);
      await bid(ANY_GAIN, trader, WAD / 2n);
      const left = await world.assess(trader);
      expect(left.equity, "SOLV-1").to.be.above(equity).and.below(0n);
      expect(left.maintenanceMargin, "RISK-4").to.be.below(maintenanceMargin);
    });
  });

  describe("a rogue auction or vault", () => {
    async function rogue(part: "auction" | "vault"): Promise<RogueModule> {
      const module = await hre.ethers.deployContract("RogueModule");
      await replaceModules(world.clearinghouse, { [part]: await module.getAddress() });
      return module;
    }

    it("cannot sell an account unfairly", async () => {
      const module = await rogue("auction");
      await world.later(60, "1900");
      await as(keeper).flag(trader.id, keeper.id);
      const { equity, maintenanceMargin } = await world.assess(trader);
      expect(equity).to.be.above(0n).and.below(maintenanceMargin);
      const unfair: [fraction: bigint, payment: bigint, cover: bigint, asked: bigint][] = [
        [0n, 0n, 0n, WAD],
        [WAD + 1n, equity, 0n, 2n * WAD],
        [WAD / 2n + 1n, equity, 0n, WAD / 2n],
        [WAD, 0n, 1n, WAD],
      ];
      for (const [fraction, payment, cover, maxFraction] of unfair) {
        await module.setQuote({ fraction, payment, cover });
        const sent = bid(ANY_GAIN, trader, maxFraction);
        await refused(sent, "Liquidation_UnfairQuote", trader.id, fraction, payment, cover);
      }
      await module.setQuote({ fraction: WAD, payment: equity, cover: 0n });
      await bid(0n);
    });

    it("cannot take more from the vault than the deficit and a fifth of the margin", async () => {
      await save(100_000);
      const module = await rogue("auction");
      await bankrupt();
      const found = await world.assess(trader);
      const ceiling = (found.maintenanceMargin * 2n + 9n) / 10n - found.equity;
      await module.setQuote({ fraction: WAD, payment: 0n, cover: ceiling + 1n });
      await refused(bid(), "Liquidation_UnfairQuote", trader.id, WAD, 0n, ceiling + 1n);
      await module.setQuote({ fraction: WAD, payment: 0n, cover: ceiling });
      await bid();
    });

    it("pays no more than was asked, and no more than its account holds", async () => {
      const module = await rogue("vault");
      const account = toAccountId(await world.clearinghouse.vaultAccount());
      await world.trade(maker, keeper, "1", "2000");
      const held = await world.cash({ ...vault, id: account });
      expect(held, "fees of two sides").to.equal(parseWad("1.2"));
      await module.setPaid(2n ** 200n);
      await bankrupt();
      await expect(bid())
        .to.emit(world.clearinghouse, "BadDebt")
        .withArgs(trader.id, 420n * WAD, held);
      expect(await world.cash({ ...vault, id: account })).to.equal(0n);
    });
  });

  describe("shares", () => {
    const worth = async (shares: bigint): Promise<bigint> => world.system.vault.convertToAssets(shares);

    it("are backed by the vault's account in the ledger", async () => {
      const shares = await save(5_000);
      expect(await world.cash(vault)).to.equal(parseWad("5012"));
      expect(await world.system.vault.totalAssets()).to.equal(parseUsdc("5012"));
      expect(await worth(shares)).to.be.within(parseUsdc("4999.999"), parseUsdc("5000"));
    });

    it("rise with every fee and fall with every cover", async () => {
      const shares = await save(100_000);
      const bought = await worth(shares);
      await world.trade(maker, keeper, "100", "2000");
      const richer = await worth(shares);
      expect(richer).to.be.within(bought + parseUsdc("119.9"), bought + parseUsdc("120"));
      await bankrupt();
      const cover = asked(await world.assess(trader)) / TOKEN_UNIT;
      await bid();
      expect(await worth(shares)).to.be.within(richer - cover - 2n, richer - (cover * 999n) / 1_000n);
    });

    it("are redeemed after the cool-down, for what they are then worth", async () => {
      const shares = await save(5_000);
      const { vault: backstop, token } = world.system;
      const redeem = async (): Promise<unknown> => backstop.connect(saver).redeem(shares, saver, saver);
      await refused(redeem(), "BackstopVault_ExitClosed", saver.address, 0n, 0n);
      await backstop.connect(saver).requestRedeem(shares);
      const opens = BigInt((await time.latest()) + 3 * DAY);
      await refused(redeem(), "BackstopVault_ExitClosed", saver.address, opens, opens + BigInt(DAY));
      await time.increase(3 * DAY);
      await world.setPrice("ETH", "2000");
      await world.trade(maker, keeper, "100", "2000");
      const due = await worth(shares);
      await expect(redeem()).to.changeTokenBalances(token, [saver, world.clearinghouse], [due, -due]);
      expect(due).to.be.above(parseUsdc("5119"));
      expect(await backstop.balanceOf(saver)).to.equal(0n);
    });

    it("SOLV-3 leave no earlier than the loss they ask to flee", async () => {
      const shares = await save(10_000);
      const { vault: backstop } = world.system;
      await backstop.connect(saver).requestRedeem(shares);
      const before = await worth(shares);
      await bankrupt();
      await bid();
      expect(await worth(shares)).to.be.below(before);
      await expect(backstop.connect(saver).redeem(shares, saver, saver)).to.be.revertedWithCustomError(
        backstop,
        "BackstopVault_ExitClosed",
      );
    });
  });
});
