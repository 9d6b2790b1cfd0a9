import { readFile, writeFile } from "node:fs/promises";

import { time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import hre from "hardhat";

import { type OrderFate, readOrderFate } from "../../scripts/lib/orderFate";
import { NEVER, PlimsollInputError, Scope, formatAccountId, instrumentName, parseLots } from "../../sdk";
import { formatSignedOrder, readSignedOrder } from "../../sdk/orderFile";
import { cancel } from "../../tasks/order/cancel";
import { submit } from "../../tasks/order/submit";
import { type Actor, World, match } from "../support/world";
import { Localhost } from "./localhost";
import { expectRefusal } from "./support";

/** Longer than a dozen processes take on a slow machine. */
const PATIENCE = 120_000;

interface Status {
  status: string;
  filled: string;
  left: string;
  fills: { size: string; price: string; transaction: string }[];
}

describe("order tasks", function () {
  this.timeout(PATIENCE);
  let world: World;
  let node: Localhost;
  let maker: Actor;
  let taker: Actor;

  before(async () => {
    world = await World.create();
    maker = await world.open(world.signer(0), 1_000_000);
    taker = await world.open(world.signer(1), 100_000);
    node = await Localhost.open();
  });

  after(() => node.close());

  const named = ({ id }: Actor): string => formatAccountId(id);

  /** Writes an order on ETH that is signed without a task. */
  async function write(name: string, actor: Actor, size: string, limit: string, changes = {}): Promise<string> {
    const signed = await world.order(actor, size, limit, changes);
    const file = node.file(`${name}.json`);
    await writeFile(file, formatSignedOrder({ domain: world.domain, signed }));
    return file;
  }

  /** What became of the order in a file, as the tasks find it. */
  async function fateOf(file: string): Promise<OrderFate> {
    const { signed } = readSignedOrder(await readFile(file, "utf8"));
    return readOrderFate(hre, world.system, signed.order);
  }

  const statusOf = (file: string): Promise<Status> => node.answer<Status>("order:status", "--order", file);

  describe("order:sign", () => {
    it("prints what it would write, with the next nonce", async () => {
      const args = ["--account", named(maker), "--underlying", "ETH", "--size", "-2.5", "--limit", "2010"];
      const [found, text] = await Promise.all([
        node.answer("order:sign", ...args, "--reduce-only", "--max-fee", "3"),
        node.text("order:sign", ...args, "--expiry", "15m"),
      ]);
      const { signed, domain } = readSignedOrder(JSON.stringify(found));
      expect(domain).to.deep.equal(world.domain);
      expect(signed.order).to.include({ size: parseLots("-2.5"), nonce: 1n, reduceOnly: true, maxFeeBps: 3n });
      const [hash, status] = await world.clearinghouse.orderStatus(signed.order);
      expect(text)
        .to.match(/limit, USD +│ 2010/)
        .and.to.contain('"signature": "0x')
        .and.not.to.contain(hash);
      expect(status).to.equal(0n);
    });

    it("signs for an option by its name, at the fee of options", async () => {
      const name = "ETH-20361226-2200.5-P";
      const args = ["--account", named(maker), "--size", "1.5", "--limit", "80"];
      const [found, both] = await Promise.all([
        node.answer("order:sign", ...args, "--instrument", name),
        node.run("order:sign", ...args, "--instrument", name, "--underlying", "ETH"),
      ]);
      const { signed } = readSignedOrder(JSON.stringify(found));
      expect(instrumentName(signed.order.instrument, new Map([[1n, "ETH"]]))).to.equal(name);
      expect(signed.order.maxFeeBps).to.equal(3n);
      expectRefusal(
        both,
        "Say what is traded, once: --underlying ETH for its perpetual, or --instrument ETH-20261225-2200-C.",
      );
    });

    it("signs as an operator", async () => {
      const operator = world.signer(3);
      await world.clearinghouse.connect(maker.signer).setOperator(maker.id, operator, Scope.Trade, NEVER);
      const file = node.file("operated.json");
      const terms = ["--account", named(maker), "--underlying", "ETH", "--size", "-1", "--limit", "2000"];
      const shown = await node.text(
        "order:sign",
        ...terms,
        "--nonce",
        "900",
        "--signer",
        operator.address,
        "--out",
        file,
      );
      expect(shown).to.contain(file).and.not.to.contain('"signature"');
      const { signed } = readSignedOrder(await readFile(file, "utf8"));
      await world.settle([signed, await world.order(taker, "1", "2000")], [match(parseLots("1"), "2000")]);
    });

    it("refuses what is no order, and to overwrite a file", async () => {
      const file = node.file("taken.json");
      await writeFile(file, "");
      const sign = (size: string, limit: string, ...more: string[]) =>
        node.run(
          "order:sign",
          "--account",
          named(maker),
          "--underlying",
          "ETH",
          "--size",
          size,
          "--limit",
          limit,
          ...more,
        );
      const results = await Promise.all([
        sign("0", "2000"),
        sign("1", "2000", "--nonce", "900", "--json"),
        sign("1", "2000", "--out", file),
        node.run(
          "order:sign",
          "--account",
          `${taker.signer.address}/5`,
          "--underlying",
          "ETH",
          "--size",
          "1",
          "--limit",
          "1",
        ),
      ]);
      const sentences = [
        "The size is zero: buy with a positive size, sell with a negative.",
        `The nonce 900 of account ${named(maker)} is used: leave out --nonce for one that is not.`,
        `The file ${file} exists: choose another for the order.`,
        `Account ${taker.signer.address}/5 is not open: open it with account:open.`,
      ];
      results.forEach((result, i) => {
        expectRefusal(result, sentences[i] ?? "");
      });
    });
  });

  describe("order:submit", () => {
    it("fills a quote for an account, in parts, and order:status follows", async () => {
      const quote = await write("quote", maker, "-3", "2005");
      expect(await fateOf(quote)).to.deep.include({ status: "open", filled: 0n, left: parseLots("3"), fills: [] });
      const submit = ["order:submit", "--maker", quote, "--account", named(taker)];
      const first = await node.answer(...submit, "--size", "1", "--price", "2006");
      expect(first).to.include({ maker: named(maker), taker: named(taker), takerSize: "1", price: "2006" });
      const partly = await statusOf(quote);
      expect(partly).to.include({ status: "partly filled", filled: "1", left: "2" });
      expect(partly.fills).to.have.length(1);
      expect(partly.fills[0]).to.include({ size: "1", price: "2006", transaction: first.transaction });
      expect(await node.text(...submit)).to.match(/taker's size +│ 2 /);
      const filled = await fateOf(quote);
      expect(filled).to.include({ status: "filled", filled: parseLots("3"), left: 0n });
      expect(filled.fills.map(({ lots }) => lots)).to.deep.equal([parseLots("1"), parseLots("2")]);
      expectRefusal(await node.run(...submit), /^Order \d+ of account \S+ is filled or cancelled: see order:status\.$/);
    });

    it("matches two signed orders as far as both go, whoever sends", async () => {
      const [sell, buy] = [await write("sell", maker, "-2", "2000"), await write("buy", taker, "1.5", "2001")];
      const sender = ["--sender", world.signer(4).address];
      const found = await node.answer("order:submit", "--maker", sell, "--taker", buy, ...sender);
      expect(found).to.include({ takerSize: "1.5", price: "2000" });
    });

    it("refuses what does not match", async () => {
      const quote = await write("other", maker, "-1", "2000", { nonce: 500n });
      const file = JSON.parse(await readFile(quote, "utf8")) as Record<string, unknown>;
      const [foreign, tampered] = [node.file("foreign.json"), node.file("tampered.json")];
      await writeFile(foreign, JSON.stringify({ ...file, chainId: "1" }));
      const order = { ...(file.order as object), limitPrice: "1" };
      await writeFile(tampered, JSON.stringify({ ...file, order }));
      const own = ["--account", named(taker)];
      const results = await Promise.all([
        node.run("order:submit", "--maker", foreign, ...own),
        node.run("order:submit", "--maker", tampered, ...own, "--json"),
        node.run("order:submit", "--maker", quote, ...own, "--size", "-1"),
      ]);
      const address = await world.clearinghouse.getAddress();
      const sentences = [
        `The order in ${foreign} is for the ledger ${address} on chain 1, and this is ${address} on chain 31337.`,
        `Order 500 of account ${named(maker)} is signed neither by the account's owner nor by an operator who may trade for it.`,
        "The maker sells as well: take it with a positive size.",
      ];
      results.forEach((result, i) => {
        expectRefusal(result, sentences[i] ?? "");
      });
      const values = { maker: quote, taker: undefined, account: undefined, size: undefined, price: undefined };
      const both = { taker: quote, account: named(taker) };
      for (const sides of [{}, both]) {
        await expect(submit(hre, { ...values, ...sides, sender: undefined })).to.be.rejectedWith(
          PlimsollInputError,
          "Name the other side: either --taker, a signed order, or --account, one of your own.",
        );
      }
      const nowhere = { ...values, maker: node.file("nowhere.json"), account: named(taker), sender: undefined };
      await expect(submit(hre, nowhere)).to.be.rejectedWith(
        PlimsollInputError,
        `The order file ${node.file("nowhere.json")} cannot be read: order:sign writes one with --out.`,
      );
    });
  });

  describe("order:cancel", () => {
    it("cancels an order, filled in part or not at all", async () => {
      const quote = await write("doomed", maker, "-2", "2000", { nonce: 300n });
      const { signed } = readSignedOrder(await readFile(quote, "utf8"));
      await world.settle([signed, await world.order(taker, "0.5", "2000")], [match(parseLots("0.5"), "2000")]);
      const found = await node.answer("order:cancel", "--order", quote);
      expect(found).to.deep.include({ account: named(maker), cancelled: ["300"] });
      expect(await fateOf(quote)).to.include({ status: "cancelled", filled: parseLots("0.5"), left: 0n });
      expectRefusal(
        await node.run("order:cancel", "--order", quote, "--json"),
        `Order 300 of account ${named(maker)} is filled or cancelled already.`,
      );
    });

    it("cancels nonces, as an operator as well", async () => {
      const operator = world.signer(5);
      await world.clearinghouse.connect(taker.signer).setOperator(taker.id, operator, Scope.Cancel, NEVER);
      const args = ["order:cancel", "--account", named(taker), "--nonce", "1000,1001,2000"];
      expect(await node.text(...args, "--sender", operator.address)).to.contain("1000, 1001, 2000");
      for (const nonce of [1000n, 1001n, 2000n]) {
        expect((await world.clearinghouse.nonceState(taker.id, nonce))[0]).to.be.true;
      }
    });

    it("cancels everything, which dismisses operators", async () => {
      const order = await write("last", maker, "1", "2000");
      const found = await node.answer("order:cancel", "--account", named(maker), "--all");
      expect(found).to.include({ account: named(maker), cancelled: "all" });
      expect(await fateOf(order)).to.include({ status: "wrong epoch", left: 0n });
      expect(await world.clearinghouse.operatorOf(maker.id, world.signer(3))).to.deep.equal([0n, 0n]);
    });

    it("refuses to guess what is meant", async () => {
      const nothing = { order: undefined, account: undefined, nonce: undefined, all: false, sender: undefined };
      const account = named(maker);
      for (const values of [{}, { account }, { account, nonce: "1", all: true }, { nonce: "1" }, { all: true }]) {
        await expect(cancel(hre, { ...nothing, ...values })).to.be.rejectedWith(
          PlimsollInputError,
          "Say what to cancel: --order FILE, --account with --nonce, or --account with --all.",
        );
      }
      await expect(cancel(hre, { ...nothing, account, nonce: "x" })).to.be.rejectedWith(
        PlimsollInputError,
        'The nonce "x" is not a whole number from 0 to 18446744073709551615.',
      );
    });
  });

  describe("order:status", () => {
    it("knows an order whose nonce another has, and one that expired", async () => {
      const now = BigInt(await time.latest());
      const [first, second] = [
        await write("one", taker, "1", "1990", { nonce: 700n, expiry: now + 86_400n }),
        await write("two", taker, "2", "1990", { nonce: 700n, expiry: now + 7_200n }),
      ];
      const { signed } = readSignedOrder(await readFile(second, "utf8"));
      const { epoch } = (await world.holding(maker)).account;
      const against = await world.order(maker, "-0.5", "1990", { epoch });
      await world.settle([signed, against], [{ ...match(parseLots("0.5"), "1990"), maker: 1, taker: 0 }]);
      await world.later(3 * 3_600, "2000");
      expect(await fateOf(second)).to.include({ status: "expired", filled: parseLots("0.5"), left: 0n });
      expect(await fateOf(first)).to.include({ status: "nonce taken", filled: 0n, left: 0n });
      expect(await node.text("order:status", "--order", first)).to.contain("another order of its nonce");
    });

    it("knows an order that was filled under another's nonce whole", async () => {
      const terms = { nonce: 701n, epoch: (await world.holding(taker)).account.epoch };
      const [first, second] = [
        await write("whole", taker, "1", "1990", terms),
        await write("passed", taker, "2", "1990", terms),
      ];
      const { signed } = readSignedOrder(await readFile(first, "utf8"));
      const { epoch } = (await world.holding(maker)).account;
      await world.settle([await world.order(maker, "-1", "1990", { epoch }), signed], [match(parseLots("1"), "1990")]);
      expect(await fateOf(first)).to.include({ status: "filled" });
      expect(await fateOf(second)).to.include({ status: "nonce taken", filled: 0n });
    });

    it("refuses a file that is no order", async () => {
      const file = node.file("wrong.json");
      await writeFile(file, "{}");
      expectRefusal(await node.run("order:status", "--order", file, "--json"), /^The order file's format is wrong: /);
    });
  });
});
