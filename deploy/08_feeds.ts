import type { HardhatRuntimeEnvironment } from "hardhat/types";

import type { UnderlyingParameters } from "../config/schema";
import { checkFeed, feedTerms } from "../scripts/lib/feeds";
import { deployContract, ensure, step } from "../scripts/lib/steps";
import { feedName, loadSystem } from "../scripts/lib/system";

const WAD_DECIMALS = 18;

export default step("feeds", ["wiring"], async (hre) => {
  const { priceOracle, parameters } = await loadSystem(hre);
  for (const underlying of parameters.underlyings) {
    const { id, name, heartbeat, confidenceBps, referencePrice } = underlying;
    const aggregator = await feedOf(hre, underlying);
    await ensure(
      hre,
      `${name} has its feed`,
      async () => (await priceOracle.feedOf(id)).aggregator === aggregator,
      async () => {
        const terms = feedTerms(underlying);
        if (terms) await checkFeed(hre, terms);
        return priceOracle.registerFeed(id, aggregator, heartbeat, confidenceBps, referencePrice);
      },
    );
  }
});

/** The address of the underlying's feed: a live one, or a mock of its own. */
async function feedOf(hre: HardhatRuntimeEnvironment, { name, feed }: UnderlyingParameters): Promise<string> {
  if (feed.kind === "chainlink") return hre.ethers.getAddress(feed.address);
  const answer = feed.answer / 10n ** BigInt(WAD_DECIMALS - feed.decimals);
  const args = [feed.decimals, answer, `${name} / USD (local mock)`];
  return deployContract(hre, "MockAggregator", args, { record: feedName(name) });
}
