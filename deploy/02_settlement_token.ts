import { checkSettlementToken } from "../scripts/lib/settlementToken";
import { deployContract, step } from "../scripts/lib/steps";
import { parametersOf } from "../scripts/lib/system";

const RECORD = "SettlementToken";

export default step("settlement-token", ["authority"], async (hre) => {
  const { settlementToken, local } = parametersOf(hre);
  if (settlementToken === "mock") {
    await deployContract(hre, "MockUSDC", [], { record: RECORD });
    return;
  }
  await checkSettlementToken(hre, settlementToken, local);
  const { abi } = await hre.deployments.getArtifact("IERC20Metadata");
  await hre.deployments.save(RECORD, { address: settlementToken, abi });
});
