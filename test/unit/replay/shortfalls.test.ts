import { expect } from "chai";

import { AccountBook } from "../../../scripts/keeper/book";
import { rank } from "../../../scripts/keeper/ranking";
import { Shortfalls } from "../../../scripts/replay/shortfalls";
import { type Market, Mode, PriceStatus, encodeAccount, decodeAccount, parseWad } from "../../../sdk";
import { ALICE, BOB, ETH, type Entry, LEDGER, opened, receipt, sold } from "./receipts";

/** ETH at a price, of whose notional 10 % are required to stay. */
function market(price: string): Market {
  return {
    underlying: ETH,
    status: PriceStatus.Fresh,
    spot: parseWad(price),
    mark: parseWad(price),
    index: parseWad(price),
    confidence: 0n,
    dailyVol: 0n,
    baseRate: parseWad("0.2"),
    volMultiplier: 0n,
    slope: 0n,
    depth: parseWad("1000000"),
    maintenanceRatio: parseWad("0.5"),
    referenceVol: 0n,
    priceRange: 0n,
    credit: 0n,
  };
}

const FLAGGED: Entry = ["Flagged", [ALICE, BOB, 0n]];
const debt = (amount: string, covered: string): Entry => ["BadDebt", [ALICE, parseWad(amount), parseWad(covered)]];

describe("the shortfalls of a replay", () => {
  let book: AccountBook;
  let shortfalls: Shortfalls;

  /** Alice is long ten at 100 with 150 USD: above maintenance margin down to 94.45, above zero down to 85. */
  beforeEach(() => {
    book = new AccountBook(LEDGER);
    shortfalls = new Shortfalls([{ name: "ETH", underlying: ETH, feed: "", openInterestCap: 1n, reference: 1n }]);
    const word = encodeAccount({ ...decodeAccount(0n), mode: Mode.Isolated, positions: 1n, cash: parseWad("-850") });
    const [open, , position] = opened(ALICE, Mode.Isolated, "10");
    for (const log of receipt("open", [open!, ["AccountChanged", [ALICE, word]], position!]).logs) book.apply(log);
  });

  function look(time: number, price: string): void {
    const markets = [market(price)];
    shortfalls.measured(time, markets, rank(book.holders(), { markets }));
  }

  const finish = (): ReturnType<Shortfalls["finish"]> => shortfalls.finish(book.holders().map(({ id }) => id));

  it("are none while nobody is below zero", () => {
    look(0, "100");
    look(60, "90");
    expect(finish()).to.deep.equal([]);
  });

  it("tell the one move that took an account below zero, and add up what its slices left", () => {
    look(0, "100");
    shortfalls.mined(receipt("bid", [sold(ALICE, "0.1", "90", "1")], { time: 20 }));
    look(75, "80");
    shortfalls.mined(receipt("flag", [FLAGGED], { time: 87 }));
    look(150, "79");
    shortfalls.mined(receipt("bid", [debt("30", "40"), sold(ALICE, "0.5", "-60", "0", "40")], { time: 160 }));
    shortfalls.mined(receipt("bid", [debt("20", "5")], { time: 170, ok: false }));
    shortfalls.mined(receipt("bid", [debt("20", "5")], { time: 172 }));
    const [found, ...others] = finish();
    expect(others).to.deep.equal([]);
    expect(found).to.deep.include({ mode: "isolated", badDebt: "50", covered: "45", flaggedAt: 87, soldAt: 20 });
    expect(found!.sound).to.deep.equal(found!.solvent);
    expect(found!.sound).to.deep.equal({
      ...{ time: 0, equity: "150", maintenanceMargin: "100", notional: "1000", prices: { ETH: "100" } },
    });
    expect(found!.bankrupt).to.deep.include({ time: 75, equity: "-50" });
    expect(found!.reason).to.equal(
      "above maintenance margin, its equity was 15.00 % of notional; " +
        "in the 75 s to the next observation ETH fell 20.00 % from 100.00 to 80.00",
    );
  });

  it("tell how long an account was below maintenance margin before", () => {
    look(0, "100");
    look(60, "94");
    look(90, "90");
    look(120, "84");
    const [found] = finish();
    expect(found).to.deep.include({ badDebt: "0", covered: "0", flaggedAt: null, soldAt: null });
    expect([found!.sound?.time, found!.solvent?.time, found!.bankrupt.time]).to.deep.equal([0, 90, 120]);
    expect(found!.reason).to.match(
      /^below maintenance margin \(90 s after it was last above\), its equity was 5\.56 %/,
    );
  });

  it("begin anew once the account is above maintenance margin again", () => {
    look(0, "80");
    look(60, "100");
    expect(finish()).to.deep.equal([]);
    look(120, "80");
    expect(finish()[0]?.bankrupt.time).to.equal(120);
  });
});
