import { deployContract, step } from "../scripts/lib/steps";

export default step("margin-models", [], async (hre) => {
  await deployContract(hre, "IsolatedMargin");
  await deployContract(hre, "CrossMargin");
});
