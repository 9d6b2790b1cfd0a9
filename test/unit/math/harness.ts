import hre from "hardhat";

import type { MathHarness } from "../../../typechain-types";
import { normalTableBytes } from "../../../sdk/math/normalTable";

/** The mathematics' internal functions on the in-process chain. */
export async function deployMathHarness(): Promise<MathHarness> {
  const carrier = await hre.ethers.deployContract("NormalTableCarrier", [normalTableBytes()]);
  return hre.ethers.deployContract("MathHarness", [carrier]);
}
