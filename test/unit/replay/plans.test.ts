import { expect } from "chai";

import { PlanDraw, targetLots } from "../../../scripts/replay/plans";
import { Random } from "../../../scripts/replay/random";
import { type Market, Mode, PriceStatus, assess, parseWad, perp } from "../../../sdk";

function market(underlying: bigint, spot: string, dailyVol: string): Market {
  return {
    underlying,
    status: PriceStatus.Fresh,
    spot: parseWad(spot),
    mark: parseWad(spot),
    index: parseWad(spot),
    confidence: parseWad("0.005"),
    dailyVol: parseWad(dailyVol),
    baseRate: parseWad("0.08"),
    volMultiplier: parseWad("2.8"),
    slope: parseWad("0.01"),
    depth: parseWad("5000000"),
    maintenanceRatio: parseWad("0.7"),
    referenceVol: 0n,
    priceRange: 0n,
    credit: 0n,
  };
}

const LISTED = [1n, 2n, 3n].map((underlying) => ({
  name: `U${underlying}`,
  underlying,
  feed: "",
  openInterestCap: 50_000_000n,
  reference: 1n,
}));

describe("traders' plans", () => {
  const random = new Random("plans");
  const draw = new PlanDraw(LISTED, 300);
  const plans = Array.from({ length: 2_000 }, (_, index) =>
    draw.draw(random, index % 2 === 0 ? Mode.Isolated : Mode.Cross),
  );
  const isolated = plans.filter((_, index) => index % 2 === 0);
  const cross = plans.filter((_, index) => index % 2 === 1);

  it("use between 30 and 95 % of the largest leverage, evenly", () => {
    const shares = plans.map(({ leverage }) => leverage);
    expect(Math.min(...shares)).to.be.within(0.3, 0.31);
    expect(Math.max(...shares)).to.be.within(0.94, 0.95);
    expect(shares.reduce((sum, share) => sum + share, 0) / shares.length).to.be.closeTo(0.625, 0.01);
  });

  it("are the same in both modes where there is one underlying", () => {
    const alone = new PlanDraw(LISTED.slice(0, 1), 300);
    const plansOf = (mode: Mode): unknown[] =>
      [1, 2, 3].map((trader) => alone.draw(new Random(`trader ${trader}`), mode));
    expect(plansOf(Mode.Isolated)).to.deep.equal(plansOf(Mode.Cross));
  });

  it("go long and short alike", () => {
    const legs = plans.flatMap(({ legs: held }) => held);
    expect(legs.filter(({ weight }) => weight > 0).length / legs.length).to.be.closeTo(0.5, 0.03);
  });

  it("hold one underlying where isolated, and several where cross", () => {
    expect(isolated.every(({ legs }) => legs.length === 1)).to.be.true;
    expect(new Set(isolated.map(({ legs }) => legs[0]?.underlying))).to.have.property("size", 3);
    expect(new Set(cross.map(({ legs }) => legs.length))).to.deep.equal(new Set([2, 3]));
    const distinct = plans.every(({ legs }) => new Set(legs.map(({ underlying }) => underlying)).size === legs.length);
    expect(distinct).to.be.true;
    const sums = plans.map(({ legs }) => legs.reduce((sum, { weight }) => sum + Math.abs(weight), 0));
    expect(Math.max(...sums.map((sum) => Math.abs(sum - 1)))).to.be.below(1e-9);
    expect(new PlanDraw(LISTED.slice(0, 1), 2).draw(random, Mode.Cross).legs).to.have.length(1);
  });

  it("stay together below the smallest market's cap on open interest", () => {
    const sum = plans.slice(0, 300).reduce((total, { collateral }) => total + Number(collateral) / 1e6, 0);
    expect(sum * 8).to.be.below(25_000_000);
  });
});

describe("the size of a plan", () => {
  const markets = [market(1n, "2000", "0.05"), market(2n, "150", "0.02")];
  const legs = [
    { underlying: 1n, weight: -0.4 },
    { underlying: 2n, weight: 0.6 },
  ];

  it("takes all of the equity at the full leverage, by the ledger's own rule", () => {
    for (const equity of ["1000", "50000", "2000000"]) {
      const lots = targetLots({ collateral: 0n, leverage: 1, legs }, markets, parseWad(equity));
      const positions = [...lots].map(([underlying, size]) => ({
        instrument: perp(underlying),
        lots: size,
        index: markets[Number(underlying) - 1]!.index,
      }));
      const { initialMargin } = assess(Mode.Cross, { markets }, parseWad(equity), positions);
      expect(Number(initialMargin) / Number(parseWad(equity))).to.be.closeTo(1, 1e-6);
    }
  });

  it("has the signs and weights of the plan, and its part of the leverage", () => {
    const full = targetLots({ collateral: 0n, leverage: 1, legs }, markets, parseWad("1000"));
    const half = targetLots({ collateral: 0n, leverage: 0.5, legs }, markets, parseWad("1000"));
    const notional = (lots: Map<bigint, bigint>, id: bigint): number =>
      (Number(lots.get(id)) / 1e8) * (id === 1n ? 2000 : 150);
    expect(notional(full, 1n)).to.be.below(0);
    expect(notional(full, 2n) / notional(full, 1n)).to.be.closeTo(-1.5, 1e-6);
    expect(notional(half, 2n) / notional(full, 2n)).to.be.closeTo(0.5, 1e-6);
  });

  it("is nothing without equity", () => {
    const none = targetLots({ collateral: 0n, leverage: 1, legs }, markets, parseWad("-5"));
    expect([...none.values()]).to.deep.equal([0n, 0n]);
  });
});
