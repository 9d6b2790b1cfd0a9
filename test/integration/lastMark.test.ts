import { loadFixture, setStorageAt } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import hre from "hardhat";

import { PriceStatus, parseLots, parseUsdc, parseWad } from "../../sdk";
import { keepsConservation } from "../support/conservation";
import { refused } from "../support/refusal";
import { type Actor, CROSS, WAD, World } from "../support/world";

const ETH = 1n;
/** Where the ledger begins in the clearinghouse's storage. */
const LEDGER_SLOT = 0x100n;

describe("Clearinghouse: reductions at the last good mark", () => {
  let world: World;
  let maker: Actor;
  let trader: Actor;
  let other: Actor;
  let keeper: Actor;

  /** The trader is long ten from 2,000; the last mark settled at is 2,100 and the price is gone. */
  async function play(): Promise<void> {
    world = await World.create();
    maker = await world.open(world.signer(0), 1_000_000);
    trader = await world.open(world.signer(1), 3_000);
    other = await world.open(world.signer(2), 100_000);
    keeper = await world.open(world.signer(3), 1_000_000);
    await world.trade(maker, trader, "10", "2000");
    await world.later(60, "2100");
    await world.trade(maker, other, "1", "2100");
    await world.setRound("ETH", 0n, 0);
  }
  beforeEach(async () => loadFixture(play));
  keepsConservation(() => world);

  const as = ({ signer }: Actor): World["clearinghouse"] => world.clearinghouse.connect(signer);
  const locked = async ({ id }: Actor): Promise<bigint> => (await world.clearinghouse.lockedOf(id))[0];

  it("ORAC-1 pass between two who both reduce, and at no other price", async () => {
    const at = async (price: string): Promise<unknown> => world.trade(maker, trader, "-4", price);
    for (const price of ["2099.99", "2100.01"]) {
      const refusal = ["Clearinghouse_NotAtLastMark", ETH, parseWad(price), parseWad("2100")] as const;
      await refused(at(price), ...refusal);
    }
    await at("2100");
    expect(await world.lots(trader)).to.equal(parseLots("6"));
    expect((await world.clearinghouse.marketState(ETH)).lastMark, "the mark stays").to.equal(parseWad("2100"));
  });

  it("ORAC-1 pass with nobody whose risk would grow by it", async () => {
    const sent = world.trade(keeper, trader, "-1", "2100");
    await refused(sent, "Clearinghouse_PriceNotFresh", ETH, PriceStatus.Unusable);
    const turning = world.trade(maker, trader, "-10.5", "2100");
    await refused(turning, "Clearinghouse_PriceNotFresh", ETH, PriceStatus.Unusable);
  });

  it("ORAC-2 not against an order that wants a newer price", async () => {
    const orders = [
      await world.order(maker, "1", "2100"),
      await world.order(trader, "-1", "2100", { priceNotBefore: 1n }),
    ];
    const { nonce } = orders[1]!.order;
    const sent = world.settle(orders, [{ maker: 0, taker: 1, lots: parseLots("1"), price: parseWad("2100") }]);
    await refused(sent, "Order_PriceTooOld", trader.id, nonce, 0n, 1n);
  });

  it("pay what was gained, and lock it until the price is back", async () => {
    await world.trade(maker, trader, "-10", "2100");
    const { account, positions } = await world.holding(trader);
    expect(positions).to.deep.equal([]);
    expect(account.cash).to.equal(parseWad("3000") + parseWad("1000") - parseWad("10") - parseWad("10.5"));
    expect(await world.clearinghouse.lockedOf(trader.id)).to.deep.equal([parseWad("1000"), [ETH]]);
    expect(account.locked).to.equal(true);

    const all: bigint = account.cash / 10n ** 12n;
    const free = all - parseUsdc("1000");
    const withdraw = async (amount: bigint): Promise<unknown> => as(trader).withdraw(trader.id, amount, trader.signer);
    await refused(withdraw(free + 1n), "Clearinghouse_BeyondFreeCollateral", trader.id, free + 1n, free);
    await withdraw(free);
    await world.setPrice("ETH", "1000");
    await expect(withdraw(parseUsdc("1000")))
      .to.emit(world.clearinghouse, "ProceedsLocked")
      .withArgs(trader.id, 0n);
    expect((await world.holding(trader)).account).to.include({ locked: false, cash: 0n });
  });

  it("lock no loss, and nothing more for what is settled at that mark already", async () => {
    await world.trade(maker, trader, "-4", "2100");
    expect(await locked(maker), "the maker is short and lost").to.equal(0n);
    const once = await locked(trader);
    expect(once, "all ten were settled").to.equal(parseWad("1000"));
    await world.trade(maker, trader, "-6", "2100");
    expect(await locked(trader)).to.equal(once);
  });

  it("are refused where the account waits for more prices than it can remember", async () => {
    const { ethers } = hre;
    const slot = (mapping: bigint): string =>
      ethers.keccak256(ethers.AbiCoder.defaultAbiCoder().encode(["uint256", "uint256"], [trader.id, mapping]));
    const word = await world.clearinghouse.accountOf(trader.id);
    const others = [11n, 12n, 13n, 14n, 15n, 16n, 17n];
    const full = others.reduce(
      (sum, underlying, at) => sum | (underlying << (144n + 16n * BigInt(at))),
      parseWad("1") | (7n << 128n),
    );
    await setStorageAt(await world.clearinghouse.getAddress(), slot(LEDGER_SLOT), word | (1n << 217n));
    await setStorageAt(await world.clearinghouse.getAddress(), slot(LEDGER_SLOT + 5n), full);
    const [amount, underlyings] = await world.clearinghouse.lockedOf(trader.id);
    expect(amount).to.equal(parseWad("1"));
    expect(underlyings).to.deep.equal(others);
    await refused(world.trade(maker, trader, "-1", "2100"), "Clearinghouse_TooManyLocks", trader.id, 7n);
  });

  it("back no other position while they are locked, and keep the account from liquidation", async () => {
    await world.trade(maker, trader, "-10", "2100");
    const btc = async (size: string): Promise<unknown> => world.trade(keeper, trader, size, "40000", 2n);
    // 3,979.50 of cash and 1,000 of it locked: the rest carries 0.7 BTC at 9.8 % and a bit, and not 0.9.
    await expect(btc("0.9")).to.be.revertedWithCustomError(world.clearinghouse, "Clearinghouse_BelowInitialMargin");
    await btc("0.7");
    await world.setPrice("BTC", "37100");
    const { equityForMaintenance, maintenanceMargin } = await world.assess(trader);
    expect(equityForMaintenance, "by the locked proceeds alone").to.be.above(maintenanceMargin);
    expect(equityForMaintenance - parseWad("1000")).to.be.below(maintenanceMargin);
    const flag = as(keeper).flag(trader.id, keeper.id);
    await refused(flag, "Liquidation_Healthy", trader.id, equityForMaintenance, maintenanceMargin);
  });

  it("bind nobody who buys what has lost them: a keeper's accounts fill up with no locks of nothing", async () => {
    await world.trade(maker, trader, "-10", "2100");
    await world.trade(keeper, trader, "0.7", "40000", 2n);
    const bidder = await world.open(world.signer(4), 1_000_000);
    await world.setPrice("BTC", "33000");
    await as(keeper).flag(trader.id, keeper.id);
    await world.later(30, "0.0000001");
    await world.setRound("ETH", 0n, 0);
    await world.setPrice("BTC", "33000");
    await as(bidder).bid(trader.id, bidder.id, WAD, -(10n ** 30n));
    expect(await world.lots(bidder, 2n), "the position was sold").to.equal(parseLots("0.7"));
    expect((await world.holding(bidder)).account.locked).to.equal(false);
    expect(await locked(bidder)).to.equal(0n);
  });

  describe("RISK-1: locked proceeds are not laundered", () => {
    const accomplice = async (): Promise<Actor> => world.open(trader.signer, 100_000, CROSS, 1n);

    it("by a trade that loses them to an accomplice", async () => {
      await world.trade(maker, trader, "-10", "2100");
      await as(trader).withdraw(trader.id, parseUsdc("2979"), trader.signer);
      const second = await accomplice();
      const sent = world.trade(second, trader, "0.01", "60000", 2n);
      await expect(sent).to.be.revertedWithCustomError(world.clearinghouse, "Clearinghouse_BelowInitialMargin");
    });

    it("by a liquidation at the accomplice's hand: the lock goes with the cash", async () => {
      await world.trade(maker, trader, "-10", "2100");
      await world.trade(keeper, trader, "0.7", "40000", 2n);
      const second = await accomplice();
      await world.setPrice("BTC", "36000");
      await as(trader).flag(trader.id, second.id);
      await world.later(30, "0.0000001");
      await world.setRound("ETH", 0n, 0);
      await world.setPrice("BTC", "36000");
      const before = await locked(trader);
      await as(trader).bid(trader.id, second.id, WAD / 2n, -(10n ** 30n));
      const [mine, theirs] = [await locked(trader), await locked(second)];
      expect(mine + theirs).to.equal(before);
      expect(theirs).to.be.above(0n);
      expect((await world.holding(second)).account.locked).to.equal(true);
    });

    it("by closing the account, in the very frame that withdraws", async () => {
      await world.trade(maker, trader, "-10", "2100");
      const { interface: abi } = world.clearinghouse;
      const all: bigint = (await world.cash(trader)) / 10n ** 12n;
      const out = abi.encodeFunctionData("withdraw", [trader.id, all, trader.signer.address]);
      const close = abi.encodeFunctionData("closeAccount", [trader.id]);
      const sent = world.execute(trader.signer, out, close);
      await refused(sent, "Clearinghouse_ProceedsStillLocked", trader.id, parseWad("1000"));
      await as(trader).withdraw(trader.id, parseUsdc("2979.5"), trader.signer);
      await refused(
        as(trader).closeAccount(trader.id),
        "Clearinghouse_AccountNotEmpty",
        trader.id,
        parseWad("1000"),
        0n,
      );
    });
  });
});
