import type { HardhatRuntimeEnvironment } from "hardhat/types";

import type { UnderlyingParameters } from "../config/schema";
import { checkFeed, feedTerms, secondFeedTerms } from "../scripts/lib/feeds";
import { deployContract, ensure, step } from "../scripts/lib/steps";
import { type Source, type System, feedName, loadSystem } from "../scripts/lib/system";

const WAD_DECIMALS = 18;

export default step("feeds", ["wiring"], async (hre) => {
  const { priceOracle, parameters } = await loadSystem(hre);
  for (const underlying of parameters.underlyings) {
    const { id, name, feed, heartbeat, confidenceBps, referencePrice } = underlying;
    const aggregator = await feedOf(hre, name, "primary", feed);
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
    await ensureSecondFeed(hre, priceOracle, underlying);
  }
});

/** A second source that the parameters do not name is left alone: to remove one is for whoever governs. */
async function ensureSecondFeed(
  hre: HardhatRuntimeEnvironment,
  priceOracle: System["priceOracle"],
  underlying: UnderlyingParameters,
): Promise<void> {
  const { id, name, secondFeed } = underlying;
  if (!secondFeed) return;
  const { heartbeat, maxDeviationBps } = secondFeed;
  const aggregator = await feedOf(hre, name, "secondary", secondFeed);
  await ensure(
    hre,
    `${name} has its second feed`,
    async () => {
      const found = await priceOracle.secondFeedOf(id);
      const terms = [BigInt(heartbeat), BigInt(maxDeviationBps)];
      return [aggregator, ...terms].join() === [found.aggregator, found.heartbeat, found.maxDeviationBps].join();
    },
    async () => {
      const terms = secondFeedTerms(underlying);
      if (terms) await checkFeed(hre, terms);
      return priceOracle.setSecondFeed(id, aggregator, heartbeat, maxDeviationBps);
    },
  );
}

/** The address of a source of the underlying: a live one, or a mock of its own. */
async function feedOf(
  hre: HardhatRuntimeEnvironment,
  name: string,
  source: Source,
  feed: UnderlyingParameters["feed"],
): Promise<string> {
  if (feed.kind === "chainlink") return hre.ethers.getAddress(feed.address);
  const answer = feed.answer / 10n ** BigInt(WAD_DECIMALS - feed.decimals);
  const label = source === "primary" ? "local mock" : "second local mock";
  const args = [feed.decimals, answer, `${name} / USD (${label})`];
  return deployContract(hre, "MockAggregator", args, { record: feedName(name, source) });
}
