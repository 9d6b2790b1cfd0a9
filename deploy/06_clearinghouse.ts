import { deployContract, step } from "../scripts/lib/steps";
import { CLEARINGHOUSE_LIBRARIES, LIBRARY_LINKS, addressOf } from "../scripts/lib/system";

export default step("clearinghouse", ["authority", "settlement-token"], async (hre) => {
  for (const [library, libraries] of Object.entries(LIBRARY_LINKS)) {
    await deployContract(hre, library, [], { libraries });
  }
  const args = [await addressOf(hre, "AccessManager"), await addressOf(hre, "SettlementToken")];
  await deployContract(hre, "Clearinghouse", args, { libraries: CLEARINGHOUSE_LIBRARIES });
});
