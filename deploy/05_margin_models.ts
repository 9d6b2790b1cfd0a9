import { deployContract, step } from "../scripts/lib/steps";
import { normalTableBytes } from "../sdk/math/normalTable";

export default step("margin-models", [], async (hre) => {
  await deployContract(hre, "IsolatedMargin");
  await deployContract(hre, "CrossMargin");
  const table = await deployContract(hre, "NormalTableCarrier", [normalTableBytes()]);
  await deployContract(hre, "PortfolioMargin", [table]);
});
