import { deployContract, step } from "../scripts/lib/steps";
import { NORMAL_TABLE } from "../scripts/deploy/parts";
import { LENS_LIBRARIES, addressOf } from "../scripts/lib/system";

export default step("lens", ["margin-models", "clearinghouse"], async (hre) => {
  for (const library of LENS_LIBRARIES) await deployContract(hre, library);
  const args = [await addressOf(hre, "Clearinghouse"), await addressOf(hre, NORMAL_TABLE)];
  await deployContract(hre, "MarginLens", args, { libraries: LENS_LIBRARIES });
});
