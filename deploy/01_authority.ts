import { requireForDeployment } from "../config/variables";
import { deployContract, deployerOf, step } from "../scripts/lib/steps";
import { checkChain } from "../scripts/lib/system";

export default step("authority", [], async (hre) => {
  await checkChain(hre);
  requireForDeployment(hre.network.name);
  await deployContract(hre, "AccessManager", [await deployerOf(hre)]);
});
