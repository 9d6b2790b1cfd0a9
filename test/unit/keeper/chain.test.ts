import { expect } from "chai";
import { FeeData, JsonRpcProvider, type Signer, type TransactionRequest } from "ethers";

import { RpcChain } from "../../../scripts/keeper/chain";
import { explainError } from "../../../sdk";

const GWEI = 10n ** 9n;
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

  describe("where gas has a bound", () => {
    const BOUND = 50n * GWEI;
    /** What would be sent while gas costs that. */
    const sentAt = async (fees: FeeData): Promise<TransactionRequest> => {
      const provider = new JsonRpcProvider();
      provider.getFeeData = () => Promise.resolve(fees);
      const sent: TransactionRequest[] = [];
      const signer = {
        sendTransaction(transaction: TransactionRequest): Promise<{ hash: string }> {
          sent.push(transaction);
          return Promise.resolve({ hash: "its hash" });
        },
      };
      const chain = new RpcChain(provider, signer as unknown as Signer, NOWHERE, BOUND);
      await chain.send({ to: NOWHERE, data: "0x01" });
      return sent[0]!;
    };

    it("sends nothing while it is dearer, and says so", async () => {
      const refused = sentAt(new FeeData(BOUND + 1n, 90n * GWEI, GWEI));
      const sentence = "Gas costs 50.000000001 gwei, more than the 50.0 of KEEPER_MAX_GAS_GWEI: it is not sent.";
      expect(await refused.then(() => "sent", explainError)).to.equal(sentence);
    });

    it("offers at most the bound, and what the node says where that is less", async () => {
      const near = await sentAt(new FeeData(BOUND, 90n * GWEI, 60n * GWEI));
      expect(near).to.deep.equal({ to: NOWHERE, data: "0x01", maxFeePerGas: BOUND, maxPriorityFeePerGas: BOUND });
      const far = await sentAt(new FeeData(20n * GWEI, 39n * GWEI, GWEI));
      expect(far).to.include({ maxFeePerGas: 39n * GWEI, maxPriorityFeePerGas: GWEI });
    });

    it("offers one price on a chain that knows no other", async () => {
      const sent = await sentAt(new FeeData(20n * GWEI));
      expect(sent).to.deep.equal({ to: NOWHERE, data: "0x01", gasPrice: 20n * GWEI });
    });

    it("goes on once it is cheaper", async () => {
      const provider = new JsonRpcProvider();
      const prices = [BOUND + 1n, BOUND];
      provider.getFeeData = () => Promise.resolve(new FeeData(prices.shift()));
      const signer = wallet();
      const chain = new RpcChain(provider, signer as unknown as Signer, NOWHERE, BOUND);
      const sent = await Promise.allSettled(["0x01", "0x02"].map((data) => chain.send({ to: NOWHERE, data })));
      expect(sent.map(({ status }) => status)).to.deep.equal(["rejected", "fulfilled"]);
    });
  });
});
