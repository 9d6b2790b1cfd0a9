import { mulWadUp } from "../sdk/risk/fixedPoint";
import { ensure, step } from "../scripts/lib/steps";
import { loadSystem } from "../scripts/lib/system";

export default step("markets", ["feeds"], async (hre) => {
  const { clearinghouse, volatilityOracle, parameters } = await loadSystem(hre);
  for (const { id, name, dailyVol, market, options } of parameters.underlyings) {
    await ensure(
      hre,
      `${name} has a volatility`,
      async () => (await volatilityOracle.listed()).includes(BigInt(id)),
      () => volatilityOracle.list(id, mulWadUp(dailyVol, dailyVol)),
    );
    await ensure(
      hre,
      `${name} is listed`,
      async () => (await clearinghouse.listedMarkets()).includes(BigInt(id)),
      () => clearinghouse.listMarket(id, market),
    );
    await ensure(
      hre,
      `${name} has parameters for options`,
      async () => (await clearinghouse.optionParams(id)).priceRangeBps !== 0n,
      () => clearinghouse.setOptionParams(id, options),
    );
  }
});
