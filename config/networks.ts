/** What differs from network to network. Another network is another entry. */
import { PlimsollInputError } from "../sdk/inputError";
import { type GovernanceParameters, type SystemParameters, type UnderlyingParameters, checkParameters } from "./schema";
import { underlyings } from "./underlyings";

const DAY = 86_400;

/** Execution delays where users have something to lose: modules outlast the exit they must leave open. */
export const timelocks: GovernanceParameters["delays"] = {
  admin: 7 * DAY,
  riskAdmin: 2 * DAY,
  lister: 2 * DAY,
  guardian: 0,
  moduleAdmin: 7 * DAY,
};

const noDelays: GovernanceParameters["delays"] = { admin: 0, riskAdmin: 0, lister: 0, guardian: 0, moduleAdmin: 0 };

/** Underlyings that have a second source on a local network; the others show that it may be absent. */
const SECONDED: ReadonlySet<string> = new Set(["ETH", "BTC"]);
const MAX_DEVIATION_BPS = 200;

function withMockFeeds(terms: Omit<UnderlyingParameters, "feed">): UnderlyingParameters {
  const feed = { kind: "mock", decimals: 8, answer: terms.referencePrice } as const;
  if (!SECONDED.has(terms.name)) return { ...terms, feed };
  const { heartbeat } = terms;
  return { ...terms, feed, secondFeed: { ...feed, heartbeat, maxDeviationBps: MAX_DEVIATION_BPS } };
}

/** The in-process network and a node on this machine: mock token, mock feeds, the deployer governs at once. */
export const local: SystemParameters = {
  chainId: 31_337n,
  local: true,
  settlementToken: "mock",
  // The last of a local node's well-known accounts: their keys are public, which is fine nowhere else.
  basisSigners: { signers: [17, 18, 19], threshold: 2 },
  underlyings: Object.values(underlyings).map(withMockFeeds),
  governance: {
    holders: {
      admin: "deployer",
      riskAdmin: "deployer",
      lister: "deployer",
      guardian: "deployer",
      moduleAdmin: "deployer",
    },
    delays: noDelays,
  },
};

const networks: ReadonlyMap<string, SystemParameters> = new Map([
  ["hardhat", local],
  ["localhost", local],
]);

/** The checked parameters of a network. Throws PlimsollInputError for one that has none. */
export function networkParameters(name: string): SystemParameters {
  const parameters = networks.get(name);
  if (!parameters) {
    const known = [...networks.keys()].join(" and ");
    throw new PlimsollInputError(`The network ${name} has no parameters in config/networks.ts: ${known} have.`);
  }
  return checkParameters(parameters);
}
