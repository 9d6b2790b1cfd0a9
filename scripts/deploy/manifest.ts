/** The manifest of a deployment, read from the chain. */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";

import { ZeroAddress, keccak256 } from "ethers";
import type { HardhatRuntimeEnvironment } from "hardhat/types";

import { functionRoles } from "../../config/roles";
import type { GovernanceParameters, UnderlyingParameters } from "../../config/schema";
import { recordFolders } from "../../config/variables";
import { PlimsollInputError, formatWad } from "../../sdk";
import { type Manifest, formatManifest, parseManifest } from "../../sdk/manifest";
import { readFeed } from "../lib/feeds";
import { locate, manifestPath } from "../lib/records";
import { type System, deployedBy, deploymentBlock, loadSystem } from "../lib/system";
import { type Finding, judged } from "./findings";
import { roleOf } from "./governance";
import { partsOf } from "./parts";

type Holder = keyof GovernanceParameters["holders"];

const FORMAT = 1;

/** What stands on the chain, in the manifest's words. */
export async function buildManifest(hre: HardhatRuntimeEnvironment): Promise<Manifest> {
  const system = await loadSystem(hre);
  const { parameters, basisOracle, surfaceOracle, clearinghouse, priceOracle } = system;
  const { chainId } = await hre.ethers.provider.getNetwork();
  const { signers, threshold } = await basisOracle.signerSet();
  const surface = await surfaceOracle.signerSet();
  const sequencerFeed = await priceOracle.sequencerFeed();
  const contracts = await describeContracts(hre, system);
  const underlyings: Manifest["underlyings"] = [];
  for (const underlying of parameters.underlyings) {
    underlyings.push(await describeUnderlying(hre, system, underlying));
  }
  return {
    format: FORMAT,
    network: hre.network.name,
    chainId: Number(chainId),
    rehearsal: recordFolders().rehearsal,
    fromBlock: await deploymentBlock(hre),
    deployer: await deployedBy(hre),
    contracts,
    settlementToken: {
      address: await clearinghouse.settlementToken(),
      symbol: await system.token.symbol(),
      decimals: Number(await system.token.decimals()),
    },
    sequencerFeed: sequencerFeed === ZeroAddress ? null : sequencerFeed,
    basisSigners: { signers: [...signers], threshold: Number(threshold) },
    surfaceSigners: { signers: [...surface.signers], threshold: Number(surface.threshold) },
    underlyings,
    roles: await describeRoles(hre, system),
    standIns: partsOf(parameters).flatMap(({ record, standsInBecause }) => {
      const { address } = contracts[record] ?? {};
      return standsInBecause === undefined || address === undefined
        ? []
        : [{ contract: record, address, why: standsInBecause }];
    }),
  };
}

/** Writes the manifest and returns its path. */
export async function writeManifest(hre: HardhatRuntimeEnvironment): Promise<string> {
  const file = await manifestPath(hre);
  const text = formatManifest(await buildManifest(hre));
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, text);
  return file;
}

/** Whether the manifest there is tells what stands on the chain. */
export async function checkManifest(hre: HardhatRuntimeEnvironment): Promise<Finding[]> {
  const file = await manifestPath(hre);
  const shown = path.relative(hre.config.paths.root, file);
  const should = formatManifest(await buildManifest(hre));
  const text = await readFile(file, "utf8").catch(() => undefined);
  const is = text === undefined ? "missing" : differenceOf(should, text);
  return [judged("roles", `the manifest ${shown}`, "as the chain is", is, is === "as the chain is")];
}

/** The first line in which two manifests differ. */
function differenceOf(should: string, text: string): string {
  if (text === should) return "as the chain is";
  try {
    parseManifest(JSON.parse(text));
  } catch (error) {
    return error instanceof PlimsollInputError ? error.message : "no JSON";
  }
  const lines = text.split("\n");
  const line = should.split("\n").findIndex((wanted, i) => wanted !== lines[i]);
  return `other in line ${line + 1}: ${lines[line]?.trim() ?? "missing"}`;
}

async function describeContracts(
  hre: HardhatRuntimeEnvironment,
  { parameters }: System,
): Promise<Manifest["contracts"]> {
  const records = partsOf(parameters).map(({ record }) => record);
  const found: Manifest["contracts"] = {};
  for (const record of records.sort()) {
    const located = await locate(hre, record);
    if (!located) throw new Error(`${record} is not deployed.`);
    const { address, block } = located;
    found[record] = { address, block, codeHash: keccak256(await hre.ethers.provider.getCode(address)) };
  }
  return found;
}

async function describeUnderlying(
  hre: HardhatRuntimeEnvironment,
  { clearinghouse, priceOracle }: System,
  { name, id }: UnderlyingParameters,
): Promise<Manifest["underlyings"][number]> {
  const registered = await priceOracle.feedOf(id);
  const second = await priceOracle.secondFeedOf(id);
  const market = await clearinghouse.marketParams(id);
  const options = await clearinghouse.optionParams(id);
  return {
    name,
    id,
    feed: await describeFeed(hre, name, registered),
    secondFeed:
      second.aggregator === ZeroAddress
        ? null
        : { ...(await describeFeed(hre, name, second)), maxDeviationBps: Number(second.maxDeviationBps) },
    confidenceBps: Number(registered.confidenceBps),
    referencePrice: formatWad(registered.referencePrice8 * 10n ** 10n),
    market: {
      baseRateBps: Number(market.baseRateBps),
      volMultiplierBps: Number(market.volMultiplierBps),
      slopeBps: Number(market.slopeBps),
      maintenanceRatioBps: Number(market.maintenanceRatioBps),
      takerFeeBps: Number(market.takerFeeBps),
      makerFeeBps: Number(market.makerFeeBps),
      depth: market.depth.toString(),
      openInterestCap: market.openInterestCap.toString(),
    },
    options: {
      priceRangeBps: Number(options.priceRangeBps),
      creditBps: Number(options.creditBps),
      referenceVolBps: Number(options.referenceVolBps),
      takerFeeBps: Number(options.takerFeeBps),
      makerFeeBps: Number(options.makerFeeBps),
      openInterestCap: options.openInterestCap.toString(),
    },
  };
}

async function describeFeed(
  hre: HardhatRuntimeEnvironment,
  underlying: string,
  { aggregator, decimals, heartbeat }: { aggregator: string; decimals: bigint; heartbeat: bigint },
): Promise<Manifest["underlyings"][number]["feed"]> {
  const { description } = await readFeed(hre, { name: `feed of ${underlying}`, address: aggregator });
  return { address: aggregator, description, decimals: Number(decimals), heartbeat: Number(heartbeat) };
}

async function describeRoles(hre: HardhatRuntimeEnvironment, { parameters }: System): Promise<Manifest["roles"]> {
  const { holders, delays } = parameters.governance;
  const deployer = await deployedBy(hre);
  const rows = Object.entries(functionRoles).flatMap(([contract, functions]) =>
    Object.entries(functions).map(([name, role]) => ({ name: `${contract}.${name}`, role })),
  );
  const found: Manifest["roles"] = {};
  for (const [holder, id] of Object.entries(roleOf) as [Holder, bigint][]) {
    found[holder] = {
      id: Number(id),
      holder: hre.ethers.getAddress(holders[holder] === "deployer" ? deployer : holders[holder]),
      delay: delays[holder],
      functions: rows.filter(({ role }) => role === id).map(({ name }) => name),
    };
  }
  return found;
}
