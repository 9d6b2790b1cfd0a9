import { expect } from "chai";

import { makeAccountId, nextNonce } from "../../../sdk";

const ACCOUNT = makeAccountId("0x52908400098527886E0F7030069857D2E4169EE7", 1n);

/** A ledger that counts how often it is asked. */
function ledgerWith(isUsed: (nonce: bigint) => boolean, filled = 0n) {
  const ledger = {
    calls: 0,
    nonceState: (account: bigint, nonce: bigint): Promise<[boolean, bigint]> => {
      expect(account).to.equal(ACCOUNT);
      ledger.calls++;
      if (!isUsed(nonce)) return Promise.resolve([false, 0n]);
      return Promise.resolve(filled === 0n ? [true, 0n] : [false, filled]);
    },
  };
  return ledger;
}

describe("nextNonce", () => {
  it("is one where none was used, though the sender's own orders have none", async () => {
    expect(
      await nextNonce(
        ledgerWith(() => false),
        ACCOUNT,
      ),
    ).to.equal(1n);
  });

  it("follows the last where nonces are counted up, in few calls", async () => {
    for (const last of [1n, 2n, 3n, 127n, 128n, 129n, 100_000n]) {
      const ledger = ledgerWith((nonce) => nonce <= last);
      expect(await nextNonce(ledger, ACCOUNT)).to.equal(last + 1n);
      expect(ledger.calls).to.be.at.most(2 * last.toString(2).length + 1);
    }
  });

  it("passes orders that are filled in part", async () => {
    expect(
      await nextNonce(
        ledgerWith((nonce) => nonce <= 5n, 7n),
        ACCOUNT,
      ),
    ).to.equal(6n);
  });

  it("is unused where nonces were drawn at random", async () => {
    const used = new Set([1n, 2n, 4n, 9n, 2n ** 63n]);
    expect(
      used.has(
        await nextNonce(
          ledgerWith((nonce) => used.has(nonce)),
          ACCOUNT,
        ),
      ),
    ).to.be.false;
  });
});
