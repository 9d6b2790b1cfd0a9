import { expect } from "chai";

import { type Assessment, encodePosition, portfolio } from "../../../sdk";
import { Random } from "../../../scripts/replay/random";
import type { PortfolioMargin } from "../../../typechain-types";
import { randomCase } from "../../reference/randomCases";
import { type PortfolioCase, deployPortfolioMargin, portfolioCase } from "../../support/portfolio";

const { assessPortfolio, assessPortfolioBy, encodeWitness, decodeWitness, findPortfolioWitness } = portfolio;

const BOOKS = 120;
const TRIES = 12;
const SCENARIOS = 24;
/** So many of them are asked on the chain as well, by the best witness and by some others. */
const ON_CHAIN = 40;

describe("a witness", function () {
  let model: PortfolioMargin;

  before(async () => {
    model = await deployPortfolioMargin();
  });

  const books = (): PortfolioCase[] =>
    Array.from({ length: BOOKS }, (_, i) => portfolioCase(randomCase(`witness ${i}`, "portfolio")));
  const byTwin = ({ inputs, cash, positions }: PortfolioCase, witness: bigint): Assessment =>
    assessPortfolioBy(inputs, cash, positions, witness);
  const onChain = async ({ inputs, cash, positions }: PortfolioCase, witness: bigint): Promise<Assessment> => {
    const { markets, expiries, correlation } = inputs;
    const words = positions.map(encodePosition);
    const found = await model.assessBy([...markets], [...expiries], correlation, cash, words, witness);
    const { equity, equityForInitial, equityForMaintenance, initialMargin, maintenanceMargin } = found;
    return { equity, equityForInitial, equityForMaintenance, initialMargin, maintenanceMargin };
  };
  const drawn = (random: Random, count: number): bigint =>
    encodeWitness({
      alone: Array.from({ length: count }, () => scenarioFrom(random)),
      joint: scenarioFrom(random),
    });

  it("RISK-3 is complete: the best one shows all that everything would", () => {
    for (const book of books()) {
      const found = byTwin(book, findPortfolioWitness(book.inputs, book.positions));
      const all = assessPortfolio(book.inputs, book.cash, book.positions);
      expect(found.maintenanceMargin, "RISK-3").to.equal(all.maintenanceMargin);
      expect(found.equityForMaintenance).to.equal(all.equityForMaintenance);
    }
  });

  it("RISK-2 is sound: none asks for more than everything does, and equity is the same", () => {
    let less = 0;
    books().forEach((book, i) => {
      const random = new Random(`witnesses ${i}`);
      const all = assessPortfolio(book.inputs, book.cash, book.positions);
      for (let k = 0; k < TRIES; k++) {
        const found = byTwin(book, drawn(random, book.inputs.markets.length));
        expect(found.maintenanceMargin <= all.maintenanceMargin, "RISK-2").to.equal(true);
        expect(found.equity).to.equal(all.equity);
        if (found.maintenanceMargin < all.maintenanceMargin) less++;
      }
    });
    expect(less, "witnesses that show less").to.be.above(BOOKS);
  });

  it("MATH-1 says on the chain what the twin says, to the bit, the best and any other", async function () {
    this.timeout(120_000);
    for (const [i, book] of books().slice(0, ON_CHAIN).entries()) {
      const random = new Random(`on chain ${i}`);
      const count = book.inputs.markets.length;
      const best = findPortfolioWitness(book.inputs, book.positions);
      for (const witness of [best, drawn(random, count), drawn(random, count), 0n]) {
        expect(await onChain(book, witness), `MATH-1: ${witness}`).to.deep.equal(byTwin(book, witness));
      }
    }
  });

  it("counts underlyings by their numbers, in whatever order the markets come", async () => {
    const book = books().find(({ inputs }) => inputs.markets.length === 3)!;
    const turned = { ...book, inputs: { ...book.inputs, markets: [...book.inputs.markets].reverse() } };
    const best = findPortfolioWitness(book.inputs, book.positions);
    expect(findPortfolioWitness(turned.inputs, turned.positions)).to.equal(best);
    const { maintenanceMargin } = assessPortfolio(book.inputs, book.cash, book.positions);
    expect((await onChain(turned, best)).maintenanceMargin).to.equal(maintenanceMargin);
  });

  it("that names no scenario leaves the charges and the floor", () => {
    for (const book of books()) {
      const none = encodeWitness({ alone: book.inputs.markets.map(() => undefined), joint: undefined });
      expect(none, "no witness at all").not.to.equal(0n);
      const risks = portfolio.risksOf(book.inputs, book.positions);
      if (risks.every(({ bounded }) => bounded)) continue;
      const charges = risks.reduce((sum, { maintenanceCharges }) => sum + maintenanceCharges, 0n);
      expect(byTwin(book, none).maintenanceMargin >= charges).to.equal(true);
    }
  });

  it("is read as it was written, and refuses a scenario there is not", () => {
    const named = { alone: [0, 23, undefined], joint: 7 };
    expect(decodeWitness(encodeWitness(named), 3)).to.deep.equal(named);
    expect(() => encodeWitness({ alone: [24], joint: undefined })).to.throw("There is no scenario 24");
  });
});

function scenarioFrom(random: Random): number | undefined {
  const drawn = Math.floor(random.next() * (SCENARIOS + 1));
  return drawn === SCENARIOS ? undefined : drawn;
}
