import { setBalance } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { type HDNodeWallet, TypedDataEncoder, concat, id, keccak256 } from "ethers";
import hre from "hardhat";

import { orderTypes, parseLots } from "../../sdk";
import { keepsConservation } from "../support/conservation";
import { type Actor, World, match } from "../support/world";

const TYPEHASH = id(TypedDataEncoder.from(orderTypes).encodeType("Order"));
const WORD = 64;

describe("Clearinghouse: orders with dirty words", () => {
  let world: World;
  let owner: HDNodeWallet;
  let maker: Actor;
  let trader: Actor;

  beforeEach(async () => {
    world = await World.create();
    owner = hre.ethers.Wallet.createRandom().connect(hre.ethers.provider);
    await setBalance(owner.address, 10n ** 18n);
    maker = await world.open(world.signer(0), 1_000_000);
    trader = await world.open(owner, 100_000);
  });
  keepsConservation(() => world);

  /** A batch whose second order has one word overwritten, and is signed as it then stands. */
  async function batchWith(place: number, overwrite: (word: bigint) => bigint): Promise<string> {
    const orders = [await world.order(maker, "-1", "2000"), await world.order(trader, "1", "2000")];
    const data = world.clearinghouse.interface.encodeFunctionData("settle", [orders, [match(parseLots("1"), "2000")]]);
    const start = data.indexOf(hex(trader.id));
    const words = data.slice(start, start + orderTypes.Order.length * WORD).match(/.{64}/g) ?? [];
    words[place] = hex(overwrite(BigInt(`0x${words[place] ?? ""}`)));
    const hash = keccak256(concat([TYPEHASH, `0x${words.join("")}`]));
    const digest = keccak256(concat(["0x1901", TypedDataEncoder.hashDomain(world.domain), hash]));
    const signed = owner.signingKey.sign(digest).serialized;
    return (data.slice(0, start) + words.join("") + data.slice(start + words.length * WORD)).replace(
      orders[1]!.signature.slice(2),
      signed.slice(2),
    );
  }

  const send = async (data: string): Promise<unknown> =>
    world.signer(3).sendTransaction({ to: await world.clearinghouse.getAddress(), data });

  it("pass untouched", async () => {
    await send(await batchWith(0, (word) => word));
    expect(await world.lots(trader)).to.equal(parseLots("1"));
  });

  for (const [place, { name, type }] of orderTypes.Order.entries()) {
    const bits = type === "bool" ? 1n : BigInt(type.replace(/\D/g, ""));
    if (bits === 256n) continue;
    it(`are refused where ${name} has bits above its ${bits}, though signed so`, async () => {
      for (const dirt of [1n << bits, 1n << 255n]) {
        await expect(send(await batchWith(place, (word) => word | dirt))).to.be.revertedWithoutReason();
      }
    });
  }
});

function hex(word: bigint): string {
  return word.toString(16).padStart(WORD, "0");
}
