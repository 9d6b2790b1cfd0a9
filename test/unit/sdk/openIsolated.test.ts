import { expect } from "chai";

import {
  type AccountId,
  type AccountReader,
  Mode,
  type Order,
  PlimsollInputError,
  encodeAccount,
  firstFreeAccount,
  indexOf,
  makeAccountId,
  openIsolated,
  ownerOf,
  parseLots,
  parseUsdc,
  parseWad,
  perp,
  takeQuote,
} from "../../../sdk";
import { IClearinghouse__factory } from "../../../typechain-types";

const OWNER = "0x52908400098527886E0F7030069857D2E4169EE7";
const MAKER = makeAccountId("0x8617E340B3D01FA5F11F306F4090FD50E238070D", 0n);
const DEPOSIT = parseUsdc("500");
const terms = { maxFeeBps: 5n, expiry: 1_800_000_000n };

/** A ledger on which the owner's accounts below `open` are open; the one after was closed twice. */
function ledgerWith(open: bigint): AccountReader & { asked: bigint[] } {
  const asked: bigint[] = [];
  const empty = {
    cash: 0n,
    keeperDeposit: 0n,
    packed: 0n,
    positions: 0n,
    flagged: false,
    locked: false,
    riskSince: 0n,
  };
  return {
    asked,
    accountOf: (id: AccountId) => {
      expect(ownerOf(id)).to.equal(OWNER);
      asked.push(indexOf(id));
      const mode = indexOf(id) < open ? Mode.Cross : Mode.None;
      return Promise.resolve(encodeAccount({ ...empty, mode, epoch: indexOf(id) === open ? 2n : 0n }));
    },
  };
}

function quoteOf(size: string, limitPrice: string, account = MAKER) {
  const order: Order = {
    account,
    instrument: perp(1n),
    size: parseLots(size),
    limitPrice: parseWad(limitPrice),
    maxFeeBps: 1n,
    expiry: 1_800_000_000n,
    priceNotBefore: 0n,
    nonce: 3n,
    epoch: 0n,
    reduceOnly: false,
  };
  return { order, signature: "0x12" };
}

const abi = IClearinghouse__factory.createInterface();

describe("openIsolated", () => {
  it("finds the first account that is not open, with its epoch", async () => {
    for (const open of [0n, 1n, 7n, 8n, 23n]) {
      const found = await firstFreeAccount(ledgerWith(open), OWNER);
      expect(found).to.deep.equal({ account: makeAccountId(OWNER, open), epoch: 2n });
    }
  });

  it("opens, deposits and trades in calls of one transaction", async () => {
    const quote = quoteOf("-3", "2000");
    const trade = { quote, lots: parseLots("1.5"), ...terms };
    const { account, calls } = await openIsolated(ledgerWith(4n), OWNER, DEPOSIT, trade);
    expect(account).to.equal(makeAccountId(OWNER, 4n));
    const [open, deposit, settle, ...rest] = calls.map((data) => abi.parseTransaction({ data }));
    expect(rest).to.deep.equal([]);
    expect(open?.name).to.equal("openAccount");
    expect(open?.args.toArray()).to.deep.equal([4n, Mode.Isolated]);
    expect(deposit?.name).to.equal("deposit");
    expect(deposit?.args.toArray()).to.deep.equal([account, DEPOSIT]);
    expect(settle?.name).to.equal("settle");
    const { orders, fills } = takeQuote(quote, account, 2n, trade);
    const expected = abi.encodeFunctionData("settle", [orders, fills]);
    expect(calls[2]).to.equal(expected);
    expect(orders[1]?.order).to.include({ account, epoch: 2n, size: parseLots("1.5"), nonce: 0n, reduceOnly: false });
    expect(orders[1]?.signature).to.equal("0x");
  });

  it("opens without a trade", async () => {
    expect((await openIsolated(ledgerWith(0n), OWNER, DEPOSIT)).calls).to.have.length(2);
  });

  it("refuses nothing to deposit, and a quote of the account's own", async () => {
    await expect(openIsolated(ledgerWith(0n), OWNER, 0n)).to.be.rejectedWith(PlimsollInputError, "The deposit is zero");
    const quote = quoteOf("1", "2000", makeAccountId(OWNER, 1n));
    const trade = { quote, ...terms };
    await expect(openIsolated(ledgerWith(1n), OWNER, DEPOSIT, trade)).to.be.rejectedWith(PlimsollInputError, "itself");
  });
});

describe("takeQuote", () => {
  const account = makeAccountId(OWNER, 0n);

  it("takes all of a quote at its limit, on the other side", () => {
    for (const [size, own] of [
      ["-2", "2"],
      ["2", "-2"],
    ] as const) {
      const quote = quoteOf(size, "2000");
      const { orders, fills } = takeQuote(quote, account, 0n, terms);
      expect(orders[0]).to.equal(quote);
      expect(orders[1]?.order).to.include({ ...terms, size: parseLots(own), limitPrice: parseWad("2000") });
      expect(fills).to.deep.equal([{ maker: 0, taker: 1, lots: parseLots("2"), price: parseWad("2000") }]);
    }
  });

  it("refuses more than it is for, nothing, and a price beyond its limit", () => {
    const take = (size: string, changes: { lots?: bigint; price?: bigint }) => () =>
      takeQuote(quoteOf(size, "2000"), account, 0n, { ...terms, ...changes });
    expect(take("-2", { lots: parseLots("2.1") })).to.throw(
      PlimsollInputError,
      "The order is for 2, and 2.1 was wanted",
    );
    expect(take("-2", { lots: 0n })).to.throw(PlimsollInputError, "The size to trade is zero");
    expect(take("-2", { price: parseWad("1999") })).to.throw(PlimsollInputError, "sells for at least 2000");
    expect(take("2", { price: parseWad("2001") })).to.throw(PlimsollInputError, "buys for at most 2000");
    expect(take("2", { price: parseWad("1999") })).not.to.throw();
    expect(take("-2", { price: parseWad("2001") })).not.to.throw();
  });
});
