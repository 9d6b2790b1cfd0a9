import { expect } from "chai";
import fc from "fast-check";

import { type Order, PlimsollInputError, orderDomain, option, perp, toAccountId, toInstrument } from "../../../sdk";
import { formatSignedOrder, readSignedOrder } from "../../../sdk/orderFile";

const CLEARINGHOUSE = "0x52908400098527886E0F7030069857D2E4169EE7";
const uint = (bits: bigint) => fc.bigInt(0n, (1n << bits) - 1n);

const orders: fc.Arbitrary<Order> = fc.record({
  account: uint(256n).map(toAccountId),
  instrument: fc.oneof(
    uint(16n).map(perp),
    fc
      .record({
        underlying: uint(16n),
        expiry: fc.bigInt(1n, 2n ** 32n - 1n),
        strike: fc.bigInt(1n, 2n ** 64n - 1n),
        call: fc.boolean(),
      })
      .map(option),
  ),
  size: fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n).filter((size) => size !== 0n),
  limitPrice: uint(128n),
  maxFeeBps: uint(16n),
  expiry: uint(40n),
  priceNotBefore: uint(40n),
  nonce: uint(64n),
  epoch: uint(32n),
  reduceOnly: fc.boolean(),
});

const example: Order = {
  account: toAccountId(7n),
  instrument: perp(1n),
  size: 150_000_000n,
  limitPrice: 2_000n * 10n ** 18n,
  maxFeeBps: 5n,
  expiry: 1_800_000_000n,
  priceNotBefore: 0n,
  nonce: 7n,
  epoch: 0n,
  reduceOnly: false,
};

const fileOf = (order: Order, signature = "0x1234") => ({
  domain: orderDomain(31_337n, CLEARINGHOUSE),
  signed: { order, signature },
});

describe("order files", () => {
  it("hold every order exactly", () => {
    fc.assert(
      fc.property(orders, fc.uint8Array({ minLength: 1 }), (order, bytes) => {
        const file = fileOf(order, `0x${Buffer.from(bytes).toString("hex")}`);
        expect(readSignedOrder(formatSignedOrder(file))).to.deep.equal(file);
      }),
      { numRuns: 200 },
    );
  });

  it("say sizes and prices as people do", () => {
    const { order } = JSON.parse(formatSignedOrder(fileOf(example))) as { order: Record<string, unknown> };
    expect(order).to.include({ size: "1.5", limitPrice: "2000", nonce: "7", expiry: 1_800_000_000 });
  });

  it("are refused with a field that is wrong, by its name", () => {
    const refuse = (change: object, sentence: string | RegExp) => {
      const file = JSON.parse(formatSignedOrder(fileOf(example))) as { order: object };
      const { order = {}, ...rest } = change as { order?: object };
      const text = JSON.stringify({ ...file, ...rest, order: { ...file.order, ...order } });
      expect(() => readSignedOrder(text)).to.throw(PlimsollInputError, sentence);
    };
    refuse({ format: 2 }, "The order file's format is wrong: must be 1, as in every file that order:sign writes.");
    refuse({ chainId: 1 }, "The order file's chainId is wrong");
    refuse({ clearinghouse: "0x12" }, "The order file's clearinghouse is wrong: must be an address.");
    refuse({ signature: "0x" }, "The order file's signature is wrong: must be bytes of hex after 0x.");
    refuse({ note: "hello" }, "The order file's content is wrong");
    refuse({ order: { account: "me" } }, '"me" is not an account');
    refuse(
      { order: { instrument: { kind: "spot", underlying: 1 } } },
      "The order file's order.instrument.kind is wrong",
    );
    const call = { kind: "call", underlying: 1, expiry: 1_800_000_000, strike: "2000" };
    refuse({ order: { instrument: { ...call, strike: undefined } } }, "order.instrument.strike is wrong");
    refuse({ order: { instrument: { ...call, strike: "0" } } }, 'strike "0" is not above zero');
    refuse({ order: { instrument: { ...call, expiry: 0 } } }, "The expiry 0 is not a time");
    refuse({ order: { instrument: { ...call, kind: "perp" } } }, "order.instrument is wrong");
    refuse({ order: { size: "1e3" } }, "The order file's order.size is wrong: must be a decimal number, in quotes.");
    refuse({ order: { size: "0" } }, "The order's size is zero");
    refuse({ order: { size: "1.123456789" } }, "has 9 decimals and may have 8");
    refuse({ order: { limitPrice: "-1" } }, "The order's limitPrice is -1000000000000000000 and must be between");
    refuse(
      { order: { nonce: "99999999999999999999" } },
      "The order's nonce is 99999999999999999999 and must be between",
    );
    refuse({ order: { expiry: 2 ** 41 } }, "The order's expiry is");
    refuse({ order: { reduceOnly: "no" } }, "The order file's order.reduceOnly is wrong");
    expect(() => readSignedOrder("{")).to.throw(PlimsollInputError, "The order file is not JSON.");
  });

  it("name an option by its kind, underlying, expiry and strike", () => {
    const instrument = option({ underlying: 1n, expiry: 1_800_000_000n, strike: 220_050_000_000n, call: false });
    const { order } = JSON.parse(formatSignedOrder(fileOf({ ...example, instrument }))) as { order: object };
    const described = { kind: "put", underlying: 1, expiry: 1_800_000_000, strike: "2200.5" };
    expect(order).to.deep.include({ instrument: described });
  });

  it("are not written of what is neither a perpetual nor an option", () => {
    const file = fileOf({ ...example, instrument: toInstrument(7n) });
    expect(() => formatSignedOrder(file)).to.throw(PlimsollInputError, "neither a perpetual nor an option");
  });

  it("are not written of orders without a signature", () => {
    expect(() => formatSignedOrder(fileOf(example, "0x"))).to.throw(PlimsollInputError, "The order is not signed");
  });
});
