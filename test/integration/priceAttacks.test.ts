/** What was done elsewhere to venues through their prices, tried on the deployed system. */
import { time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import hre from "hardhat";

import { local } from "../../config/networks";
import { SEQUENCER_FEED, addressOf } from "../../scripts/lib/system";
import { PriceStatus, parseUsdc, parseWad } from "../../sdk";
import type { HostileFeed, MockSequencerFeed } from "../../typechain-types";
import { keepsConservation } from "../support/conservation";
import { refused } from "../support/refusal";
import { type Actor, WAD, World, match } from "../support/world";

const { ethers } = hre;
const UNIT = 10n ** 8n;
const PRICE = 2_000n * UNIT;
const HOSTILE_MODES = [1, 2, 3, 4, 5, 6, 7, 8];

describe("attacks through prices", () => {
  let world: World;
  let maker: Actor;
  let trader: Actor;
  let keeper: Actor;

  async function begin(on: World): Promise<void> {
    world = on;
    maker = await world.open(world.signer(0), 1_000_000);
    trader = await world.open(world.signer(1), 2_100);
    keeper = await world.open(world.signer(3), 1_000_000);
    await world.trade(maker, trader, "10", "2000");
  }
  const as = ({ signer }: Actor): World["clearinghouse"] => world.clearinghouse.connect(signer);
  const notFresh = async (sent: Promise<unknown>, status: bigint): Promise<void> =>
    refused(sent, "Clearinghouse_PriceNotFresh", 1n, status);
  const pay = async (): Promise<void> => {
    await world.mint(trader.signer, 5);
    await as(trader).deposit(trader.id, parseUsdc("5"));
  };
  keepsConservation(() => world);

  describe("on two sources", () => {
    beforeEach(async () => {
      await begin(await World.create());
    });

    it("Synthetix, a late oracle: an order that wants a newer price than the oracle's is not filled before it comes", async () => {
      await time.increase(60);
      const notBefore = BigInt(await time.latest());
      const orders = [
        await world.order(maker, "-1", "2000", { priceNotBefore: notBefore }),
        await world.order(keeper, "1", "2000"),
      ];
      const { updatedAt } = await world.system.priceOracle.read(1n);
      const { account, nonce } = orders[0]!.order;
      const sent = world.settle(orders, [match(UNIT, "2000")]);
      await refused(sent, "Order_PriceTooOld", account, nonce, updatedAt, notBefore);
      await world.setPrice("ETH", "2000");
      await world.settle(orders, [match(UNIT, "2000")]);
    });

    it("Synthetix, a late oracle: nothing is opened at a price that the other source has left behind", async () => {
      await world.setPrice("ETH", "2100", "secondary");
      await notFresh(world.trade(maker, keeper, "1", "2000"), PriceStatus.Aged);
      await notFresh(as(maker).withdraw(maker.id, 1n, maker.signer), PriceStatus.Aged);
      await world.setPrice("ETH", "2100", "primary");
      await world.trade(maker, keeper, "1", "2100");
    });

    it("Venus/LUNA, a feed at its floor: below the bounds there is no price, and the second serves the way out", async () => {
      await world.setRound("ETH", PRICE / 10n, 0);
      expect((await world.market()).spot).to.equal(parseWad("200"));
      await world.setRound("ETH", PRICE / 10n - 1n, 0, "primary");
      await world.setPrice("ETH", "300", "secondary");
      const { spot, status } = await world.market();
      expect([spot, status]).to.deep.equal([parseWad("300"), PriceStatus.Aged]);
      await world.setRound("ETH", PRICE / 10n - 1n, 0);
      expect((await world.market()).status).to.equal(PriceStatus.Unusable);
      await notFresh(world.trade(maker, trader, "1", "200"), PriceStatus.Unusable);
      await pay();
    });

    it("a stale round, repeated: it ages by when it was observed, however often it is told", async () => {
      for (const [age, status] of [
        [4_000, PriceStatus.Fresh],
        [4_300, PriceStatus.Aged],
        [7_300, PriceStatus.Unusable],
      ] as const) {
        await world.setRound("ETH", PRICE, age);
        expect((await world.market()).status, age.toString()).to.equal(status);
      }
      await world.setPrice("ETH", "1900", "secondary");
      const { spot, status } = await world.market();
      expect([spot, status], "the second source stands in").to.deep.equal([parseWad("1900"), PriceStatus.Aged]);
      await notFresh(world.trade(maker, keeper, "1", "1900"), PriceStatus.Aged);
      await as(keeper).flag(trader.id, keeper.id);
    });

    for (const answer of [0n, -1n, -PRICE]) {
      it(`an answer of ${answer.toString()} is no price, whichever source gives it`, async () => {
        await world.setRound("ETH", answer, 0, "secondary");
        expect((await world.market()).status).to.equal(PriceStatus.Fresh);
        await world.setPrice("ETH", "1990", "secondary");
        await world.setRound("ETH", answer, 0, "primary");
        const { spot, status } = await world.market();
        expect([spot, status]).to.deep.equal([parseWad("1990"), PriceStatus.Aged]);
        await world.setRound("ETH", answer, 0);
        expect((await world.market()).status).to.equal(PriceStatus.Unusable);
        await pay();
      });
    }

    it("a decimals mismatch: a feed that begins to answer in other decimals is out of bounds", async () => {
      for (const answer of [PRICE / 100n, PRICE * 100n, PRICE * 10n ** 10n]) {
        await world.setRound("ETH", answer, 0, "primary");
        await world.setPrice("ETH", "2001", "secondary");
        const { spot, status } = await world.market();
        expect([spot, status]).to.deep.equal([parseWad("2001"), PriceStatus.Aged]);
      }
    });

    it("a decimals mismatch: a source that counts in others than it says is not taken on", async () => {
      const { priceOracle } = world.system;
      const wrong = await ethers.deployContract("MockAggregator", [6, PRICE, "ETH / USD"]);
      await refused(priceOracle.setSecondFeed(1n, wrong, 3_600, 200), "PriceOracle_FeedNotFresh", wrong, 0n, 0n);
      await refused(priceOracle.replaceFeed(1n, wrong, 3_600, 25), "PriceOracle_FeedNotFresh", wrong, 0n, 0n);
    });

    it("a single-block spike: nothing is opened or taken out in it, and who is flagged in it is not sold after it", async () => {
      await world.setPrice("ETH", "1500", "primary");
      await notFresh(world.trade(maker, keeper, "-1", "1500"), PriceStatus.Aged);
      await notFresh(as(maker).withdraw(maker.id, 1n, maker.signer), PriceStatus.Aged);
      await as(keeper).flag(trader.id, keeper.id);
      await world.setPrice("ETH", "2000");
      const { equityForMaintenance, maintenanceMargin } = await world.assess(trader);
      const bid = as(keeper).bid(trader.id, keeper.id, WAD, -(10n ** 30n));
      await refused(bid, "Liquidation_Healthy", trader.id, equityForMaintenance, maintenanceMargin);
      await world.clearinghouse.poke(trader.id);
      expect((await world.holding(trader)).account.flagged).to.equal(false);
      expect(await world.lots(trader)).to.equal(10n * UNIT);
      expect(await world.cash(trader), "all but the keeper deposit").to.equal(parseWad("2080"));
    });

    it("a source that lies: it adds no more margin than the maximum deviation, so that nobody sound is liquidated", async () => {
      const before = await world.assess(trader);
      await world.setPrice("ETH", "20000", "secondary");
      const after = await world.assess(trader);
      // 10 ETH at 2,000 with a confidence of 2 % for 0.25 %.
      expect(after.maintenanceMargin - before.maintenanceMargin).to.equal(parseWad("350"));
      const { equityForMaintenance: equity, maintenanceMargin } = after;
      await refused(as(keeper).flag(trader.id, keeper.id), "Liquidation_Healthy", trader.id, equity, maintenanceMargin);
    });

    it("a guardian cannot hold funds: positions can be closed during a stop, and everything withdrawn", async () => {
      await world.system.priceOracle.stop(1n);
      await notFresh(as(trader).withdraw(trader.id, 1n, trader.signer), PriceStatus.Aged);
      await notFresh(world.trade(maker, keeper, "1", "2000"), PriceStatus.Aged);
      await world.trade(maker, trader, "-10", "2000");
      const free = (await world.cash(trader)) / 10n ** 12n;
      await as(trader).withdraw(trader.id, free, trader.signer);
    });

    for (const mode of HOSTILE_MODES) {
      it(`a hostile second source, mode ${mode}: everything goes on as without it`, async () => {
        const hostile = await ethers.deployContract("HostileFeed", [PRICE]);
        await world.system.priceOracle.setSecondFeed(1n, hostile, 3_600, 200);
        await hostile.setMode(mode);
        await pay();
        await world.trade(maker, keeper, "1", "2000");
        await as(maker).withdraw(maker.id, 1n, maker.signer);
        await world.setPrice("ETH", "1850", "primary");
        await as(keeper).flag(trader.id, keeper.id);
      });
    }
  });

  describe("on a chain with a sequencer", () => {
    beforeEach(async () => {
      await World.create();
    });

    it("sequencer down then up: deposits at all times, then liquidation, then everything", async () => {
      await begin(await World.create({ ...local, sequencerFeed: { kind: "mock", owner: "deployer" } }));
      const feed: MockSequencerFeed = await ethers.getContractAt(
        "MockSequencerFeed",
        await addressOf(hre, SEQUENCER_FEED),
      );
      await world.setPrice("ETH", "1850");
      await feed.setUp(false);
      const flag = async (): Promise<unknown> => as(keeper).flag(trader.id, keeper.id);
      await pay();
      await notFresh(flag(), PriceStatus.Unusable);
      await notFresh(world.trade(maker, keeper, "1", "1850"), PriceStatus.Unusable);
      await time.increase(3_000);
      await feed.setUp(true);
      await world.setPrice("ETH", "1850");
      await pay();
      await notFresh(flag(), PriceStatus.Unusable);
      await time.increase(300);
      await notFresh(world.trade(maker, keeper, "1", "1850"), PriceStatus.Aged);
      await flag();
      await time.increase(1_500);
      await world.trade(maker, keeper, "1", "1850");
    });

    for (const mode of HOSTILE_MODES) {
      it(`a hostile sequencer feed, mode ${mode}: no deposit is held up, nor who holds nothing`, async () => {
        const hostile: HostileFeed = await ethers.deployContract("HostileFeed", [0]);
        const identity = { description: "HOSTILE / USD", decimals: 8 };
        const sequencerFeed = { address: await hostile.getAddress(), ...identity };
        await begin(await World.create({ ...local, sequencerFeed: { kind: "chainlink", ...sequencerFeed } }));
        await hostile.setMode(mode);
        await pay();
        await as(keeper).withdraw(keeper.id, parseUsdc("5"), keeper.signer);
        await notFresh(world.trade(maker, trader, "1", "2000"), PriceStatus.Unusable);
        await world.trade(maker, trader, "-1", "2000");
        await hostile.setMode(0);
        await world.trade(maker, trader, "1", "2000");
      });
    }
  });
});
