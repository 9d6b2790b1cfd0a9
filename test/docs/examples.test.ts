/** The examples of the documentation, run. */
import { expect } from "chai";

import hre from "hardhat";

import { portrait } from "../../docs/examples/lens";
import { previewAndSign } from "../../docs/examples/preview";
import { loadLens } from "../../scripts/lib/system";
import { formatWad, liquidationPrices, parseWad } from "../../sdk";
import { World } from "../support/world";

describe("docs: the example of the README", () => {
  it("previews an order as the chain then judges it, to the bit, and signs what passes", async () => {
    const world = await World.create();
    const maker = await world.open(world.signer(0), 1_000_000);
    const taker = await world.open(world.signer(1), 10_000);
    const address = await world.clearinghouse.getAddress();
    const { preview, signed } = await previewAndSign(taker.signer, address, taker.id, "1.5", "2001");
    expect(preview.allowed).to.equal(true);
    if (!signed) throw new Error("An order that is allowed was not signed.");
    const match = await world.order(maker, "-1.5", "2001");
    await world.settle([match, signed], [{ maker: 0, taker: 1, lots: 150_000_000n, price: parseWad("2001") }]);
    const found = await world.clearinghouse.assess(taker.id);
    expect(found.equity, "MATH-1").to.equal(preview.after.equity);
    expect(found.initialMargin, "MATH-1").to.equal(preview.after.initialMargin);
    expect(found.maintenanceMargin, "MATH-1").to.equal(preview.after.maintenanceMargin);
  });

  it("signs nothing the ledger would refuse", async () => {
    const world = await World.create();
    const taker = await world.open(world.signer(1), 100);
    const address = await world.clearinghouse.getAddress();
    const { preview, signed } = await previewAndSign(taker.signer, address, taker.id, "1.5", "2001");
    expect(preview.allowed).to.equal(false);
    expect(signed).to.equal(undefined);
  });
});

describe("docs: the example of the lens", () => {
  it("tells of an account what the ledger and the twin do", async () => {
    const world = await World.create();
    const maker = await world.open(world.signer(0), 1_000_000);
    const taker = await world.open(world.signer(1), 1_000);
    await world.trade(maker, taker, "-2", "2001");
    const lens = await (await loadLens(hre)).getAddress();
    const found = await portrait(hre.ethers.provider, lens, taker.id);
    const { equity, maintenanceMargin, initialMargin } = await world.clearinghouse.assess(taker.id);
    expect(found.equity).to.equal(formatWad(equity));
    expect(found.maintenanceMargin).to.equal(formatWad(maintenanceMargin));
    expect(found.freeCollateral).to.equal(formatWad(equity - initialMargin));
    expect(Number(found.leverage)).to.be.closeTo(4_000 / (Number(equity) / 1e18), 1e-9);
    expect([...found.deltas]).to.deep.equal([[1n, "-2"]]);
    const { account, positions } = await world.holding(taker);
    const { up } = liquidationPrices(account.mode, { markets: [await world.market()] }, account.cash, positions, 1n);
    expect(found).to.include({ liquidatedBelow: undefined, liquidatedAbove: formatWad(up!.spot) });
  });
});
