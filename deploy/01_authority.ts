import { deployContract, deployerOf, step } from "../scripts/lib/steps";
import { parametersOf } from "../scripts/lib/system";

export default step("authority", [], async (hre) => {
  const { chainId } = await hre.ethers.provider.getNetwork();
  const expected = parametersOf(hre).chainId;
  if (chainId !== expected) {
    throw new Error(`The network ${hre.network.name} is chain ${chainId}, and its parameters are for ${expected}.`);
  }
  await deployContract(hre, "AccessManager", [await deployerOf(hre)]);
});
