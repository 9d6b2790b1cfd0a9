import { time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import hre from "hardhat";

import {
  type Instrument,
  type Position,
  SurfaceStatus,
  type Wad,
  instrumentName,
  parseLots,
  parseUsdc,
  parseWad,
  perp,
} from "../../sdk";
import { readHistory } from "../../scripts/lib/history";
import { keepsConservation } from "../support/conservation";
import { OptionDesk } from "../support/optionDesk";
import { refused } from "../support/refusal";
import { type Actor, CROSS, PORTFOLIO, World } from "../support/world";

const DAY = 86_400;

describe("Clearinghouse: options expire", () => {
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
  keepsConservation(() => world);

  const held = async (actor: Actor): Promise<Map<Instrument, bigint>> => {
    const { positions } = await world.holding(actor);
    return new Map(positions.map(({ instrument, lots }: Position) => [instrument, lots]));
  };
  const cashOf = (...actors: Actor[]): Promise<Wad[]> => Promise.all(actors.map((actor) => world.cash(actor)));
  const interest = (): Promise<bigint> => world.clearinghouse.optionInterest(1n);

  const strike = 1900;

  it("into what they pay, on touch, and the market's pot is even again", async () => {
    const [call, put, far] = [desk.call(strike), desk.put(strike), desk.call(strike, 1)];
    for (const instrument of [call, put, far]) await world.tradeIn(instrument, maker, trader, "2", "100");
    await world.trade(maker, trader, "1", "2000");
    await desk.settle(0, "2100");
    const before = await cashOf(maker, trader);
    await expect(world.clearinghouse.touch([trader.id]))
      .to.emit(world.clearinghouse, "OptionSettled")
      .withArgs(trader.id, (value: bigint) => value > 0n, parseWad("2100"), parseWad("400"));
    expect((await world.clearinghouse.marketState(1n)).pot).to.equal(parseWad("-500"));
    await world.clearinghouse.touch([maker.id]);
    expect((await world.clearinghouse.marketState(1n)).pot).to.equal(0n);
    const after = await cashOf(maker, trader);
    // The options' 400, and 100 of the perpetual.
    expect(after.map((now, i) => now - before[i]!)).to.deep.equal([parseWad("-500"), parseWad("500")]);
    expect([...(await held(trader)).keys()]).to.have.members([far, perp(1n)]);
    const history = await readHistory(hre, world.system, trader.id);
    const told = history.map(({ event, fields }) => `${event} ${String(fields.instrument)} ${String(fields.amount)}`);
    const name = (id: Instrument): string => instrumentName(id, new Map([[1n, "ETH"]]));
    expect(told).to.include.members([
      `fill ${name(call)} undefined`,
      `option settled ${name(call)} 400`,
      `option settled ${name(put)} 0`,
    ]);
    expect(await interest()).to.equal(parseLots("2"));
  });

  it("and stand at what they would pay until they are settled", async () => {
    await world.tradeIn(desk.call(strike), maker, trader, "2", "100");
    await world.tradeIn(desk.put(strike), maker, trader, "2", "20");
    const [cash] = await cashOf(trader);
    await desk.expire(0, "2100");
    await world.setPrice("ETH", "2050");
    const { equity } = await world.assess(trader);
    expect(equity).to.equal(cash! + parseWad("300"));
    expect((await world.assess(maker)).equity).to.equal((await world.cash(maker)) - parseWad("300"));
    await world.clearinghouse.touch([trader.id]);
    expect((await held(trader)).size).to.equal(2);
  });

  it("ORAC-1 carrying nothing away at the price of the moment, which is not what they will pay", async () => {
    const call = desk.call(strike);
    await world.tradeIn(call, maker, trader, "2", "100");
    await desk.expire(0, "2000");
    // They will pay 100 each whatever the price does now, and seem to be worth 600.
    await world.setPrice("ETH", "2500");
    await desk.report();
    const ledger = world.clearinghouse.connect(trader.signer);
    const expiry = desk.expiries[0]!;
    const doubt = ["Option_SurfaceNotFresh", 1n, expiry, SurfaceStatus.Expired] as const;
    await refused(ledger.withdraw(trader.id, 1_000_000n, trader.signer.address), ...doubt);
    await refused(world.trade(maker, trader, "1", "2500"), ...doubt);
    await refused(world.trade(trader, maker, "1", "2500"), ...doubt);
    await world.mint(trader.signer, 1);
    await ledger.deposit(trader.id, 1_000_000n);
    // Anyone ends it, by the round of the hour and not by the one since.
    await desk.settleByRound(0, 1n);
    const before = await world.cash(trader);
    await ledger.withdraw(trader.id, 1_000_000n, trader.signer.address);
    // Two times 100, less what is withdrawn, and the deposit for keepers.
    expect((await world.cash(trader)) - before).to.equal(parseWad("209"));
    await world.trade(maker, trader, "1", "2500");
  });

  it("as cash that counts before anybody touches the account", async () => {
    await world.tradeIn(desk.call(strike), maker, trader, "2", "100");
    // What stays keeps the keeper deposit, which is no equity.
    await world.tradeIn(desk.call(5000, 1), maker, trader, "0.01", "0.01");
    await desk.settle(0, "2100");
    await world.setPrice("ETH", "2500");
    await desk.report();
    const seen = await world.assess(trader);
    await world.clearinghouse.touch([trader.id]);
    const touched = await world.assess(trader);
    // A second passes in which what stays loses value.
    expect(seen.equity - touched.equity).to.be.within(0n, parseWad("0.0001"));
    expect((await world.cash(trader)) - touched.equity).to.be.within(parseWad("-20"), 0n);
  });

  it("as part of whatever the account does next", async () => {
    await world.tradeIn(desk.call(strike), maker, trader, "2", "100");
    await desk.settle(0, "2100");
    const before = await world.cash(trader);
    await world.clearinghouse.connect(trader.signer).withdraw(trader.id, 1_000_000n, trader.signer.address);
    // The deposit for keepers came back with the last position.
    expect((await world.cash(trader)) - before).to.equal(parseWad("409"));
  });

  it("without a price of the moment too, so that a silent feed holds up nobody", async () => {
    await world.tradeIn(desk.call(strike), maker, trader, "2", "100");
    await desk.settle(0, "2100");
    await time.increase(2 * DAY);
    const before = await world.cash(trader);
    await world.clearinghouse.touch([trader.id]);
    // The keeper deposit comes back with the last position.
    expect((await world.cash(trader)) - before).to.equal(parseWad("410"));
  });

  it("RISK-3 shield nobody once they are settled, whoever has touched the account or not", async () => {
    const weak = await world.open(world.signer(4), 20_000, CROSS);
    await world.tradeIn(desk.call(3000), maker, weak, "1", "1");
    await world.trade(maker, weak, "0.00000001", "2000");
    await world.trade(maker, weak, "2", "40000", 2n);
    await desk.settle(0, "2000");
    await world.setPrice("BTC", "20000");
    await world.setRound("ETH", 0n, 0);
    await expect(world.clearinghouse.flag(weak.id, maker.id)).to.emit(world.clearinghouse, "Flagged");
  });

  it("LEDGER-2 give the keeper deposit back with the last position, in a frame that judges nothing", async () => {
    await world.tradeIn(desk.call(2000), maker, trader, "1", "50");
    await desk.settle(0, "2100");
    expect((await world.holding(trader)).account.keeperDeposit).to.equal(parseUsdc("10"));
    const [before] = await cashOf(trader);
    await world.clearinghouse.touch([trader.id]);
    expect((await world.holding(trader)).account.keeperDeposit, "LEDGER-2").to.equal(0n);
    expect((await cashOf(trader))[0]! - before!).to.equal(parseWad("110"));
  });
});
