import { loadFixture, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import hre from "hardhat";

import {
  type AccountId,
  Mode,
  type Order,
  type SignedOrder,
  fixedPoint,
  formatWad,
  makeAccountId,
  option,
  parseLots,
  parseUsdc,
  parseWad,
  toAccountId,
  vaultOffer,
} from "../../sdk";
import type { RogueModule } from "../../typechain-types";
import { keepsConservation } from "../support/conservation";
import { OptionDesk } from "../support/optionDesk";
import { replaceModules } from "../support/governed";
import { refused } from "../support/refusal";
import { type Actor, WAD, World, match } from "../support/world";

const TEN = parseLots("10");
const REWARD = parseWad("10");
const DEPOSIT = parseWad("10");
const HOUR = 3_600;

describe("Clearinghouse: takeovers by the backstop vault", () => {
  let world: World;
  let maker: Actor;
  let trader: Actor;
  let keeper: Actor;
  let vault: Actor;
  /** The vault's first account for a takeover. */
  let taken: Actor;

  /** A trader long ten at 2,000 with 2,100 USD, and a vault of 100,000 USD. */
  async function play(): Promise<void> {
    world = await World.create();
    maker = await world.open(world.signer(0), 10_000_000);
    trader = await world.open(world.signer(1), 2_100);
    keeper = await world.open(world.signer(2), 1_000_000);
    const signer = world.signer(9);
    vault = { signer, id: toAccountId(await world.clearinghouse.vaultAccount()) };
    taken = { signer, id: makeAccountId(await world.system.vault.getAddress(), 1n) };
    await world.trade(maker, trader, "10", "2000");
    await world.save(world.signer(3), 100_000);
  }
  beforeEach(async () => loadFixture(play));
  keepsConservation(() => world);

  const as = ({ signer }: Actor): World["clearinghouse"] => world.clearinghouse.connect(signer);

  /** Flags an account at a price of ETH and keeps the auction's clock running until its discount is whole. */
  async function unattended(price = "1850", account = trader): Promise<void> {
    await world.unattended(keeper, price, account);
    expect(await world.system.auction.discount(account.id)).to.equal(WAD);
  }

  const takeOver = async (account: AccountId = trader.id): ReturnType<World["execute"]> =>
    as(keeper).takeOver(account, keeper.id);

  describe("of an account nobody bid for", () => {
    it("moves everything into a fresh cross account that stands at initial margin", async () => {
      await unattended();
      await world.clearinghouse.touch([trader.id]);
      const before = await world.assess(trader);
      const cash = [await world.cash(vault), await world.cash(keeper)];
      const sent = await takeOver();
      expect(await world.lots(taken)).to.equal(TEN);
      const after = await world.assess(taken);
      expect(after.equityForInitial).to.equal(after.initialMargin);
      const margin = after.equity + REWARD + DEPOSIT - before.equity;
      await expect(sent)
        .to.emit(world.clearinghouse, "TakenOver")
        .withArgs(trader.id, taken.id, before.equity, before.maintenanceMargin, margin, REWARD);
      await expect(sent).to.emit(world.system.vault, "TakeoverBegun").withArgs(trader.id, 1n, margin);
      expect(await world.cash(vault)).to.equal(cash[0]! - margin);
      expect(await world.cash(keeper)).to.equal(cash[1]! + REWARD);
      const { account, positions } = await world.holding(trader);
      expect(positions).to.deep.equal([]);
      expect(account).to.include({ cash: 0n, flagged: false, keeperDeposit: 0n });
      const { account: state } = await world.holding(taken);
      expect(state).to.include({ mode: Mode.Cross, flagged: false, keeperDeposit: 10_000_000n });
    });

    it("costs the vault's holders nothing at the moment it happens, but the reward and what selling may cost", async () => {
      await unattended();
      const { equity } = await world.assess(trader);
      const before = await world.system.vault.totalAssets();
      await takeOver();
      const gained = (await world.system.vault.totalAssets()) - before;
      // The keeper deposit of the new account is locked and comes back with its last position.
      const selling = parseWad("185");
      expect(gained * 10n ** 12n).to.be.closeTo(equity - REWARD - DEPOSIT - selling, 2n * 10n ** 12n);
    });

    it("happens again for another account, into another", async () => {
      const other = await world.open(world.signer(5), 2_100);
      await world.trade(maker, other, "10", "2000");
      await unattended("1850");
      await takeOver();
      await as(keeper).flag(other.id, keeper.id);
      for (let i = 0; i < 6; i++) {
        await world.later(600, "1850");
        await as(keeper).poke(other.id);
      }
      await takeOver(other.id);
      const [indices] = await world.system.vault.takeovers();
      expect(indices).to.deep.equal([1n, 2n]);
      await refused(world.system.vault.endTakeover(3n), "BackstopVault_NoTakeover", 3n);
    });

    it("leaves the account what it is worth beyond its maintenance margin where collateral is cut for margin", async () => {
      // Without haircuts no account below maintenance margin is worth more than it: an auction that asks for more.
      await unattended();
      const rogue = await rogueAuction();
      await rogue.setQuote({ fraction: WAD, payment: parseWad("100"), cover: 0n });
      await takeOver();
      expect(await world.cash(trader)).to.equal(parseWad("100"));
    });
  });

  describe("is refused", () => {
    it("while bidders may still come", async () => {
      await world.later(60, "1850");
      await as(keeper).flag(trader.id, keeper.id);
      await world.later(600, "1850");
      await expect(takeOver()).to.be.revertedWithCustomError(
        world.system.auction,
        "LiquidationAuction_DiscountNotWhole",
      );
    });

    it("RISK-2 to an account that is not flagged, or healthy again", async () => {
      await refused(takeOver(), "Liquidation_NotFlagged", trader.id);
      await unattended();
      await world.setPrice("ETH", "2000");
      const { equityForMaintenance, maintenanceMargin } = await world.assess(trader);
      const sent = takeOver();
      await refused(sent, "Liquidation_Healthy", trader.id, equityForMaintenance, maintenanceMargin);
    });

    it("below zero, where bidders are paid instead", async () => {
      await unattended();
      await world.setPrice("ETH", "1750");
      const { equity } = await world.assess(trader);
      await refused(takeOver(), "Liquidation_Bankrupt", trader.id, equity);
    });

    it("beyond what the vault may lose in an event", async () => {
      await unattended();
      await drainVault("6000");
      const limit = await world.system.vault.coverLimit();
      const sent = takeOver();
      await expect(sent).to.be.revertedWithCustomError(world.system.vault, "BackstopVault_TakeoverBeyondCap");
      const { equity } = await world.assess(trader);
      expect(limit).to.be.below(equity * 10n);
    });

    it("with an option, which the vault has no price for", async () => {
      const desk = await OptionDesk.open(world, [30]);
      await world.tradeIn(desk.call(5000), maker, trader, "0.01", "0.5");
      await unattended();
      await refused(takeOver(), "BackstopVault_HoldsOptions", trader.id);
    });

    it("of the vault's own, so that what it put in is what it loses", async () => {
      await unattended();
      await takeOver();
      await unattended("1700", taken);
      expect((await world.assess(taken)).equity).to.be.above(0n);
      await refused(takeOver(taken.id), "Liquidation_VaultsOwn", taken.id);
      await as(keeper).bid(taken.id, keeper.id, WAD, 0n);
      expect(await world.lots(taken)).to.equal(0n);
      await world.system.vault.endTakeover(1n);
    });

    it("to a vault that names an account in use, or has less than it consents to", async () => {
      await unattended();
      const rogue = await hre.ethers.deployContract("RogueModule");
      await replaceModules(world.clearinghouse, { vault: await rogue.getAddress() });
      const theirs = makeAccountId(await rogue.getAddress(), 0n);
      const { equity, initialMargin } = await world.assess(trader);
      const margin = initialMargin - (equity - REWARD) + DEPOSIT;
      await refused(takeOver(), "Liquidation_VaultTooPoor", margin, 0n);
      await world.mint(keeper.signer, 50_000);
      await openAs(rogue);
      await as(keeper).deposit(theirs, parseUsdc("50000"));
      await refused(takeOver(), "Clearinghouse_AccountAlreadyOpen", theirs);
      await rogue.setIndex(5n);
      await takeOver();
    });

    it("to an auction that sells a part, or below what is the account's", async () => {
      await unattended();
      const rogue = await rogueAuction();
      await rogue.setQuote({ fraction: WAD / 2n, payment: 0n, cover: 0n });
      await refused(takeOver(), "Liquidation_UnfairQuote", trader.id, WAD / 2n, 0n, 0n);
      await rogue.setQuote({ fraction: WAD, payment: 0n, cover: 1n });
      await refused(takeOver(), "Liquidation_UnfairQuote", trader.id, WAD, 0n, 1n);
    });

    it("of the module functions to anybody but the ledger", async () => {
      const { auction, vault: shares } = world.system;
      const { address } = keeper.signer;
      const distress = { equity: 0n, equityForMaintenance: 0n, maintenanceMargin: 0n };
      await refused(
        auction.connect(keeper.signer).onTakeOver(trader.id, distress),
        "LiquidationAuction_NotClearinghouse",
        address,
      );
      await refused(shares.connect(keeper.signer).onTakeOver(trader.id, 0n), "BackstopVault_NotClearinghouse", address);
    });
  });

  describe("are sold by standing offer", () => {
    const offer = async (size: string, price: bigint, changes: Partial<Order> = {}): Promise<SignedOrder> => {
      const { order } = await world.order(taken, size, "1", { limitPrice: price, maxFeeBps: 50n, ...changes });
      return vaultOffer(order);
    };
    const price = async (): Promise<bigint> => {
      const [, begunAt] = await world.system.vault.takeovers();
      return world.system.vault.offerPrice(1n, begunAt[0]!, true);
    };
    const buy = async (standing: SignedOrder, size: string, at: bigint): Promise<unknown> =>
      world.settle(
        [standing, await world.order(keeper, size, formatWad(at))],
        [match(fixedPoint.abs(parseLots(size)), formatWad(at))],
      );
    const forged = async (standing: SignedOrder, size = "1", at = standing.order.limitPrice): Promise<void> =>
      refused(buy(standing, size, at), "Order_BadSignature", taken.id, standing.order.nonce);

    beforeEach(async () => {
      await unattended();
      await takeOver();
    });

    it("from 1 % dearer than mark to 1 % cheaper over two hours", async () => {
      expect(await price()).to.equal(parseWad("1868.5"));
      await world.later(HOUR, "1850");
      expect(await price()).to.be.closeTo(parseWad("1850"), parseWad("0.02"));
      await world.later(HOUR, "1850");
      expect(await price()).to.equal(parseWad("1831.5"));
      await world.later(24 * HOUR, "1840");
      expect(await price()).to.equal(parseWad("1821.6"));
      const [, begunAt] = await world.system.vault.takeovers();
      expect(await world.system.vault.offerPrice(1n, begunAt[0]!, false)).to.equal(parseWad("1858.4"));
    });

    it("to anybody, in parts, until nothing is left, and the cash comes back to the vault", async () => {
      await world.later(2 * HOUR, "1850");
      const assets = await world.system.vault.totalAssets();
      for (const size of ["4", "6"]) await buy(await offer(`-${size}`, await price()), size, await price());
      expect(await world.lots(taken)).to.equal(0n);
      const cash = await world.cash(taken);
      const before = await world.cash(vault);
      await expect(world.system.vault.endTakeover(1n))
        .to.emit(world.system.vault, "TakeoverEnded")
        .withArgs(1n, cash / 10n ** 12n);
      expect(await world.cash(vault)).to.equal(before + cash);
      expect((await world.holding(taken)).account).to.include({ mode: Mode.None, cash: 0n });
      expect((await world.system.vault.takeovers())[0]).to.deep.equal([]);
      // What it was counted at, its own fees, and the keeper deposit.
      const now = await world.system.vault.totalAssets();
      expect(now).to.be.within(assets + parseUsdc("10"), assets + parseUsdc("30"));
      await refused(world.system.vault.endTakeover(1n), "BackstopVault_NoTakeover", 1n);
    });

    it("dearer than asked as well", async () => {
      const dear = (await price()) + parseWad("10");
      await buy(await offer("-1", dear), "1", dear);
    });

    it("and at no worse price, to no larger size, in no other direction, for no other account", async () => {
      await time.increase(1);
      const at = await price();
      await forged(await offer("-1", at - parseWad("1")));
      const growing = await offer("1", parseWad("1000"));
      await refused(
        world.settle([growing, await world.order(keeper, "-1", "1000")], [match(parseLots("1"), "1000")]),
        "Order_NotReducing",
        taken.id,
        growing.order.nonce,
        TEN,
        parseLots("1"),
      );
      const large = await offer("-11", at);
      const { nonce } = large.order;
      await refused(buy(large, "11", at), "Order_NotReducing", taken.id, nonce, TEN, parseLots("-11"));
      const standing = await offer("-1", at);
      await forged({ ...standing, order: { ...standing.order, reduceOnly: false } });
      const own = await offer("-1", at, { account: vault.id });
      await refused(buy(own, "1", at), "Order_BadSignature", vault.id, own.order.nonce);
      const ended = await offer("-1", at, { account: makeAccountId(await world.system.vault.getAddress(), 2n) });
      await refused(buy(ended, "1", at), "Clearinghouse_AccountNotOpen", ended.order.account);
    });

    it("and is no signature over anything else", async () => {
      const at = await price();
      const standing = await offer("-1", at);
      await forged({ order: { ...standing.order, size: parseLots("-2") }, signature: standing.signature });
      await forged({ ...standing, signature: "0x00" });
      await forged({ ...standing, signature: `${standing.signature.slice(0, -2)}02` });
    });

    it("and at no price for an option, which is not worth what a perpetual is", async () => {
      const call = option({
        underlying: 1n,
        expiry: BigInt(await time.latest()) + 86_400n,
        strike: 10n ** 11n,
        call: true,
      });
      await forged(await offer("1", parseWad("1"), { instrument: call }));
      await forged(await offer("-1", parseWad("9000"), { instrument: call }));
    });

    it("ORAC-1 only at a fresh price", async () => {
      const at = await price();
      await time.increase(HOUR + 601);
      await forged(await offer("-1", at));
    });

    it("counts as what the vault will pay for it once it is below zero", async () => {
      await world.later(60, "1500");
      await as(keeper).flag(taken.id, keeper.id);
      await world.later(600, "1500");
      const left = await world.cash(vault);
      const { equity, maintenanceMargin } = await world.assess(taken);
      expect(equity).to.be.below(0n);
      const reward = fixedPoint.mulDivUp(maintenanceMargin, 2n, 10n);
      expect(await world.system.vault.totalAssets()).to.equal((left + equity - reward) / 10n ** 12n);
      await as(keeper).bid(taken.id, keeper.id, WAD, -(10n ** 30n));
      // Paid to the last unit.
      expect(await world.system.vault.totalAssets()).to.be.within(
        (left + equity - reward) / 10n ** 12n,
        (left + equity - reward) / 10n ** 12n + parseUsdc("10"),
      );
    });
  });

  it("SOLV-3 shares are paid from the vault's cash alone while some of it is in takeovers", async () => {
    const { vault: shares } = world.system;
    const saver = world.signer(3);
    await shares.connect(saver).requestRedeem(await shares.balanceOf(saver));
    await time.increase(3 * 86_400);
    await unattended();
    await takeOver();
    const most = await shares.maxWithdraw(saver);
    // A share is worth about twelve units: the first saver came when fees were there already.
    const cash = (await world.cash(vault)) / 10n ** 12n;
    expect(most).to.be.within(cash - 13n, cash);
    await shares.connect(saver).withdraw(most, saver, saver);
    expect(await world.cash(vault)).to.be.below(14n * 10n ** 12n);
  });

  async function rogueAuction(): Promise<RogueModule> {
    const rogue = await hre.ethers.deployContract("RogueModule");
    await replaceModules(world.clearinghouse, { auction: await rogue.getAddress() });
    return rogue;
  }

  /** Opens the first account of a contract that cannot do so itself. */
  async function openAs(contract: RogueModule): Promise<void> {
    const address = await contract.getAddress();
    await hre.network.provider.send("hardhat_impersonateAccount", [address]);
    await hre.network.provider.send("hardhat_setBalance", [address, "0xde0b6b3a7640000"]);
    await world.clearinghouse.connect(await hre.ethers.getSigner(address)).openAccount(0n, Mode.Cross);
  }

  /** Leaves the vault so many USD. */
  async function drainVault(usd: string): Promise<void> {
    const { vault: shares } = world.system;
    const saver = world.signer(3);
    const all = await shares.balanceOf(saver);
    await shares.connect(saver).requestRedeem(all);
    await world.later(3 * 86_400, "1850");
    const assets = await shares.totalAssets();
    await shares.connect(saver).withdraw(assets - parseUsdc(usd), saver, saver);
    // The auction lapsed meanwhile.
    await unattended();
  }
});
