/** Feeds that a network has already. */
import type { HardhatRuntimeEnvironment } from "hardhat/types";

/** The address of a live feed that calls itself what it should. */
export async function liveFeed(
  hre: HardhatRuntimeEnvironment,
  of: string,
  { address, description }: { address: string; description: string },
): Promise<string> {
  const live = await hre.ethers.getContractAt("AggregatorV3Interface", address);
  const found = await live.description();
  if (found !== description) {
    throw new Error(`The feed of ${of} at ${address} is "${found}" and should be "${description}".`);
  }
  return live.getAddress();
}
