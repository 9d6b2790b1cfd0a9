import { deployContract, step } from "../scripts/lib/steps";
import { addressOf } from "../scripts/lib/system";

const LIBRARIES = ["Governance", "Liquidation"];

export default step("clearinghouse", ["authority", "settlement-token"], async (hre) => {
  for (const library of LIBRARIES) await deployContract(hre, library);
  const args = [await addressOf(hre, "AccessManager"), await addressOf(hre, "SettlementToken")];
  await deployContract(hre, "Clearinghouse", args, { libraries: LIBRARIES });
});
