import { deployContract, step } from "../scripts/lib/steps";
import { normalTableBytes } from "../sdk/math/normalTable";

export default step("margin-models", [], async (hre) => {
  const table = await deployContract(hre, "NormalTableCarrier", [normalTableBytes()]);
  await deployContract(hre, "IsolatedMargin", [table]);
  await deployContract(hre, "CrossMargin", [table]);
  await deployContract(hre, "PortfolioMargin", [table]);
});
