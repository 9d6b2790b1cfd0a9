import { expect } from "chai";

import { AccountBook } from "../../../scripts/keeper/book";
import { Tally } from "../../../scripts/replay/tally";
import { Mode, WAD, decodeAccount, encodeAccount, encodePosition, parseWad, perp } from "../../../sdk";
import { ALICE, BOB, ETH, type Entry, LEDGER, opened, receipt, sold, takenOver } from "./receipts";

describe("the replay's tally", () => {
  let tally: Tally;

  beforeEach(() => {
    tally = new Tally(new AccountBook(LEDGER));
    tally.apply(receipt("open", [...opened(ALICE, Mode.Isolated, "3"), ...opened(BOB, Mode.Cross, "-3")]));
  });

  it("counts an auction once, however many bids it has, and again after the next flag", () => {
    const flag = receipt("flag", [["Flagged", [ALICE, BOB, 0n]]]);
    const bid = receipt("bid", [sold(ALICE, "0.5", "100", "40")]);
    tally.apply(flag);
    expect(tally.liquidationsOf(Mode.Isolated)).to.equal(0);
    expect(tally.apply(bid)).to.deep.equal([ALICE]);
    tally.apply(bid);
    expect(tally.liquidationsOf(Mode.Isolated)).to.equal(1);
    tally.apply(flag);
    tally.apply(bid);
    expect(tally.liquidationsOf(Mode.Isolated)).to.equal(2);
    expect(tally.liquidationsOf(Mode.Cross)).to.equal(0);
    expect(tally.flaggedAt.get(ALICE)).to.equal(60);
  });

  it("adds up discounts, bad debt and what the vault paid", () => {
    tally.apply(receipt("bid", [sold(ALICE, "0.5", "100", "40")]));
    const debt: Entry = ["BadDebt", [ALICE, parseWad("30"), parseWad("20")]];
    tally.apply(receipt("bid", [sold(ALICE, "1", "-30", "0"), debt]));
    expect(tally.totals).to.include({
      discountsPaid: parseWad("10"),
      badDebt: parseWad("30"),
      backstopPaid: parseWad("20"),
    });
  });

  it("counts a takeover beside the auctions with a bid, and as a loss of everything", () => {
    tally.apply(receipt("flag", [["Flagged", [BOB, ALICE, 0n]]]));
    expect(tally.apply(receipt("takeOver", [takenOver(BOB, "20", "90")]))).to.deep.equal([BOB]);
    expect([tally.takeovers.get(Mode.Cross), tally.takeovers.get(Mode.Isolated)]).to.deep.equal([1, undefined]);
    expect(tally.liquidationsOf(Mode.Cross)).to.equal(0);
  });

  it("takes funding from all that was long before the transaction, whichever way it flows", () => {
    const accrued = (cumulative: string): Entry => ["FundingAccrued", [ETH, 1n, parseWad(cumulative)]];
    // The close in the same transaction comes too late to change who pays.
    tally.apply(receipt("close", [...opened(ALICE, Mode.Isolated, "1"), accrued("2")]));
    expect(tally.totals.fundingPaid).to.equal(6n * WAD);
    tally.apply(receipt("close", [accrued("-1")]));
    expect(tally.totals.fundingPaid).to.equal(9n * WAD);
  });

  it("ignores what failed, and events of other contracts", () => {
    tally.apply(receipt("bid", [sold(ALICE, "0.5", "100", "40")], { ok: false }));
    const elsewhere = receipt("bid", opened(ALICE, Mode.Cross, "9"));
    elsewhere.logs = elsewhere.logs.map((log) => ({ ...log, address: `0x${"ab".repeat(20)}` }));
    const book = new AccountBook(LEDGER);
    new Tally(book).apply(elsewhere);
    expect([...book.all()]).to.be.empty;
    expect(tally.totals.discountsPaid).to.equal(0n);
    expect(tally.gas.get("bid")).to.be.undefined;
  });
});

describe("the account book", () => {
  it("keeps positions by instrument and drops what was closed", () => {
    const book = new AccountBook(LEDGER.toLowerCase());
    const tally = new Tally(book);
    tally.apply(receipt("open", opened(ALICE, Mode.Cross, "2")));
    const btc = encodePosition({ instrument: perp(2n), lots: 5n, index: -3n });
    tally.apply(receipt("open", [["PositionChanged", [ALICE, btc]]]));
    expect(book.get(ALICE)?.positions).to.have.length(2);
    const closed = encodePosition({ instrument: perp(ETH), lots: 0n, index: 0n });
    tally.apply(receipt("close", [["PositionChanged", [ALICE, closed]]]));
    expect([...(book.get(ALICE)?.words.values() ?? [])]).to.deep.equal([btc]);
    expect(book.holders().map(({ id }) => id)).to.deep.equal([ALICE]);
    expect(book.get(ALICE)?.account.mode).to.equal(Mode.Cross);
  });

  it("drops what an account that holds nothing any more tells of no other way", () => {
    const book = new AccountBook(LEDGER);
    const tally = new Tally(book);
    tally.apply(receipt("open", opened(ALICE, Mode.Cross, "2")));
    const word = encodeAccount({ ...decodeAccount(0n), mode: Mode.Cross, positions: 1n });
    tally.apply(receipt("deposit", [["AccountChanged", [ALICE, word]]]));
    expect(book.get(ALICE)?.positions).to.have.length(1);
    const empty = encodeAccount({ ...decodeAccount(0n), mode: Mode.Cross });
    tally.apply(receipt("sold", [["AccountChanged", [ALICE, empty]]]));
    expect(book.get(ALICE)?.positions).to.be.empty;
    expect(book.get(ALICE)?.words).to.be.empty;
  });
});
