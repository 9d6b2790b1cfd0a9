import { time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";

import { PriceStatus, parseUsdc, parseWad } from "../../sdk";
import { keepsConservation } from "../support/conservation";
import { refused } from "../support/refusal";
import { type Actor, CROSS, ISOLATED, WAD, World } from "../support/world";

/** With a heartbeat of an hour: fresh to 70 minutes, aged to 120. Each leaves room for the test's own blocks. */
const AGED = 6_000;
const DEAD = 7_300;
const PRICE = 2_000n * 10n ** 8n;

describe("Clearinghouse: prices", () => {
  let world: World;
  let maker: Actor;
  let trader: Actor;
  let idle: Actor;
  let keeper: Actor;

  beforeEach(async () => {
    world = await World.create();
    maker = await world.open(world.signer(0), 1_000_000);
    trader = await world.open(world.signer(1), 2_100);
    idle = await world.open(world.signer(2), 1_000);
    keeper = await world.open(world.signer(3), 1_000_000);
    await world.trade(maker, trader, "10", "2000");
  });
  keepsConservation(() => world);

  const as = ({ signer }: Actor): World["clearinghouse"] => world.clearinghouse.connect(signer);
  const notFresh = async (sent: Promise<unknown>, status: bigint): Promise<void> =>
    refused(sent, "Clearinghouse_PriceNotFresh", 1n, status);

  describe("ORAC-1, an aged price", () => {
    beforeEach(async () => {
      await world.setRound("ETH", PRICE, AGED);
      expect((await world.market()).status).to.equal(PriceStatus.Aged);
    });

    it("refuses whatever grows, opens or turns a position", async () => {
      await notFresh(world.trade(maker, idle, "0.1", "2000"), PriceStatus.Aged);
      await notFresh(world.trade(maker, trader, "0.1", "2000"), PriceStatus.Aged);
      await notFresh(world.trade(maker, trader, "-10.1", "2000"), PriceStatus.Aged);
    });

    it("lets risk be reduced within the price band, and all of it be closed", async () => {
      await world.trade(maker, trader, "-4", "1980");
      await world.trade(maker, trader, "-6", "2000");
      expect((await world.holding(trader)).positions).to.deep.equal([]);
      await as(trader).withdraw(trader.id, parseUsdc("1000"), trader.signer);
    });

    it("refuses a reduction beyond the band, whatever the account could carry", async () => {
      const cash = parseWad("2080") - parseWad("189") - parseWad("8.9055");
      const sent = world.trade(maker, trader, "-9", "1979");
      await refused(sent, "Clearinghouse_BelowInitialMargin", trader.id, cash, parseWad("201.002"));
    });

    it("lets cash in, and out where nothing is held", async () => {
      await world.mint(trader.signer, 5);
      await as(trader).deposit(trader.id, parseUsdc("5"));
      await as(idle).withdraw(idle.id, parseUsdc("1000"), idle.signer);
      await notFresh(as(maker).withdraw(maker.id, 1n, maker.signer), PriceStatus.Aged);
    });

    it("refuses another mode where something is held", async () => {
      await notFresh(as(trader).setMode(trader.id, ISOLATED), PriceStatus.Aged);
      await as(idle).setMode(idle.id, ISOLATED);
    });

    it("ORAC-3 lets an account be liquidated", async () => {
      await world.setRound("ETH", 1_900n * 10n ** 8n, AGED);
      await as(keeper).flag(trader.id, keeper.id);
      await as(keeper).poke(trader.id);
      await time.increase(30);
      await as(keeper).bid(trader.id, keeper.id, WAD, 0n);
      expect(await world.lots(keeper)).to.be.above(0n);
    });

    it("of one market stops growth in every other the account holds", async () => {
      const wide = await world.open(world.signer(4), 100_000);
      await refused(world.trade(maker, wide, "0.1", "40000", 2n), "Clearinghouse_PriceNotFresh", 1n, PriceStatus.Aged);
      await world.trade(idle, wide, "0.01", "40000", 2n);
    });
  });

  describe("ORAC-1, an unusable price", () => {
    const causes: [string, () => Promise<unknown>][] = [
      ["older than two heartbeats", () => world.setRound("ETH", PRICE, DEAD)],
      ["zero", () => world.setRound("ETH", 0n, 0)],
      ["negative", () => world.setRound("ETH", -PRICE, 0)],
      ["above ten times its reference", () => world.setRound("ETH", 10n * PRICE + 1n, 0)],
      ["below a tenth of its reference", () => world.setRound("ETH", PRICE / 10n - 1n, 0)],
      ["ORAC-2, from the future", () => world.setRound("ETH", PRICE, -3_600)],
      ["without a time", async () => world.setRound("ETH", PRICE, await time.latest())],
      ["beyond any width", () => world.setRound("ETH", 2n ** 200n, 0)],
    ];
    for (const [cause, make] of causes) {
      it(`stops every fill that does not reduce, and nothing else it need not: ${cause}`, async () => {
        await make();
        const { status, mark } = await world.market();
        expect(status).to.equal(PriceStatus.Unusable);
        expect(mark, "the last good mark").to.equal(parseWad("2000"));
        await notFresh(world.trade(maker, trader, "1", "2000"), PriceStatus.Unusable);
        await notFresh(world.trade(maker, trader, "-10.1", "2000"), PriceStatus.Unusable);
        await world.trade(maker, trader, "-1", "2000");
        await notFresh(world.trade(maker, idle, "0.1", "2000"), PriceStatus.Unusable);
        await notFresh(as(maker).withdraw(maker.id, 1n, maker.signer), PriceStatus.Unusable);
        await notFresh(as(trader).setMode(trader.id, CROSS), PriceStatus.Unusable);
        await world.mint(trader.signer, 5);
        await as(trader).deposit(trader.id, parseUsdc("5"));
        await as(idle).withdraw(idle.id, parseUsdc("1000"), idle.signer);
        await as(idle).closeAccount(idle.id);
      });
    }

    it("settles nobody, and the gain is paid when the price is back", async () => {
      await world.setRound("ETH", 0n, 0);
      const before = await world.holding(trader);
      await world.clearinghouse.touch([maker.id, trader.id]);
      expect(await world.holding(trader)).to.deep.equal(before);
      await world.setPrice("ETH", "2010");
      await world.clearinghouse.touch([maker.id, trader.id]);
      expect(await world.cash(trader)).to.equal(before.account.cash + parseWad("100"));
    });

    it("halts funding, which is owed for the time when the price is back", async () => {
      await world.postBasis("ETH", parseWad("0.002"));
      await world.clearinghouse.touch([maker.id, trader.id]);
      const from = BigInt(await time.latest());
      const { cumulativeFunding } = await world.clearinghouse.marketState(1n);
      await world.setRound("ETH", 0n, 0);
      await time.setNextBlockTimestamp(from + 900n);
      await world.clearinghouse.touch([maker.id, trader.id]);
      expect((await world.clearinghouse.marketState(1n)).cumulativeFunding).to.equal(cumulativeFunding);
      await world.setPrice("ETH", "2000");
      await time.setNextBlockTimestamp(from + 1_800n);
      await world.clearinghouse.touch([maker.id, trader.id]);
      const now = await world.clearinghouse.marketState(1n);
      expect(now.cumulativeFunding - cumulativeFunding).to.equal(parseWad("0.25"));
    });

    it("ORAC-3 halts liquidation at every step, and no longer than it lasts", async () => {
      await world.setPrice("ETH", "1900");
      const flag = async (): Promise<unknown> => as(keeper).flag(trader.id, keeper.id);
      const bid = async (): Promise<unknown> => as(keeper).bid(trader.id, keeper.id, WAD, 0n);
      const poke = async (): Promise<unknown> => as(keeper).poke(trader.id);
      await world.setRound("ETH", 0n, 0);
      await notFresh(flag(), PriceStatus.Unusable);
      await world.setPrice("ETH", "1900");
      await flag();
      await time.increase(30);
      await world.setRound("ETH", 0n, 0);
      await notFresh(bid(), PriceStatus.Unusable);
      await notFresh(poke(), PriceStatus.Unusable);
      await world.setPrice("ETH", "1900");
      await poke();
      await bid();
    });

    it("of one market leaves an account free to reduce another", async () => {
      const wide = await world.open(world.signer(4), 100_000);
      await world.trade(maker, wide, "1", "2000");
      await world.trade(keeper, wide, "0.1", "40000", 2n);
      await world.setRound("ETH", 0n, 0);
      await world.trade(keeper, wide, "-0.05", "40000", 2n);
      const growing = world.trade(keeper, wide, "0.05", "40000", 2n);
      await refused(growing, "Clearinghouse_PriceNotFresh", 1n, PriceStatus.Unusable);
    });
  });

  it("ORAC-3 serves again by itself, as fresh as its observation", async () => {
    await world.setRound("ETH", PRICE, DEAD);
    await world.setRound("ETH", PRICE, 4_000);
    expect((await world.market()).status).to.equal(PriceStatus.Fresh);
    await world.trade(maker, idle, "0.1", "2000");
    await time.increase(300);
    expect((await world.market()).status).to.equal(PriceStatus.Aged);
    await notFresh(world.trade(maker, idle, "0.1", "2000"), PriceStatus.Aged);
    await time.increase(3_000);
    expect((await world.market()).status).to.equal(PriceStatus.Unusable);
  });
});
