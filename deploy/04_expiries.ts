import { deployContract, step } from "../scripts/lib/steps";
import { addressOf, parametersOf } from "../scripts/lib/system";

export default step("expiries", ["oracles"], async (hre) => {
  const { timeOut } = parametersOf(hre).expirySettlement;
  const args = [await addressOf(hre, "AccessManager"), await addressOf(hre, "PriceOracle"), timeOut];
  await deployContract(hre, "ExpirySettlement", args);
});
