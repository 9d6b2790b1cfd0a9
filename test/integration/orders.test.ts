import { time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { Signature } from "ethers";

import {
  type Instrument,
  Kind,
  type Order,
  type SignedOrder,
  cancellation,
  parseLots,
  parseWad,
  perp,
  signOrder,
} from "../../sdk";
import { keepsConservation } from "../support/conservation";
import { refused } from "../support/refusal";
import { type Actor, World, match } from "../support/world";

const ONE: bigint = parseLots("1");
/** A bound of the secp256k1 group: s and n - s sign the same. */
const GROUP_ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;

describe("Clearinghouse: orders", () => {
  let world: World;
  let maker: Actor;
  let trader: Actor;

  beforeEach(async () => {
    world = await World.create();
    maker = await world.open(world.signer(0), 1_000_000);
    trader = await world.open(world.signer(1), 100_000);
  });
  keepsConservation(() => world);

  const as = ({ signer }: Actor): World["clearinghouse"] => world.clearinghouse.connect(signer);

  /** The maker sells one at 2,000; the trader buys one, or what the changes say. */
  async function pair(taker: Partial<Order> = {}, making: Partial<Order> = {}): Promise<[SignedOrder, SignedOrder]> {
    return [await world.order(maker, "-1", "2000", making), await world.order(trader, "1", "2000", taker)];
  }

  async function settle(orders: SignedOrder[], lots = ONE, price = "2000"): ReturnType<World["settle"]> {
    return world.settle(orders, [match(lots, price)]);
  }

  describe("AUTH-2: its size and nonce", () => {
    it("fills once, and is not replayed", async () => {
      const orders = await pair();
      await settle(orders);
      expect(await world.lots(trader)).to.equal(ONE);
      await refused(settle(orders, 1n), "Order_NonceSpent", maker.id, orders[0].order.nonce);
      expect(await world.clearinghouse.nonceState(trader.id, orders[1].order.nonce)).to.deep.equal([true, 0n]);
    });

    it("fills in parts over transactions, to the lot", async () => {
      const [, taker] = await pair();
      const part = parseLots("0.4");
      for (let i = 0; i < 2; i++) await settle([await world.order(maker, "-5", "2000"), taker], part);
      const orders = [await world.order(maker, "-5", "2000"), taker];
      const left = ONE - 2n * part;
      const { nonce } = taker.order;
      await refused(settle(orders, left + 1n), "Order_Overfilled", trader.id, nonce, left + 1n, left);
      await settle(orders, left);
      await refused(settle(orders, 1n), "Order_NonceSpent", trader.id, nonce);
      expect(await world.lots(trader)).to.equal(ONE);
    });

    it("is not overfilled by one fill, or by several of a batch", async () => {
      const orders = [await world.order(maker, "-5", "2000"), (await pair())[1]];
      const { nonce } = orders[1]!.order;
      await refused(settle(orders, ONE + 1n), "Order_Overfilled", trader.id, nonce, ONE + 1n, ONE);
      const fills = [match(ONE - 1n, "2000"), match(2n, "2000")];
      await refused(world.settle(orders, fills), "Order_Overfilled", trader.id, nonce, 2n, 1n);
      await world.settle(orders, [match(ONE - 1n, "2000"), match(1n, "2000")]);
    });

    it("is not filled twice by standing in a batch twice", async () => {
      const [, taker] = await pair();
      const orders = [await world.order(maker, "-5", "2000"), taker, taker];
      const fills = [match(ONE, "2000"), { ...match(ONE, "2000"), taker: 2 }];
      await refused(world.settle(orders, fills), "Order_NonceTaken", trader.id, taker.order.nonce);
    });

    it("shares its nonce with no other order, in a batch or after", async () => {
      const [, first] = await pair({ nonce: 77n });
      const [, second] = await pair({ nonce: 77n, limitPrice: parseWad("2001") });
      const making = await world.order(maker, "-5", "2000");
      const fills = [match(1n, "2000"), { ...match(1n, "2000"), taker: 2 }];
      await refused(world.settle([making, first, second], fills), "Order_NonceTaken", trader.id, 77n);
      await settle([making, first], 1n);
      await refused(settle([making, second], 1n), "Order_NonceTaken", trader.id, 77n);
      await settle([making, first], 1n);
    });

    it("dies with its nonce, filled in part or not at all", async () => {
      const orders = await pair();
      const { nonce } = orders[1].order;
      await settle(orders, 1n);
      await as(trader).cancelNonces(trader.id, ...cancellation(nonce));
      await refused(settle(orders, 1n), "Order_NonceSpent", trader.id, nonce);
      expect(await world.clearinghouse.nonceState(trader.id, nonce)).to.deep.equal([true, 0n]);
      const unfilled = await pair();
      await as(maker).cancelNonces(maker.id, ...cancellation(unfilled[0].order.nonce));
      await refused(settle(unfilled), "Order_NonceSpent", maker.id, unfilled[0].order.nonce);
    });

    it("dies with its epoch, and none of a coming epoch is good yet", async () => {
      const orders = await pair();
      const coming = await pair({ epoch: 1n });
      await refused(settle(coming), "Order_WrongEpoch", trader.id, 1n, 0n);
      await as(trader).raiseEpoch(trader.id);
      await refused(settle(orders), "Order_WrongEpoch", trader.id, 0n, 1n);
      await settle(coming);
    });

    it("is filled in its last second and never later", async () => {
      const expiry = BigInt(await time.latest()) + 1_000n;
      const orders = await pair({ expiry });
      await time.setNextBlockTimestamp(expiry);
      await settle(orders, 1n);
      await time.setNextBlockTimestamp(expiry + 1n);
      await refused(settle(orders, 1n), "Order_Expired", trader.id, orders[1].order.nonce, expiry);
    });
  });

  describe("AUTH-1: its signature", () => {
    const bad = async (signed: SignedOrder): Promise<void> => {
      const orders = [await world.order(maker, "-1", "2000"), signed];
      await refused(settle(orders), "Order_BadSignature", signed.order.account, signed.order.nonce);
    };

    it("is for one chain and one ledger", async () => {
      const [, { order }] = await pair();
      const elsewhere = [
        { ...world.domain, chainId: 1n },
        { ...world.domain, verifyingContract: await world.system.vault.getAddress() },
        { ...world.domain, version: "2" as "1" },
        { ...world.domain, name: "plimsoll" as "Plimsoll" },
      ];
      for (const domain of elsewhere) await bad(await signOrder(trader.signer, domain, order));
    });

    it("is the owner's, over every field", async () => {
      const [, { order, signature }] = await pair();
      await bad(await world.forge(maker.signer, order));
      const changes: Partial<Order>[] = [
        { account: maker.id },
        { instrument: perp(2n) },
        { size: order.size + 1n },
        { limitPrice: order.limitPrice + 1n },
        { maxFeeBps: order.maxFeeBps + 1n },
        { expiry: order.expiry + 1n },
        { priceNotBefore: 1n },
        { nonce: order.nonce + 1n },
        { reduceOnly: true },
      ];
      for (const change of changes) await bad({ order: { ...order, ...change }, signature });
    });

    it("has one form: 65 bytes and a low s", async () => {
      const [, { order, signature }] = await pair();
      const { r, s, yParity, v, compactSerialized } = Signature.from(signature);
      const highS = `0x${(GROUP_ORDER - BigInt(s)).toString(16).padStart(64, "0")}`;
      const otherV = (v === 27 ? 28 : 27).toString(16);
      const forms = [
        signature.slice(0, -2),
        `${signature}00`,
        compactSerialized,
        r + s.slice(2) + `0${yParity}`,
        r + highS.slice(2) + otherV,
        r + s.slice(2) + otherV,
        `0x${"00".repeat(65)}`,
      ];
      for (const form of forms) await bad({ order, signature: form });
    });
  });

  describe("its terms", () => {
    it("refuses a price beyond its limit, on either side", async () => {
      const orders = await pair();
      const higher = parseWad("2000") + 1n;
      const lower = parseWad("2000") - 1n;
      const at = (price: bigint): Promise<unknown> => world.settle(orders, [{ ...match(ONE, "0"), price }]);
      const [making, taking] = orders.map(({ order }) => order.nonce);
      await refused(at(higher), "Order_BeyondLimit", trader.id, taking, higher, parseWad("2000"));
      await refused(at(lower), "Order_BeyondLimit", maker.id, making, lower, parseWad("2000"));
    });

    it("refuses a fee above its maximum, the taker's five and the maker's one", async () => {
      const taking = await pair({ maxFeeBps: 4n }, { maxFeeBps: 1n });
      await refused(settle(taking), "Order_FeeAboveMaximum", trader.id, taking[1].order.nonce, 5n, 4n);
      const making = await pair({ maxFeeBps: 5n }, { maxFeeBps: 0n });
      await refused(settle(making), "Order_FeeAboveMaximum", maker.id, making[0].order.nonce, 1n, 0n);
      await settle(await pair({ maxFeeBps: 5n }, { maxFeeBps: 1n }));
    });

    it("ORAC-2 refuses a price observed before it asks", async () => {
      const [, , updatedAt] = await world.system.priceOracle.read(1n);
      const orders = await pair({ priceNotBefore: updatedAt + 1n });
      await refused(settle(orders), "Order_PriceTooOld", trader.id, orders[1].order.nonce, updatedAt, updatedAt + 1n);
      await settle(await pair({ priceNotBefore: updatedAt }));
      await time.increase(1);
      await world.setPrice("ETH", "2000");
      await settle(orders);
    });

    it("refuses a size of zero, signed or not", async () => {
      const [making, { order, signature }] = await pair();
      await refused(settle([making, { order: { ...order, size: 0n }, signature }]), "Order_ZeroSize");
    });

    it("refuses what is neither perpetual nor option, or not listed", async () => {
      const instruments = [
        0n,
        perp(1n) - 1n,
        perp(1n) + 1n,
        perp(1n) | (1n << 64n),
        (Kind.Spot << 112n) | (1n << 96n),
        (Kind.Cash << 112n) | (1n << 96n),
        (255n << 112n) | (1n << 96n),
      ] as Instrument[];
      for (const instrument of instruments) {
        const orders = await pair({ instrument }, { instrument });
        await refused(settle(orders), "Clearinghouse_UnknownInstrument", instrument);
      }
      await refused(settle(await pair({ instrument: perp(9n) }, { instrument: perp(9n) })), "Market_NotListed", 9n);
    });
  });

  describe("its match", () => {
    it("is not with itself, nor with another order of its account", async () => {
      const [making, taking] = await pair();
      await refused(settle([taking, await world.order(trader, "-1", "2000")]), "Order_SelfTrade", trader.id);
      await refused(world.settle([making, taking], [{ ...match(ONE, "2000"), taker: 0 }]), "Order_SelfTrade", maker.id);
    });

    it("is with the other side, of the same instrument", async () => {
      await refused(settle([await world.order(maker, "1", "2000"), (await pair())[1]]), "Order_Mismatch", 0n, 1n);
      await refused(settle(await pair({ instrument: perp(2n) })), "Order_Mismatch", 0n, 1n);
      const shorts = [await world.order(maker, "-1", "2000"), await world.order(trader, "-1", "2000")];
      await refused(world.settle(shorts, [{ ...match(ONE, "2000"), maker: 1, taker: 0 }]), "Order_Mismatch", 1n, 0n);
    });

    it("is of some size, and of orders the batch has", async () => {
      await refused(settle(await pair(), 0n), "Clearinghouse_ZeroAmount");
      await refused(world.settle(await pair(), [{ ...match(ONE, "2000"), taker: 2 }]), "Order_Mismatch", 0n, 2n);
      await refused(world.settle([], [match(ONE, "2000")]), "Order_Mismatch", 0n, 1n);
    });

    it("needs both accounts open", async () => {
      const unopened = { ...trader, id: trader.id + 1n } as Actor;
      const orders = [await world.order(maker, "-1", "2000"), await world.order(unopened, "1", "2000")];
      await refused(settle(orders), "Clearinghouse_AccountNotOpen", unopened.id);
    });
  });

  describe("reduce-only", () => {
    const reducing = async (size: string): Promise<[SignedOrder[], bigint]> => {
      const opposite = size.startsWith("-") ? size.slice(1) : `-${size}`;
      const taking = await world.order(trader, size, "2000", { reduceOnly: true });
      return [[await world.order(maker, opposite, "2000"), taking], taking.order.nonce];
    };

    it("opens nothing, long or short", async () => {
      for (const [size, change] of [
        ["1", ONE],
        ["-1", -ONE],
      ] as const) {
        const [orders, nonce] = await reducing(size);
        await refused(settle(orders), "Order_NotReducing", trader.id, nonce, 0n, change);
      }
    });

    for (const [side, opened, further, back] of [
      ["long", "1", "0.5", "-2"],
      ["short", "-1", "-0.5", "2"],
    ] as const) {
      it(`neither grows nor turns a ${side}, and closes it`, async () => {
        await world.trade(maker, trader, opened, "2000");
        const position = parseLots(opened);
        const half = ONE / 2n;
        const [growing, first] = await reducing(further);
        await refused(settle(growing, half), "Order_NotReducing", trader.id, first, position, parseLots(further));
        const [turning, second] = await reducing(back);
        const sign = position > 0n ? -1n : 1n;
        await refused(settle(turning, ONE + 1n), "Order_NotReducing", trader.id, second, position, sign * (ONE + 1n));
        await settle(turning);
        expect(await world.lots(trader)).to.equal(0n);
        await refused(settle(turning), "Order_NotReducing", trader.id, second, 0n, sign * ONE);
      });
    }

    it("counts what the batch did before, and binds a maker as well", async () => {
      await world.trade(maker, trader, "1", "2000");
      const [orders, nonce] = await reducing("-2");
      const fills = [match(ONE, "2000"), match(1n, "2000")];
      await refused(world.settle(orders, fills), "Order_NotReducing", trader.id, nonce, 0n, -1n);
      const making = await world.order(maker, "2", "2000", { reduceOnly: true });
      const both = [making, await world.order(trader, "-2", "2000")];
      await refused(settle(both, ONE + 1n), "Order_NotReducing", maker.id, making.order.nonce, -ONE, ONE + 1n);
    });
  });
});
