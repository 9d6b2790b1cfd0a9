import { time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";

import { formatAccountId, makeAccountId, parseLots, parseShares, parseUsdc, parseWad } from "../../sdk";
import { readVault } from "../../scripts/lib/vaultReads";
import { type Actor, World } from "../support/world";
import { Localhost } from "./localhost";
import { expectRefusal } from "./support";
import hre from "hardhat";

/** Longer than a dozen processes take on a slow machine. */
const PATIENCE = 120_000;
const DAY = 86_400;

describe("vault tasks", function () {
  this.timeout(PATIENCE);
  let world: World;
  let node: Localhost;
  let buyer: Actor;
  let saver: string;

  /** A vault of 100,000 USD that took over ten long from an account nobody bid for. */
  before(async () => {
    world = await World.create();
    const maker = await world.open(world.signer(0), 10_000_000);
    const trader = await world.open(world.signer(1), 2_100);
    buyer = await world.open(world.signer(2), 1_000_000);
    saver = world.signer(3).address;
    node = await Localhost.open();
    const found = await node.answer("vault:deposit", "--owner", saver, "--amount", "100000");
    expect(found).to.include({ owner: saver, deposited: "100000", shares: "100000" });
    expect(await world.system.vault.balanceOf(saver)).to.equal(parseShares("100000"));
    await world.trade(maker, trader, "10", "2000");
    const ledger = world.clearinghouse.connect(buyer.signer);
    await world.later(60, "1850");
    await ledger.flag(trader.id, buyer.id);
    for (let i = 0; i < 6; i++) {
      await world.later(600, "1850");
      await ledger.poke(trader.id);
    }
    await ledger.takeOver(trader.id, buyer.id);
  });

  after(() => node.close());

  it("vault:show tells what it has, holds and offers, and a holder's part", async () => {
    const { vault } = world.system;
    const [found, text] = await Promise.all([node.answer("vault:show", "--owner", saver), node.text("vault:show")]);
    const [begun] = await vault.queryFilter(vault.filters.TakeoverBegun());
    const spent = begun!.args.margin;
    const state = await readVault(hre, world.system);
    expect(state.hourSpent).to.equal(spent);
    expect(state.eventLimit).to.equal(await vault.coverLimit());
    // A fifth of what there was before the hour's payments, less these.
    expect(state.hourLeft).to.equal((state.cash + spent) / 5n - spent);
    expect(found).to.include({ cooldown: 3 * DAY, exitWindow: DAY });
    expect(parseWad(String(found.assets))).to.equal((await vault.totalAssets()) * 10n ** 12n);
    const [takeover] = found.takeovers as { takeover: number; positions: Record<string, string>[] }[];
    expect(takeover?.takeover).to.equal(1);
    // The offer begins a percent dearer than mark.
    expect(takeover?.positions[0]).to.deep.equal({ instrument: "ETH-PERP", size: "10", mark: "1850", offer: "1868.5" });
    expect(found.holder).to.include({ owner: saver, request: null, redeemable: "0" });
    expect(text)
      .to.match(/1 +│ .* │ ETH-PERP │ 10 +│ 1850\.00/)
      .and.not.to.contain(saver);
  });

  it("vault:buy takes the offer in parts, and vault:end-takeover brings the cash back", async () => {
    const account = ["--account", formatAccountId(buyer.id)];
    const [end, wrongSide, tooMuch, none] = await Promise.all([
      node.run("vault:end-takeover", "--takeover", "1", "--json"),
      node.run("vault:buy", "--takeover", "1", ...account, "--size", "-1"),
      node.run("vault:buy", "--takeover", "1", ...account, "--size", "11", "--json"),
      node.run("vault:buy", "--takeover", "2", ...account),
    ]);
    expectRefusal(end, "Takeover 1 still holds 10 ETH-PERP: see vault:buy.");
    expectRefusal(wrongSide, "The vault sells ETH-PERP: take its offer with a positive size.");
    expectRefusal(tooMuch, "The vault sells 10, and 11 was wanted.");
    expectRefusal(none, "The vault has no open takeover 2: open are 1.");
    const owner = await world.system.vault.getAddress();
    const found = await node.answer("vault:buy", "--takeover", "1", ...account, "--size", "4");
    expect(found).to.include({ taker: formatAccountId(buyer.id), maker: `${owner}/1`, takerSize: "4" });
    expect(await world.lots(buyer)).to.equal(parseLots("4"));
    expect(await node.text("vault:buy", "--takeover", "1", ...account)).to.match(/taker's size +│ 6 /);
    const before = await world.cash({ ...buyer, id: makeAccountId(owner, 0n) });
    const ended = await node.answer("vault:end-takeover", "--takeover", "1");
    expect(ended).to.include({ takeover: "1" });
    const returned = parseUsdc(String(ended.returned)) * 10n ** 12n;
    expect((await world.cash({ ...buyer, id: makeAccountId(owner, 0n) })) - before).to.be.within(
      returned,
      returned + 10n ** 12n,
    );
    const [again, text] = await Promise.all([
      node.run("vault:end-takeover", "--takeover", "1"),
      node.text("vault:show"),
    ]);
    expectRefusal(again, "The vault has no open takeover 1: none is.");
    expect(text).to.contain("No takeover is open.");
  });

  it("vault:request and vault:withdraw leave it, and say when", async () => {
    const owner = ["--owner", saver];
    expectRefusal(
      await node.run("vault:withdraw", ...owner),
      `${saver} has no request that stands: ask with vault:request, wait 3 d, and redeem within 1 d.`,
    );
    const all = await world.system.vault.balanceOf(saver);
    await node.answer("vault:request", ...owner);
    expect((await world.system.vault.redeemRequest(saver)).shares).to.equal(all);
    expect(await node.text("vault:request", ...owner, "--cancel")).to.match(/cancelled +│/);
    const { opensAt, closesAt } = await node.answer("vault:request", ...owner, "--shares", "1000.5");
    expect((closesAt as number) - (opensAt as number)).to.equal(DAY);
    const early = await node.run("vault:withdraw", ...owner, "--json");
    expectRefusal(early, /^0x\w{40} may redeem from \d{4}-\d\d-\d\d .* UTC on and before \d{4}-.* UTC\.$/);
    await time.increaseTo(opensAt as number);
    const found = await node.answer("vault:withdraw", ...owner);
    expect(found).to.include({ owner: saver, redeemed: "1000.5", to: saver });
    expect(await world.system.token.balanceOf(saver)).to.equal(parseUsdc(String(found.received)));
  });

  it("vault tasks refuse what cannot be", async () => {
    const poor = world.signer(9).address;
    const results = await Promise.all([
      node.run("vault:request", "--owner", poor),
      node.run("vault:request", "--owner", poor, "--cancel"),
      node.run("vault:request", "--owner", saver, "--shares", "9999999", "--json"),
      node.run("vault:deposit", "--amount", "0"),
    ]);
    const sentences = [
      `${poor} holds no shares of the vault.`,
      `${poor} has no request to take back.`,
      /^9999999 shares are more than the [\d.]+ held\.$/,
      "The amount is zero: name what to deposit.",
    ];
    results.forEach((result, i) => {
      expectRefusal(result, sentences[i] ?? "");
    });
  });
});
