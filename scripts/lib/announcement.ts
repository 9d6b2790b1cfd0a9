/** Calls that the ledger lets through only a while after they were announced. */
import { ZeroAddress, keccak256 } from "ethers";
import type { HardhatRuntimeEnvironment } from "hardhat/types";

import { PlimsollInputError } from "../../sdk/inputError";
import type { Clearinghouse } from "../../typechain-types";
import { formatTime } from "./times";

/** Whether setting modules replaces some, and waits for an announcement. */
export async function modulesWait(clearinghouse: Clearinghouse): Promise<boolean> {
  return (await clearinghouse.modules()).priceOracle !== ZeroAddress;
}

/** Whether registering a mode's model waits for one: it replaces another, or a market is listed that it would judge. */
export async function modelWaits(clearinghouse: Clearinghouse, mode: bigint): Promise<boolean> {
  if ((await clearinghouse.modelOf(mode)) !== ZeroAddress) return true;
  return (await clearinghouse.listedMarkets()).length !== 0;
}

/**
 * Returns where `call` may be made now. Else throws PlimsollInputError with what to announce, or until when to wait.
 * @param what of the clearinghouse the call replaces, in the plural.
 */
export async function requireAnnounced(
  { ethers }: HardhatRuntimeEnvironment,
  clearinghouse: Clearinghouse,
  what: string,
  call: string,
): Promise<void> {
  const [from, until] = await clearinghouse.announcement(keccak256(call));
  const now = BigInt((await ethers.provider.getBlock("latest"))?.timestamp ?? 0);
  if (now >= from && now <= until) return;
  const found = `The clearinghouse ${await clearinghouse.getAddress()} has other ${what} than were deployed: `;
  const advice =
    now < from
      ? `their replacement is announced, so run this again from ${formatTime(from)} to ${formatTime(until)}.`
      : `have its module admin call announce(${call}) and run this again 7 to 14 days later.`;
  throw new PlimsollInputError(found + advice);
}
