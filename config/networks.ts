/** What differs from network to network. Another network is another entry. */
import { isAddress } from "ethers";

import { PlimsollInputError } from "../sdk/inputError";
import {
  type GovernanceParameters,
  type SystemParameters,
  type UnderlyingParameters,
  type VaultLimits,
  checkParameters,
} from "./schema";
import { testnetUnderlyings, testnets } from "./testnets";
import { underlyings } from "./underlyings";
import {
  type LiveNetwork,
  type Variable,
  isLive,
  listed,
  livePrefixes,
  meanings,
  readVariable,
  variableName,
} from "./variables";

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

/** As the vault is built. */
const vaultLimits: VaultLimits = { eventCapBps: 1_000, hourCapBps: 2_000, cooldown: 3 * DAY, exitWindow: DAY };

/** A fiftieth of the forward and 25 vol points an hour. */
const moveLimits: SystemParameters["surface"]["moveLimits"] = { forwardBps: 200, volBps: 2_500 };

/** Longer than the risk admin waits, who may have to move the bounds of a market that has left them. */
const expirySettlement: SystemParameters["expirySettlement"] = { timeOut: 3 * DAY };

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
  surface: { signers: [17, 18, 19], threshold: 2, moveLimits },
  underlyings: Object.values(underlyings).map(withMockFeeds),
  vaultLimits,
  expirySettlement,
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

/** A test network with the people its operator chose. What only a deployment needs may still be unset. */
function testnet(name: LiveNetwork): SystemParameters {
  const facts = testnets[name];
  const admin = readVariable(name, "ADMIN") === "deployer" ? undefined : readAddress(name, "ADMIN");
  const holder = (variable: "RISK_ADMIN" | "LISTER" | "GUARDIAN" | "MODULE_ADMIN"): string =>
    readAddress(name, variable) ?? admin ?? "deployer";
  const basisSigners = {
    signers: readAddresses(name, "BASIS_SIGNERS") ?? [0, 1],
    threshold: Number(readVariable(name, "BASIS_THRESHOLD") ?? 2),
  };
  return {
    chainId: facts.chainId,
    local: false,
    settlementToken: facts.settlementToken,
    // The test networks' sequencers have no uptime feed.
    sequencerFeed: facts.sequenced ? { kind: "mock", owner: admin ?? "deployer" } : undefined,
    basisSigners,
    surface: {
      signers: readAddresses(name, "SURFACE_SIGNERS") ?? basisSigners.signers,
      threshold: Number(readVariable(name, "SURFACE_THRESHOLD") ?? basisSigners.threshold),
      moveLimits,
    },
    underlyings: testnetUnderlyings(facts),
    vaultLimits,
    expirySettlement,
    governance: {
      holders: {
        admin: admin ?? "deployer",
        riskAdmin: holder("RISK_ADMIN"),
        lister: holder("LISTER"),
        guardian: holder("GUARDIAN"),
        moduleAdmin: holder("MODULE_ADMIN"),
      },
      delays: timelocks,
    },
  };
}

/** An address, or undefined where the variable is not set. Throws PlimsollInputError where it is none. */
function readAddress(network: LiveNetwork, variable: Variable): string | undefined {
  const value = readVariable(network, variable);
  if (value !== undefined) checkAddresses(network, variable, [value]);
  return value;
}

/** Addresses, or undefined where the variable is not set. Throws PlimsollInputError where one is none. */
function readAddresses(network: LiveNetwork, variable: Variable): string[] | undefined {
  const value = readVariable(network, variable);
  return value === undefined ? undefined : checkAddresses(network, variable, listed(value));
}

function checkAddresses(network: LiveNetwork, variable: Variable, addresses: string[]): string[] {
  const valid = addresses.map((address) => isAddress(address));
  const wrong = addresses[valid.indexOf(false)];
  if (wrong === undefined) return addresses;
  throw new PlimsollInputError(
    `${variableName(network, variable)} has "${wrong}", which is not an address: it takes ${meanings[variable]}.`,
  );
}

const localNetworks: readonly string[] = ["hardhat", "localhost"];

/** The checked parameters of a network. Throws PlimsollInputError for one that has none. */
export function networkParameters(name: string): SystemParameters {
  if (localNetworks.includes(name)) return checkParameters(local);
  if (isLive(name)) return checkParameters(testnet(name));
  const known = [...localNetworks, ...Object.keys(livePrefixes)].join(", ");
  throw new PlimsollInputError(`The network ${name} has no parameters in config/networks.ts: ${known} have.`);
}
