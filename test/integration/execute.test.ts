import { expect } from "chai";
import type { Interface } from "ethers";

import { cancellation, parseLots, parseUsdc, parseWad } from "../../sdk";
import { keepsConservation } from "../support/conservation";
import { refused } from "../support/refusal";
import { type Actor, CROSS, ISOLATED, World, match, receiptOf } from "../support/world";

const ALLOWED = [
  "openAccount",
  "closeAccount",
  "setMode",
  "deposit",
  "depositWithPermit",
  "withdraw",
  "setOperator",
  "settle",
  "cancelNonces",
  "raiseEpoch",
  "touch",
];
const TEN = parseLots("10");

describe("Clearinghouse: execute", () => {
  let world: World;
  let maker: Actor;
  let trader: Actor;

  beforeEach(async () => {
    world = await World.create();
    maker = await world.open(world.signer(0), 1_000_000);
    trader = await world.open(world.signer(1), 2_100);
    await world.mint(trader.signer, 10_000);
  });
  keepsConservation(() => world);

  const call = (name: string, values: unknown[]): string => {
    const abi: Interface = world.clearinghouse.interface;
    return abi.encodeFunctionData(name, values);
  };
  const deposit = (amount: string): string => call("deposit", [trader.id, parseUsdc(amount)]);
  const withdraw = (amount: string): string => call("withdraw", [trader.id, parseUsdc(amount), trader.signer.address]);

  /** A call that has the trader buy from the maker at 2,000; negative sizes sell. */
  async function trade(size: string, buyer = trader): Promise<string> {
    const opposite = size.startsWith("-") ? size.slice(1) : `-${size}`;
    const orders = [await world.order(maker, opposite, "2000"), await world.order(buyer, size, "2000")];
    const lots: bigint = parseLots(size);
    return call("settle", [orders, [match(lots < 0n ? -lots : lots, "2000")]]);
  }

  it("opens, funds and trades an account in one transaction", async () => {
    const fresh: Actor = { signer: trader.signer, id: (trader.id + 1n) as Actor["id"] };
    await world.execute(
      trader.signer,
      call("openAccount", [1n, ISOLATED]),
      call("deposit", [fresh.id, parseUsdc("3000")]),
      await trade("10", fresh),
      call("setMode", [fresh.id, CROSS]),
    );
    const { account } = await world.holding(fresh);
    expect(account).to.include({ mode: BigInt(CROSS), cash: parseWad("2980"), keeperDeposit: parseUsdc("10") });
    expect(await world.lots(fresh)).to.equal(TEN);
  });

  describe("judges each account once, at the end", () => {
    it("lets one dip in between: money out before money in", async () => {
      await world.execute(trader.signer, await trade("10"), withdraw("2000"), deposit("2000"));
      await world.execute(trader.signer, withdraw("2000"), await trade("-9"), deposit("200"));
      expect(await world.cash(trader)).to.equal(parseWad("2080") - parseWad("9") - parseWad("1800"));
    });

    it("lets one dip in between: more than it can carry, and back", async () => {
      await refused(
        world.execute(trader.signer, await trade("20")),
        "Clearinghouse_BelowInitialMargin",
        trader.id,
        parseWad("2070"),
        parseWad("4020.8"),
      );
      await world.execute(trader.signer, await trade("20"), await trade("-10"));
      expect(await world.lots(trader)).to.equal(TEN);
    });

    it("refuses what is owed at the end, though each call alone would pass", async () => {
      await world.execute(trader.signer, await trade("5"));
      const { equity, initialMargin } = await world.assess(trader);
      const free = (equity - initialMargin) / 10n ** 12n;
      const asked = parseUsdc("1200");
      expect(asked / 2n).to.be.below(free);
      await refused(
        world.execute(trader.signer, withdraw("600"), withdraw("600")),
        "Clearinghouse_BeyondFreeCollateral",
        trader.id,
        asked,
        free,
      );
    });

    it("refuses collateral lent for the length of a transaction", async () => {
      await refused(
        world.execute(trader.signer, deposit("5000"), await trade("20"), withdraw("5000")),
        "Clearinghouse_BeyondFreeCollateral",
        trader.id,
        parseUsdc("5000"),
        parseUsdc("3049.2"),
      );
    });

    it("writes each account once", async () => {
      const sent = world.execute(trader.signer, deposit("1"), await trade("1"), await trade("1"), withdraw("1"));
      const { logs } = await receiptOf(sent);
      const written = logs.map((log) => world.clearinghouse.interface.parseLog(log)?.name);
      expect(written.filter((name) => name === "AccountChanged")).to.have.length(3);
      expect(written.filter((name) => name === "PositionChanged")).to.have.length(2);
    });
  });

  describe("is the caller's, and all or nothing", () => {
    it("AUTH-1 gives nobody else's account away", async () => {
      const { address } = trader.signer;
      const theirs = [
        call("withdraw", [maker.id, 1n, address]),
        call("closeAccount", [maker.id]),
        call("setMode", [maker.id, CROSS]),
        call("raiseEpoch", [maker.id]),
      ];
      for (const data of theirs) {
        await refused(world.execute(trader.signer, deposit("1"), data), "Clearinghouse_NotOwner", maker.id, address);
      }
    });

    it("undoes what came before a refusal", async () => {
      const before = await world.holding(trader);
      const calls = [deposit("100"), call("raiseEpoch", [trader.id]), call("deposit", [trader.id, 0n])];
      await refused(world.execute(trader.signer, ...calls), "Clearinghouse_ZeroAmount");
      expect(await world.holding(trader)).to.deep.equal(before);
    });

    it("does nothing with nothing", async () => {
      expect((await receiptOf(world.execute(trader.signer))).logs).to.deep.equal([]);
    });
  });

  describe("knows what the calls before it did", () => {
    it("a nonce cancelled or an epoch raised", async () => {
      const order = await world.order(trader, "1", "2000");
      const { nonce } = order.order;
      const settle = call("settle", [[await world.order(maker, "-1", "2000"), order], [match(1n, "2000")]]);
      const cancel = call("cancelNonces", [trader.id, ...cancellation(nonce)]);
      const raise = call("raiseEpoch", [trader.id]);
      await refused(world.execute(trader.signer, cancel, settle), "Order_NonceSpent", trader.id, nonce);
      await refused(world.execute(trader.signer, raise, settle), "Order_WrongEpoch", trader.id, 0n, 1n);
      await world.execute(trader.signer, settle, cancel, raise);
      expect(await world.clearinghouse.nonceState(trader.id, nonce)).to.deep.equal([true, 0n]);
    });

    it("an order filled: it is not filled again", async () => {
      const data = await trade("1");
      await expect(world.execute(trader.signer, data, data)).to.be.revertedWithCustomError(
        world.clearinghouse,
        "Order_NonceSpent",
      );
    });

    it("an account emptied, closed and opened afresh", async () => {
      const close = call("closeAccount", [trader.id]);
      const open = call("openAccount", [0n, ISOLATED]);
      await refused(world.execute(trader.signer, open), "Clearinghouse_AccountAlreadyOpen", trader.id);
      await refused(
        world.execute(trader.signer, withdraw("2100"), close, deposit("1")),
        "Clearinghouse_AccountNotOpen",
        trader.id,
      );
      await world.execute(trader.signer, withdraw("2100"), close, open, deposit("5"));
      const { account } = await world.holding(trader);
      expect(account).to.include({ mode: BigInt(ISOLATED), epoch: 1n, cash: parseWad("5") });
    });

    it("a touch, which settles before anything else", async () => {
      await world.execute(trader.signer, await trade("10"));
      await world.later(60, "2100");
      const touch = call("touch", [[maker.id, trader.id]]);
      await world.execute(trader.signer, touch, withdraw("800"), touch);
      expect(await world.cash(trader)).to.equal(parseWad("2280"));
    });
  });

  it("pays every withdrawal where it should go", async () => {
    const [one, other] = [world.signer(6), world.signer(7)];
    const calls = [one, other, one].map((to, i) => call("withdraw", [trader.id, BigInt(i + 1), to.address]));
    await expect(world.execute(trader.signer, ...calls)).to.changeTokenBalances(
      world.system.token,
      [one, other, world.clearinghouse],
      [4n, 2n, -6n],
    );
  });

  it("FUND-2 no trade between own accounts and no withdrawal makes money", async () => {
    const second = await world.open(trader.signer, 10_000, CROSS, 1n);
    const swap = async (size: string, price: string): Promise<string> => {
      const opposite = size.startsWith("-") ? size.slice(1) : `-${size}`;
      const orders = [await world.order(trader, opposite, price), await world.order(second, size, price)];
      const lots: bigint = parseLots(size);
      return call("settle", [orders, [match(lots < 0n ? -lots : lots, price)]]);
    };
    const calls = [await swap("1", "1700"), await swap("-0.3", "2300"), await swap("-0.7", "1999.99")];
    await world.execute(trader.signer, ...calls);
    const [here, there] = [await world.cash(trader), await world.cash(second)];
    expect(here + there).to.be.below(parseWad("12100"));
    await refused(
      world.clearinghouse.connect(trader.signer).withdraw(second.id, parseUsdc("12100"), trader.signer),
      "Clearinghouse_BeyondFreeCollateral",
      second.id,
      parseUsdc("12100"),
      there / 10n ** 12n,
    );
  });

  it("calls nothing else: no liquidation, no governance, no vault, not itself", async () => {
    const refusedOnes: string[] = [];
    for (const contract of [world.clearinghouse, world.system.vault]) {
      contract.interface.forEachFunction(({ name, selector }) => {
        if (contract !== world.clearinghouse || !ALLOWED.includes(name)) refusedOnes.push(selector);
      });
    }
    expect(refusedOnes).to.have.length.above(40);
    for (const selector of [...refusedOnes, "0x00000000", "0xffffffff"]) {
      const padded = selector + "00".repeat(128);
      await refused(world.execute(trader.signer, padded), "Clearinghouse_UnknownSelector", selector);
    }
    for (const data of ["0x", "0x123456"]) {
      const selector = data.padEnd(10, "0");
      await refused(world.execute(trader.signer, data), "Clearinghouse_UnknownSelector", selector);
    }
  });
});
