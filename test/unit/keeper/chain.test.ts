import { expect } from "chai";
import { JsonRpcProvider, type Signer, type TransactionRequest } from "ethers";

import { RpcChain } from "../../../scripts/keeper/chain";

const NOWHERE = "0x00000000000000000000000000000000000000aa";

describe("Keeper: the chain over JSON-RPC", () => {
  /** Numbers transactions as a wallet does: by what the node knew when it was asked, some time before. */
  const wallet = () => {
    const known: { nonce: number; data: string }[] = [];
    return {
      known,
      async sendTransaction({ data }: TransactionRequest): Promise<{ hash: string }> {
        const nonce = known.length;
        await new Promise((resolve) => setTimeout(resolve, 2));
        if (data === "0xbad0") throw new Error("The node is full.");
        known.push({ nonce, data: String(data) });
        return { hash: `hash of ${String(data)}` };
      },
    };
  };
  const chainOf = (signer: object): RpcChain => new RpcChain(new JsonRpcProvider(), signer as Signer, NOWHERE);

  it("gives no two transactions the same nonce, whoever sends them at once", async () => {
    const signer = wallet();
    const chain = chainOf(signer);
    const hashes = await Promise.all(["0x01", "0x02", "0x03"].map((data) => chain.send({ to: NOWHERE, data })));
    expect(hashes).to.deep.equal(["hash of 0x01", "hash of 0x02", "hash of 0x03"]);
    expect(signer.known.map(({ nonce }) => nonce)).to.deep.equal([0, 1, 2]);
  });

  it("goes on after one the node did not take, and tells whoever sent that one alone", async () => {
    const signer = wallet();
    const chain = chainOf(signer);
    const sent = await Promise.allSettled(["0xbad0", "0x02"].map((data) => chain.send({ to: NOWHERE, data })));
    expect(sent.map(({ status }) => status)).to.deep.equal(["rejected", "fulfilled"]);
    expect(signer.known).to.deep.equal([{ nonce: 0, data: "0x02" }]);
  });
});
