/** What a deployment to a live network is about to do, and what forbids it. Nothing here sends anything. */
import { formatUnits } from "ethers";
import type { HardhatRuntimeEnvironment } from "hardhat/types";

import type { GovernanceParameters } from "../../config/schema";
import { isLive, requireForDeployment, requireVariable } from "../../config/variables";
import { PlimsollInputError, formatWad } from "../../sdk";
import { basisSignerAddresses } from "../lib/basis";
import { checkFeed, feedTerms, secondFeedTerms } from "../lib/feeds";
import { manifestPath, readManifest } from "../lib/records";
import { checkSettlementToken } from "../lib/settlementToken";
import { checkChain, deployedBy, parametersOf } from "../lib/system";
import { surfaceSignerAddresses } from "../surface/sign";
import { checkPart } from "./check";
import { type Part, partsOf } from "./parts";

type Holder = keyof GovernanceParameters["holders"];

export interface Plan {
  network: string;
  chainId: bigint;
  deployer: string;
  /** Wei. */
  balance: bigint;
  /** Wei for everything that is missing, roughly, at the present price of gas. */
  cost: bigint;
  parts: { record: string; contract: string; address: string | null; standsInBecause: string | null }[];
  settlementToken: { address: string; symbol: string };
  sequencerFeed: string;
  basisSigners: string;
  surfaceSigners: string;
  feeds: { name: string; address: string; description: string; price: string; age: number }[];
  markets: Record<string, string>[];
  roles: { role: string; holder: string; delay: number }[];
}

/** What a creation costs besides its code: EIP-2, EIP-170 and EIP-2028. */
const GAS_PER_CREATION = 53_000n;
const GAS_PER_RUNTIME_BYTE = 200n;
const GAS_PER_INIT_BYTE = 16n;
/** What wiring, listing and roles took in rehearsals, rounded up. */
const GAS_OF_CONFIGURATION = 6_000_000n;

/** Throws PlimsollInputError saying what forbids the deployment. */
export async function planDeployment(hre: HardhatRuntimeEnvironment): Promise<Plan> {
  const { name } = hre.network;
  if (isLive(name)) requireVariable(name, "RPC_URL");
  requireForDeployment(name);
  const parameters = parametersOf(hre);
  await checkChain(hre);
  const { provider } = hre.ethers;
  const deployer = await deployerWithFunds(hre);
  const parts = await checkRecords(hre, deployer);
  if (parameters.settlementToken !== "mock") await checkSettlementToken(hre, parameters.settlementToken, false);
  const { feeds, markets } = await planMarkets(hre);
  const token = await hre.ethers.getContractAt("IERC20Metadata", parameters.settlementToken);
  const { holders, delays } = parameters.governance;
  const named = (holder: string): string => (holder === "deployer" ? `${deployer}, the deployer` : holder);
  const { sequencerFeed } = parameters;
  return {
    network: name,
    chainId: parameters.chainId,
    deployer,
    balance: await provider.getBalance(deployer),
    cost: await costOf(hre, parts),
    parts: parts.map(({ part, address }) => ({
      record: part.record,
      contract: part.contract,
      address,
      standsInBecause: part.standsInBecause ?? null,
    })),
    settlementToken: { address: parameters.settlementToken, symbol: await token.symbol() },
    sequencerFeed:
      sequencerFeed === undefined
        ? "none: the chain has no sequencer"
        : sequencerFeed.kind === "mock"
          ? `a stand-in that ${named(sequencerFeed.owner)} sets`
          : `${sequencerFeed.address}, ${sequencerFeed.description}`,
    basisSigners: `${parameters.basisSigners.threshold} of ${(await basisSignerAddresses(hre)).join(", ")}`,
    surfaceSigners: `${parameters.surface.threshold} of ${(await surfaceSignerAddresses(hre)).join(", ")}`,
    feeds,
    markets,
    roles: (Object.keys(holders) as Holder[]).map((role) => ({
      role,
      holder: named(holders[role]),
      delay: delays[role],
    })),
  };
}

async function deployerWithFunds(hre: HardhatRuntimeEnvironment): Promise<string> {
  const { name } = hre.network;
  const { deployer } = await hre.getNamedAccounts();
  if (deployer === undefined) throw new PlimsollInputError(`The network ${name} has no account to deploy from.`);
  const { provider } = hre.ethers;
  if ((await provider.getBalance(deployer)) === 0n) {
    throw new PlimsollInputError(`The deployer ${deployer} holds no ETH on ${name} to pay for gas: send it some.`);
  }
  const [sent, mined] = await Promise.all([
    provider.getTransactionCount(deployer, "pending"),
    provider.getTransactionCount(deployer, "latest"),
  ]);
  if (sent !== mined) {
    throw new PlimsollInputError(
      `The deployer ${deployer} waits for ${sent - mined} of its transactions on ${name} to be mined: run again once that is so.`,
    );
  }
  return deployer;
}

interface Recorded {
  part: Part;
  /** Null where it is yet to be deployed. */
  address: string | null;
}

/** What is recorded must be this deployer's, on this chain, and of this source. */
async function checkRecords(hre: HardhatRuntimeEnvironment, deployer: string): Promise<Recorded[]> {
  const folder = `deployments/${hre.network.name}`;
  const found: Recorded[] = [];
  for (const part of partsOf(parametersOf(hre))) {
    const deployment = await hre.deployments.getOrNull(part.record);
    found.push({ part, address: deployment?.address ?? null });
    if (!deployment) continue;
    const { is, ok } = await checkPart(hre, part);
    if (ok) continue;
    throw new PlimsollInputError(
      is === "missing"
        ? `${part.record} is recorded at ${deployment.address}, where there is no code: the records in ${folder} are of another chain, so move them away to deploy anew.`
        : `${part.record} at ${deployment.address} is of other source than this: go on with the source it was deployed from, or move ${folder} away to deploy anew.`,
    );
  }
  if (found.every(({ address }) => address === null)) {
    if ((await readManifest(hre)) === undefined) return found;
    throw new PlimsollInputError(
      `${await manifestPath(hre)} tells of a deployment that ${folder} has no records of: bring them back to go on with it, or move the manifest away to deploy anew.`,
    );
  }
  const first = await deployedBy(hre);
  if (first === deployer) return found;
  throw new PlimsollInputError(`The deployment was begun by ${first}: go on with that key, and not ${deployer}'s.`);
}

async function planMarkets(hre: HardhatRuntimeEnvironment): Promise<Pick<Plan, "feeds" | "markets">> {
  const feeds: Plan["feeds"] = [];
  const markets: Plan["markets"] = [];
  for (const underlying of parametersOf(hre).underlyings) {
    for (const terms of [feedTerms(underlying), secondFeedTerms(underlying)]) {
      if (!terms) continue;
      const { description, price, age } = await checkFeed(hre, terms);
      feeds.push({ name: terms.name, address: terms.address, description, price: formatWad(price), age });
    }
    const { name, market, options, heartbeat, confidenceBps, referencePrice, dailyVol } = underlying;
    const ofOptions = Object.entries(options).map(([key, value]) => [`options' ${key}`, value] as const);
    const terms = { heartbeat, confidenceBps, ...market };
    markets.push({
      underlying: name,
      referencePrice: formatWad(referencePrice),
      dailyVol: formatWad(dailyVol),
      ...Object.fromEntries([...Object.entries(terms), ...ofOptions].map(([key, value]) => [key, value.toString()])),
    });
  }
  return { feeds, markets };
}

async function costOf(hre: HardhatRuntimeEnvironment, parts: readonly Recorded[]): Promise<bigint> {
  const missing = parts.filter(({ address }) => address === null);
  if (missing.length === 0) return 0n;
  let gas = GAS_OF_CONFIGURATION;
  for (const { part } of missing) {
    const { bytecode, deployedBytecode } = await hre.artifacts.readArtifact(part.contract);
    const data = part.data?.();
    const init = sizeOf(bytecode) + (data === undefined ? 0n : sizeOf(data));
    gas += GAS_PER_CREATION + init * GAS_PER_INIT_BYTE + sizeOf(data ?? deployedBytecode) * GAS_PER_RUNTIME_BYTE;
  }
  const { maxFeePerGas, gasPrice } = await hre.ethers.provider.getFeeData();
  return gas * (maxFeePerGas ?? gasPrice ?? 0n);
}

/** Bytes: two hex digits each, after 0x; libraries that are yet to be linked leave no hex to read. */
function sizeOf(code: string): bigint {
  return BigInt(code.length / 2 - 1);
}

/** Whole and fractional ETH, to six places. */
export function showEther(wei: bigint): string {
  const MICRO = 12;
  return `${formatUnits(wei / 10n ** BigInt(MICRO), 6)} ETH`;
}
