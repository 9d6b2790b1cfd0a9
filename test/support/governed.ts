/** What governance has set, in the shape in which it sets it. */
import { setStorageAt, time } from "@nomicfoundation/hardhat-network-helpers";
import { AbiCoder, type ContractTransactionResponse, keccak256, toBeHex } from "ethers";

import type { Clearinghouse } from "../../typechain-types";

/** Seconds after which an announced call may be made, and until when. */
export const NOTICE = 7n * 86_400n;
export const NOTICE_LAPSES = 14n * 86_400n;
/** Where the ledger keeps announcements: last of all, behind seven mappings and `settings`. */
const ANNOUNCEMENTS_SLOT = 0x100n + 8n;

/** Parameters of one market, by the names `setMarketParams` gives them. */
export interface Params {
  baseRateBps: bigint;
  volMultiplierBps: bigint;
  slopeBps: bigint;
  maintenanceRatioBps: bigint;
  takerFeeBps: bigint;
  makerFeeBps: bigint;
  /** Whole USD. */
  depth: bigint;
  /** Whole USD. */
  openInterestCap: bigint;
}

export async function paramsOf(clearinghouse: Clearinghouse, underlying = 1n): Promise<Params> {
  const p = await clearinghouse.marketParams(underlying);
  return {
    baseRateBps: p.baseRateBps,
    volMultiplierBps: p.volMultiplierBps,
    slopeBps: p.slopeBps,
    maintenanceRatioBps: p.maintenanceRatioBps,
    takerFeeBps: p.takerFeeBps,
    makerFeeBps: p.makerFeeBps,
    depth: p.depth,
    openInterestCap: p.openInterestCap,
  };
}

/** Parameters of an underlying's options, by the names `setOptionParams` gives them. */
export interface OptionTerms {
  priceRangeBps: bigint;
  creditBps: bigint;
  referenceVolBps: bigint;
  takerFeeBps: bigint;
  makerFeeBps: bigint;
  /** Whole USD. */
  openInterestCap: bigint;
}

export async function optionParamsOf(clearinghouse: Clearinghouse, underlying = 1n): Promise<OptionTerms> {
  const p = await clearinghouse.optionParams(underlying);
  return {
    priceRangeBps: p.priceRangeBps,
    creditBps: p.creditBps,
    referenceVolBps: p.referenceVolBps,
    takerFeeBps: p.takerFeeBps,
    makerFeeBps: p.makerFeeBps,
    openInterestCap: p.openInterestCap,
  };
}

/** Addresses, by the names `setModules` gives them. */
export interface Modules {
  priceOracle: string;
  basisOracle: string;
  volatilityOracle: string;
  surfaceOracle: string;
  expirySettlement: string;
  auction: string;
  vault: string;
}

export async function modulesOf(clearinghouse: Clearinghouse): Promise<Modules> {
  const { priceOracle, basisOracle, volatilityOracle, surfaceOracle, expirySettlement, auction, vault } =
    await clearinghouse.modules();
  return { priceOracle, basisOracle, volatilityOracle, surfaceOracle, expirySettlement, auction, vault };
}

/** Replaces modules without the wait. */
export async function replaceModules(
  clearinghouse: Clearinghouse,
  changes: Partial<Modules>,
): Promise<ContractTransactionResponse> {
  const to = { ...(await modulesOf(clearinghouse)), ...changes };
  await pretendAnnounced(clearinghouse, clearinghouse.interface.encodeFunctionData("setModules", [to]));
  return clearinghouse.setModules(to);
}

/** Replaces a mode's margin model without the wait. */
export async function replaceModel(
  clearinghouse: Clearinghouse,
  mode: bigint,
  model: string,
): Promise<ContractTransactionResponse> {
  await pretendAnnounced(clearinghouse, clearinghouse.interface.encodeFunctionData("registerModel", [mode, model]));
  return clearinghouse.registerModel(mode, model);
}

/**
 * A shortcut of tests, which nobody has: writes into the ledger's storage that the call was announced as long ago as it
 * must be. For scenarios about what other modules do, not how they come in.
 */
async function pretendAnnounced(clearinghouse: Clearinghouse, call: string): Promise<void> {
  const callHash = keccak256(call);
  const slot = keccak256(AbiCoder.defaultAbiCoder().encode(["bytes32", "uint256"], [callHash, ANNOUNCEMENTS_SLOT]));
  const now = BigInt(await time.latest());
  await setStorageAt(await clearinghouse.getAddress(), slot, toBeHex(now - NOTICE, 32));
  const [from] = await clearinghouse.announcement(callHash);
  if (from !== now) throw new Error("The ledger keeps announcements where this helper does not write.");
}
