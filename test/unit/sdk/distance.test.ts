import { expect } from "chai";
import fc from "fast-check";

import {
  MarginModelError,
  type Market,
  Mode,
  PlimsollInputError,
  type Position,
  WAD,
  assess,
  atSpot,
  distanceToMaintenance,
  grossNotional,
  liquidationPrices,
  parseLots,
  parseWad,
  perp,
} from "../../../sdk";
import { anyBook, defaults } from "../margin/books";

const [eth, btc] = defaults as [Market, Market];
/** Mark equal to spot, and nothing but a flat tenth of notional as initial margin. */
const plain: Market = {
  ...eth,
  mark: eth.spot,
  index: eth.spot,
  baseRate: parseWad("0.1"),
  dailyVol: 0n,
  slope: 0n,
  confidence: 0n,
};

const held = (underlying: bigint, size: string, index: string): Position => ({
  instrument: perp(underlying),
  lots: parseLots(size),
  index: parseWad(index),
});

describe("Distance to liquidation", () => {
  it("is what equity leaves over maintenance margin, a part of gross notional", () => {
    const book = [held(0n, "1", "2000"), held(1n, "-0.1", "37010")];
    const markets = [plain, { ...btc, baseRate: 0n, dailyVol: 0n, slope: 0n, confidence: 0n }];
    expect(grossNotional(markets, book)).to.equal(parseWad("5701"));
    const found = assess(Mode.Cross, { markets }, parseWad("425.05"), book);
    // 425.05 less 7 % of 2000, over 5701.
    expect(distanceToMaintenance(found, markets, book)).to.equal((parseWad("285.05") * WAD) / parseWad("5701"));
    const under = assess(Mode.Cross, { markets }, parseWad("139"), book);
    expect(distanceToMaintenance(under, markets, book)! < 0n).to.be.true;
    expect(distanceToMaintenance(found, markets, [])).to.equal(undefined);
    expect(() => grossNotional([], book)).to.throw(MarginModelError);
  });
});

/** The one price there is. */
function pricesOf(
  mode: bigint,
  markets: readonly Market[],
  cash: bigint,
  book: readonly Position[],
  underlying: bigint,
) {
  const { down, up } = liquidationPrices(mode, { markets }, cash, book, underlying);
  return down ?? up;
}

describe("Liquidation price", () => {
  it("of a long is where cash and loss meet maintenance margin", () => {
    // 400 + (P - 2000) = 0.07 P
    const price = pricesOf(Mode.Isolated, [plain], parseWad("400"), [held(0n, "1", "2000")], 0n)!;
    expect(Number(price.spot) / 1e18).to.be.closeTo(1600 / 0.93, 1e-9);
    expect(price.mark).to.equal(price.spot);
  });

  it("of a short lies above the market", () => {
    // 400 - (P - 2000) = 0.07 P
    const price = pricesOf(Mode.Cross, [plain], parseWad("400"), [held(0n, "-1", "2000")], 0n)!;
    expect(Number(price.spot) / 1e18).to.be.closeTo(2400 / 1.07, 1e-9);
  });

  it("is exact: liquidable there, and not a digit before", () => {
    let found = 0;
    fc.assert(
      fc.property(anyBook, ({ markets, cash, positions }) => {
        fc.pre(positions.length > 0);
        const { instrument, lots } = positions[0]!;
        const market = markets.find(({ underlying }) => perp(underlying) === instrument)!;
        const price = pricesOf(Mode.Cross, markets, cash, positions, market.underlying);
        const below = (spot: bigint) => {
          const moved = markets.map((other) => (other === market ? atSpot(market, spot) : other));
          const { equityForMaintenance, maintenanceMargin } = assess(Mode.Cross, { markets: moved }, cash, positions);
          return equityForMaintenance < maintenanceMargin;
        };
        if (below(market.spot)) {
          expect(price).to.deep.equal({ spot: market.spot, mark: market.mark });
        } else if (price) {
          ++found;
          expect(lots > 0n ? price.spot < market.spot : price.spot > market.spot, "against the position").to.be.true;
          expect(below(price.spot), "liquidable").to.be.true;
          expect(below(lots > 0n ? price.spot + 1n : price.spot - 1n), "healthy before").to.be.false;
        } else {
          expect(lots > 0n, "no short is safe at every price").to.be.true;
          expect(below(0n)).to.be.false;
        }
      }),
      { numRuns: 500 },
    );
    expect(found, "prices were found").to.be.greaterThan(20);
  });

  it("of a short in portfolio mode is found, though the model refuses prices beyond any", () => {
    const book = [held(0n, "-1", "2000")];
    const price = pricesOf(Mode.Portfolio, [plain], parseWad("900"), book, 0n)!;
    const at = (spot: bigint) => assess(Mode.Portfolio, { markets: [atSpot(plain, spot)] }, parseWad("900"), book);
    const [there, before] = [at(price.spot), at(price.spot - 1n)];
    expect(there.equityForMaintenance < there.maintenanceMargin).to.be.true;
    expect(before.equityForMaintenance >= before.maintenanceMargin).to.be.true;
    expect(() => at(1n << 128n)).to.throw(MarginModelError);
    // So much cash that no price the model takes is too high.
    expect(pricesOf(Mode.Portfolio, [plain], 1n << 120n, book, 0n)).to.equal(undefined);
  });

  it("is not known while there is no price", () => {
    const dark = { ...plain, spot: 0n, mark: 0n, index: 0n };
    expect(liquidationPrices(Mode.Cross, { markets: [dark] }, 0n, [held(0n, "1", "0")], 0n)).to.deep.equal({});
  });

  it("does not exist for a long paid in full, nor for what is not held", () => {
    const book = [held(0n, "1", "2000")];
    expect(pricesOf(Mode.Cross, [plain], parseWad("2000"), book, 0n)).to.equal(undefined);
    expect(pricesOf(Mode.Cross, [plain, btc], parseWad("100"), book, 1n)).to.equal(undefined);
  });

  it("needs the markets of what is held, and a mode with a model", () => {
    const book = [held(0n, "1", "2000")];
    expect(() => pricesOf(Mode.Cross, [btc], 0n, book, 0n)).to.throw(MarginModelError, "market is missing");
    expect(() => pricesOf(Mode.None, [plain], 0n, book, 0n)).to.throw(PlimsollInputError, "no margin model");
  });
});
