import { expect } from "chai";

import { parseLots } from "../../sdk";
import { keepsConservation } from "../support/conservation";
import { type Actor, World, match } from "../support/world";

describe("the allowance of the risk-reducing exception", () => {
  let world: World;
  let victim: Actor;
  let friend: Actor;

  beforeEach(async () => {
    world = await World.create();
    friend = await world.open(world.signer(0), 100_000);
    victim = await world.open(world.signer(1), 2_100);
    await world.trade(friend, victim, "10", "2000");
  });
  keepsConservation(() => world);

  it("does not grow with every round trip of a batch, so an account cannot be traded below zero", async () => {
    const rounds = 50;
    const size = String(10 * rounds);
    const orders = [
      await world.order(friend, size, "1980"),
      await world.order(victim, `-${size}`, "1980"),
      await world.order(friend, `-${size}`, "2000"),
      await world.order(victim, size, "2000"),
    ];
    const lots = parseLots("10");
    const fills = Array.from({ length: rounds }, () => [
      match(lots, "1980"),
      { ...match(lots, "2000"), maker: 2, taker: 3 },
    ]).flat();
    await expect(world.settle(orders, fills)).to.be.reverted;
    expect(await world.cash(victim)).to.be.above(0n);
  });
});
