import { loadFixture } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { verifyTypedData } from "ethers";
import fc from "fast-check";
import { ethers } from "hardhat";

import {
  type Order,
  PlimsollInputError,
  checkOrder,
  hashOrder,
  makeAccountId,
  orderDomain,
  orderTypes,
  parseLots,
  parseWad,
  perp,
  signOrder,
  toAccountId,
} from "../../../sdk";

const CLEARINGHOUSE = "0x52908400098527886E0F7030069857D2E4169EE7";

const order: Order = {
  account: makeAccountId(CLEARINGHOUSE, 1n),
  instrument: perp(0n),
  size: parseLots("1.5"),
  limitPrice: parseWad("2003.5"),
  maxFeeBps: 5n,
  expiry: 1_800_000_000n,
  priceNotBefore: 0n,
  nonce: 7n,
  epoch: 0n,
  reduceOnly: false,
};

const uint = (bits: bigint) => fc.bigInt(0n, (1n << bits) - 1n);

const orders: fc.Arbitrary<Order> = fc.record({
  account: uint(256n).map(toAccountId),
  instrument: uint(16n).map(perp),
  size: fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n).filter((size) => size !== 0n),
  limitPrice: uint(128n),
  maxFeeBps: uint(16n),
  expiry: uint(40n),
  priceNotBefore: uint(40n),
  nonce: uint(64n),
  epoch: uint(32n),
  reduceOnly: fc.boolean(),
});

async function deployHarness() {
  const harness = await ethers.deployContract("LibraryHarness");
  const { chainId } = await ethers.provider.getNetwork();
  const [signer] = await ethers.getSigners();
  return { harness, signer: signer!, domain: orderDomain(chainId, await harness.getAddress()) };
}

describe("Orders", () => {
  it("hash as their Solidity type does", async () => {
    const { harness, domain } = await loadFixture(deployHarness);
    await fc.assert(
      fc.asyncProperty(orders, async (any) => {
        expect(hashOrder(domain, any), "MATH-1").to.equal(await harness.hashOrder(any));
      }),
      { numRuns: 200 },
    );
  });

  it("hash differently when any field differs, on another chain and for another ledger", () => {
    const domain = orderDomain(1n, CLEARINGHOUSE);
    const changed = orderTypes.Order.map(({ name }) => {
      const value = order[name];
      return hashOrder(domain, { ...order, [name]: typeof value === "bigint" ? value + 1n : !value });
    });
    const elsewhere = [
      hashOrder(orderDomain(2n, CLEARINGHOUSE), order),
      hashOrder(orderDomain(1n, `0x${"1".repeat(40)}`), order),
    ];
    const all = [hashOrder(domain, order), ...changed, ...elsewhere];
    expect(new Set(all).size).to.equal(all.length);
  });

  it("are signed so that the owner is recovered", async () => {
    const { signer, domain } = await loadFixture(deployHarness);
    const signed = await signOrder(signer, domain, order);
    expect(signed.order).to.deep.equal(order);
    expect(verifyTypedData(domain, orderTypes, order, signed.signature)).to.equal(signer.address);
  });

  it("are refused, hashed or signed, when a field does not fit, by its name", async () => {
    const { signer, domain } = await loadFixture(deployHarness);
    const wrong: Partial<Order>[] = [
      { size: 2n ** 63n },
      { size: -(2n ** 63n) - 1n },
      { limitPrice: -1n },
      { limitPrice: 2n ** 128n },
      { maxFeeBps: 65_536n },
      { expiry: 2n ** 40n },
      { priceNotBefore: -1n },
      { nonce: 2n ** 64n },
      { epoch: 2n ** 32n },
    ];
    for (const change of wrong) {
      const [[field, value]] = Object.entries(change) as [[string, bigint]];
      const sentence = `The order's ${field} is ${value} and must be between`;
      expect(() => hashOrder(domain, { ...order, ...change })).to.throw(PlimsollInputError, sentence);
    }
    expect(() => {
      checkOrder({ ...order, size: 0n });
    }).to.throw(PlimsollInputError, "The order's size is zero");
    const refused = await signOrder(signer, domain, { ...order, size: 0n }).catch((error: unknown) => error);
    expect(refused).to.be.instanceOf(PlimsollInputError);
    expect(() => orderDomain(1n, "0x12")).to.throw(PlimsollInputError, '"0x12" is not an address');
  });
});
