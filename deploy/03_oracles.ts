import { deployContract, step } from "../scripts/lib/steps";
import { addressOf, parametersOf } from "../scripts/lib/system";
import { basisSignerAddresses } from "../scripts/lib/basis";

export default step("oracles", ["authority"], async (hre) => {
  const authority = await addressOf(hre, "AccessManager");
  const priceOracle = await deployContract(hre, "PriceOracle", [authority]);
  await deployContract(hre, "VolatilityOracle", [authority, priceOracle]);
  const { basisSigners } = parametersOf(hre);
  await deployContract(hre, "BasisOracle", [authority, await basisSignerAddresses(hre), basisSigners.threshold]);
});
