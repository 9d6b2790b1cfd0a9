import { time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import hre from "hardhat";

import { Mode, NEVER, PlimsollInputError, Scope, formatAccountId, makeAccountId, parseLots, parseWad } from "../../sdk";
import { setOperator } from "../../tasks/account/operators";
import { type Actor, World } from "../support/world";
import { Localhost } from "./localhost";
import { expectRefusal } from "./support";

/** Longer than a dozen processes take on a slow machine. */
const PATIENCE = 120_000;
const HOUR = 3_600;

interface History {
  account: string;
  total: number;
  events: (Record<string, unknown> & { event: string; block: number })[];
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
    const ledger = world.clearinghouse.connect(trader.signer);
    await ledger.withdraw(trader.id, 1_000_000_000n, trader.signer);
    await world.trade(maker, trader, "-0.5", "1999");
    await ledger.setOperator(trader.id, world.signer(2), Scope.Trade | Scope.Cancel, NEVER);
    await ledger.setOperator(trader.id, world.signer(3), Scope.Cancel, 5_000_000_000n);
    await ledger.setOperator(trader.id, world.signer(3), 0, 0);
    await ledger.cancelNonces(trader.id, 1, 0b101n);
    await ledger.setMode(trader.id, Mode.Isolated);
    node = await Localhost.open();
  });

  after(() => node.close());

  const named = ({ id }: Actor): string => formatAccountId(id);
  const person = (number: number): string => world.signer(number).address;

  describe("account:history", () => {
    it("tells programs everything, newest last", async () => {
      const found = await node.answer<History>("account:history", "--account", named(trader));
      expect(found).to.include({ account: named(trader), total: 11 });
      const events = found.events.map(({ time: at, block, transaction, ...event }) => {
        expect(at).to.be.a("number").above(1_700_000_000);
        expect(block).to.be.a("number");
        expect(transaction).to.match(/^0x[0-9a-f]{64}$/);
        return event;
      });
      const fill = { instrument: "ETH-PERP", role: "taker", counterparty: named(maker) };
      // Five basis points; 2,000 USD * 0.4 % / 8 an hour on a long of two.
      expect(events.filter(({ event }) => event !== "funding")).to.deep.equal([
        { event: "opened", mode: "cross" },
        { event: "deposited", amount: "5000", from: trader.signer.address },
        { event: "fill", ...fill, size: "2", price: "2001", fee: "2.001", nonce: "1" },
        { event: "withdrawn", amount: "1000", to: trader.signer.address },
        { event: "fill", ...fill, size: "-0.5", price: "1999", fee: "0.49975", nonce: "2" },
        { event: "operator set", operator: person(2), scopes: ["trade", "cancel"], until: null },
        { event: "operator set", operator: person(3), scopes: ["cancel"], until: 5_000_000_000 },
        { event: "operator dismissed", operator: person(3) },
        { event: "nonces cancelled", nonces: ["128", "130"] },
        { event: "mode changed", from: "cross", to: "isolated" },
      ]);
    });

    it("tells the funding that a change of a position settled, as the market accrued it", async () => {
      const { events } = await node.answer<History>("account:history", "--account", named(trader));
      const funding = events.filter(({ event }) => event === "funding");
      const [withdrawn] = events.filter(({ event }) => event === "withdrawn");
      expect(funding[0]).to.include({ instrument: "ETH-PERP", size: "2", block: withdrawn?.block });
      const { cumulativeFunding } = await world.clearinghouse.marketState(1, { blockTag: withdrawn?.block ?? 0 });
      const before = await world.clearinghouse.marketState(1, { blockTag: events[2]?.block ?? 0 });
      const paid = (cumulativeFunding - before.cumulativeFunding) * 2n;
      expect(parseWad(String(funding[0]?.amount)))
        .to.equal(-paid)
        .and.to.be.closeTo(parseWad("-2"), parseWad("0.01"));
    });

    it("shows people the newest, of both sides", async () => {
      const text = await node.text("account:history", "--account", named(maker), "--limit", "2");
      expect(text)
        .to.contain("the newest 2 of")
        .and.to.match(/fill +│ bought 0\.5 ETH-PERP at 1999\.00 from 0x/);
      expect(text).not.to.contain("opened");
    });

    it("refuses an account that nothing happened to, and a limit that is none", async () => {
      const never = makeAccountId(trader.signer.address, 9n);
      const [unknown, limit] = await Promise.all([
        node.run("account:history", "--account", formatAccountId(never)),
        node.run("account:history", "--account", named(trader), "--limit", "0", "--json"),
      ]);
      expectRefusal(unknown, `Nothing ever happened to account ${formatAccountId(never)}.`);
      expectRefusal(limit, 'The limit "0" is not a whole number above zero.');
    });
  });

  describe("account:operators", () => {
    it("lists whoever still may act", async () => {
      const args = ["account:operators", "--account", named(trader)];
      const [json, text, none] = await Promise.all([
        node.answer<unknown[]>(...args),
        node.text(...args),
        node.text("account:operators", "--account", named(maker)),
      ]);
      expect(json).to.deep.equal([{ operator: person(2), scopes: ["trade", "cancel"], until: null }]);
      expect(text).to.contain(person(2)).and.not.to.contain(person(3));
      expect(none).to.equal(`Nobody but its owner may act for account ${named(maker)}.\n`);
    });

    it("refuses what is no account", async () => {
      expectRefusal(
        await node.run("account:operators", "--account", "me", "--json"),
        '"me" is not an account: write owner/index, the owner an address (checksummed, or in lower case) or the number of one of the network\'s accounts.',
      );
    });
  });

  describe("account:operator", () => {
    it("sets one, and takes it away", async () => {
      const args = ["account:operator", "--account", named(maker), "--operator", person(4)];
      const now = await time.latest();
      const set = await node.answer(...args, "--scopes", "reduce,withdraw", "--until", "30d");
      expect(set).to.deep.include({ operator: person(4), scopes: ["reduce", "withdraw"] });
      expect(set.until).to.be.within(now + 30 * 86_400, now + 30 * 86_400 + 600);
      const expected = [BigInt(Scope.Reduce | Scope.Withdraw), BigInt(set.until as number)];
      expect(await world.clearinghouse.operatorOf(maker.id, person(4))).to.deep.equal(expected);
      expect(await node.text(...args, "--dismiss")).to.match(/may +│ nothing/);
      expect(await world.clearinghouse.operatorOf(maker.id, person(4))).to.deep.equal([0n, 0n]);
    });

    it("refuses what cannot be meant", async () => {
      const given = { account: named(maker), operator: person(4), scopes: "trade", until: undefined, dismiss: false };
      const refusals: [Partial<Parameters<typeof setOperator>[1]>, string][] = [
        [{ scopes: undefined }, "The option --scopes is missing, such as --scopes trade,cancel; or say --dismiss."],
        [{ scopes: "steal" }, '"steal" is no scope: it can be trade, reduce, cancel, withdraw.'],
        [{ dismiss: true }, "An operator that is dismissed keeps no scopes: leave out --scopes and --until."],
        [
          { operator: "0x12" },
          '"0x12" is neither an address (0x and 40 hex digits, checksummed or in lower case) nor the number',
        ],
      ];
      for (const [change, sentence] of refusals) {
        await expect(setOperator(hre, { ...given, ...change })).to.be.rejectedWith(PlimsollInputError, sentence);
      }
      const args = ["account:operator", "--account", named(maker), "--operator", person(4), "--scopes", "trade"];
      expectRefusal(
        await node.run(...args, "--until", "2020-01-01"),
        /^The end "2020-01-01" is 2020-01-01 00:00:00 UTC, and it is /,
      );
    });
  });

  describe("account:isolate", () => {
    it("opens, funds and trades in one transaction", async () => {
      const quote = node.file("isolate.json");
      const account = ["--account", named(maker), "--underlying", "ETH"];
      await node.answer("order:sign", ...account, "--size", "-3", "--limit", "2002", "--out", quote);
      const owner = world.signer(5);
      const args = ["account:isolate", "--owner", owner.address, "--fund", "500", "--maker", quote, "--size", "1.5"];
      const found = await node.answer(...args);
      const id = makeAccountId(owner.address, 0n);
      expect(found).to.deep.include({ account: formatAccountId(id), mode: "isolated", funded: "500" });
      const trade = { instrument: "ETH-PERP", size: "1.5", price: "2002", maker: named(maker) };
      expect(found.trade).to.deep.equal(trade);
      const opened: Actor = { signer: owner, id };
      const { account: state } = await world.holding(opened);
      expect(state.mode).to.equal(Mode.Isolated);
      expect(await world.lots(opened)).to.equal(parseLots("1.5"));
      const hashes = await world.clearinghouse.queryFilter(world.clearinghouse.filters.Filled(maker.id, id));
      expect(hashes.map(({ transactionHash }) => transactionHash)).to.deep.equal([found.transaction]);
      // Another takes the next index, and what is left of the quote.
      expect(await node.text(...args.slice(0, 7))).to.contain(`${owner.address}/1`);
      const next: Actor = { signer: owner, id: makeAccountId(owner.address, 1n) };
      expect(await world.lots(next)).to.equal(parseLots("1.5"));
    });

    it("opens without a trade", async () => {
      const owner = world.signer(6);
      const found = await node.answer("account:isolate", "--owner", owner.address, "--fund", "25");
      expect(found).to.deep.include({ account: `${owner.address}/0`, trade: null });
      expect(await world.cash({ signer: owner, id: makeAccountId(owner.address, 0n) })).to.equal(parseWad("25"));
    });

    it("refuses to open where anything of it fails", async () => {
      const quote = node.file("small.json");
      const account = ["--account", named(maker), "--underlying", "ETH"];
      await node.answer("order:sign", ...account, "--size", "2", "--limit", "1990", "--nonce", "77", "--out", quote);
      const owner = world.signer(7).address;
      const open = ["account:isolate", "--owner", owner, "--maker", quote, "--fund"];
      const results = await Promise.all([
        node.run(...open, "500", "--size", "1"),
        node.run(...open, "500", "--size", "-3"),
        node.run(...open, "500", "--price", "1991"),
        node.run(...open, "20"),
        node.run("account:isolate", "--owner", owner, "--fund", "20", "--size", "1"),
      ]);
      const sentences = [
        "The maker buys as well: take it with a negative size.",
        "The order is for 2, and 3 was wanted of it.",
        "The order buys for at most 1990 a unit, and the price is 1991.",
        /^Account 0x\w{40}\/0 would have equity of -?\d+\.\d+ USD and needs \d+\.\d+ of initial margin\.$/,
        "There is nothing to trade against: name a maker's order with --maker.",
      ];
      results.forEach((result, i) => {
        expectRefusal(result, sentences[i] ?? "");
      });
      const { account: state } = await world.holding({ signer: world.signer(7), id: makeAccountId(owner, 0n) });
      expect(state.mode).to.equal(Mode.None);
    });
  });
});
