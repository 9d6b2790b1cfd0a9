import { ZeroAddress } from "ethers";
import type { HardhatRuntimeEnvironment } from "hardhat/types";

import { basisSignerAddresses } from "../scripts/lib/basis";
import { liveFeed } from "../scripts/lib/feeds";
import { surfaceSignerAddresses } from "../scripts/surface/sign";
import { deployContract, deployerOf, step } from "../scripts/lib/steps";
import { SEQUENCER_FEED, addressOf, parametersOf } from "../scripts/lib/system";

export default step("oracles", ["authority"], async (hre) => {
  const authority = await addressOf(hre, "AccessManager");
  const priceOracle = await deployContract(hre, "PriceOracle", [authority, await sequencerFeedOf(hre)]);
  await deployContract(hre, "VolatilityOracle", [authority, priceOracle]);
  const { basisSigners, surface } = parametersOf(hre);
  await deployContract(hre, "BasisOracle", [authority, await basisSignerAddresses(hre), basisSigners.threshold]);
  await deployContract(hre, "SurfaceOracle", [
    authority,
    await surfaceSignerAddresses(hre),
    surface.threshold,
    surface.moveLimits,
  ]);
});

/** The address of the chain's sequencer uptime feed: a stand-in, a live one, or zero where there is no sequencer. */
async function sequencerFeedOf(hre: HardhatRuntimeEnvironment): Promise<string> {
  const { sequencerFeed } = parametersOf(hre);
  if (!sequencerFeed) return ZeroAddress;
  if (sequencerFeed.kind === "chainlink") return liveFeed(hre, "the sequencer", sequencerFeed);
  const owner = sequencerFeed.owner === "deployer" ? await deployerOf(hre) : sequencerFeed.owner;
  return deployContract(hre, "MockSequencerFeed", [owner], { record: SEQUENCER_FEED });
}
