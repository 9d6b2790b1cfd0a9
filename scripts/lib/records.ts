/**
 * Where everything is: what hardhat-deploy keeps while it deploys, and on a live network whose deployment somebody else
 * made, the manifest that came with the repository.
 */
import { readFile } from "node:fs/promises";
import path from "node:path";

import { getAddress } from "ethers";
import type { HardhatRuntimeEnvironment } from "hardhat/types";

import { isLive, recordFolders } from "../../config/variables";
import { type Manifest, parseManifest } from "../../sdk/manifest";

/** One contract of the deployment. */
export interface Located {
  address: string;
  /** The block that holds it first; null where it was there before. */
  block: number | null;
}

/** Where the manifest of the network is kept. */
export async function manifestPath(hre: HardhatRuntimeEnvironment): Promise<string> {
  const { chainId } = await hre.ethers.provider.getNetwork();
  return path.resolve(hre.config.paths.root, recordFolders().manifests, `${chainId}.json`);
}

/** The manifest of a live network, if there is one. Throws PlimsollInputError where it is not as its schema says. */
export async function readManifest(hre: HardhatRuntimeEnvironment): Promise<Manifest | undefined> {
  if (!isLive(hre.network.name)) return undefined;
  const text = await readFile(await manifestPath(hre), "utf8").catch(() => undefined);
  return text === undefined ? undefined : parseManifest(JSON.parse(text));
}

/** What was deployed as `record`, if it was. */
export async function locate(hre: HardhatRuntimeEnvironment, record: string): Promise<Located | undefined> {
  const deployment = await hre.deployments.getOrNull(record);
  if (deployment) return { address: deployment.address, block: deployment.receipt?.blockNumber ?? null };
  const manifest = await readManifest(hre);
  if (!manifest) return undefined;
  if (record === "SettlementToken") return { address: manifest.settlementToken.address, block: null };
  return manifest.contracts[record];
}

/** Who deployed: whom the access manager was given to at first. */
export async function deployerOnRecord(hre: HardhatRuntimeEnvironment): Promise<string | undefined> {
  const deployment = await hre.deployments.getOrNull("AccessManager");
  const [deployer] = (deployment?.args ?? []) as string[];
  return deployer === undefined ? (await readManifest(hre))?.deployer : getAddress(deployer);
}
