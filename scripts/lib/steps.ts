/** What the deploy steps are made of: each deploys or changes something once, and then looks whether it is so. */
import type { ContractTransactionResponse } from "ethers";
import type { DeployFunction } from "hardhat-deploy/types";
import type { HardhatRuntimeEnvironment } from "hardhat/types";

import { addressOf, noteFailure, parametersOf } from "./system";

/** A deploy step that runs after the ones named. */
export function step(
  tag: string,
  dependencies: string[],
  run: (hre: HardhatRuntimeEnvironment) => Promise<void>,
): DeployFunction {
  const noted = async (hre: HardhatRuntimeEnvironment): Promise<void> => {
    try {
      await run(hre);
    } catch (error) {
      noteFailure(hre, error);
      throw error;
    }
  };
  return Object.assign(noted, { tags: [tag], dependencies });
}

/** The address of the account that deploys. */
export async function deployerOf(hre: HardhatRuntimeEnvironment): Promise<string> {
  const { deployer } = await hre.getNamedAccounts();
  if (deployer === undefined) throw new Error(`The network ${hre.network.name} has no account to deploy from.`);
  return deployer;
}

/**
 * Deploys a contract unless one is recorded already, and checks that it has code. On a local network a contract whose
 * source has changed since is deployed anew; on a live one nothing is replaced by running the steps again.
 * @param name of the contract, and of its record unless another is given.
 */
export async function deployContract(
  hre: HardhatRuntimeEnvironment,
  name: string,
  args: readonly unknown[] = [],
  { record = name, libraries = [] as readonly string[] } = {},
): Promise<string> {
  const { artifacts, ethers, deployments } = hre;
  const linked: Record<string, string> = {};
  for (const library of libraries) linked[library] = await addressOf(hre, library);
  const from = await deployerOf(hre);
  // By its whole name: hardhat-deploy would look through every artifact for a short one.
  const { sourceName } = await artifacts.readArtifact(name);
  const { address } = await deployments.deploy(record, {
    from,
    contract: `${sourceName}:${name}`,
    args: [...args],
    libraries: linked,
    skipIfAlreadyDeployed: !parametersOf(hre).local,
    log: true,
  });
  if ((await ethers.provider.getCode(address)) === "0x") throw new Error(`${record} has no code at ${address}.`);
  return address;
}

/**
 * Sends a change unless what it brings about holds already, and checks that it holds afterwards.
 * @param what reads as a statement: "the modules are set".
 */
export async function ensure(
  hre: HardhatRuntimeEnvironment,
  what: string,
  holds: () => Promise<boolean>,
  change: () => Promise<ContractTransactionResponse>,
): Promise<void> {
  if (await holds()) return;
  const transaction = await change();
  await transaction.wait();
  if (!(await holds())) throw new Error(`After transaction ${transaction.hash} it still does not hold that ${what}.`);
  hre.deployments.log(`${what} (tx: ${transaction.hash})`);
}
