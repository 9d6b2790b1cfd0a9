import { expect } from "chai";

import { type CaseFile, evaluateReference, heldBooks, portfolioOf, readReferenceCase } from "../../reference/caseFile";
import { contingenciesOf } from "../../reference/contingencies";
import { PARAMETERS } from "../../reference/parameters";
import { boundedCap, creditOf, varFloor, witnessBound } from "../../reference/portfolioMargin";
import { priceRange, scenariosOf, shockedVol } from "../../reference/scenarios";
import { call, ethCase, ironCondor, perp, put, shortCall } from "./cases";
import { expectRelative } from "./numbers";

/** Figures printed to twelve places. */
const PLACES = 1e-11;

function partOf(file: CaseFile, stage: "initial" | "maintenance" = "initial") {
  return portfolioOf(readReferenceCase(file), stage).parts[0]!;
}

function charges(file: CaseFile, stage: "initial" | "maintenance" = "initial") {
  return contingenciesOf(heldBooks(readReferenceCase(file))[0]!, stage);
}

/** The case with other underlyings beside ETH: BTC at 40,000 and SOL at 80, both at mark. */
function withOthers(file: CaseFile, perps: { BTC?: string; SOL?: string }, minCorrelation = "1"): CaseFile {
  const shape = { confidence: "0.0025", expiries: [] };
  const others = {
    BTC: { ...shape, spot: "40000", perp: "40000", dailyVol: "0.03" },
    SOL: { ...shape, spot: "80", perp: "80", dailyVol: "0.05" },
  };
  const held = Object.entries(perps).map(([underlying, size]) => ({ underlying, kind: "perp" as const, size }));
  const account = { ...file.account, positions: [...file.account.positions, ...held] };
  return { ...file, minCorrelation, underlyings: { ...file.underlyings, ...others }, account };
}

describe("Reference portfolio margin", () => {
  describe("scenarios", () => {
    const eth = { spot: 2_000, mark: 2_000, dailyVol: 0.035, confidence: 0, parameters: PARAMETERS.ETH! };

    it("are 24: by move, volatility down before up, then four tails and two twists", () => {
      const scenarios = scenariosOf(eth);
      const moves = scenarios.map(({ move }) => Number(move.toFixed(6)));
      const core = [-0.19, -0.1425, -0.095, -0.0475, 0, 0.0475, 0.095, 0.1425, 0.19];
      expect(moves).to.deep.equal([...core.flatMap((move) => [move, move]), -0.66, 0.5, 1, 5, 0, 0]);
      const weights = scenarios.map(({ weight }) => Number(weight.toFixed(9)));
      const tails = [0.221666667, 0.2926, 0.1463, 0.02926];
      expect(weights).to.deep.equal([...Array<number>(18).fill(1), ...tails, 1, 1]);
      const shocks = (days: number) => scenarios.map(({ shock }) => shock(days)[0]).join("");
      expect(shocks(30)).to.equal("du".repeat(9) + "uuuu" + "fu");
      expect(shocks(30.001)).to.equal("du".repeat(9) + "uuuu" + "uf");
    });

    it("move prices by three and a half deviations, within the underlying's least and 60 %", () => {
      expect(priceRange(eth)).to.equal(0.19);
      expect(priceRange({ ...eth, dailyVol: 0.1 })).to.be.closeTo(0.35, 1e-15);
      expect(priceRange({ ...eth, dailyVol: 0.3 })).to.equal(0.6);
      const wild = scenariosOf({ ...eth, dailyVol: 0.3 });
      expect(wild[18]!.weight).to.be.closeTo(0.7, 1e-15);
      expect(wild[19]!.weight).to.be.closeTo(0.924, 1e-15);
    });

    it("shock volatility the more the sooner an option expires, and leave it a floor", () => {
      expect(shockedVol(0.6, 30, "flat")).to.equal(0.6);
      expect(shockedVol(0.6, 30, "up")).to.be.closeTo(0.9, 1e-15);
      expect(shockedVol(0.6, 30, "down")).to.be.closeTo(0.42, 1e-15);
      // 30^0.3 = 2.77419; below a day nothing changes any more.
      expect(shockedVol(1, 1, "up")).to.be.closeTo(1 + 0.5 * 2.774_191, 1e-6);
      expect(shockedVol(1, 0.04, "down")).to.be.closeTo(1 - 0.3 * 2.774_191, 1e-6);
      // (30/25)^0.3 = 1.05622
      expect(shockedVol(1, 25, "up")).to.be.closeTo(1 + 0.5 * 1.056_22, 1e-6);
      // (30/120)^0.13 = 0.83509
      expect(shockedVol(1, 120, "up")).to.be.closeTo(1 + 0.5 * 0.835_088, 1e-6);
      expect(shockedVol(0.2, 30, "up")).to.equal(0.5);
      expect(shockedVol(0.06, 30, "down")).to.equal(0.05);
      expect(shockedVol(0.04, 30, "flat")).to.equal(0.04);
    });
  });

  describe("a call sold at the money", () => {
    const ATM_DELTA = 0.545983663298369;
    const losses = [
      ...[137.815755549068, 85.916713027754, 130.144455903186, 58.413864452757, 113.768899262091, 23.564829216293],
      ...[84.871939290497, -18.769178404139, 41.174917915216, -68.42294896959, -17.27448011235, -124.9873534066],
      ...[-88.401101648431, -187.88123970543, -169.097609681156, -256.422221446999, -256.243094338869],
      ...[-329.888038113964, 31.399167773584, -259.188935300412, -274.391621438533, -289.896627099833, 0],
      -68.42294896959,
    ];

    it("loses most with price and volatility up, as every step by hand says", () => {
      const [book] = heldBooks(readReferenceCase(shortCall()));
      const [option] = book!.options;
      expectRelative(option!.forward, 2_008.21, 1e-15, "forward");
      expectRelative(option!.vol, 0.600645605440641051, 1e-14, "volatility");
      expectRelative(option!.value, 141.651418324526333, 1e-13, "value");
      expectRelative(option!.greeks.delta, ATM_DELTA, 1e-14, "delta");
      // Price 19 % higher, volatility half as much again: 471.539... instead of 141.651...
      const { worst, core, scenarios } = partOf(shortCall());
      expect(worst.index).to.equal(17);
      expectRelative(core, 471.539456438490504 - 141.651418324526333, 1e-13, "worst loss");
      scenarios.forEach((pnl, i) => {
        expect(pnl, `scenario ${i}`).to.be.closeTo(losses[i]!, PLACES);
      });
      // +500 %, of which 0.77 * 19 / 500 counts: 10,049.26 less the mark.
      expectRelative(scenarios[21]!, -0.02926 * (10_049.2600000003113 - 141.651418324526333), 1e-12, "largest tail");
    });

    it("is margined with that loss, the charge for a naked short, and the oracle's confidence", () => {
      const { initialMargin, maintenanceMargin, underlyings } = evaluateReference(shortCall());
      const [core, confidence] = [329.888038113964228, ATM_DELTA * 5];
      expectRelative(initialMargin, core + 12 + confidence, 1e-13, "IM");
      expectRelative(maintenanceMargin, 0.8 * core + 6 + confidence, 1e-13, "MM");
      const { delta, gamma, vega, theta, rho } = underlyings.ETH!;
      expectRelative(delta, -ATM_DELTA, 1e-14, "delta");
      expectRelative(gamma, -0.001156124187229909, 1e-14, "gamma");
      expectRelative(vega, -228.302765721625548, 1e-14, "vega");
      expectRelative(theta, 834.201738722218238, 1e-14, "theta");
      expectRelative(rho, 11.6425823280432592, 1e-13, "rho");
    });
  });

  describe("an iron condor", () => {
    const losses = [
      ...[-51.828103855083, -46.358376016745, -20.263379103448, -36.299748145841, 6.206110785564, -29.017048425323],
      ...[22.594409726729, -24.750069445588, 26.55936633336, -23.44862553305, 18.518660760795, -24.839270533169],
      ...[1.092803294853, -28.502442621615, -21.84390112859, -33.945482902123, -46.264751289667, -40.66294485027],
      ...[-28.653886178892, -26.092246641298, -18.063745458971, -3.788400773084, 0, -23.44862553305],
    ];

    it("loses most at the bottom with volatility down, where the spread is whole", () => {
      const { worst, core, contingencies, scenarios } = partOf(ironCondor());
      expect(worst.index).to.equal(0);
      expectRelative(core, 51.8281038550826096, 1e-12, "worst loss");
      scenarios.forEach((pnl, i) => {
        expect(pnl, `scenario ${i}`).to.be.closeTo(losses[i]!, PLACES);
      });
      // Two shorts at 0.6 % of 2,000, and 0.25 % of 2,000 on a delta of 0.01158...
      expectRelative(contingencies, 24 + 0.0115817209022704582 * 5, 1e-12, "contingencies");
    });

    it("is margined with less than it can lose, which would be the cap", () => {
      const initial = portfolioOf(readReferenceCase(ironCondor()), "initial");
      const maintenance = portfolioOf(readReferenceCase(ironCondor()), "maintenance");
      const confidence = 0.0115817209022704582 * 5;
      expectRelative(initial.requirement, 51.8281038550826096 + 24 + confidence, 1e-12, "IM");
      expectRelative(maintenance.requirement, 0.8 * 51.8281038550826096 + 12 + confidence, 1e-12, "MM");
      expect(initial.binds).to.equal("scenarios");
      expectRelative(initial.cap, 200 - 70.526289168540643, 1e-13, "cap");
    });
  });

  describe("contingencies", () => {
    const only = (part: Partial<ReturnType<typeof charges>>) => ({
      ...{ linear: 0, nakedShorts: 0, roll: 0, calendarVega: 0, concentration: 0, confidence: 0 },
      ...part,
    });

    it("of a perpetual: 2 and 1 % of notional, and what is beyond the market's depth", () => {
      expect(charges(ethCase([perp("-1")]))).to.deep.equal(only({ linear: 40.06, confidence: 5 }));
      expect(charges(ethCase([perp("-1")]), "maintenance")).to.deep.equal(only({ linear: 20.03, confidence: 5 }));
      // 12,000 at 2,000 is 24 m; 20 m are deep.
      const { concentration } = charges(ethCase([perp("12000")]));
      expect(concentration).to.equal(0.1 * 4e6);
    });

    it("count each short series, and none that is bought back", () => {
      const shorts = [call("2000", "-1"), call("2200", "-2"), put("2000", "-3"), call("2400", "5")];
      expect(charges(ethCase(shorts)).nakedShorts).to.equal(0.006 * 2_000 * 6);
      expect(charges(ethCase(shorts), "maintenance").nakedShorts).to.equal(0.003 * 2_000 * 6);
      expect(charges(ethCase([...shorts, call("2200", "1.5")])).nakedShorts).to.be.closeTo(12 * 4.5, 1e-12);
    });

    it("of deltas in different expiries: half a percent, or 5 % a year of the longest", () => {
      const shortMonth = charges(ethCase([call("2200", "-1"), perp("0.4")]));
      // 30 days: 0.41 % a unit, so the half percent; the lesser of 0.4 and 0.3302...
      expectRelative(shortMonth.roll, 2_000 * 0.330215204381296978 * 0.005, 1e-13, "half a percent");
      const [book] = heldBooks(readReferenceCase(ethCase([call("2200", "-1", "90"), perp("0.1")])));
      expectRelative(contingenciesOf(book!, "initial").roll, (2_000 * 0.1 * 0.05 * 90) / 365, 1e-13, "by time");
      expect(charges(ethCase([call("2200", "1"), perp("0.4")])).roll).to.equal(0);
    });

    it("of vegas in different expiries: a tenth of what the nearer offsets, at each option's volatility", () => {
      const [book] = heldBooks(readReferenceCase(ethCase([call("2000", "-1"), call("2000", "1", "60")])));
      const [near] = book!.options.filter(({ size }) => size < 0);
      expectRelative(
        contingenciesOf(book!, "maintenance").calendarVega,
        0.1 * near!.greeks.vega * near!.vol,
        1e-14,
        "of the nearer, which has less",
      );
      expect(charges(ethCase([call("2000", "-1"), call("2200", "1")])).calendarVega).to.equal(0);
    });
  });

  describe("across underlyings", () => {
    it("credits kappa of what opposite books offset, where correlation is high", () => {
      // 20 ETH at 2,003 fall by 19 %, 1 BTC at 40,000 by 16 %.
      const file = withOthers(ethCase([perp("20")]), { BTC: "-1" }, "0.8");
      const { independent, joint, credit, requirement, jointWorst } = portfolioOf(readReferenceCase(file), "initial");
      const [eth, btc] = [0.19 * 40_060, 0.16 * 40_000];
      const charged = 0.02 * 80_060 + 0.0025 * 80_000;
      expectRelative(independent, eth + btc + charged, 1e-14, "I");
      expectRelative(joint, eth - btc + charged, 1e-13, "J");
      expect(jointWorst.index).to.equal(0);
      expect(credit).to.equal(0.6);
      expectRelative(requirement, 0.4 * (eth + btc) + 0.6 * (eth - btc) + charged, 1e-13, "IM");
    });

    it("takes the credit away with correlation, and by the underlying that earns least", () => {
      const credit = (others: { BTC?: string; SOL?: string }, minCorrelation: string) =>
        creditOf(
          heldBooks(readReferenceCase(withOthers(ethCase([perp("1")]), others, minCorrelation))),
          Number(minCorrelation),
        );
      expect(credit({ BTC: "-1" }, "1")).to.equal(0.6);
      expect(credit({ BTC: "-1" }, "0.55")).to.be.closeTo(0.3, 1e-15);
      expect(credit({ BTC: "-1" }, "0.3")).to.equal(0);
      expect(credit({ BTC: "-1" }, "-0.5")).to.equal(0);
      expect(credit({ BTC: "-1", SOL: "1" }, "0.9")).to.equal(0.3);
    });

    it("ignores underlyings that are not held", () => {
      const alone = evaluateReference(ethCase([perp("1")]));
      const beside = evaluateReference(withOthers(ethCase([perp("1")]), {}, "0"));
      expect(beside.initialMargin).to.equal(alone.initialMargin);
      expect(beside.underlyings.SOL!.scenarios).to.deep.equal(Array<number>(24).fill(0));
    });
  });

  describe("floor, cap and witness", () => {
    it("takes moves for one or for independent, whichever is worse", () => {
      const books = heldBooks(readReferenceCase(withOthers(ethCase([perp("20")]), { BTC: "-1" })));
      const [eth, btc] = [20 * 2_000 * 0.035, 40_000 * 0.03];
      expectRelative(varFloor(books, "initial"), 3.5 * Math.hypot(eth, btc), 1e-14, "opposite");
      const same = heldBooks(readReferenceCase(withOthers(ethCase([perp("20")]), { BTC: "1" })));
      expectRelative(varFloor(same, "maintenance"), 2.3 * (eth + btc), 1e-14, "alike");
    });

    it("binds where price moves cancel in the scenarios' steps and kappa credits them", () => {
      // Against an ETH move of 19 % stands a BTC move of 16 %: equal losses, though ETH's days are the wilder.
      const file = withOthers(ethCase([perp("16", "2003")]), { BTC: "-0.761345" }, "1");
      file.underlyings.ETH!.dailyVol = "0.054";
      const { binds, floor, requirement } = portfolioOf(readReferenceCase(file), "initial");
      const deviations = [16 * 2_000 * 0.054, 0.761345 * 40_000 * 0.03];
      expectRelative(floor, 3.5 * Math.hypot(...deviations), 1e-14, "floor");
      expect([binds, requirement]).to.deep.equal(["floor", floor]);
    });

    it("never calls a long that is paid for", () => {
      const { requirement, binds, cap } = portfolioOf(readReferenceCase(ethCase([call("3500", "1", "7")])), "initial");
      const [book] = heldBooks(readReferenceCase(ethCase([call("3500", "1", "7")])));
      expect(binds).to.equal("cap");
      expect(requirement).to.equal(cap).and.to.equal(book!.options[0]!.value);
    });

    it("caps neither a book with a perpetual nor one with a call sold", () => {
      for (const file of [
        ethCase([put("1800", "-1"), perp("0.00000001")]),
        ethCase([call("1800", "-1"), put("1800", "1")]),
      ]) {
        expect(portfolioOf(readReferenceCase(file), "initial").cap).to.equal(Infinity);
      }
      expect(portfolioOf(readReferenceCase(ethCase([put("1800", "-1")])), "initial").cap).to.be.closeTo(
        1_800 - 58.37,
        0.01,
      );
    });

    it("lets an expiry that wins whatever happens pay for no other", () => {
      const [book] = heldBooks(
        readReferenceCase(ethCase([call("1800", "1"), put("2200", "1"), call("2000", "1", "60")])),
      );
      const cheap = book!.options.map((option) => ({ ...option, value: option.years > 0.1 ? 100 : 150 }));
      // 300 for what pays at least 400, and 100 for what may pay nothing.
      expect(boundedCap([{ ...book!, options: cheap }])).to.equal(100);
    });

    it("discounts the worst payoff", () => {
      const file = ethCase([put("1800", "-1")]);
      file.underlyings.ETH!.expiries[1]!.rate = "0.1";
      const account = readReferenceCase(file);
      const { value } = account.books[0]!.options[0]!;
      expectRelative(portfolioOf(account, "initial").cap, 1_800 * Math.exp((-0.1 * 30) / 365) - value, 1e-15, "cap");
    });

    it("is shown whole by the right witness, and less by others", () => {
      const file = readReferenceCase(withOthers(ethCase([call("2200", "-10"), perp("2")]), { BTC: "0.1" }, "0.7"));
      const books = heldBooks(file);
      const { requirement, parts, jointWorst } = portfolioOf(file, "maintenance");
      const right = { scenarios: parts.map(({ worst }) => worst.index), joint: jointWorst.index };
      const shown = (witness: Parameters<typeof witnessBound>[2]) => witnessBound(books, 0.7, witness, "maintenance");
      expectRelative(shown(right), requirement, 1e-14, "the right one");
      const contingencies = parts[0]!.contingencies + parts[1]!.contingencies;
      expectRelative(shown({ scenarios: [22, 22], joint: 22 }), contingencies, 1e-14, "where nothing is lost");
      expect(shown({ ...right, joint: 8 })).to.be.below(requirement);
      expect(shown("floor")).to.equal(varFloor(books, "maintenance")).and.to.be.below(requirement);
      expect(() => shown({ scenarios: [0, 24], joint: 0 })).to.throw(
        RangeError,
        "names scenario 24: give one from 0 to 23",
      );
    });

    it("requires nothing of an account without positions", () => {
      const { equity, initialMargin, maintenanceMargin } = evaluateReference(ethCase([]));
      expect([equity, initialMargin, maintenanceMargin]).to.deep.equal([1e6, 0, 0]);
    });
  });
});
