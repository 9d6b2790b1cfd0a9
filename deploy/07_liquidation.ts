import { deployContract, step } from "../scripts/lib/steps";
import { addressOf } from "../scripts/lib/system";

export default step("liquidation", ["clearinghouse"], async (hre) => {
  const clearinghouse = await addressOf(hre, "Clearinghouse");
  await deployContract(hre, "LiquidationAuction", [clearinghouse]);
  await deployContract(hre, "BackstopVault", [clearinghouse, await addressOf(hre, "AccessManager")]);
});
