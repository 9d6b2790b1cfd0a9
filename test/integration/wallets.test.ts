import { loadFixture, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { MaxUint256, Signature } from "ethers";
import hre from "hardhat";

import {
  type SignedOrder,
  hashOrder,
  makeAccountId,
  orderDomain,
  ownOrder,
  parseLots,
  parseUsdc,
  parseWad,
} from "../../sdk";
import type { MockWallet } from "../../typechain-types";
import { keepsConservation } from "../support/conservation";
import { refused } from "../support/refusal";
import { type Actor, CROSS, ISOLATED, type Person, World, match, receiptOf } from "../support/world";

const ONE = parseLots("1");
const MANNERS = { honest: 0, reverting: 1, "answering wrong magic": 2, "answering nothing": 3, "answering long": 4 };

describe("Clearinghouse: wallets and quotes", () => {
  let world: World;
  let maker: Actor;
  let trader: Actor;

  async function play(): Promise<void> {
    world = await World.create();
    maker = await world.open(world.signer(0), 1_000_000);
    trader = await world.open(world.signer(1), 100_000);
  }
  beforeEach(async () => loadFixture(play));
  keepsConservation(() => world);

  const house = (person: Person): World["clearinghouse"] => world.clearinghouse.connect(person);

  describe("a wallet that is a contract (ERC-1271)", () => {
    let wallet: MockWallet;
    let walletAccount: Actor;

    beforeEach(async () => {
      const key = world.signer(3);
      wallet = await hre.ethers.deployContract("MockWallet", [key.address]);
      walletAccount = { signer: key, id: makeAccountId(await wallet.getAddress(), 0n) };
      const { interface: abi } = world.clearinghouse;
      await wallet.connect(key).call(world.clearinghouse, abi.encodeFunctionData("openAccount", [0n, CROSS]));
      await world.mint(trader.signer, 50_000);
      await house(trader.signer).deposit(walletAccount.id, parseUsdc("50000"));
    });

    /** The wallet's own form of a signature: a byte before the key's. */
    const signed = async (size = "1"): Promise<SignedOrder> => {
      const { order, signature } = await world.order(walletAccount, size, "2000");
      return { order, signature: `0x01${signature.slice(2)}` };
    };
    const trade = async (taker: SignedOrder): Promise<unknown> =>
      world.settle([await world.order(maker, "-1", "2000"), taker], [match(ONE, "2000")]);

    it("trades by its own rule of what a signature is, once", async () => {
      const order = await signed();
      await trade(order);
      expect(await world.lots(walletAccount)).to.equal(ONE);
      await refused(trade(order), "Order_NonceSpent", walletAccount.id, order.order.nonce);
    });

    it("AUTH-1 is not bound by a signature its rule refuses", async () => {
      const { order, signature } = await signed();
      const forgeries = [`0x02${signature.slice(4)}`, `0x${signature.slice(4)}`, `${signature}00`];
      for (const forgery of forgeries) {
        const sent = trade({ order, signature: forgery });
        await refused(sent, "Order_BadSignature", walletAccount.id, order.nonce);
      }
    });

    for (const [manner, number] of Object.entries(MANNERS).slice(1)) {
      it(`AUTH-1 is not bound when ${manner}`, async () => {
        const order = await signed();
        await wallet.setManner(number);
        await refused(trade(order), "Order_BadSignature", walletAccount.id, order.order.nonce);
      });
    }

    it("acts for itself", async () => {
      const { interface: abi } = world.clearinghouse;
      const data = abi.encodeFunctionData("withdraw", [walletAccount.id, 7n, world.signer(4).address]);
      await expect(wallet.connect(walletAccount.signer).call(world.clearinghouse, data)).to.changeTokenBalance(
        world.system.token,
        world.signer(4),
        7n,
      );
    });
  });

  describe("a quote taken by whoever submits", () => {
    const own = async (actor: Actor, size: string, price = "2000"): Promise<SignedOrder> =>
      ownOrder((await world.order(actor, size, price)).order);

    it("needs no signature and no nonce of the sender, and as often as the quote lasts", async () => {
      const quote = await world.order(maker, "-2", "2000");
      for (let i = 0; i < 2; i++) {
        await house(trader.signer).settle([quote, await own(trader, "1")], [match(ONE, "2000")]);
      }
      expect(await world.lots(trader)).to.equal(2n * ONE);
      expect(await world.clearinghouse.nonceState(trader.id, 0n)).to.deep.equal([false, 0n]);
      const sent = house(trader.signer).settle([quote, await own(trader, "1")], [match(ONE, "2000")]);
      await refused(sent, "Order_NonceSpent", maker.id, quote.order.nonce);
    });

    it("AUTH-1 nobody else can send it", async () => {
      const quote = await world.order(maker, "-1", "2000");
      const sent = house(maker.signer).settle([quote, await own(trader, "1")], [match(ONE, "2000")]);
      await refused(sent, "Clearinghouse_NotPermitted", trader.id, maker.signer.address, 1n);
    });

    it("AUTH-2 stays within the size and limit it states", async () => {
      const quote = await world.order(maker, "-5", "2000");
      const settle = async (taker: SignedOrder, lots: bigint): Promise<unknown> =>
        house(trader.signer).settle([quote, taker], [match(lots, "2000")]);
      await refused(settle(await own(trader, "1"), ONE + 1n), "Order_Overfilled", trader.id, 0n, ONE + 1n, ONE);
      await refused(
        settle(await own(trader, "1", "1999"), ONE),
        "Order_BeyondLimit",
        trader.id,
        0n,
        parseWad("2000"),
        parseWad("1999"),
      );
    });

    it("opens an isolated account, funds it and trades in one transaction", async () => {
      const { interface: abi } = world.clearinghouse;
      await world.mint(trader.signer, 500);
      const isolated = { signer: trader.signer, id: makeAccountId(trader.signer.address, 7n) };
      const quote = await world.order(maker, "-1", "2000");
      await world.execute(
        trader.signer,
        abi.encodeFunctionData("openAccount", [7n, ISOLATED]),
        abi.encodeFunctionData("deposit", [isolated.id, parseUsdc("500")]),
        abi.encodeFunctionData("settle", [[quote, await own(isolated, "1")], [match(ONE, "2000")]]),
      );
      expect(await world.lots(isolated)).to.equal(ONE);
    });
  });

  describe("deposits with a permit (EIP-2612)", () => {
    const permit = async (amount: bigint, deadline: bigint) => {
      const { token } = world.system;
      const { chainId } = await hre.ethers.provider.getNetwork();
      const types = {
        Permit: [
          { name: "owner", type: "address" },
          { name: "spender", type: "address" },
          { name: "value", type: "uint256" },
          { name: "nonce", type: "uint256" },
          { name: "deadline", type: "uint256" },
        ],
      };
      const domain = { name: await token.name(), version: "1", chainId, verifyingContract: await token.getAddress() };
      const { v, r, s } = Signature.from(
        await trader.signer.signTypedData(domain, types, {
          owner: trader.signer.address,
          spender: await world.clearinghouse.getAddress(),
          value: amount,
          nonce: await token.nonces(trader.signer.address),
          deadline,
        }),
      );
      return { deadline, v, r, s };
    };

    beforeEach(async () => {
      const { token } = world.system;
      await token.mint(trader.signer.address, parseUsdc("100"));
      await token.connect(trader.signer).approve(world.clearinghouse, 0n);
    });

    it("takes what was permitted, without an approval", async () => {
      const amount = parseUsdc("40");
      await expect(
        house(trader.signer).depositWithPermit(trader.id, amount, await permit(amount, MaxUint256)),
      ).to.changeTokenBalance(world.system.token, trader.signer, -40_000_000n);
      expect(await world.cash(trader)).to.equal(parseWad("100040"));
    });

    it("goes through when somebody used the permit first", async () => {
      const amount = parseUsdc("40");
      const p = await permit(amount, MaxUint256);
      const spender = await world.clearinghouse.getAddress();
      await world.system.token.permit(trader.signer.address, spender, amount, p.deadline, p.v, p.r, p.s);
      await house(trader.signer).depositWithPermit(trader.id, amount, p);
      expect(await world.cash(trader)).to.equal(parseWad("100040"));
    });

    it("refuses one that is too late, of somebody else, or for less", async () => {
      const amount = parseUsdc("40");
      const late = await permit(amount, BigInt(await time.latest()) - 1n);
      await refused(house(trader.signer).depositWithPermit(trader.id, amount, late), "TransferFromFailed");
      const less = await permit(amount - 1n, MaxUint256);
      await refused(house(trader.signer).depositWithPermit(trader.id, amount, less), "TransferFromFailed");
      const theirs = await permit(amount, MaxUint256);
      await refused(house(maker.signer).depositWithPermit(trader.id, amount, theirs), "TransferFromFailed");
    });
  });

  describe("says of an order what became of it", () => {
    const OPEN = 0n,
      EXPIRED = 1n,
      WRONG_EPOCH = 2n,
      SPENT = 3n,
      NONCE_TAKEN = 4n;
    const status = async ({ order }: SignedOrder): Promise<[bigint, bigint]> => {
      const [, found, filled] = await world.clearinghouse.orderStatus(order);
      return [found, filled];
    };

    it("open, filled in part, spent; its nonce taken; expired; of another epoch", async () => {
      const first = await world.order(trader, "2", "2000");
      const second = await world.order(trader, "2", "2001", { nonce: first.order.nonce });
      expect(await status(first)).to.deep.equal([OPEN, 0n]);
      const maker5 = await world.order(maker, "-5", "2000");
      await world.settle([maker5, first], [match(ONE, "2000")]);
      expect(await status(first)).to.deep.equal([OPEN, ONE]);
      expect(await status(second)).to.deep.equal([NONCE_TAKEN, 0n]);
      await world.settle([maker5, first], [match(ONE, "2000")]);
      expect(await status(first)).to.deep.equal([SPENT, 0n]);
      expect(await status(second)).to.deep.equal([SPENT, 0n]);
      expect(await status(maker5)).to.deep.equal([OPEN, 2n * ONE]);
      await house(maker.signer).raiseEpoch(maker.id);
      expect(await status(maker5)).to.deep.equal([WRONG_EPOCH, 2n * ONE]);
      const short = await world.order(trader, "1", "2000", { expiry: BigInt(await time.latest()) });
      expect(await status(short)).to.deep.equal([OPEN, 0n]);
      await time.increase(1);
      expect(await status(short)).to.deep.equal([EXPIRED, 0n]);
    });

    it("by the digest that was signed, under the domain the contract names (EIP-5267)", async () => {
      const { order } = await world.order(trader, "1", "2000");
      const [digest] = await world.clearinghouse.orderStatus(order);
      const { fields, name, version, chainId, verifyingContract } = await world.clearinghouse.eip712Domain();
      expect(fields).to.equal("0x0f");
      const domain = orderDomain(chainId, verifyingContract);
      expect({ name, version }).to.deep.equal({ name: domain.name, version: domain.version });
      expect(digest).to.equal(hashOrder(domain, order));
    });
  });

  it("fills at once for two bits beside the nonces before, in part for a slot", async () => {
    const gas: bigint[] = [];
    const fill = async (size: string, lots: bigint): Promise<void> => {
      const orders = [await world.order(maker, `-${size}`, "2000"), await world.order(trader, size, "2000")];
      gas.push((await receiptOf(world.settle(orders, [match(lots, "2000")]))).gasUsed);
    };
    await fill("1", ONE);
    await fill("1", ONE);
    await fill("2", ONE);
    const [, whole, part] = gas as [bigint, bigint, bigint];
    expect(part - whole, "two slots more").to.be.within(44_000n, 48_000n);
  });
});
