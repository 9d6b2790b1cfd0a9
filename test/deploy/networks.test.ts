import { expect } from "chai";
import { getAddress } from "ethers";

import { networkParameters, timelocks } from "../../config/networks";
import { testnets } from "../../config/testnets";
import { type LiveNetwork, livePrefixes } from "../../config/variables";

const names = Object.keys(livePrefixes) as LiveNetwork[];

describe("test networks", () => {
  it("have the ids they are known by", () => {
    expect(names.map((name) => networkParameters(name).chainId)).to.deep.equal([11_155_111n, 421_614n, 84_532n]);
  });

  for (const name of names) {
    it(`${name} has real feeds, delays, and addresses without typing errors`, () => {
      const { local, settlementToken, underlyings, governance, sequencerFeed } = networkParameters(name);
      expect(local).to.be.false;
      expect(getAddress(settlementToken)).to.equal(settlementToken);
      expect(underlyings.map((underlying) => underlying.name)).to.deep.equal(["ETH", "BTC"]);
      for (const { name: underlying, feed, secondFeed } of underlyings) {
        expect(secondFeed).to.equal(undefined);
        expect(feed).to.deep.include({ kind: "chainlink", description: `${underlying} / USD`, decimals: 8 });
        if (feed.kind === "chainlink") expect(getAddress(feed.address)).to.equal(feed.address);
      }
      expect(governance.delays).to.deep.equal(timelocks);
      expect(sequencerFeed?.kind).to.equal(name === "sepolia" ? undefined : "mock");
    });
  }

  it("share no address but the feed that is two feeds", () => {
    const addresses = names.flatMap((name) => [testnets[name].settlementToken, ...Object.values(testnets[name].feeds)]);
    expect(new Set(addresses).size).to.equal(addresses.length);
    expect(testnets.arbitrumSepolia.feeds.ETH).to.equal("0xd30e2101a97dcbAeBCBC04F14C3f624E67A35165");
    expect(Object.values(testnets.baseSepolia.feeds)).not.to.include(testnets.arbitrumSepolia.feeds.ETH);
  });
});
