/** The public test networks, as data. Addresses are claims: each deployment asks every contract what it calls itself. */
import type { SystemParameters, UnderlyingParameters } from "./schema";
import { underlyings } from "./underlyings";
import type { LiveNetwork } from "./variables";

/** What is the network's own, and not its operator's to choose. */
export interface Testnet extends Pick<SystemParameters, "chainId" | "settlementToken"> {
  /** Addresses of Chainlink's price feeds, by underlying. */
  feeds: Record<"ETH" | "BTC", string>;
  /** Whether a sequencer orders its transactions. */
  sequenced: boolean;
}

/**
 * Settlement tokens are Circle's test USDC. One feed address serves twice: 0xd30e...5165 is ETH / USD on Arbitrum
 * Sepolia and USDC / USD on Base Sepolia.
 */
export const testnets: Record<LiveNetwork, Testnet> = {
  sepolia: {
    chainId: 11_155_111n,
    settlementToken: "0x1c7D4B196Cb0C7B01d743Fbc6116a902379C7238",
    feeds: {
      ETH: "0x694AA1769357215DE4FAC081bf1f309aDC325306",
      BTC: "0x1b44F3514812d835EB1BDB0acB33d3fA3351Ee43",
    },
    sequenced: false,
  },
  arbitrumSepolia: {
    chainId: 421_614n,
    settlementToken: "0x75faf114eafb1BDbe2F0316DF893fd58CE46AA4d",
    feeds: {
      ETH: "0xd30e2101a97dcbAeBCBC04F14C3f624E67A35165",
      BTC: "0x56a43EB56Da12C0dc1D972ACb089c06a5dEF8e69",
    },
    sequenced: true,
  },
  baseSepolia: {
    chainId: 84_532n,
    settlementToken: "0x036CbD53842c5426634e7929541eC2318f3dCF7e",
    feeds: {
      ETH: "0x4aDC67696bA383F43DD60A9e78F2C97Fbbfc7cb1",
      BTC: "0x0FB99723Aee6f420beAD13e6bBB79b7E6F034298",
    },
    sequenced: true,
  },
};

const USD_FEED_DECIMALS = 8;

/** Test feeds observe once an hour, or when the price moved by a percent. They have no second source. */
const terms = { heartbeat: 3_600, confidenceBps: 100, secondFeed: undefined } as const;

/** The markets of a test network: every underlying it has a feed for. */
export function testnetUnderlyings({ feeds }: Testnet): UnderlyingParameters[] {
  return ([underlyings.ETH, underlyings.BTC] as const).map((underlying) => ({
    ...underlying,
    ...terms,
    feed: {
      kind: "chainlink",
      address: feeds[underlying.name],
      description: `${underlying.name} / USD`,
      decimals: USD_FEED_DECIMALS,
    },
  }));
}
