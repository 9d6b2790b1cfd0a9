import { expect } from "chai";

import { type Surface, totalVariance, volatility } from "../../reference/svi";

describe("Reference surface", () => {
  it("has the volatilities of the Lyra utilities' test", () => {
    const surface: Surface = {
      forwardRatio: 1,
      rate: 0,
      svi: {
        a: 0.027616438356164386,
        b: 0.041424657534246574,
        rho: 0.003452054794520548,
        m: 0.001726027397260274,
        sigma: 0.000345205479452055,
      },
      tauRef: 0.038356164383561646,
    };
    const expected = [0.9597244734120128, 0.8513856076969522, 0.939244986304054, 1.0133571334275668];
    [1_500, 1_800, 2_100, 2_400].forEach((strike, i) => {
      expect(volatility(surface, 1_805, strike)).to.be.closeTo(expected[i]!, 1e-14);
    });
  });

  it("has the volatilities that were measured for the compared portfolios", () => {
    const measured: [number, number, number, number][] = [
      [7, 2_001.91, 1_600, 0.7004765453157493],
      [7, 2_001.91, 1_400, 0.7674208349937183],
      [30, 2_008.21, 1_600, 0.702388264926215],
      [30, 2_008.21, 1_800, 0.6363144522502024],
      [30, 2_008.21, 2_000, 0.600645605440641],
      [30, 2_008.21, 2_200, 0.601180241242728],
      [30, 2_008.21, 2_400, 0.6237138515916824],
    ];
    for (const [days, forward, strike, vol] of measured) {
      const tauRef = days / 365;
      const svi = { a: 0.18 * tauRef, b: 0.9 * tauRef, rho: -0.2, m: 0, sigma: 0.2 };
      const surface = { forwardRatio: 1, rate: 0, svi, tauRef };
      expect(volatility(surface, forward, strike), `${days} days at ${strike}`).to.be.closeTo(vol, 1e-14);
    }
  });

  it("is flat beyond four deviations of its middle", () => {
    const svi = { a: 0.01, b: 0.15, rho: -0.5, m: 0.05, sigma: 0.2 };
    const limit = 4 * Math.sqrt(0.01 + 0.15 * 0.2);
    const atLimit = 0.01 + 0.15 * (-0.5 * 0.75 + Math.sqrt(0.75 ** 2 + 0.04));
    expect(totalVariance(svi, limit)).to.be.closeTo(atLimit, 1e-16);
    expect(totalVariance(svi, limit + 1)).to.equal(totalVariance(svi, limit));
    expect(totalVariance(svi, -limit - 1)).to.equal(totalVariance(svi, -limit));
    expect(totalVariance(svi, limit - 0.01)).to.be.below(totalVariance(svi, limit));
  });
});
