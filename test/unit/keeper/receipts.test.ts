import { expect } from "chai";
import type { TransactionReceipt } from "ethers";
import hre from "hardhat";

import { receiptOf } from "../../../scripts/keeper/receipts";

describe("Keeper: receipts", () => {
  /** A transaction that is mined, with no block after its own. */
  const mined = async (): Promise<string> => {
    const [sender] = await hre.ethers.getSigners();
    return (await sender!.sendTransaction({ to: sender!.address })).hash;
  };
  /** A node that tells of a transaction after it was asked so many times. */
  const nodeSilentFor = (times: number) => {
    const node = {
      asked: 0,
      getTransactionReceipt(hash: string): Promise<TransactionReceipt | null> {
        return ++node.asked <= times ? Promise.resolve(null) : hre.ethers.provider.getTransactionReceipt(hash);
      },
    };
    return node;
  };

  it("are found on a chain that makes no other block", async () => {
    const hash = await mined();
    const receipt = await receiptOf(nodeSilentFor(0), hash, { timeoutMs: 0, pollMs: 1 });
    expect(receipt?.hash).to.equal(hash);
  });

  it("are asked for until there is one", async () => {
    const node = nodeSilentFor(3);
    expect((await receiptOf(node, await mined(), { timeoutMs: 60_000, pollMs: 1 }))?.status).to.equal(1);
    expect(node.asked).to.equal(4);
  });

  it("are given up after the time there is, and not before they were asked for once", async () => {
    const node = nodeSilentFor(Infinity);
    expect(await receiptOf(node, "0x01", { timeoutMs: 0, pollMs: 1 })).to.equal(null);
    expect(node.asked).to.equal(1);
  });
});
