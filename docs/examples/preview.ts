import type { Signer } from "ethers";

import * as plimsoll from "../../sdk";
import { Clearinghouse__factory } from "../../typechain-types";

/** Shows what an order would do to an account, and signs it if the ledger would let it pass. */
export async function previewAndSign(
  signer: Signer,
  address: string,
  account: plimsoll.AccountId,
  size: string, // units of the underlying, "-1.5" sells
  limitPrice: string, // USD a unit
): Promise<{ preview: plimsoll.FillPreview; signed: plimsoll.SignedOrder | undefined }> {
  const { provider } = signer;
  if (!provider) throw new Error("The signer is not connected to a chain.");
  const clearinghouse = Clearinghouse__factory.connect(address, provider);
  const eth = 1n;
  const [word, positions, market, { takerFeeBps }] = await Promise.all([
    clearinghouse.accountOf(account),
    clearinghouse.positionsOf(account),
    clearinghouse.marketOf(eth),
    clearinghouse.marketParams(eth),
  ]);
  const state = plimsoll.decodeAccount(word);
  const holdings = { ...state, positions: positions.map(plimsoll.decodePosition) };
  const [lots, price] = [plimsoll.parseLots(size), plimsoll.parseWad(limitPrice)];
  const instrument = plimsoll.perp(eth);
  const preview = plimsoll.previewFill({ markets: [market] }, holdings, {
    instrument,
    lots,
    price,
    feeBps: takerFeeBps,
  });
  if (!preview.allowed) return { preview, signed: undefined };

  const { chainId } = await provider.getNetwork();
  const now = (await provider.getBlock("latest"))?.timestamp ?? 0;
  const signed = await plimsoll.signOrder(signer, plimsoll.orderDomain(chainId, address), {
    account,
    instrument,
    size: lots,
    limitPrice: price,
    maxFeeBps: takerFeeBps,
    expiry: BigInt(now) + 3600n,
    priceNotBefore: 0n,
    nonce: BigInt(Date.now()),
    epoch: state.epoch,
    reduceOnly: false,
  });
  return { preview, signed };
}
