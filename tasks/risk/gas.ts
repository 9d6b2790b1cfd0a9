import { time } from "@nomicfoundation/hardhat-network-helpers";
import { getBytes } from "ethers";
import type { HardhatRuntimeEnvironment } from "hardhat/types";

import type { System } from "../../scripts/lib/system";
import type { AccountId } from "../../sdk";
import { GAS_LIMIT } from "./market";

const TRANSACTION = 21_000;
const ZERO_BYTE = 4;
const OTHER_BYTE = 16;

/**
 * Execution gas of one `assess(account)`, or `assessBy(account, witness)`: it is sent as a transaction of its own, so
 * every account and slot but the ledger's address is cold, and what any transaction pays for itself and its calldata is
 * taken off.
 */
export async function measureAssessment(
  hre: HardhatRuntimeEnvironment,
  { clearinghouse }: System,
  account: AccountId,
  timestamp: bigint,
  witness?: bigint,
): Promise<number> {
  const data =
    witness === undefined
      ? clearinghouse.interface.encodeFunctionData("assess", [account])
      : clearinghouse.interface.encodeFunctionData("assessBy", [account, witness]);
  const [sender] = await hre.ethers.getSigners();
  if (!sender) throw new Error("The in-process network has no account to send from.");
  await time.setNextBlockTimestamp(timestamp);
  const transaction = await sender.sendTransaction({ to: clearinghouse, data, gasLimit: GAS_LIMIT });
  const receipt = await transaction.wait();
  const calldata = getBytes(data).reduce((sum, byte) => sum + (byte === 0 ? ZERO_BYTE : OTHER_BYTE), 0);
  return Number(receipt?.gasUsed ?? 0n) - TRANSACTION - calldata;
}
