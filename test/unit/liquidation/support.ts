import { ethers } from "hardhat";

import type { DistressStruct } from "../../../typechain-types/contracts/liquidation/LiquidationAuction";

export const WAD = 10n ** 18n;
export const MINUTE = 60n;
export const HOUR = 3_600n;
export const DAY = 86_400n;

/** Parses a decimal number of USD (or a ratio) into Wad. */
export function wad(value: string): bigint {
  return ethers.parseUnits(value, 18);
}

/** Parses a decimal number of USD into units of the settlement token, which has 6 decimals. */
export function usd(value: string): bigint {
  return ethers.parseUnits(value, 6);
}

/** What the ledger found of an account: E*, E_MM and M, all USD Wad. */
export interface Distress extends DistressStruct {
  equity: bigint;
  equityForMaintenance: bigint;
  maintenanceMargin: bigint;
}

/** An account whose equity is the same at full price and after haircuts, from decimal USD. */
export function distress(equity: string, maintenanceMargin: string, equityForMaintenance = equity): Distress {
  return {
    equity: wad(equity),
    equityForMaintenance: wad(equityForMaintenance),
    maintenanceMargin: wad(maintenanceMargin),
  };
}
