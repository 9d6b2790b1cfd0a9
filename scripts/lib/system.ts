/** The deployed system, typed: what tasks, programs and tests hold on to. */
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/signers";
import type { BaseContract } from "ethers";
import type { HardhatConfig, HardhatRuntimeEnvironment } from "hardhat/types";

import { networkParameters } from "../../config/networks";
import { type SystemParameters, type UnderlyingParameters, checkParameters } from "../../config/schema";
import { PlimsollInputError } from "../../sdk/inputError";
import type {
  AccessManager,
  BackstopVault,
  BasisOracle,
  Clearinghouse,
  CrossMargin,
  ExpirySettlement,
  IsolatedMargin,
  LiquidationAuction,
  MarginLens,
  MockAggregator,
  MockUSDC,
  PortfolioMargin,
  PriceOracle,
  SurfaceOracle,
  VolatilityOracle,
} from "../../typechain-types";
import { deployerOnRecord, locate } from "./records";

/** What each library of the clearinghouse is linked with itself, in an order to deploy them in. */
export const LIBRARY_LINKS = {
  Valuation: [],
  Relief: ["Valuation"],
  Execution: ["Valuation", "Relief"],
  Governance: [],
  Liquidation: ["Valuation", "Relief"],
  Views: ["Valuation"],
} as const satisfies Record<string, readonly string[]>;

/** What the clearinghouse is linked with. */
export const CLEARINGHOUSE_LIBRARIES = Object.keys(LIBRARY_LINKS) as (keyof typeof LIBRARY_LINKS)[];

/** What the lens is linked with. */
export const LENS_LIBRARIES = ["GreekSums"] as const;

/** Every contract of one deployment, connected to the network's first account. */
export interface System {
  parameters: SystemParameters;
  authority: AccessManager;
  /** On a local network the mock, which anyone may mint; elsewhere only its ERC-20 functions exist. */
  token: MockUSDC;
  priceOracle: PriceOracle;
  basisOracle: BasisOracle;
  surfaceOracle: SurfaceOracle;
  volatilityOracle: VolatilityOracle;
  isolatedMargin: IsolatedMargin;
  crossMargin: CrossMargin;
  portfolioMargin: PortfolioMargin;
  clearinghouse: Clearinghouse;
  auction: LiquidationAuction;
  vault: BackstopVault;
  expirySettlement: ExpirySettlement;
}

// By configuration: Hardhat hands each task an environment object of its own.
const overrides = new WeakMap<HardhatConfig, SystemParameters>();
const failures = new WeakMap<HardhatConfig, unknown>();
/** The last contract of each name: its ABI takes longer to parse than most calls of it take. */
const parsed = new Map<string, BaseContract>();

/** Keeps what a deploy step threw: hardhat-deploy passes on nothing but its text. */
export function noteFailure(hre: HardhatRuntimeEnvironment, error: unknown): void {
  failures.set(hre.config, error);
}

/** What a deploy step threw last, if any did. */
export function deployFailure(hre: HardhatRuntimeEnvironment): unknown {
  return failures.get(hre.config);
}

/** What the deploy steps deploy: what `deploySystem` was given, else the network's own parameters. */
export function parametersOf(hre: HardhatRuntimeEnvironment): SystemParameters {
  return overrides.get(hre.config) ?? networkParameters(hre.network.name);
}

/**
 * Runs every deploy step and returns a system of its own, beside whatever was deployed before; nothing is written to
 * disk and nothing printed.
 * @param parameters instead of the network's own.
 * @param again goes on with the last system that was deployed instead.
 */
export async function deploySystem(
  hre: HardhatRuntimeEnvironment,
  parameters: SystemParameters = networkParameters(hre.network.name),
  { again = false } = {},
): Promise<System> {
  overrides.set(hre.config, checkParameters(parameters));
  failures.delete(hre.config);
  try {
    await hre.deployments.run(undefined, { resetMemory: !again, writeDeploymentsToFiles: false });
  } catch (error) {
    throw deployFailure(hre) ?? error;
  }
  return loadSystem(hre);
}

/** For tests: the system as the deploy steps leave it, reverted to that state on every later call. */
export async function systemFixture(hre: HardhatRuntimeEnvironment): Promise<System> {
  overrides.delete(hre.config);
  await hre.deployments.fixture();
  return loadSystem(hre);
}

/** The system that is deployed on the network. Throws PlimsollInputError where there is none. */
export async function loadSystem(hre: HardhatRuntimeEnvironment): Promise<System> {
  const [signer] = await hre.ethers.getSigners();
  const at = <C extends BaseContract>(name: string, record = name): Promise<C> => contractAt(hre, name, record, signer);
  const clearinghouse = await at<Clearinghouse>("Clearinghouse");
  if ((await clearinghouse.getDeployedCode()) === null) throw notDeployed(hre);
  return {
    parameters: parametersOf(hre),
    clearinghouse,
    authority: await at("AccessManager"),
    token: await at("MockUSDC", "SettlementToken"),
    priceOracle: await at("PriceOracle"),
    basisOracle: await at("BasisOracle"),
    surfaceOracle: await at("SurfaceOracle"),
    volatilityOracle: await at("VolatilityOracle"),
    isolatedMargin: await at("IsolatedMargin"),
    crossMargin: await at("CrossMargin"),
    portfolioMargin: await at("PortfolioMargin"),
    auction: await at("LiquidationAuction"),
    vault: await at("BackstopVault"),
    expirySettlement: await at("ExpirySettlement"),
  };
}

/**
 * The lens, apart because nothing of the system depends on it, and a deployment may be older than it. Throws
 * PlimsollInputError where there is none.
 */
export async function loadLens(hre: HardhatRuntimeEnvironment): Promise<MarginLens> {
  if (await locate(hre, "MarginLens")) return contractAt(hre, "MarginLens", "MarginLens");
  const { name } = hre.network;
  throw new PlimsollInputError(
    `The lens is not deployed on the network ${name}: npx hardhat deploy --network ${name} deploys what is missing.`,
  );
}

/** What was deployed as `record`, connected to `signer`; without one, to the network's first account. */
async function contractAt<C extends BaseContract>(
  hre: HardhatRuntimeEnvironment,
  name: string,
  record: string,
  signer?: HardhatEthersSigner,
): Promise<C> {
  const address = await addressOf(hre, record);
  const known = parsed.get(name);
  const runner = signer ?? (await hre.ethers.getSigners())[0];
  const found = known
    ? known.attach(address).connect(runner ?? hre.ethers.provider)
    : await hre.ethers.getContractAt(name, address, runner);
  parsed.set(name, found);
  return found as C;
}

/** The underlying of that name. Throws PlimsollInputError naming those there are. */
export function underlyingNamed(parameters: SystemParameters, name: string): UnderlyingParameters {
  const found = parameters.underlyings.find((candidate) => candidate.name === name);
  if (found) return found;
  const known = parameters.underlyings.map((candidate) => candidate.name).join(", ");
  throw new PlimsollInputError(`There is no underlying "${name}": choose one of ${known}.`);
}

/** Names by index, as the sdk's sentences take them. */
export function underlyingNames(parameters: SystemParameters): ReadonlyMap<bigint, string> {
  return new Map(parameters.underlyings.map(({ id, name }) => [BigInt(id), name]));
}

/** One of the sources an underlying can have its price from. */
export type Source = "primary" | "secondary";

/** A mock feed of an underlying. Throws PlimsollInputError where there is none, or a live feed stands. */
export async function mockFeed(
  hre: HardhatRuntimeEnvironment,
  name: string,
  source: Source = "primary",
): Promise<MockAggregator> {
  const { feed, secondFeed } = underlyingNamed(parametersOf(hre), name);
  const found = source === "primary" ? feed : secondFeed;
  if (!found) throw new PlimsollInputError(`${name} has no second source: choose the primary.`);
  if (found.kind !== "mock") {
    throw new PlimsollInputError(`The feed of ${name} is live: only a local network's mock can be told its price.`);
  }
  return contractAt(hre, "MockAggregator", feedName(name, source));
}

/** The mock feeds of every source of an underlying, the primary first. */
export async function mockFeeds(hre: HardhatRuntimeEnvironment, name: string): Promise<MockAggregator[]> {
  const { secondFeed } = underlyingNamed(parametersOf(hre), name);
  const sources: readonly Source[] = secondFeed ? ["primary", "secondary"] : ["primary"];
  return Promise.all(sources.map((source) => mockFeed(hre, name, source)));
}

/** What the mock feed of an underlying is deployed as. */
export function feedName(underlying: string, source: Source = "primary"): string {
  return source === "primary" ? `Feed_${underlying}` : `SecondFeed_${underlying}`;
}

/** What a stand-in for the sequencer uptime feed is deployed as. */
export const SEQUENCER_FEED = "SequencerFeed";

/** The address of what was deployed as `name`. Throws PlimsollInputError where there is none. */
export async function addressOf(hre: HardhatRuntimeEnvironment, name: string): Promise<string> {
  const found = await locate(hre, name);
  if (!found) throw notDeployed(hre);
  return found.address;
}

/** Throws PlimsollInputError where the node is of another chain than the network's parameters. */
export async function checkChain(hre: HardhatRuntimeEnvironment): Promise<void> {
  const { chainId } = await hre.ethers.provider.getNetwork();
  const expected = parametersOf(hre).chainId;
  if (chainId === expected) return;
  throw new PlimsollInputError(
    `The node of the network ${hre.network.name} is on chain ${chainId} and should be on ${expected}.`,
  );
}

/** Who deployed the system: whom the access manager was given to at first. */
export async function deployedBy(hre: HardhatRuntimeEnvironment): Promise<string> {
  const deployer = await deployerOnRecord(hre);
  if (deployer === undefined) throw notDeployed(hre);
  return deployer;
}

/** The block of the first contract: no event of the system is older. */
export async function deploymentBlock(hre: HardhatRuntimeEnvironment): Promise<number> {
  return (await locate(hre, "AccessManager"))?.block ?? 0;
}

function notDeployed(hre: HardhatRuntimeEnvironment): PlimsollInputError {
  const { name } = hre.network;
  const start = name === "localhost" ? "start a node with npx hardhat node, or deploy" : "deploy";
  return new PlimsollInputError(
    `Plimsoll is not deployed on the network ${name}: ${start} with npx hardhat deploy --network ${name}.`,
  );
}
