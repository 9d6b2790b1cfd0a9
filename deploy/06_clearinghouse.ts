import { deployContract, step } from "../scripts/lib/steps";
import { CLEARINGHOUSE_LIBRARIES, addressOf } from "../scripts/lib/system";

export default step("clearinghouse", ["authority", "settlement-token"], async (hre) => {
  for (const library of CLEARINGHOUSE_LIBRARIES) await deployContract(hre, library);
  const args = [await addressOf(hre, "AccessManager"), await addressOf(hre, "SettlementToken")];
  await deployContract(hre, "Clearinghouse", args, { libraries: CLEARINGHOUSE_LIBRARIES });
});
