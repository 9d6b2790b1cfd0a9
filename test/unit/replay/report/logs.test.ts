import { expect } from "chai";

import { AccountBook } from "../../../../scripts/keeper/book";
import type { Receipt } from "../../../../scripts/replay/chain";
import { AuctionLog, isTakenOver, notionalSold } from "../../../../scripts/replay/report/auctionLog";
import { VaultLog } from "../../../../scripts/replay/report/vaultLog";
import { Tally } from "../../../../scripts/replay/tally";
import { type Market, Mode, WAD, parseWad, perp } from "../../../../sdk";
import { ALICE, BOB, ETH, LEDGER, opened, receipt, sold, takenOver } from "../receipts";

const MARKET: Market = {
  underlying: ETH,
  status: 2n,
  spot: parseWad("100"),
  mark: parseWad("101"),
  index: parseWad("101"),
  confidence: 0n,
  dailyVol: 0n,
  baseRate: 0n,
  volMultiplier: 0n,
  slope: 0n,
  depth: WAD,
  maintenanceRatio: 0n,
  referenceVol: 0n,
  priceRange: 0n,
  credit: 0n,
};

describe("the log of auctions", () => {
  let book: AccountBook;
  let log: AuctionLog;

  /** As the replay does it: the book follows. */
  function mine(mined: Receipt): void {
    log.apply(mined, [MARKET]);
    for (const entry of mined.ok ? mined.logs : []) book.apply(entry);
  }

  beforeEach(() => {
    book = new AccountBook(LEDGER);
    log = new AuctionLog(book);
    mine(receipt("open", [...opened(ALICE, Mode.Isolated, "3"), ...opened(BOB, Mode.Cross, "-2")]));
  });

  it("tells what a bid took at its discount, by the positions before it", () => {
    mine(receipt("flag", [["Flagged", [ALICE, BOB, 0n]]], { time: 100 }));
    // Fifteen minutes of the auction's time are half of the margin.
    const touched: [string, unknown[]] = ["AuctionTouched", [ALICE, 900n * WAD, WAD]];
    const shrunk = opened(ALICE, Mode.Isolated, "1.5").slice(1);
    mine(receipt("bid", [touched, sold(ALICE, "0.5", "40", "5"), ...shrunk], { time: 160 }));
    expect(log.auctions).to.have.length(1);
    const [auction] = log.auctions;
    expect(auction).to.include({ account: ALICE, mode: Mode.Isolated, flaggedAt: 100 });
    expect(auction!.bids).to.deep.equal([
      {
        time: 160,
        discount: 0.5,
        equity: 40,
        cover: 0,
        badDebt: 0,
        sold: [{ underlying: ETH, spot: 100, notional: 1.5 * 101 }],
      },
    ]);
    expect([notionalSold(auction!), notionalSold(auction!, ETH), notionalSold(auction!, 2n)]).to.deep.equal([
      ...[151.5, 151.5, 0],
    ]);
  });

  it("gives each bid its own bad debt, and none to the next", () => {
    mine(receipt("flag", [["Flagged", [BOB, ALICE, 0n]]]));
    const debt: [string, unknown[]] = ["BadDebt", [BOB, parseWad("30"), parseWad("20")]];
    const bid = receipt("bid", [debt, sold(BOB, "0.5", "-60", "0", "20"), sold(BOB, "0.5", "-30", "0", "0")]);
    mine(bid);
    const tally = new Tally(new AccountBook(LEDGER));
    tally.apply(bid);
    expect([tally.totals.badDebt, tally.totals.backstopPaid]).to.deep.equal([30n * WAD, 20n * WAD]);
    expect(log.auctions[0]!.bids.map(({ badDebt, cover }) => [badDebt, cover])).to.deep.equal([
      [30, 20],
      [0, 0],
    ]);
  });

  it("tells what the vault took over, and no more of it in the next auction", () => {
    mine(receipt("flag", [["Flagged", [BOB, ALICE, 0n]]], { time: 100 }));
    mine(receipt("bid", [sold(BOB, "0.5", "40", "5"), ...opened(BOB, Mode.Cross, "-1").slice(1)], { time: 160 }));
    mine(receipt("takeOver", [takenOver(BOB, "20", "90")], { time: 3_760 }));
    mine(receipt("flag", [["Flagged", [BOB, ALICE, 0n]]], { time: 9_000 }));
    const [first, second] = log.auctions;
    expect([first, second].map((auction) => auction && isTakenOver(auction))).to.deep.equal([true, false]);
    expect(first!.takeover).to.deep.equal({
      time: 3_760,
      equity: 20,
      margin: 90,
      taken: [{ underlying: ETH, spot: 100, notional: 101 }],
    });
    expect(notionalSold(first!), "what the vault took was not sold").to.equal(101);
  });

  it("begins another auction with the next flag, and passes over what failed", () => {
    mine(receipt("flag", [["Flagged", [ALICE, BOB, 0n]]], { time: 100 }));
    mine(receipt("bid", [sold(ALICE, "1", "40", "5")], { ok: false }));
    mine(receipt("flag", [["Flagged", [ALICE, BOB, 0n]]], { time: 200 }));
    mine(receipt("bid", [sold(ALICE, "0.1", "40", "5")], { time: 230 }));
    expect(log.auctions.map(({ flaggedAt, bids }) => [flaggedAt, bids.length])).to.deep.equal([
      [100, 0],
      [200, 1],
    ]);
  });
});

describe("the log of the vault", () => {
  const HOUR = 3_600;
  const RANGE = { from: 0, to: 10 * HOUR };

  it("adds up fees and cover, and lets a payment count for an hour of the cap", () => {
    const log = new VaultLog(RANGE, 2_000n);
    log.measured(0, 1_000);
    const filled: [string, unknown[]] = [
      "Filled",
      [ALICE, BOB, perp(ETH), 1n, WAD, 1n, 2n, parseWad("0.25"), parseWad("1.25")],
    ];
    log.apply(receipt("open", [filled, filled], { time: 60 }));
    log.apply(receipt("open", [filled], { time: 60, ok: false }));
    log.measured(60, 1_003);
    log.apply(receipt("bid", [sold(ALICE, "1", "-30", "0", "40")], { time: HOUR }));
    log.measured(HOUR, 960);
    log.apply(receipt("bid", [sold(BOB, "1", "-30", "0", "60")], { time: HOUR + 600 }));
    log.measured(HOUR + 600, 900);
    const { cash, feesIn, coverOut, capUse } = log.finish();
    expect(cash.map(({ value }) => value)).to.deep.equal([1_000, 1_003, 960, 900]);
    expect(feesIn.map(({ value }) => value)).to.deep.equal([0, 3]);
    expect(coverOut).to.deep.equal([
      { time: 0, value: 0 },
      { time: HOUR, value: 40 },
      { time: HOUR + 600, value: 100 },
    ]);
    // A fifth of the assets before the hour's payments: 200 both times.
    expect(capUse).to.deep.equal([
      { time: 0, value: 0 },
      { time: HOUR, value: 0.2 },
      { time: HOUR + 600, value: 0.5 },
      { time: 2 * HOUR, value: 60 / (960 * 0.2) },
      { time: 2 * HOUR + 600, value: 0 },
    ]);
  });
  it("counts the margin of a takeover as paid, and what came back when it ended", () => {
    const log = new VaultLog(RANGE, 2_000n);
    log.measured(0, 1_000);
    log.apply(receipt("takeOver", [takenOver(ALICE, "20", "50")], { time: HOUR }));
    log.measured(HOUR, 950);
    log.apply(receipt("end", [["TakeoverEnded", [1n, 60_000_000n]]], { time: 3 * HOUR }));
    log.measured(3 * HOUR, 1_010);
    const { takeoverMargin, coverOut, capUse } = log.finish();
    expect(takeoverMargin.map(({ value }) => value)).to.deep.equal([0, 50, -10]);
    expect(coverOut).to.deep.equal([{ time: 0, value: 0 }]);
    expect(capUse.map(({ time, value }) => [time, value])).to.deep.equal([
      [0, 0],
      [HOUR, 0.25],
      [2 * HOUR, 0],
    ]);
  });
});
