/** Deployments that were sent and not heard of again because the program ended in between. */
import { readFile, rm } from "node:fs/promises";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";

import type { TransactionReceipt } from "ethers";
import type { DeploymentSubmission } from "hardhat-deploy/types";
import type { HardhatRuntimeEnvironment } from "hardhat/types";

import { PlimsollInputError } from "../../sdk/inputError";

/** What hardhat-deploy keeps of a deployment it waits for, by transaction. */
type Pending = Record<string, { name?: string; deployment?: DeploymentSubmission }>;

const FILE = ".pendingTransactions";
const PATIENCE_MS = 120_000;
const POLL_MS = 1_000;

/**
 * Records what was deployed by transactions that an interrupted run had sent, so that the next run goes on from there.
 * hardhat-deploy would ask about each on the terminal, even one that has long been mined.
 * Throws PlimsollInputError where one stays unmined.
 */
export async function recoverPending(hre: HardhatRuntimeEnvironment): Promise<void> {
  const file = path.join(hre.config.paths.deployments, hre.network.name, FILE);
  const text = await readFile(file, "utf8").catch(() => undefined);
  if (text === undefined) return;
  for (const [hash, { name, deployment }] of Object.entries(JSON.parse(text) as Pending)) {
    const receipt = await receiptOf(hre, hash);
    if (!receipt?.contractAddress || receipt.status !== 1 || name === undefined || !deployment) continue;
    await hre.deployments.save(name, { ...deployment, address: receipt.contractAddress, receipt: recorded(receipt) });
  }
  await rm(file);
}

/** The receipt, once there is one; null for a transaction the chain knows nothing of any more. */
async function receiptOf({ ethers }: HardhatRuntimeEnvironment, hash: string): Promise<TransactionReceipt | null> {
  const deadline = Date.now() + PATIENCE_MS;
  while ((await ethers.provider.getTransaction(hash)) !== null) {
    const receipt = await ethers.provider.getTransactionReceipt(hash);
    if (receipt !== null) return receipt;
    if (Date.now() > deadline) {
      throw new PlimsollInputError(
        `Transaction ${hash} of an interrupted deployment is not mined yet: run the deployment again once it is.`,
      );
    }
    await wait(POLL_MS);
  }
  return null;
}

/** The parts of a receipt that records hold. */
function recorded(receipt: TransactionReceipt): NonNullable<DeploymentSubmission["receipt"]> {
  const { from, blockHash, blockNumber, hash, index, logsBloom, gasUsed, cumulativeGasUsed, contractAddress } = receipt;
  return {
    from,
    blockHash,
    blockNumber,
    transactionHash: hash,
    transactionIndex: index,
    logsBloom,
    gasUsed: gasUsed.toString(),
    cumulativeGasUsed: cumulativeGasUsed.toString(),
    status: 1,
    ...(contractAddress === null ? {} : { contractAddress }),
  };
}
