/** Attacks with prices in doubt: contradicted, silent for a while, or gone. Each is stopped by what its name says. */
import { time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";

import { NEVER, PriceStatus, Scope, makeAccountId, parseLots, parseWad, perp, previewFill } from "../../sdk";
import { keepsConservation } from "../support/conservation";
import { refused } from "../support/refusal";
import { type Actor, CROSS, WAD, World, match } from "../support/world";

const ETH = 1n;
const ANY_GAIN = -(10n ** 30n);

describe("attacks in doubt", () => {
  let world: World;
  let maker: Actor;
  let keeper: Actor;

  beforeEach(async () => {
    world = await World.create();
    maker = await world.open(world.signer(0), 10_000_000);
    keeper = await world.open(world.signer(2), 1_000_000);
  });
  keepsConservation(() => world);

  const as = ({ signer }: Actor): World["clearinghouse"] => world.clearinghouse.connect(signer);

  const save = async (number: number, usd: number): Promise<void> => world.save(world.signer(number), usd);

  const unattended = async (price: string, ...accounts: Actor[]): Promise<void> =>
    world.unattended(keeper, price, ...accounts);

  describe("SOLV-1: an accomplice below zero pays nobody at a price that is not fresh", () => {
    let winner: Actor;
    let loser: Actor;

    beforeEach(async () => {
      winner = await world.open(world.signer(1), 25_000);
      loser = await world.open(world.signer(1), 25_000, CROSS, 1n);
      await world.trade(loser, winner, "100", "2000");
    });

    /** The two close against each other, and the winner carries all of it off in the same frame. */
    async function carryOff(price: string): Promise<unknown> {
      const { interface: abi } = world.clearinghouse;
      const orders = [await world.order(loser, "100", price), await world.order(winner, "-100", price)];
      const all = (await world.cash(winner)) + (parseWad(price) - parseWad("2000")) * 100n - parseWad("400");
      return world.execute(
        winner.signer,
        abi.encodeFunctionData("settle", [orders, [match(parseLots("100"), price)]]),
        abi.encodeFunctionData("withdraw", [winner.id, all / 10n ** 12n, winner.signer.address]),
      );
    }

    it("that the other source contradicts: a single-block spike", async () => {
      await world.setPrice("ETH", "4000", "primary");
      const market = await world.market();
      expect(market.status).to.equal(PriceStatus.Aged);
      const { account, positions } = await world.holding(loser);
      const fill = { instrument: perp(ETH), lots: parseLots("100"), price: parseWad("3999"), feeBps: 1n };
      expect(previewFill({ markets: [market] }, { ...account, positions }, fill).allowed, "MATH-1").to.equal(false);
      await expect(carryOff("3999")).to.be.revertedWithCustomError(
        world.clearinghouse,
        "Clearinghouse_BelowInitialMargin",
      );
      await world.setPrice("ETH", "2000");
      await world.trade(loser, winner, "-100", "2000");
    });
  });

  describe("AUTH-1: an operator who may only reduce takes the owner's gain at no mark in doubt", () => {
    let owner: Actor;
    let mine: Actor;

    beforeEach(async () => {
      owner = await world.open(world.signer(1), 400_000);
      mine = await world.open(world.signer(4), 500_000);
      await world.trade(mine, owner, "100", "2000");
      await as(owner).setOperator(owner.id, mine.signer, Scope.Reduce, NEVER);
    });

    async function reduce(price: string, signed: boolean): Promise<unknown> {
      const forOwner = { signer: mine.signer, id: owner.id };
      const { order, signature } = await world.order(forOwner, "-100", "1", { reduceOnly: true });
      const orders = [await world.order(mine, "100", price), { order, signature: signed ? signature : "0x" }];
      return world.clearinghouse.connect(mine.signer).settle(orders, [match(parseLots("100"), price)]);
    }

    it("from before the feed fell silent", async () => {
      await world.setRound("ETH", 0n, 0);
      for (const signed of [false, true]) {
        await refused(reduce("2000", signed), "Clearinghouse_PriceNotFresh", ETH, PriceStatus.Unusable);
      }
      // The owner may.
      await world.trade(mine, owner, "-100", "2000");
    });

    it("that the other source contradicts", async () => {
      await world.setPrice("ETH", "1000", "primary");
      for (const signed of [false, true]) {
        await refused(reduce("1000", signed), "Clearinghouse_PriceNotFresh", ETH, PriceStatus.Aged);
      }
      await world.setPrice("ETH", "2000");
      await reduce("2000", true);
    });
  });

  it("RISK-1: fees carry no equity off: two fills far off mark that make up for each other", async () => {
    await save(1, 1_000);
    const trader = await world.open(world.signer(1), 2_100);
    const accomplice = await world.open(world.signer(4), 100_000);
    await world.trade(accomplice, trader, "10", "2000");
    await world.trade(accomplice, trader, "-0.00000001", "40000", 2n);
    // One lot each, sold for two million USD and bought back for as much: the two pay 2,400 USD of fees to the vault,
    // most of whose shares they hold, and leave a position of 20,000 USD with nothing behind it.
    const price = "200000000000000";
    const bitcoin = { instrument: perp(2n) };
    const orders = [
      await world.order(accomplice, "0.00000001", price),
      await world.order(trader, "-0.00000001", price),
      await world.order(accomplice, "-0.00000001", price, bitcoin),
      await world.order(trader, "0.00000001", price, bitcoin),
    ];
    const fills = [match(1n, price), { ...match(1n, price), maker: 2, taker: 3 }];
    await expect(world.settle(orders, fills)).to.be.revertedWithCustomError(
      world.clearinghouse,
      "Clearinghouse_BelowInitialMargin",
    );
  });

  it("RISK-3: below zero too a crumb without price shields nobody, and the vault pays no more than the rest", async () => {
    await save(3, 1_000_000);
    const trader = await world.open(world.signer(1), 2_100);
    await world.trade(maker, trader, "10", "2000");
    await world.trade(maker, trader, "0.00000001", "40000", 2n);
    await world.setRound("BTC", 0n, 0);
    await world.later(60, "1700");
    const { equity } = await world.assess(trader);
    expect(equity).to.be.below(0n);
    await as(keeper).flag(trader.id, keeper.id);
    await world.later(60, "1700");
    const before = await world.cash(keeper);
    await as(keeper).bid(trader.id, keeper.id, WAD, ANY_GAIN);
    expect(await world.lots(trader)).to.equal(0n);
    expect(await world.lots(keeper)).to.equal(parseLots("10"));
    expect((await world.cash(keeper)) - before, "covered, but for the crumb at its best").to.be.above(parseWad("-11"));
  });

  it("ORAC-3: liquidation resumes where it stood when a price is back, whatever crumbs had a price meanwhile", async () => {
    const trader = await world.open(world.signer(1), 2_100);
    await world.trade(maker, trader, "10", "2000");
    await world.trade(maker, trader, "0.00000001", "40000", 2n);
    await world.later(60, "1850");
    await as(keeper).flag(trader.id, keeper.id);
    for (let i = 0; i < 2; i++) {
      await world.later(600, "1850");
      await as(keeper).poke(trader.id);
    }
    const discount = await world.system.auction.discount(trader.id);
    await world.setRound("ETH", 0n, 0);
    await as(trader).touch([trader.id]);
    expect((await world.holding(trader)).account.flagged).to.equal(true);
    await world.later(60, "1850");
    await as(keeper).poke(trader.id);
    expect(await world.system.auction.discount(trader.id)).to.be.above(discount);
  });

  it("SOLV-3: nobody leaves the vault before it pays for what it took over itself", async () => {
    await save(3, 500_000);
    await save(4, 500_000);
    const [leaver, stayer] = [world.signer(3), world.signer(4)];
    const { vault: shares, token } = world.system;
    await shares.connect(leaver).requestRedeem(await shares.balanceOf(leaver));
    await time.increase(3 * 86_400);
    await world.setPrice("ETH", "2000");
    const trader = await world.open(world.signer(1), 110_000);
    await world.trade(maker, trader, "350", "2000");
    await unattended("1800", trader);
    await as(keeper).takeOver(trader.id, keeper.id);
    // Far below zero now, and who bids for it will be paid by the vault.
    await world.later(60, "1400");
    const taken = makeAccountId(await shares.getAddress(), 1n);
    await shares.connect(leaver).redeem(await shares.balanceOf(leaver), leaver, leaver);
    await as(keeper).flag(taken, keeper.id);
    await world.later(1, "1400");
    await as(keeper).bid(taken, keeper.id, WAD, ANY_GAIN);
    const got = await token.balanceOf(leaver);
    const left = await shares.convertToAssets(await shares.balanceOf(stayer));
    expect(left, "who stays has as much").to.be.at.least(got);
  });
});
