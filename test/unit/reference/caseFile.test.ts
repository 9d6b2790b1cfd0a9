import { expect } from "chai";

import { optionsValue } from "../../reference/book";
import { evaluateReference, portfolioOf, readReferenceCase } from "../../reference/caseFile";
import { randomCase } from "../../reference/randomCases";
import { call, ethCase, perp, put } from "./cases";

const SEEDS = Array.from({ length: 300 }, (_, seed) => String(seed));

describe("Reference case files", () => {
  it("give equity: cash, and what perpetuals gained since entry", () => {
    const { equity } = evaluateReference(ethCase([perp("-2", "2013"), call("2000", "5")]));
    expect(equity).to.equal(1_000_020);
    const { underlying, kind, size } = { underlying: "ETH", kind: "perp" as const, size: "3" };
    expect(evaluateReference(ethCase([{ underlying, kind, size }])).equity).to.equal(1_000_000);
  });

  it("add up positions of one series, and forget those that cancel", () => {
    const twice = ethCase([call("2000", "-1"), call("2000", "-0.5"), call("2200", "1"), call("2200", "-1"), perp("0")]);
    expect(evaluateReference(twice)).to.deep.equal(evaluateReference(ethCase([call("2000", "-1.5")])));
  });

  it("are judged in the mode asked for instead of their own", () => {
    const file = ethCase([call("2000", "-1")]);
    expect(evaluateReference(file).mode).to.equal("portfolio");
    const isolated = evaluateReference(file, "isolated");
    expect(isolated).to.deep.equal(evaluateReference({ ...file, account: { ...file.account, mode: "isolated" } }));
  });

  it("mark sixteen options of four expiries as another venue's contracts did", () => {
    const condor = (days: string, size: number) => [
      put("1600", String(size / 2), days),
      put("1800", String(-size), days),
      call("2200", String(-size), days),
      call("2400", String(size / 2), days),
    ];
    const legs = [...condor("7", 1), ...condor("30", 2), ...condor("60", 1), ...condor("90", 3)];
    const [book] = readReferenceCase(ethCase(legs)).books;
    expect(optionsValue(book!.options)).to.be.closeTo(-1004.7580804027384, 1e-10);
  });

  it("take expiries in whole seconds", () => {
    const file = ethCase([
      { underlying: "ETH", kind: "option", days: "0.0416667", strike: "2000", call: true, size: "1" },
    ]);
    file.underlyings.ETH!.expiries.push({ ...file.underlyings.ETH!.expiries[0]!, days: "0.0416667" });
    const [option] = readReferenceCase(file).books[0]!.options;
    expect(option!.years).to.equal(3_600 / 31_536_000);
    expect(option!.surface.tauRef).to.equal(option!.years);
  });

  it("are refused by the name of what is wrong", () => {
    const refusals: [string, () => unknown][] = [
      ["An option expires in 31 days, for which ETH has no surface.", () => ethCase([call("2000", "1", "31")])],
      ["A position is in BTC", () => ethCase([{ ...perp("1"), underlying: "BTC" }])],
      ["It must be a plain decimal number", () => ethCase([perp("1e3")])],
      ["It must be above zero.", () => ethCase([call("0", "1")])],
      [
        "There are no margin parameters for DOGE: use ETH, BTC or SOL.",
        () => ({ ...ethCase([]), underlyings: { DOGE: ethCase([]).underlyings.ETH } }),
      ],
    ];
    for (const [sentence, file] of refusals) expect(() => evaluateReference(file())).to.throw(sentence);
  });
});

describe("Random cases", () => {
  const cases = SEEDS.map((seed) => randomCase(seed));

  it("are the same for the same seed", () => {
    expect(SEEDS.map((seed) => randomCase(seed))).to.deep.equal(cases);
  });

  it("are in all modes, of one to three underlyings, the isolated ones of one instrument", () => {
    expect(new Set(cases.map(({ account }) => account.mode))).to.have.keys("isolated", "cross", "portfolio");
    expect(new Set(cases.map(({ underlyings }) => Object.keys(underlyings).length))).to.deep.equal(new Set([1, 2, 3]));
    const sizes = cases.map(({ account }) => account.positions.length);
    expect(Math.min(...sizes)).to.equal(0);
    expect(Math.max(...sizes)).to.be.within(20, 64);
    for (const { account } of cases) if (account.mode === "isolated") expect(account.positions).to.have.length(1);
  });

  it("can all be judged, and have cash to be opened with", () => {
    for (const file of cases) {
      const { equity, initialMargin, maintenanceMargin, underlyings } = evaluateReference(file);
      const figures = Object.values(underlyings).flatMap(({ scenarios, ...greeks }) => [
        ...scenarios,
        ...Object.values(greeks),
      ]);
      expect([equity, initialMargin, maintenanceMargin, ...figures].every(Number.isFinite)).to.be.true;
      expect(initialMargin).to.be.at.most(equity);
    }
  });

  it("are margined by all that can bind", () => {
    const portfolios = SEEDS.map((seed) => readReferenceCase(randomCase(seed, "portfolio")));
    const binding = portfolios.map((account) => portfolioOf(account, "initial").binds);
    expect(new Set(binding)).to.have.keys("scenarios", "floor", "cap");
  });

  it("reach from an hour to two years, deep in and far out of the money", () => {
    const options = cases.flatMap(({ underlyings, account }) =>
      account.positions.flatMap((held) => {
        if (held.kind === "perp") return [];
        const market = underlyings[held.underlying]!;
        const { forwardRatio } = market.expiries.find(({ days }) => days === held.days)!;
        return [
          { days: Number(held.days), moneyness: Number(held.strike) / (Number(market.spot) * Number(forwardRatio)) },
        ];
      }),
    );
    expect(Math.min(...options.map(({ days }) => days))).to.be.within(0.04, 0.1);
    expect(Math.max(...options.map(({ days }) => days))).to.be.within(600, 730.01);
    expect(Math.min(...options.map(({ moneyness }) => moneyness))).to.be.within(0.049, 0.2);
    expect(Math.max(...options.map(({ moneyness }) => moneyness))).to.be.within(5, 20.1);
  });
});
