import { loadFixture, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";

import { NEVER, Scope, makeAccountId, parseLots, parseUsdc, parseWad } from "../../sdk";
import { keepsConservation } from "../support/conservation";
import { refused } from "../support/refusal";
import { type Actor, type Person, World, match } from "../support/world";

const ONE = parseLots("1");
const { Trade, Reduce, Cancel, Withdraw } = Scope;
const EVERYTHING = Trade | Reduce | Cancel | Withdraw;

describe("Clearinghouse: operators", () => {
  let world: World;
  let maker: Actor;
  let owner: Actor;
  let operator: Person;

  /** The account, as its operator would trade for it. */
  let operated: Actor;

  async function play(): Promise<void> {
    world = await World.create();
    maker = await world.open(world.signer(0), 1_000_000);
    owner = await world.open(world.signer(1), 100_000);
    operator = world.signer(2);
    operated = { signer: operator, id: owner.id };
  }
  beforeEach(async () => loadFixture(play));
  keepsConservation(() => world);

  const allow = async (scopes: number, expiry: bigint = NEVER): Promise<unknown> =>
    world.clearinghouse.connect(owner.signer).setOperator(owner.id, operator, scopes, expiry);
  const trade = async (size = "1", changes = {}): Promise<unknown> =>
    world.settle(
      [
        await world.order(maker, size.startsWith("-") ? size.slice(1) : `-${size}`, "2000"),
        await world.order(operated, size, "2000", changes),
      ],
      [match(parseLots(size.replace("-", "")), "2000")],
    );
  const house = (person: Person): World["clearinghouse"] => world.clearinghouse.connect(person);

  describe("are set by the owner alone", () => {
    it("AUTH-1 by nobody else, an operator with every scope included", async () => {
      await allow(EVERYTHING);
      for (const { address } of [operator, maker.signer]) {
        const signer = address === operator.address ? operator : maker.signer;
        const sent = house(signer).setOperator(owner.id, address, EVERYTHING, NEVER);
        await refused(sent, "Clearinghouse_NotOwner", owner.id, address);
      }
    });

    it("not for nobody, with no unknown scope, for no account that is not open", async () => {
      const zero = `0x${"00".repeat(20)}`;
      await refused(house(owner.signer).setOperator(owner.id, zero, Trade, NEVER), "Clearinghouse_ZeroAddress");
      await refused(
        house(owner.signer).setOperator(owner.id, operator, 16 | Trade, NEVER),
        "Clearinghouse_UnknownScopes",
        17n,
        15n,
      );
      const unopened = makeAccountId(owner.signer.address, 9n);
      await refused(
        house(owner.signer).setOperator(unopened, operator, Trade, NEVER),
        "Clearinghouse_AccountNotOpen",
        unopened,
      );
    });

    it("and said so, by event and by view", async () => {
      await expect(allow(Trade | Cancel, 5_000_000_000n))
        .to.emit(world.clearinghouse, "OperatorSet")
        .withArgs(owner.id, operator.address, 5n, 5_000_000_000n);
      expect(await world.clearinghouse.operatorOf(owner.id, operator)).to.deep.equal([5n, 5_000_000_000n]);
      await allow(0);
      expect(await world.clearinghouse.operatorOf(owner.id, operator)).to.deep.equal([0n, 0n]);
    });

    it("in one frame with opening the account", async () => {
      const { interface: abi } = world.clearinghouse;
      const id = makeAccountId(owner.signer.address, 3n);
      await world.execute(
        owner.signer,
        abi.encodeFunctionData("openAccount", [3n, 2n]),
        abi.encodeFunctionData("setOperator", [id, operator.address, Trade, NEVER]),
      );
      expect(await world.clearinghouse.operatorOf(id, operator)).to.deep.equal([BigInt(Trade), NEVER]);
    });
  });

  describe("trade within their scope", () => {
    const forged = async (sent: Promise<unknown>): Promise<void> => {
      await expect(sent).to.be.revertedWithCustomError(world.clearinghouse, "Order_BadSignature");
    };

    it("signs any order with Trade, and none without", async () => {
      await forged(trade());
      await allow(Cancel | Withdraw);
      await forged(trade());
      await allow(Trade);
      await trade();
      expect(await world.lots(owner)).to.equal(ONE);
    });

    it("signs only what reduces with Reduce", async () => {
      await world.trade(maker, owner, "2", "2000");
      await allow(Reduce);
      await forged(trade("-1"));
      await trade("-1", { reduceOnly: true });
      expect(await world.lots(owner)).to.equal(ONE);
      await expect(trade("1", { reduceOnly: true })).to.be.revertedWithCustomError(
        world.clearinghouse,
        "Order_NotReducing",
      );
    });

    it("reduces near mark with Reduce, and anywhere with Trade", async () => {
      await world.trade(maker, owner, "2", "2000");
      await allow(Reduce);
      const reduce = async (price: string): Promise<unknown> => {
        const standing = await world.order(operated, "-1", price, { reduceOnly: true });
        const sent = world.settle([await world.order(maker, "1", price), standing], [match(ONE, price)]);
        return { sent: await sent, standing };
      };
      const { order } = await world.order(operated, "-1", "1979.99", { reduceOnly: true });
      const next = order.nonce + 1n;
      const mark = parseWad("2000");
      await refused(reduce("1979.99"), "Order_BeyondBand", owner.id, next, parseWad("1979.99"), mark);
      await reduce("1980");
      await allow(Trade);
      await reduce("1900");
    });

    it("AUTH-2 not past its expiry, and to its last second", async () => {
      const expiry = BigInt(await time.latest()) + 100n;
      await allow(Trade, expiry);
      const orders = [await world.order(maker, "-2", "2000"), await world.order(operated, "2", "2000")];
      await time.setNextBlockTimestamp(expiry);
      await world.settle(orders, [match(ONE, "2000")]);
      await time.setNextBlockTimestamp(expiry + 1n);
      await forged(world.settle(orders, [match(ONE, "2000")]));
      expect(await world.clearinghouse.operatorOf(owner.id, operator)).to.deep.equal([0n, 0n]);
    });

    it("AUTH-2 not once dismissed, though it signed before", async () => {
      await allow(Trade);
      const orders = [await world.order(maker, "-1", "2000"), await world.order(operated, "1", "2000")];
      await allow(0);
      await forged(world.settle(orders, [match(ONE, "2000")]));
    });

    it("AUTH-2 not in another epoch, nor when the account is closed and opened anew", async () => {
      await allow(EVERYTHING);
      await house(owner.signer).raiseEpoch(owner.id);
      await forged(trade("1", { epoch: 1n }));
      await allow(EVERYTHING);
      await trade("1", { epoch: 1n });
      await trade("-1", { epoch: 1n });
      const left = parseUsdc("100000");
      const cash = (await world.cash(owner)) / 10n ** 12n;
      expect(cash).to.be.below(left);
      await house(owner.signer).withdraw(owner.id, cash, owner.signer);
      await house(owner.signer).closeAccount(owner.id);
      await house(owner.signer).openAccount(0n, 2n);
      await forged(trade("1", { epoch: 2n }));
    });

    it("of one account and no other", async () => {
      await allow(Trade);
      const other = await world.open(owner.signer, 1_000, 2, 1n);
      const orders = [
        await world.order(maker, "-1", "2000"),
        await world.order({ signer: operator, id: other.id }, "1", "2000"),
      ];
      await forged(world.settle(orders, [match(ONE, "2000")]));
    });
  });

  describe("move nothing but to the owner", () => {
    it("AUTH-1 withdraws to the owner's address with Withdraw, and nowhere else", async () => {
      const { address } = operator;
      const sent = async (to: Person): Promise<unknown> => house(operator).withdraw(owner.id, 5n, to.address);
      await refused(sent(owner.signer), "Clearinghouse_NotPermitted", owner.id, address, BigInt(Withdraw));
      await allow(Trade | Reduce | Cancel);
      await refused(sent(owner.signer), "Clearinghouse_NotPermitted", owner.id, address, BigInt(Withdraw));
      await allow(EVERYTHING);
      await expect(sent(owner.signer)).to.changeTokenBalance(world.system.token, owner.signer, 5n);
      await refused(sent(operator), "Clearinghouse_NotOwner", owner.id, address);
    });

    it("AUTH-1 opens, closes, changes and cancels all for nobody", async () => {
      await allow(EVERYTHING);
      const { address } = operator;
      for (const sent of [
        house(operator).closeAccount(owner.id),
        house(operator).setMode(owner.id, 1n),
        house(operator).raiseEpoch(owner.id),
        house(operator).bid(maker.id, owner.id, 1n, 0n),
      ]) {
        await refused(sent, "Clearinghouse_NotOwner", owner.id, address);
      }
    });

    it("cancels nonces with Cancel", async () => {
      const { address } = operator;
      await refused(
        house(operator).cancelNonces(owner.id, 0n, 1n),
        "Clearinghouse_NotPermitted",
        owner.id,
        address,
        BigInt(Cancel),
      );
      await allow(Cancel);
      await house(operator).cancelNonces(owner.id, 0n, 1n);
      expect(await world.clearinghouse.nonceState(owner.id, 0n)).to.deep.equal([true, 0n]);
    });

    it("loses its power in the frame that raises the epoch", async () => {
      await allow(EVERYTHING);
      const { interface: abi } = world.clearinghouse;
      const raise = abi.encodeFunctionData("raiseEpoch", [owner.id]);
      const cancel = abi.encodeFunctionData("cancelNonces", [owner.id, 0n, 1n]);
      await refused(world.execute(operator, raise), "Clearinghouse_NotOwner", owner.id, operator.address);
      await world.execute(owner.signer, raise, cancel);
      await refused(
        world.execute(operator, cancel),
        "Clearinghouse_NotPermitted",
        owner.id,
        operator.address,
        BigInt(Cancel),
      );
    });
  });

  it("a quote is good for a submitter with the scope: an order of its own, unsigned", async () => {
    const { account } = await world.holding(owner);
    const quote = await world.order(maker, "-1", "2000");
    const own = { ...(await world.order(owner, "1", "2000")), signature: "0x" };
    const submit = async (): Promise<unknown> => house(operator).settle([quote, own], [match(ONE, "2000")]);
    await refused(submit(), "Clearinghouse_NotPermitted", owner.id, operator.address, BigInt(Trade));
    await allow(Reduce);
    await refused(submit(), "Clearinghouse_NotPermitted", owner.id, operator.address, BigInt(Trade));
    await allow(Trade);
    await submit();
    expect((await world.holding(owner)).account.cash).to.be.below(account.cash);
    expect(await world.cash(owner)).to.equal(parseWad("99989"));
  });
});
