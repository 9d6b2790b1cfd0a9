import { expect } from "chai";

import type { AccountRecord } from "../../../scripts/keeper/book";
import { type Step, type Terms, halved, nextStep, offerFor } from "../../../scripts/keeper/liquidation";
import { judgeRecord, rank } from "../../../scripts/keeper/ranking";
import {
  type AccountId,
  type Market,
  Mode,
  PriceStatus,
  WAD,
  type auction,
  decodeAccount,
  option,
  parseLots,
  parseWad,
  perp,
} from "../../../sdk";

const NOW = 1_700_000_000n;
const ETH = 1n;

function market(fields: Partial<Market> = {}): Market {
  return {
    underlying: ETH,
    status: PriceStatus.Fresh,
    spot: parseWad("1000"),
    mark: parseWad("1000"),
    index: parseWad("1000"),
    confidence: 0n,
    dailyVol: parseWad("0.01"),
    baseRate: parseWad("0.1"),
    volMultiplier: parseWad("2.8"),
    slope: 1n,
    depth: parseWad("1000000000"),
    maintenanceRatio: parseWad("0.7"),
    referenceVol: 0n,
    priceRange: 0n,
    credit: 0n,
    ...fields,
  };
}

/** An account long `size` with this cash: its maintenance margin is 70 USD a unit. */
function holder(id: bigint, size: string, cash: string, flagged = false): AccountRecord {
  const positions = [{ instrument: perp(ETH), lots: parseLots(size), index: parseWad("1000") }];
  const account = { ...decodeAccount(0n), mode: Mode.Cross, cash: parseWad(cash), positions: 1n, flagged };
  return { id: id as AccountId, word: 0n, account, words: new Map(), positions };
}

function clock(fields: Partial<auction.AuctionClock> = {}): auction.AuctionClock {
  return { rate: WAD, gathered: 0n, touchedAt: NOW, flagBlock: 1n, running: true, ...fields };
}

const TERMS = { minGain: parseWad("1"), unwindCost: parseWad("0.001"), coverLimit: 0n };
const MARKETS = [market()];

describe("the keeper's ranking", () => {
  it("puts the account furthest below maintenance first and leaves out who holds nothing", () => {
    const empty: AccountRecord = { ...holder(9n, "1", "0"), positions: [] };
    const ranked = rank([holder(1n, "10", "900"), holder(2n, "10", "600"), empty, holder(3n, "10", "699")], {
      markets: MARKETS,
    });
    expect(ranked.map(({ record }) => record.id)).to.deep.equal([2n, 3n, 1n]);
    expect(ranked.map(({ distance }) => distance < 0n)).to.deep.equal([true, true, false]);
  });
});

describe("the keeper's next step", () => {
  const step = (
    record: AccountRecord,
    at: auction.AuctionClock | undefined,
    now = NOW,
    markets: Market[] = MARKETS,
    terms = TERMS,
  ) => nextStep(judgeRecord(record, { markets })!, at, markets, now, terms)?.kind;

  it("leaves a healthy account alone, to the last wei (RISK-2)", () => {
    expect(step(holder(1n, "10", "700.000000001"), undefined)).to.be.undefined;
    const below = judgeRecord(holder(1n, "10", "0"), { markets: MARKETS })!.assessment.maintenanceMargin;
    const exact = { ...holder(1n, "10", "0") };
    exact.account = { ...exact.account, cash: below };
    expect(step(exact, undefined)).to.be.undefined;
    exact.account = { ...exact.account, cash: below - 1n };
    expect(step(exact, undefined)).to.equal("flag");
  });

  it("waits while a price is unusable", () => {
    const sick = [market({ status: PriceStatus.Unusable })];
    expect(step(holder(1n, "10", "0"), undefined, NOW, sick)).to.be.undefined;
    expect(step(holder(1n, "10", "0", true), clock(), NOW + 3600n, sick)).to.be.undefined;
    const aged = [market({ status: PriceStatus.Aged })];
    expect(step(holder(1n, "10", "0"), undefined, NOW, aged)).to.equal("flag");
  });

  it("does not wait where no price that could return would help (RISK-3)", () => {
    const dead = market({ underlying: 2n, status: PriceStatus.Unusable });
    const markets = [market(), dead];
    const crumb = { instrument: perp(2n), lots: 1n, index: parseWad("1000") };
    const bounds = new Map([[2n, { lower: parseWad("100"), upper: parseWad("10000") }]]);
    const record = holder(1n, "10", "699");
    record.positions = [...record.positions, crumb];
    const kind = (known?: typeof bounds) =>
      nextStep(judgeRecord(record, { markets }, known)!, undefined, markets, NOW, TERMS)?.kind;
    expect(kind(bounds)).to.equal("flag");
    expect(kind(), "bounds unknown").to.be.undefined;
    // Ten times the price, twice: nineteen thousand a unit.
    record.positions = [record.positions[0]!, { ...crumb, lots: parseLots("0.0001") }];
    expect(kind(bounds), "it might be worth 1.90 USD").to.be.undefined;
    record.positions = [crumb];
    expect(kind(bounds), "nothing has a price").to.be.undefined;
  });

  it("clears the flag of an account that is healthy again", () => {
    expect(step(holder(1n, "10", "800", true), clock())).to.equal("poke");
  });

  it("flags again what lapsed after a day", () => {
    expect(step(holder(1n, "10", "600", true), clock(), NOW + 24n * 3600n)).to.not.equal("flag");
    expect(step(holder(1n, "10", "600", true), clock(), NOW + 24n * 3600n + 1n)).to.equal("flag");
  });

  it("waits for a price that pays, and bids when it is there", () => {
    const record = holder(1n, "10", "600", true);
    expect(step(record, clock())).to.be.undefined;
    expect(step(record, clock(), NOW + 60n)).to.equal("bid");
    expect(step(record, clock(), NOW + 60n, MARKETS, { ...TERMS, unwindCost: parseWad("0.01") })).to.be.undefined;
    expect(step(record, clock(), NOW + 60n, MARKETS, { ...TERMS, minGain: parseWad("1000") })).to.be.undefined;
  });

  it("keeps the clock of an auction running that does not pay", () => {
    const dear = { ...TERMS, minGain: parseWad("100000") };
    const record = holder(1n, "10", "600", true);
    expect(step(record, clock(), NOW + 479n, MARKETS, dear)).to.be.undefined;
    expect(step(record, clock(), NOW + 480n, MARKETS, dear)).to.equal("poke");
  });

  it("has the vault take over what pays nobody at the whole discount, and nothing below zero", () => {
    const dear = { ...TERMS, minGain: parseWad("100000") };
    const ran = clock({ gathered: parseWad("3599") });
    expect(step(holder(1n, "10", "600", true), ran, NOW, MARKETS, dear)).to.be.undefined;
    expect(step(holder(1n, "10", "600", true), ran, NOW + 1n, MARKETS, dear)).to.equal("takeOver");
    expect(step(holder(1n, "10", "600", true), ran, NOW + 1n)).to.equal("bid");
    expect(step(holder(1n, "10", "-1", true), ran, NOW + 1n, MARKETS, dear)).to.be.undefined;
  });

  it("keeps the auction of an account with options running, which the vault does not take over", () => {
    const dear = { ...TERMS, minGain: parseWad("100000") };
    const ran = clock({ gathered: parseWad("3600") });
    const record = holder(1n, "10", "600", true);
    const judged = judgeRecord(record, { markets: MARKETS })!;
    const terms = { underlying: ETH, expiry: NOW + 86_400n, strike: 100_000_000_000n, call: true };
    const held = { instrument: option(terms), lots: parseLots("1"), index: 0n };
    const writer = { ...judged, record: { ...record, positions: [...record.positions, held] } };
    expect(nextStep(judged, ran, MARKETS, NOW, dear)).to.deep.equal({ kind: "takeOver" });
    expect(nextStep(writer, ran, MARKETS, NOW, dear)).to.be.undefined;
    expect(nextStep(writer, ran, MARKETS, NOW + 480n, dear)).to.deep.equal({ kind: "poke" });
  });

  it("buys a bankrupt account only as far as the vault makes it pay", () => {
    const record = holder(1n, "10", "-500", true);
    expect(step(record, clock(), NOW + 120n)).to.be.undefined;
    const rich = { ...TERMS, coverLimit: parseWad("10000") };
    expect(step(record, clock(), NOW + 120n, MARKETS, rich)).to.equal("bid");
    const judged = judgeRecord(record, { markets: MARKETS })!;
    const offer = offerFor(judged, clock(), MARKETS, NOW + 120n, { ...TERMS, coverLimit: parseWad("400") });
    expect(offer.quote).to.include({ fraction: WAD, payment: 0n, cover: parseWad("400") });
    expect(offer.gain).to.equal(parseWad("-100"));
  });

  it("bids for half as much where it has to, as long as that pays and is a twentieth of the account", () => {
    const judged = judgeRecord(holder(1n, "10", "600", true), { markets: MARKETS })!;
    const [at, now] = [clock(), NOW + 60n];
    const whole = nextStep(judged, at, MARKETS, now, TERMS)!;
    const sizes = (terms: Terms): bigint[] => {
      const found: bigint[] = [];
      for (let one: Step | undefined = whole; one?.kind === "bid"; one = halved(one, judged, at, MARKETS, now, terms)) {
        found.push(one.offer.quote.fraction);
        expect(one.offer.gain).to.be.at.least(one.offer.minGain);
      }
      return found;
    };
    const [first, ...lesser] = sizes({ ...TERMS, minGain: 0n });
    expect(lesser).to.have.length.above(1);
    for (const [i, fraction] of lesser.entries()) expect(fraction).to.equal(first! >> BigInt(i + 1));
    expect(lesser.at(-1)).to.be.within(WAD / 20n, WAD / 10n);
    expect(sizes({ ...TERMS, minGain: parseWad("10") }), "half would not pay").to.have.length(1);
    expect(halved({ kind: "flag" }, judged, at, MARKETS, now, TERMS)).to.be.undefined;
  });
});
