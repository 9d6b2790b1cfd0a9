import { expect } from "chai";
import { time } from "@nomicfoundation/hardhat-network-helpers";

import { NEVER, Scope, formatAccountId, parseWad } from "../../sdk";
import { formatSignedOrder } from "../../sdk/orderFile";
import { type Actor, World } from "../support/world";
import { Localhost } from "./localhost";
import { expectRefusal } from "./support";
import { writeFile } from "node:fs/promises";

/** Longer than a dozen processes take on a slow machine. */
const PATIENCE = 120_000;
const HOUR = 3_600;

interface History {
  account: string;
  total: number;
  events: (Record<string, unknown> & { event: string; time: number; block: number; transaction: string })[];
}

describe("account tasks", function () {
  this.timeout(PATIENCE);
  let world: World;
  let node: Localhost;
  let maker: Actor;
  let trader: Actor;

  before(async () => {
    world = await World.create();
    maker = await world.open(world.signer(0), 1_000_000);
    trader = await world.open(world.signer(1), 5_000);
    await world.postBasis("ETH", parseWad("0.004"));
    await world.trade(maker, trader, "2", "2001");
    await world.later(HOUR, "2000");
    await world.clearinghouse.connect(trader.signer).withdraw(trader.id, 1_000_000_000n, trader.signer);
    await world.trade(maker, trader, "-0.5", "1999");
    await world.clearinghouse.connect(trader.signer).setOperator(trader.id, world.signer(2), Scope.Trade, NEVER);
    await world.clearinghouse.connect(trader.signer).setOperator(trader.id, world.signer(3), Scope.Cancel, NEVER);
    await world.clearinghouse.connect(trader.signer).setOperator(trader.id, world.signer(3), 0, 0);
    await world.clearinghouse.connect(trader.signer).cancelNonces(trader.id, 0, 0b1100000n);
    node = await Localhost.open();
  });

  after(() => node.close());

  const named = ({ id }: Actor): string => formatAccountId(id);

  describe("account:history", () => {
    it("tells programs everything, newest last", async () => {
      const { account, total, events } = await node.answer<History>("account:history", "--account", named(trader));
      expect(account).to.equal(named(trader));
      expect(events.map(({ event }) => event)).to.deep.equal([
        "opened",
        "deposited",
        "fill",
        "withdrawn",
        "funding",
        "fill",
        "operator set",
        "operator set",
        "operator dismissed",
        "nonces cancelled",
      ]);
      expect(total).to.equal(events.length);
    });
  });
});
