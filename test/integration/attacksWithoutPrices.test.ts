/** Attacks on what goes on without prices, on operators and on takeovers, each stopped by what its name says. */
import { time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import hre from "hardhat";

import { local } from "../../config/networks";
import { SEQUENCER_FEED, addressOf } from "../../scripts/lib/system";
import { NEVER, PriceStatus, Scope, type SignedOrder, makeAccountId, parseLots, parseUsdc, parseWad } from "../../sdk";
import type { MockSequencerFeed } from "../../typechain-types";
import { expectConservation } from "../support/conservation";
import { refused } from "../support/refusal";
import { type Actor, CROSS, WAD, World, match } from "../support/world";

const { ethers } = hre;

describe("attacks without prices", () => {
  let world: World;
  let maker: Actor;
  let keeper: Actor;

  const as = ({ signer }: Actor): World["clearinghouse"] => world.clearinghouse.connect(signer);

  async function begin(on?: World): Promise<void> {
    world = on ?? (await World.create());
    maker = await world.open(world.signer(0), 10_000_000);
    keeper = await world.open(world.signer(2), 1_000_000);
  }

  const save = async (number: number, usd: number): Promise<void> => world.save(world.signer(number), usd);

  async function withSequencer(): Promise<MockSequencerFeed> {
    await begin(await World.create({ ...local, sequencerFeed: { kind: "mock", owner: "deployer" } }));
    return ethers.getContractAt("MockSequencerFeed", await addressOf(hre, SEQUENCER_FEED));
  }

  const unattended = async (price: string, ...accounts: Actor[]): Promise<void> =>
    world.unattended(keeper, price, ...accounts);

  it("SOLV-2: the vault pays no debt that a position without price may yet cover", async () => {
    await begin();
    await save(3, 1_000_000);
    const thief = await world.open(world.signer(1), 40_000);
    const accomplice = await world.open(world.signer(1), 100_000, CROSS, 1n);
    await world.setPrice("BTC", "40000");
    await world.trade(maker, thief, "100", "2000");
    await world.trade(maker, thief, "-1", "40000", 2n);
    // Bitcoin falls, the ledger settles at 10,000 (not the thief), and then its feeds fall silent. Ether falls.
    await world.setPrice("BTC", "10000");
    await as(keeper).touch([maker.id]);
    await world.setRound("BTC", 0n, 0);
    await world.later(60, "1352");
    const flag = as(thief).flag(thief.id, accomplice.id);
    await refused(flag, "Clearinghouse_PriceNotFresh", 2n, PriceStatus.Unusable);
    await expectConservation(world.system);
  });

  it("ORAC-2: no order that wants a newer price is filled at the last mark, and none while the sequencer is the cause", async () => {
    const sequencer = await withSequencer();
    const victim = await world.open(world.signer(1), 20_000);
    const attacker = await world.open(world.signer(4), 20_000);
    // The attacker is long 50, the victim short 50; the last mark is 2,000.
    await world.trade(victim, attacker, "50", "2000");
    await sequencer.setUp(false);
    await time.increase(3_600);
    // The victim wants out at any price up to 2,050, but at one observed from now on: ether stands at 1,700 elsewhere.
    const now = BigInt(await time.latest());
    const exit = await world.order(victim, "50", "2050", { priceNotBefore: now, reduceOnly: true });
    await sequencer.setUp(true);
    await world.setPrice("ETH", "1700");
    expect((await world.market()).status).to.equal(PriceStatus.Unusable);
    // Five minutes of grace: the feed says 1,700, the ledger 2,000 from before the outage.
    const settle = async (order: SignedOrder): Promise<unknown> =>
      world.settle([order, await world.order(attacker, "-50", "2000")], [match(parseLots("50"), "2000")]);
    await refused(settle(exit), "Order_PriceTooOld", victim.id, exit.order.nonce, 0n, now);
    const resting = await world.order(victim, "50", "2050", { reduceOnly: true });
    await refused(settle(resting), "Clearinghouse_PriceNotFresh", 1n, PriceStatus.Unusable);
  });

  it("SOLV-3: nobody leaves the vault at a mark from before the crash while it has something taken over", async () => {
    const sequencer = await withSequencer();
    await save(3, 500_000);
    await save(4, 500_000);
    const [leaver, stayer] = [world.signer(3), world.signer(4)];
    const { vault: shares } = world.system;
    await shares.connect(leaver).requestRedeem(await shares.balanceOf(leaver));
    await time.increase(3 * 86_400);
    await world.setPrice("ETH", "2000");
    const trader = await world.open(world.signer(1), 110_000);
    await world.trade(maker, trader, "350", "2000");
    await unattended("1800", trader);
    await as(keeper).takeOver(trader.id, keeper.id);
    const mark = await shares.totalAssets();
    await sequencer.setUp(false);
    await time.increase(1_000);
    await sequencer.setUp(true);
    await world.setPrice("ETH", "1530");
    // The takeover is worth nothing at the price everybody reads in the feed.
    expect(await shares.totalAssets()).to.be.within(mark - parseUsdc("10"), mark);
    expect(await shares.maxRedeem(leaver)).to.equal(0n);
    const redeem = async (): Promise<unknown> =>
      shares.connect(leaver).redeem((await shares.balanceOf(leaver)) / 2n, leaver, leaver);
    await refused(redeem(), "BackstopVault_TakeoverUnpriced");
    await refused(shares.connect(leaver).withdraw(1n, leaver, leaver), "BackstopVault_TakeoverUnpriced");
    await time.increase(1_900);
    await world.setPrice("ETH", "1530");
    await redeem();
    const got = await world.system.token.balanceOf(leaver);
    const half = await shares.convertToAssets((await shares.balanceOf(stayer)) / 2n);
    expect(got, "as much as the same shares of who stays").to.be.within(half - 2n, half + 2n);
  });

  it("SOLV-3: nobody buys into a takeover's gain", async () => {
    const sequencer = await withSequencer();
    await save(4, 1_000_000);
    const { vault: shares } = world.system;
    const trader = await world.open(world.signer(1), 84_000);
    await world.trade(maker, trader, "400", "2000");
    await unattended("1850", trader);
    await as(keeper).takeOver(trader.id, keeper.id);
    await sequencer.setUp(false);
    await time.increase(1_000);
    await sequencer.setUp(true);
    await world.setPrice("ETH", "2100");
    expect(await shares.maxDeposit(world.signer(3))).to.equal(0n);
    expect(await shares.maxMint(world.signer(3))).to.equal(0n);
    await refused(save(3, 9_000), "BackstopVault_TakeoversOpen", 1n);
    await refused(shares.connect(world.signer(3)).mint(1n, world.signer(3)), "BackstopVault_TakeoversOpen", 1n);
  });

  it("RISK-2: who tops up leaves the auction, a crumb without price notwithstanding", async () => {
    await begin();
    const trader = await world.open(world.signer(1), 2_100);
    await world.trade(maker, trader, "10", "2000");
    await world.trade(maker, trader, "0.00000001", "40000", 2n);
    await world.setRound("BTC", 0n, 0);
    await unattended("1850", trader);
    // Four times the maintenance margin: out of danger, and anywhere else out of the auction.
    await world.mint(trader.signer, 4_700);
    await as(trader).deposit(trader.id, parseUsdc("4700"));
    expect((await world.holding(trader)).account.flagged).to.equal(false);
    await world.later(20 * 3_600, "1420");
    const bid = as(keeper).bid(trader.id, keeper.id, WAD, 0n);
    await refused(bid, "Liquidation_NotFlagged", trader.id);
    // A recovery by price is seen by a poke.
    await as(keeper).flag(trader.id, keeper.id);
    await world.later(60, "1900");
    await as(keeper).poke(trader.id);
    expect((await world.holding(trader)).account.flagged).to.equal(false);
  });

  it("AUTH-1: an operator who may only reduce does so near mark, and carries nothing off", async () => {
    await begin();
    const owner = await world.open(world.signer(1), 400_000);
    const operator = world.signer(4);
    const mine = await world.open(operator, 500_000);
    await world.trade(maker, owner, "100", "2000");
    await as(owner).setOperator(owner.id, operator, Scope.Reduce, NEVER);
    const reduce = async (price: string, signed: boolean): Promise<unknown> => {
      const forOwner = { signer: operator, id: owner.id };
      const { order, signature } = await world.order(forOwner, "-10", "1", { reduceOnly: true });
      const orders = [await world.order(mine, "10", price), { order, signature: signed ? signature : "0x" }];
      return world.clearinghouse.connect(operator).settle(orders, [match(parseLots("10"), price)]);
    };
    for (const signed of [false, true]) {
      for (const price of ["1", "1979.99"]) {
        await expect(reduce(price, signed)).to.be.revertedWithCustomError(world.clearinghouse, "Order_BeyondBand");
      }
      await reduce("1980", signed);
      await reduce("2500", signed);
    }
  });

  describe("a lock does not outlive the cash it was put on", () => {
    let trader: Actor;

    /** The trader gained 9,000 at the last good mark, locked, and has lost them and more in bitcoin since. */
    beforeEach(async () => {
      await begin();
      trader = await world.open(world.signer(1), 4_000);
      await world.trade(maker, trader, "10", "2000");
      await world.later(60, "2900");
      await as(keeper).touch([maker.id]);
      await world.setRound("ETH", 0n, 0);
      await world.trade(maker, trader, "-10", "2900");
      expect((await world.clearinghouse.lockedOf(trader.id))[0]).to.equal(parseWad("9000"));
      await world.trade(maker, trader, "0.8", "40000", 2n);
      await world.setPrice("BTC", "25400");
      await as(keeper).flag(trader.id, keeper.id);
    });

    it("and takes none of the bidder's own money as hostage (RISK-3)", async () => {
      const bidder = await world.open(world.signer(6), 8_000);
      await time.increase(60);
      await world.setPrice("BTC", "24200");
      await as(bidder).bid(trader.id, bidder.id, WAD, 0n);
      const got = (await world.cash(bidder)) + parseWad("10") - parseWad("8000");
      expect(got, "what came with the lock").to.be.within(0n, parseWad("600"));
      expect((await world.clearinghouse.lockedOf(bidder.id))[0]).to.equal(got);
      await world.trade(maker, bidder, "-0.8", "24200", 2n);
      await as(bidder).withdraw(bidder.id, parseUsdc("7900"), bidder.signer);
    });

    it("nor anything of an account that lost all of it", async () => {
      await time.increase(60);
      await world.setPrice("BTC", "24000");
      await world.trade(maker, trader, "-0.8", "24000", 2n);
      const cash = await world.cash(trader);
      expect(cash).to.be.below(parseWad("600"));
      await as(trader).touch([trader.id]);
      await refused(
        as(trader).withdraw(trader.id, 1n, trader.signer),
        "Clearinghouse_BeyondFreeCollateral",
        trader.id,
        1n,
        0n,
      );
      await world.mint(trader.signer, 5_000);
      await as(trader).deposit(trader.id, parseUsdc("5000"));
      await world.setPrice("ETH", "1000");
      await as(trader).withdraw(trader.id, parseUsdc("5000"), trader.signer);
    });
  });

  describe("takeovers of crumbs", () => {
    /** Eight accounts of the attacker's, of 0.01 ETH each, taken over by the vault. */
    let dust: Actor[];

    async function takeDust(): Promise<void> {
      dust = [];
      for (let i = 1n; i <= 8n; i++) {
        const account = await world.open(world.signer(1), 13, CROSS, i);
        await as(account).withdraw(account.id, 900_000n, account.signer);
        dust.push(account);
      }
      for (const account of dust) await world.trade(maker, account, "0.01", "2000");
    }

    beforeEach(async () => {
      await begin();
      await save(3, 100_000);
      await takeDust();
    });

    it("take no place of a takeover that is worth one", async () => {
      const trader = await world.open(world.signer(5), 2_100);
      await world.trade(maker, trader, "10", "2000");
      await unattended("1850", trader, ...dust);
      for (const { id } of dust) {
        const { maintenanceMargin } = await world.assess({ id, signer: keeper.signer });
        const sent = as(keeper).takeOver(id, keeper.id);
        await refused(sent, "Liquidation_TooSmall", id, maintenanceMargin, parseWad("200"));
      }
      await as(keeper).takeOver(trader.id, keeper.id);
    });

    it("pay nobody for flagging the vault's own", async () => {
      const trader = await world.open(world.signer(5), 2_100);
      await world.trade(maker, trader, "10", "2000");
      await unattended("1850", trader);
      await as(keeper).takeOver(trader.id, keeper.id);
      await world.later(600, "1700");
      const before = await world.cash(keeper);
      const taken = makeAccountId(await world.system.vault.getAddress(), 1n);
      await expect(as(keeper).flag(taken, keeper.id))
        .to.emit(world.clearinghouse, "Flagged")
        .withArgs(taken, keeper.id, 0n);
      expect(await world.cash(keeper)).to.equal(before);
    });
  });

  it("a lock of cents, in a market without price, keeps the vault from no takeover", async () => {
    await begin();
    await save(3, 100_000);
    const trader = await world.open(world.signer(1), 2_100);
    await world.trade(maker, trader, "0.0001", "40000", 2n);
    await world.trade(maker, trader, "10", "2000");
    await world.setPrice("BTC", "41000");
    await as(keeper).touch([maker.id]);
    await world.setRound("BTC", 0n, 0);
    await world.trade(maker, trader, "-0.0001", "41000", 2n);
    expect((await world.clearinghouse.lockedOf(trader.id))[0]).to.equal(parseWad("0.1"));
    await unattended("1850", trader);
    await as(keeper).takeOver(trader.id, keeper.id);
    const taken = makeAccountId(await world.system.vault.getAddress(), 1n);
    expect((await world.clearinghouse.lockedOf(taken))[0]).to.equal(parseWad("0.1"));
  });
});
