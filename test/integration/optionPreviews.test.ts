import { expect } from "chai";
import hre from "hardhat";

import {
  type Instrument,
  type Wad,
  atSpot,
  judge,
  liquidationPrices,
  parseLots,
  parseWad,
  previewFill,
} from "../../sdk";
import { readBook, readInterest } from "../../scripts/lib/marketReads";
import { readSnapshotAt } from "../../scripts/lib/reads";
import { keepsConservation } from "../support/conservation";
import { OptionDesk } from "../support/optionDesk";
import { type Actor, PORTFOLIO, World } from "../support/world";

describe("Clearinghouse: options told of off the chain", () => {
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

  describe("to the twin", () => {
    /** The account, and all it is judged by, now. */
    async function now(actor: Actor, ...others: Instrument[]) {
      const holding = await world.holding(actor);
      const traded = others.map((instrument) => ({ instrument, lots: 0n, index: 0n }));
      const snapshot = await readSnapshotAt(world.system, [[...holding.positions, ...traded]], "latest");
      return { ...holding, snapshot };
    }

    it("MATH-1 a fill previewed is what the ledger does", async () => {
      const [call, far] = [desk.call(2100), desk.put(1900, 1)];
      await world.trade(maker, trader, "3", "2000");
      for (const [instrument, size, price] of [
        [call, "2", "40"],
        [far, "-3", "70"],
        [call, "-0.5", "35.5"],
        [call, "-3", "0.25"],
        [far, "3", "90"],
      ] as const) {
        const { account, positions, snapshot } = await now(trader, instrument);
        const fill = { instrument, lots: parseLots(size), price: parseWad(price), feeBps: 3n };
        const preview = previewFill(snapshot, { ...account, positions }, fill);
        await world.tradeIn(instrument, maker, trader, size, price);
        const after = await now(trader);
        expect(preview.allowed).to.equal(true);
        expect(after.account.cash, `${size} at ${price}`).to.equal(preview.holdings.cash);
        expect(after.account.keeperDeposit).to.equal(preview.holdings.keeperDeposit);
        expect(after.positions).to.have.deep.members([...preview.holdings.positions]);
        const judged = judge(account.mode, after.snapshot, after.account.cash, after.positions);
        expect(judged).to.deep.equal(await world.assess(trader));
      }
    });

    it("RISK-1 what the ledger refuses is previewed as refused", async () => {
      const call = desk.call(2000);
      const poor = await world.open(world.signer(4), 200, PORTFOLIO);
      const sell = { instrument: call, lots: parseLots("-1"), price: parseWad("60"), feeBps: 3n };
      const { account, positions, snapshot } = await now(poor, call);
      expect(previewFill(snapshot, { ...account, positions }, sell).allowed).to.equal(false);
      await desk.expire(0, "2000");
      const later = await now(trader, call);
      const buy = { ...sell, lots: parseLots("1") };
      const preview = previewFill(later.snapshot, { ...later.account, positions: later.positions }, buy);
      expect(preview.allowed, "expired").to.equal(false);
    });

    it("a strangle sold can be liquidated either way, at prices where it just is", async () => {
      const weak = await world.open(world.signer(4), 3_000, PORTFOLIO);
      await world.tradeIn(desk.call(2300, 1), maker, weak, "-5", "30");
      await world.tradeIn(desk.put(1700, 1), maker, weak, "-5", "30");
      const { account, positions, snapshot } = await now(weak);
      const { down, up } = liquidationPrices(account.mode, snapshot, account.cash, positions, 1n);
      const below = (spot: Wad): boolean => {
        const markets = snapshot.markets.map((market) => atSpot(market, spot));
        const found = judge(account.mode, { ...snapshot, markets }, account.cash, positions);
        return found.equityForMaintenance < found.maintenanceMargin;
      };
      expect(down!.spot).to.be.within(parseWad("1000"), parseWad("1999"));
      expect(up!.spot).to.be.within(parseWad("2001"), parseWad("2900"));
      expect([below(down!.spot), below(down!.spot + 1n)]).to.deep.equal([true, false]);
      expect([below(up!.spot), below(up!.spot - 1n)]).to.deep.equal([true, false]);
      expect(liquidationPrices(account.mode, snapshot, 0n, [], 1n)).to.deep.equal({});
    });
  });

  it("are no part of a perpetual's open interest, whoever holds both", async () => {
    await world.tradeIn(desk.call(2000), maker, trader, "5", "80");
    await world.trade(maker, trader, "2", "2000");
    const book = await readBook(hre, world.system, await hre.ethers.provider.getBlockNumber());
    const { holders } = await readInterest(world.system, book, 1n, await hre.ethers.provider.getBlockNumber());
    expect(new Map(holders.map(({ account, lots }) => [account, lots]))).to.deep.equal(
      new Map([
        [maker.id, parseLots("-2")],
        [trader.id, parseLots("2")],
      ]),
    );
  });

  /** One unit at its mark, as the margin models have it. */
});
