import { mulWadUp } from "../sdk/risk/fixedPoint";
import { ensure, step } from "../scripts/lib/steps";
import { loadSystem } from "../scripts/lib/system";

export default step("markets", ["feeds"], async (hre) => {
  const { clearinghouse, volatilityOracle, parameters } = await loadSystem(hre);
  for (const { id, name, dailyVol, market } of parameters.underlyings) {
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
  }
});
