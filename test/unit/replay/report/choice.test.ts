import { expect } from "chai";

import type { Auction } from "../../../../scripts/replay/report/auctionLog";
import { choose } from "../../../../scripts/replay/report/choice";
import { busiestHour, highest, largestMove, salesOf } from "../../../../scripts/replay/report/findings";
import type { AccountTraces } from "../../../../scripts/replay/report/recorder";
import { type AccountId, Mode } from "../../../../sdk";

const ETH = 1n;

function account(id: number, mode: bigint, fields: Partial<AccountTraces> = {}): AccountTraces {
  return {
    account: BigInt(id) as AccountId,
    mode,
    largestNotional: 1_000,
    closest: { distance: 0.5, time: 0 },
    finalEquity: 10,
    equity: [],
    initialMargin: [],
    maintenanceMargin: [],
    ...fields,
  };
}

function sale(id: number, mode: bigint, notional: number, time = 0): Auction {
  const sold = [{ underlying: ETH, spot: 1, notional }];
  const bid = { time, discount: 0.1, equity: 1, cover: 0, badDebt: 0, sold };
  return { account: BigInt(id) as AccountId, mode, flaggedAt: time, bids: [bid] };
}

describe("the choice of accounts", () => {
  const names = ({ chosen }: ReturnType<typeof choose>): number[] => chosen.map((one) => Number(one.account.account));

  it("takes the largest the vault took over, which is no survivor", () => {
    const accounts = [
      account(1, Mode.Isolated, { largestNotional: 900 }),
      account(2, Mode.Isolated, { largestNotional: 950 }),
      account(3, Mode.Isolated, { largestNotional: 500 }),
    ];
    const taken = (id: number): Auction => ({
      ...sale(id, Mode.Isolated, 0),
      bids: [],
      takeover: { time: 5, equity: 1, margin: 2, taken: [] },
    });
    const { chosen } = choose({ accounts, auctions: [taken(1), taken(2)] });
    expect(chosen.map((one) => [Number(one.account.account), one.reasons.length])).to.deep.equal([
      [3, 2],
      [2, 1],
    ]);
    expect(chosen[1]!.reasons).to.deep.equal(["largest the vault took over, of 2"]);
  });

  it("takes the largest liquidated and surviving of each mode and the nearest, each once", () => {
    const accounts = [
      account(1, Mode.Isolated),
      account(2, Mode.Isolated),
      account(3, Mode.Cross),
      account(4, Mode.Isolated, { largestNotional: 500, closest: { distance: 0.01, time: 7 } }),
      account(5, Mode.Isolated, { largestNotional: 900 }),
      account(6, Mode.Cross, { largestNotional: 800 }),
      account(7, Mode.Cross, { largestNotional: 0, closest: { distance: Infinity, time: 0 } }),
    ];
    const auctions = [
      sale(1, Mode.Isolated, 60),
      sale(2, Mode.Isolated, 50),
      sale(2, Mode.Isolated, 20),
      sale(3, Mode.Cross, 10),
      { ...sale(4, Mode.Isolated, 0), bids: [] },
    ];
    const choice = choose({ accounts, auctions });
    expect(names(choice)).to.deep.equal([2, 3, 5, 6, 4]);
    expect(choice.chosen.map(({ reasons }) => reasons)).to.deep.equal([
      ["largest isolated liquidation, 70.00 USD of notional sold"],
      ["largest cross liquidation, 10.00 USD of notional sold"],
      ["largest isolated survivor, up to 900.00 USD of notional"],
      ["largest cross survivor, up to 800.00 USD of notional"],
      ["nearest to maintenance margin without losing a slice, 1.0 % of notional above it"],
    ]);
    expect(choice.chosen.map(({ auctions: own }) => own.length)).to.deep.equal([2, 1, 0, 0, 1]);
    expect(choice.remarks).to.deep.equal(["No account ended below zero."]);
  });

  it("says how far below maintenance margin somebody was whom nobody bid for", () => {
    const dipped = account(1, Mode.Cross, { closest: { distance: -0.0074, time: 0 } });
    const [chosen] = choose({ accounts: [dipped, account(2, Mode.Cross)], auctions: [] }).chosen;
    expect(chosen!.reasons.at(-1)).to.equal(
      "nearest to maintenance margin without losing a slice, 0.74 % of notional below it",
    );
  });

  it("gives an account several reasons, and says of whom there is none", () => {
    const choice = choose({
      accounts: [account(1, Mode.Cross), account(2, Mode.Isolated)],
      auctions: [sale(2, Mode.Isolated, 5)],
    });
    expect(names(choice)).to.deep.equal([2, 1]);
    expect(choice.chosen[1]!.reasons).to.have.length(2);
    expect(choice.remarks.slice(0, 2)).to.deep.equal([
      "No cross account was liquidated.",
      "No isolated account got through without losing a slice.",
    ]);
  });

  it("shows the lowest four of those that ended below zero, and says how many there are", () => {
    const accounts = [-1, -5, -2, -4, -3].map((finalEquity, id) => account(id, Mode.Cross, { finalEquity }));
    const auctions = accounts.map((one) => sale(Number(one.account), Mode.Cross, 10 + Number(one.account)));
    const choice = choose({ accounts, auctions });
    // Account 4 is the largest liquidated as well.
    expect(names(choice)).to.deep.equal([4, 1, 3, 2]);
    expect(choice.chosen[0]!.reasons.at(-1)).to.equal("ended below zero, at \u22123.00 USD");
    expect(choice.remarks).to.include("5 accounts ended below zero, of which the lowest 4 are shown.");
  });
});

describe("what stands out", () => {
  const points = (...values: number[]): { time: number; value: number }[] =>
    values.map((value, time) => ({ time, value }));

  it("is the largest move by ratio, up or down, in order of time", () => {
    const fall = largestMove(points(100, 120, 60, 90));
    expect([fall?.from.value, fall?.to.value, fall?.change]).to.deep.equal([120, 60, -0.5]);
    const rise = largestMove(points(100, 90, 270, 200));
    expect([rise?.from.value, rise?.to.value]).to.deep.equal([90, 270]);
    expect(largestMove(points(100))).to.be.undefined;
  });

  it("is the hour in which most of an underlying was sold", () => {
    const auctions = [
      sale(1, Mode.Cross, 10, 0),
      sale(2, Mode.Cross, 30, 3_000),
      sale(1, Mode.Cross, 40, 3_599 + 3_000),
    ];
    expect(busiestHour(auctions, ETH)).to.deep.equal({ from: 3_000, part: 70 / 80 });
    expect(busiestHour(auctions, 2n)).to.be.undefined;
  });

  it("counts accounts once and auctions with bids alone", () => {
    const auctions = [sale(1, Mode.Cross, 10), sale(1, Mode.Cross, 5), { ...sale(2, Mode.Cross, 5), bids: [] }];
    expect(salesOf(auctions)).to.deep.equal({ auctions: 2, accounts: 1, notional: 15 });
  });

  it("is the highest point", () => {
    expect(highest(points(1, 3, 2))).to.deep.equal({ time: 1, value: 3 });
    expect(highest([])).to.be.undefined;
  });
});
