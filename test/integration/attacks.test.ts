/** Attacks on the deployed system, each stopped by what its name says. */
import { time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import type { ContractTransactionResponse } from "ethers";
import hre from "hardhat";

import { PriceStatus, type SignedOrder, assessWithoutPrices, parseLots, parseWad, perp } from "../../sdk";
import { expectConservation } from "../support/conservation";
import { replaceModules } from "../support/governed";
import { refused } from "../support/refusal";
import { type Actor, type Fill, WAD, World } from "../support/world";

const UNIT = 10n ** 12n;
const ANY_GAIN = -(10n ** 30n);

describe("attacks", () => {
  it("RISK-1: shrinking and growing again in one frame does not multiply the price band", async () => {
    const world = await World.create();
    const [attacker, accomplice] = [await world.open(world.signer(1), 1_300), await world.open(world.signer(2), 2_000)];
    await world.trade(accomplice, attacker, "6", "2000");
    const rounds = 20;
    const lots = 600_000_000n;
    const orders: SignedOrder[] = [
      await world.order(attacker, `-${6 * rounds}`, "1980"),
      await world.order(accomplice, `${6 * rounds}`, "1980"),
      await world.order(attacker, `${6 * rounds}`, "2000"),
      await world.order(accomplice, `-${6 * rounds}`, "2000"),
    ];
    const fills: Fill[] = [];
    for (let i = 0; i < rounds; i++) {
      fills.push({ maker: 0, taker: 1, lots, price: parseWad("1980") });
      fills.push({ maker: 2, taker: 3, lots, price: parseWad("2000") });
    }
    await expect(world.settle(orders, fills))
      .to.be.revertedWithCustomError(world.clearinghouse, "Clearinghouse_BelowInitialMargin")
      .withArgs(attacker.id, anyInt, anyInt);
  });

  it("RISK-1: swapping one market's risk for another's, frame by frame, costs no equity below initial margin", async () => {
    const world = await World.create();
    await world.setPrice("BTC", "40000");
    const [attacker, accomplice] = [await world.open(world.signer(1), 1_250), await world.open(world.signer(2), 9_000)];
    await world.trade(accomplice, attacker, "6", "2000");
    const bitcoin = { instrument: perp(2n) };
    const orders = [
      await world.order(attacker, "-6", "1980"),
      await world.order(accomplice, "6", "1980"),
      await world.order(attacker, "0.348", "40000", bitcoin),
      await world.order(accomplice, "-0.348", "40000", bitcoin),
    ];
    const fills = [
      { maker: 0, taker: 1, lots: 600_000_000n, price: parseWad("1980") },
      { maker: 2, taker: 3, lots: 34_800_000n, price: parseWad("40000") },
    ];
    await expect(world.settle(orders, fills)).to.be.revertedWithCustomError(
      world.clearinghouse,
      "Clearinghouse_BelowInitialMargin",
    );
  });

  it("SOLV-1: reducing takes no account below zero, so no debt is made for others to pay", async () => {
    const { world, maker, trader } = await long("1795");
    expect((await world.clearinghouse.assess(trader.id)).equity).to.be.above(0n);
    await expect(world.trade(maker, trader, "-100", "1777.06")).to.be.revertedWithCustomError(
      world.clearinghouse,
      "Clearinghouse_BelowInitialMargin",
    );
    await world.trade(maker, trader, "-100", "1795");
  });

  it("RISK-3: a bankrupt account can be taken in parts, so its size protects nobody", async () => {
    const { world, trader, keeper } = await long("1780");
    const { clearinghouse } = world;
    await clearinghouse.connect(keeper.signer).flag(trader.id, keeper.id);
    const before = await clearinghouse.assess(trader.id);
    expect(before.equity).to.be.below(0n);
    await clearinghouse.connect(keeper.signer).bid(trader.id, keeper.id, WAD / 10n, ANY_GAIN);
    const after = await clearinghouse.assess(trader.id);
    expect(after.equity, "SOLV-1").to.be.above(before.equity);
    expect(after.maintenanceMargin).to.be.below(before.maintenanceMargin);
  });

  it("RISK-2: who tops up to health leaves the auction, and the next dip starts another", async () => {
    const { world, trader, keeper } = await long("1900");
    const { clearinghouse } = world;
    await clearinghouse.connect(keeper.signer).flag(trader.id, keeper.id);
    await world.mint(trader.signer, 8_000);
    await expect(clearinghouse.connect(trader.signer).deposit(trader.id, 8_000_000_000n))
      .to.emit(clearinghouse, "FlagCleared")
      .withArgs(trader.id);
    await time.increase(600);
    await world.setPrice("ETH", "1810");
    await expect(clearinghouse.connect(keeper.signer).bid(trader.id, keeper.id, WAD, ANY_GAIN))
      .to.be.revertedWithCustomError(world.clearinghouse, "Liquidation_NotFlagged")
      .withArgs(trader.id);
    await clearinghouse.connect(keeper.signer).flag(trader.id, keeper.id);
    expect(await world.system.auction.discount(trader.id)).to.equal(0n);
  });

  describe("RISK-3: a crumb in a market whose feed died shields nobody", () => {
    let world: World;
    let maker: Actor;
    let trader: Actor;
    let keeper: Actor;

    /** Long ten ETH with 2,100 USD and a little bitcoin, whose feed dies; then ETH falls. */
    async function shielded(bitcoin: string, price = "1850"): Promise<void> {
      world = await World.create();
      maker = await world.open(world.signer(0), 10_000_000);
      trader = await world.open(world.signer(1), 2_100);
      keeper = await world.open(world.signer(2), 1_000_000);
      await world.trade(maker, trader, "10", "2000");
      await world.trade(maker, trader, bitcoin, "40000", 2n);
      await world.setRound("BTC", 0n, 0);
      await world.later(60, price);
    }
    const as = ({ signer }: Actor): World["clearinghouse"] => world.clearinghouse.connect(signer);

    it("who is below at any price is flagged and sold, but for the crumb", async () => {
      await shielded("0.00000001");
      await as(keeper).flag(trader.id, keeper.id);
      await world.later(600, "1850");
      await as(keeper).poke(trader.id);
      const before = await world.lots(trader);
      await as(keeper).bid(trader.id, keeper.id, WAD, 0n);
      expect(await world.lots(trader)).to.be.below(before);
      expect(await world.lots(trader, 2n), "the crumb stays").to.equal(1n);
      expect(await world.lots(keeper, 2n)).to.equal(0n);
      await expectConservation(world.system);
    });

    const unknown = ["Clearinghouse_PriceNotFresh", 2n, PriceStatus.Unusable] as const;
    const bid = async (): Promise<ContractTransactionResponse> => as(keeper).bid(trader.id, keeper.id, WAD, ANY_GAIN);

    it("waits below zero where the vault would pay what it may yet cover, and is taken over by nobody meanwhile", async () => {
      await shielded("0.0001");
      await as(keeper).flag(trader.id, keeper.id);
      await refused(as(keeper).takeOver(trader.id, keeper.id), ...unknown);
      // At twenty times the reference the bitcoin gained 76 USD.
      await world.later(300, "1790");
      expect((await world.assess(trader)).equity).to.be.within(parseWad("-76"), -1n);
      await refused(bid(), ...unknown);
      await refused(as(keeper).poke(trader.id), ...unknown);
      await world.setPrice("BTC", "40000");
      await bid();
      expect(await world.lots(trader, 2n)).to.equal(0n);
      await expectConservation(world.system);
    });

    it("SOLV-2 is sold below that, and the vault pays for no more than no price could cover", async () => {
      await shielded("0.0001");
      await as(keeper).flag(trader.id, keeper.id);
      await world.later(300, "1700");
      await as(keeper).touch([trader.id]);
      const { equity } = await world.assess(trader);
      await as(keeper).poke(trader.id);
      await expect(bid())
        .to.emit(world.clearinghouse, "BadDebt")
        .withArgs(trader.id, parseWad("-76") - equity, anyInt);
      expect(await world.lots(trader), "all that has a price").to.equal(0n);
      expect(await world.lots(trader, 2n), "the crumb stays").to.equal(10_000n);
      expect(await world.cash(trader)).to.equal(0n);
      await expectConservation(world.system);
    });

    it("MATH-1 to the lot of the crumb, as the twin says", async () => {
      await shielded("0.001", "1880");
      const found = async (lots: bigint): Promise<boolean | undefined> => {
        const markets = [await world.market(1n), await world.market(2n)];
        const [lower, upper] = await world.system.priceOracle.boundsOf(2n);
        const { account, positions } = await world.holding(trader);
        const held = positions.map((p) => (p.instrument === perp(2n) ? { ...p, lots } : p));
        const bounds = new Map([[2n, { lower, upper }]]);
        return assessWithoutPrices(account.mode, { markets }, account.cash, held, bounds)?.below;
      };
      let [shields, crumb] = [parseLots("1"), 0n];
      while (shields - crumb > 1n) {
        const middle = (shields + crumb) / 2n;
        if (await found(middle)) crumb = middle;
        else shields = middle;
      }
      const { positions } = await world.holding(trader);
      const bitcoin = positions.find((p) => p.instrument === perp(2n))!;
      const flag = async (): Promise<unknown> => as(keeper).flag(trader.id, keeper.id);
      // The ledger's own position, made a lot larger and smaller than what just shields.
      await world.forcePosition(trader, positions.indexOf(bitcoin), { ...bitcoin, lots: shields });
      await refused(flag(), "Clearinghouse_PriceNotFresh", 2n, PriceStatus.Unusable);
      await world.forcePosition(trader, positions.indexOf(bitcoin), { ...bitcoin, lots: crumb });
      await flag();
    });

    it("RISK-2 who might be healthy at some price the feed could return with is left alone", async () => {
      for (const bitcoin of ["0.0015", "-0.02"]) {
        await shielded(bitcoin, "1880");
        const sent = as(keeper).flag(trader.id, keeper.id);
        await refused(sent, "Clearinghouse_PriceNotFresh", 2n, PriceStatus.Unusable);
      }
    });
  });

  it("a top-up that does not reach maintenance margin leaves the auction running", async () => {
    const { world, trader, keeper } = await long("1900");
    await world.clearinghouse.connect(keeper.signer).flag(trader.id, keeper.id);
    await world.mint(trader.signer, 100);
    await expect(world.clearinghouse.connect(trader.signer).deposit(trader.id, 1_000_000n)).not.to.emit(
      world.clearinghouse,
      "FlagCleared",
    );
  });

  it("LEDGER-2: what is left below a unit of the token goes to the vault when an account closes", async () => {
    const world = await World.create();
    await world.setPrice("ETH", "2000.00000001");
    const [maker, trader] = [await world.open(world.signer(0), 10_000_000), await world.open(world.signer(1), 21_000)];
    await world.trade(maker, trader, "1.00000001", "2000.123456789");
    await world.trade(maker, trader, "-1.00000001", "2000.123456789");
    const { clearinghouse } = world;
    const cash = await cashOf(world, trader);
    await clearinghouse.connect(trader.signer).withdraw(trader.id, cash / UNIT, trader.signer.address);
    const dust = await cashOf(world, trader);
    expect(dust).to.be.above(0n);
    const vault = { id: await clearinghouse.vaultAccount() };
    const before = await cashOf(world, vault);
    await clearinghouse.connect(trader.signer).closeAccount(trader.id);
    expect((await cashOf(world, vault)) - before).to.equal(dust);
  });

  it("FUND-1: another basis oracle starts its own integral, and funding so far is what the old one said", async () => {
    const { world } = await long("2000");
    await world.postBasis("ETH", parseWad("0.001"));
    await time.increase(1_800);
    await world.setPrice("ETH", "2000");
    const { authority, basisOracle, clearinghouse } = world.system;
    const { signers, threshold } = await basisOracle.signerSet();
    const fresh = await hre.ethers.deployContract("BasisOracle", [authority, [...signers], threshold]);
    const before = await clearinghouse.marketState(1);
    await replaceModules(clearinghouse, { basisOracle: await fresh.getAddress() });
    const after = await clearinghouse.marketState(1);
    expect(after.cumulativeFunding).to.be.above(before.cumulativeFunding);
    expect(after.basisIntegral).to.equal(0n);
    await time.increase(1_800);
    await clearinghouse.touch([await clearinghouse.vaultAccount()]);
    expect((await clearinghouse.marketOf(1)).index).to.equal(parseWad("2000") - after.cumulativeFunding);
  });
});

const anyInt = (value: unknown): boolean => typeof value === "bigint";

/** A long of 100 ETH on 21,000 USD, bought at 2,000, once the price has moved to `price`. */
async function long(price: string): Promise<{ world: World; maker: Actor; trader: Actor; keeper: Actor }> {
  const world = await World.create();
  const maker = await world.open(world.signer(0), 10_000_000);
  const trader = await world.open(world.signer(1), 21_000);
  const keeper = await world.open(world.signer(2), 1_000_000);
  await world.trade(maker, trader, "100", "2000");
  await time.increase(30);
  await world.setPrice("ETH", price);
  return { world, maker, trader, keeper };
}

async function cashOf(world: World, { id }: Pick<Actor, "id"> | { id: bigint }): Promise<bigint> {
  return BigInt.asIntN(128, await world.clearinghouse.accountOf(id));
}
