import { time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";

import { type ModelInputs, readAssessment, readHolding, readInputs } from "../../scripts/lib/reads";
import { type Assessment, assess, parseWad, perp } from "../../sdk";
import { OptionDesk } from "../support/optionDesk";
import { type Actor, PORTFOLIO, World } from "../support/world";

const DAY = 86_400;

describe("what the twin is told of an account", () => {
  let world: World;
  let desk: OptionDesk;
  let maker: Actor;
  let trader: Actor;

  beforeEach(async () => {
    world = await World.create();
    desk = await OptionDesk.open(world, [7, 30]);
    maker = await world.open(world.signer(0), 10_000_000, PORTFOLIO);
    trader = await world.open(world.signer(1), 1_000_000, PORTFOLIO);
  });

  /** Also asserts that the twin, so told, says what the ledger does. */
  async function inputs(actor: Actor): Promise<ModelInputs> {
    const holding = await readHolding(world.system, actor.id, "latest");
    const found = await readInputs(world.system, holding, "latest");
    const twin: Assessment = assess(holding.account.mode, found.data, found.cash, found.positions);
    expect(twin, "MATH-1").to.deep.equal(await readAssessment(world.system, actor.id, "latest"));
    return found;
  }

  it("is each market and each expiry that it holds, once", async () => {
    for (const instrument of [desk.call(2000), desk.put(1900), desk.call(2100, 1)]) {
      await world.tradeIn(instrument, maker, trader, "2", "80");
    }
    await world.trade(maker, trader, "1", "2000");
    const { data, positions } = await inputs(trader);
    expect(data.markets.map(({ underlying }) => underlying)).to.deep.equal([1n]);
    expect(data.expiries.map(({ expiresAt }) => Number(expiresAt))).to.have.members([...desk.expiries]);
    expect(data.correlation).to.equal(0n);
    expect(positions).to.have.length(4);
  });

  it("is nothing for who holds nothing", async () => {
    const { data, cash, positions } = await inputs(trader);
    expect(positions).to.deep.equal([]);
    expect(data).to.deep.equal({ markets: [], expiries: [], correlation: 0n });
    expect(cash).to.equal(parseWad("1000000"));
  });

  /** Both sides of a call, a put and a put sold of the first expiry, a later put, and a perpetual. */
  async function trade(): Promise<void> {
    await world.tradeIn(desk.call(1900), maker, trader, "2", "100");
    await world.tradeIn(desk.put(1900), maker, trader, "3", "20");
    await world.tradeIn(desk.put(2150), maker, trader, "-1", "30");
    await world.tradeIn(desk.put(2150, 1), maker, trader, "1", "30");
    await world.trade(maker, trader, "1", "2000");
  }

  it("is what options would pay now, once they have expired", async () => {
    await trade();
    await desk.expire(0, "2100");
    await world.setPrice("ETH", "2050");
    await inputs(maker);
    const { cash, positions } = await inputs(trader);
    expect(positions).to.have.length(5);
    expect(cash).to.equal(await world.cash(trader));
  });

  it("is cash instead of options once these are settled, before anybody touches the account", async () => {
    await trade();
    await desk.settle(0, "2100");
    await world.setPrice("ETH", "2050");
    await inputs(maker);
    const { data, cash, positions } = await inputs(trader);
    expect(positions).to.have.length(2);
    expect(data.expiries.map(({ expiresAt }) => Number(expiresAt))).to.deep.equal([desk.expiries[1]]);
    // Two calls of 200, and a put of 50 that was sold.
    expect(cash - (await world.cash(trader))).to.equal(parseWad("350"));
  });

  it("leaves out markets in which all is settled", async () => {
    await world.tradeIn(desk.put(1900), maker, trader, "3", "20");
    await desk.settle(0, "2100");
    await world.setPrice("ETH", "2100");
    const { data, positions } = await inputs(trader);
    expect(positions).to.deep.equal([]);
    expect(data.markets).to.deep.equal([]);
  });

  it("is the correlation of two underlyings", async () => {
    const { volatilityOracle } = world.system;
    const third = await world.open(world.signer(2), 1_000_000);
    for (const taker of [trader, third]) {
      await world.trade(maker, taker, "1", "2000");
      await world.tradeIn(perp(2n), maker, taker, "-0.1", "40000");
    }
    expect((await inputs(trader)).data.correlation, "before anything was measured").to.equal(0n);
    await volatilityOracle.sampleDay();
    await time.increase(DAY);
    await world.setPrice("ETH", "2800");
    await world.setPrice("BTC", "56000");
    await volatilityOracle.sampleDay();
    const measured = await volatilityOracle.correlation(1n, 2n);
    expect(measured).to.be.above(parseWad("0.5"));
    expect((await inputs(trader)).data.correlation).to.equal(measured);
    expect((await inputs(third)).data.correlation, "whether or not the mode's model asks").to.equal(measured);
  });
});
