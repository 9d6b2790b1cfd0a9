import { expect } from "chai";
import fc from "fast-check";

import { type ReferenceOption, type ValuedBook, valueBook } from "../../reference/book";
import {
  type ReferenceCase,
  evaluateReference,
  heldBooks,
  portfolioOf,
  readReferenceCase,
} from "../../reference/caseFile";
import { portfolioRequirement, witnessBound } from "../../reference/portfolioMargin";
import { randomCase } from "../../reference/randomCases";
import { jointPnls, scenarioPnls, worstOutcome } from "../../reference/scenarios";
import { crossRequirement } from "../../reference/standardMargin";
import { expectNear } from "./numbers";

const STAGES = ["initial", "maintenance"] as const;
const FACTOR = { initial: 1, maintenance: 0.8 };
/** What doubles lose in sums of large amounts. */
const ROUNDING = 1e-12;

/** Accounts in any mode, by the seed of their case. */
const anyAccount: fc.Arbitrary<ReferenceCase> = fc
  .nat()
  .map((seed) => readReferenceCase(randomCase(String(seed), "portfolio")));
const anyStage = fc.constantFrom(...STAGES);
const index = fc.nat({ max: 23 });

function lossOf(pnls: readonly number[]): number {
  return Math.max(0, -worstOutcome(pnls).pnl);
}

/** USD in which an account's roundings are measured. */
function scaleOf(books: readonly ValuedBook[]): number {
  const amounts = books.flatMap(({ market, perpSize, options }) => [
    Math.abs(perpSize) * market.mark,
    ...options.map(({ size, strike, forward }) => Math.abs(size) * Math.max(strike, forward)),
  ]);
  return 1 + amounts.reduce((sum, amount) => sum + amount, 0);
}

/** The same books with all sizes changed by `change`. */
function resized(books: readonly ValuedBook[], change: (size: number) => number): ValuedBook[] {
  const option = (held: ReferenceOption) => ({ ...held, size: change(held.size) });
  return books.map((book) =>
    valueBook({ ...book, perpSize: change(book.perpSize), options: book.options.map(option) }),
  );
}

function reversed(books: readonly ValuedBook[]): ValuedBook[] {
  return [...books].reverse().map((book) => valueBook({ ...book, options: [...book.options].reverse() }));
}

describe("Reference margins, of any account", () => {
  // Where marks leave room for arbitrage a scenario can lose a bounded book more than it can ever pay: not more is asked.
  it("cover every scenario's weighted loss that can come true, of each underlying alone and of all together", () => {
    fc.assert(
      fc.property(anyAccount, anyStage, (account, stage) => {
        const books = heldBooks(account);
        const { requirement, cap } = portfolioOf(account, stage);
        const joint = jointPnls(books.map(scenarioPnls));
        const least = Math.min(cap, FACTOR[stage] * lossOf(joint)) - scaleOf(books) * ROUNDING;
        expect(requirement, "RISK-3: no joint scenario loses more").to.be.at.least(least);
        if (books.length === 1)
          expect(requirement).to.be.at.least(
            Math.min(cap, FACTOR[stage] * lossOf(scenarioPnls(books[0]!))) - scaleOf(books) * ROUNDING,
          );
      }),
    );
  });

  it("count moves of all together for no more than moves of each", () => {
    fc.assert(
      fc.property(anyAccount, anyStage, (account, stage) => {
        const { independent, joint, requirement, floor, cap, credit } = portfolioOf(account, stage);
        const slack = scaleOf(account.books) * ROUNDING;
        expect(joint).to.be.at.most(independent + slack);
        expect(requirement)
          .to.be.at.most(Math.max(independent, floor) + slack)
          .and.at.most(cap);
        expect(credit).to.be.within(0, 0.6);
      }),
    );
  });

  it("do not depend on the order of positions and underlyings", () => {
    fc.assert(
      fc.property(anyAccount, anyStage, (account, stage) => {
        const books = heldBooks(account);
        const slack = scaleOf(books) * ROUNDING;
        const { minCorrelation } = account;
        const [one, other] = [books, reversed(books)].map((held) => portfolioRequirement(held, minCorrelation, stage));
        expect(one!.requirement).to.be.closeTo(other!.requirement, slack);
        expect(crossRequirement(books, stage)).to.be.closeTo(crossRequirement(reversed(books), stage), slack);
      }),
    );
  });

  it("ask as much to stay as to enter at most, and nothing below zero", () => {
    fc.assert(
      fc.property(anyAccount, (account) => {
        const books = heldBooks(account);
        const [initial, maintenance] = STAGES.map((stage) => portfolioOf(account, stage).requirement);
        expect(maintenance!).to.be.within(0, initial!);
        expect(crossRequirement(books, "maintenance")).to.be.within(0, crossRequirement(books, "initial"));
      }),
    );
  });

  it("grow as sizes do, at least in proportion", () => {
    fc.assert(
      fc.property(anyAccount, fc.integer({ min: 2, max: 10 }), anyStage, (account, times, stage) => {
        const books = heldBooks(account);
        const larger = resized(books, (size) => size * times);
        const least = (requirement: number) => times * requirement - times * scaleOf(books) * ROUNDING;
        const ofAll = portfolioRequirement(larger, account.minCorrelation, stage).requirement;
        expect(ofAll).to.be.at.least(least(portfolioOf(account, stage).requirement));
        expect(crossRequirement(larger, stage)).to.be.at.least(least(crossRequirement(books, stage)));
      }),
    );
  });

  it("have no larger core after a change that makes no scenario's loss larger", () => {
    fc.assert(
      fc.property(anyAccount, fc.double({ min: 0.1, max: 0.9, noNaN: true }), (account, part) => {
        const books = heldBooks(account);
        const reduced = resized(books, (size) => size * part);
        const unhedged = books.map((book) =>
          valueBook({ ...book, options: book.options.filter(({ size }) => size > 0) }),
        );
        books.forEach((book, i) => {
          const before = scenarioPnls(book);
          for (const changed of [reduced[i]!, unhedged[i]!]) {
            const after = scenarioPnls(changed);
            const slack = scaleOf([book]) * ROUNDING;
            const helps = after.every((pnl, s) => pnl >= Math.min(0, before[s]!) - slack);
            if (helps) expect(lossOf(after)).to.be.at.most(lossOf(before) + slack);
            if (changed === reduced[i]) expect(helps, "a smaller book loses less").to.be.true;
            const change = after.map((pnl, s) => pnl - before[s]!);
            const most = lossOf(before) + lossOf(change) + slack;
            expect(lossOf(after), "no more than both by themselves").to.be.at.most(most);
          }
        });
      }),
    );
  });

  it("are never below what any witness shows, and what the right one shows", () => {
    fc.assert(
      fc.property(
        anyAccount,
        fc.array(index, { minLength: 3, maxLength: 3 }),
        index,
        anyStage,
        (account, named, joint, stage) => {
          const books = heldBooks(account);
          const { minCorrelation } = account;
          const slack = scaleOf(books) * ROUNDING;
          const { requirement, parts, jointWorst } = portfolioOf(account, stage);
          const shown = witnessBound(books, minCorrelation, { scenarios: named, joint }, stage);
          expect(shown).to.be.at.most(requirement + slack);
          const floor = witnessBound(books, minCorrelation, "floor", stage);
          const right = { scenarios: parts.map(({ worst }) => worst.index), joint: jointWorst.index };
          const most = witnessBound(books, minCorrelation, right, stage);
          expect(Math.max(floor, most)).to.be.closeTo(requirement, slack);
        },
      ),
    );
  });

  it("are those of the case file that describes the account", () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const file = randomCase(String(seed), "cross");
        const { initialMargin, maintenanceMargin, equity } = evaluateReference(JSON.parse(JSON.stringify(file)));
        const account = readReferenceCase(file);
        expect(equity).to.equal(account.equity);
        expectNear(initialMargin, crossRequirement(heldBooks(account), "initial"), ROUNDING, "initial");
        expectNear(maintenanceMargin, crossRequirement(heldBooks(account), "maintenance"), ROUNDING, "maintenance");
      }),
    );
  });
});
