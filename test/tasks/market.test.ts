import { expect } from "chai";

import { formatAccountId, formatWad, parseWad } from "../../sdk";
import { optionParamsOf } from "../support/governed";
import { type Actor, World } from "../support/world";
import { Localhost } from "./localhost";
import { expectRefusal } from "./support";

/** Longer than a dozen processes take on a slow machine. */
const PATIENCE = 120_000;

describe("market tasks", function () {
  this.timeout(PATIENCE);
  let world: World;
  let node: Localhost;
  let maker: Actor;
  let [large, small]: Actor[] = [];

  before(async () => {
    world = await World.create();
    maker = await world.open(world.signer(0), 10_000_000);
    large = await world.open(world.signer(1), 1_000_000);
    small = await world.open(world.signer(2), 1_000_000);
    await world.postBasis("ETH", parseWad("0.004"));
    await world.trade(maker, large, "30", "2000");
    await world.trade(maker, small, "-5", "2000");
    await world.later(600, "2000");
    node = await Localhost.open();
  });

  after(() => node.close());

  it("market:funding tells what holding costs", async () => {
    const [all, [eth, ...others], text] = await Promise.all([
      node.answer<Record<string, unknown>[]>("market:funding"),
      node.answer<Record<string, unknown>[]>("market:funding", "--underlying", "ETH"),
      node.text("market:funding", "--underlying", "ETH"),
    ]);
    expect(all.map(({ instrument }) => instrument)).to.deep.equal(["ETH-PERP", "BTC-PERP", "SOL-PERP"]);
    expect(others).to.deep.equal([]);
    // An eighth of the basis an hour, and 8,760 hours.
    expect(eth).to.include({ basis: "0.004", hourlyRate: "0.0005", annualRate: "4.38" });
    const { cumulativeFunding, fundedAt } = await world.clearinghouse.marketState(1);
    const { mark, index } = await world.market();
    expect(eth?.touchedAt).to.equal(Number(fundedAt));
    expect(parseWad(String(eth?.cumulativeFunding)))
      .to.equal(mark - index)
      .and.to.be.above(cumulativeFunding);
    expect(parseWad(String(eth?.accruing))).to.equal(mark - index - cumulativeFunding);
    expect(text).to.contain("0.05000 %").and.to.contain("438.00 %").and.not.to.contain("BTC");
  });

  it("market:interest tells who holds most", async () => {
    const [[eth], text] = await Promise.all([
      node.answer<Record<string, unknown>[]>("market:interest", "--underlying", "ETH", "--limit", "2"),
      node.text("market:interest"),
    ]);
    expect(eth).to.include({ instrument: "ETH-PERP", openInterest: "30", cap: "250000000", accountCap: "62500000" });
    const { mark } = await world.market();
    expect(parseWad(String(eth?.notional))).to.equal(mark * 30n);
    const holders = eth?.holders as { account: string; size: string; notional: string }[];
    expect(holders.map(({ account, size }) => [account, size])).to.deep.equal([
      [formatAccountId(large!.id), "30"],
      [formatAccountId(maker.id), "-25"],
    ]);
    expect(text)
      .to.contain(formatAccountId(small!.id))
      .and.to.match(/BTC-PERP │ 0 /);
  });

  it("market:show tells what is in force for options, which the list leaves out", async () => {
    const { clearinghouse } = world;
    const terms = await optionParamsOf(clearinghouse);
    await clearinghouse.setOptionParams(1n, { ...terms, creditBps: 2_000n, takerFeeBps: 7n, openInterestCap: 5n });
    const snapshot = await world.market();
    const [{ options, instrument }, [eth]] = await Promise.all([
      node.answer<{ instrument: string; options: Record<string, string> }>("market:show", "--underlying", "ETH"),
      node.answer<Record<string, unknown>[]>("market:list"),
    ]);
    expect(instrument).to.equal("ETH-PERP");
    expect(options).to.deep.equal({
      priceRange: "0.19",
      // Cut, so it ramps; nothing of that is in force in its own block.
      credit: formatWad(snapshot.credit),
      referenceVol: "0.035",
      takerFeeBps: "7",
      makerFeeBps: "1",
      openInterest: "0",
      openInterestUsd: "0",
      openInterestCap: "5",
    });
    expect(snapshot.credit).to.equal(parseWad("0.6"));
    expect(eth).to.include({ instrument: "ETH-PERP" }).and.not.to.have.property("options");
  });

  it("liquidation:scan finds the accounts that hold positions", async () => {
    const found = await node.answer<{ account: string }[]>("liquidation:scan");
    const holders = [maker, large!, small!].map(({ id }) => formatAccountId(id));
    expect(found.map(({ account }) => account)).to.have.members(holders);
  });

  it("refuse markets there are not", async () => {
    const sentence = 'There is no underlying "DOGE": choose one of ETH, BTC, SOL.';
    const [funding, interest, limit] = await Promise.all([
      node.run("market:funding", "--underlying", "DOGE"),
      node.run("market:interest", "--underlying", "DOGE", "--json"),
      node.run("market:interest", "--limit", "many"),
    ]);
    expectRefusal(funding, sentence);
    expectRefusal(interest, sentence);
    expectRefusal(limit, 'The limit "many" is not a whole number above zero.');
  });
});
