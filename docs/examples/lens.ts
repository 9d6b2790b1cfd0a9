import type { Provider } from "ethers";

import * as plimsoll from "../../sdk";
import { IMarginLens__factory } from "../../typechain-types";

/** Decimal strings, USD. */
export interface Portrait {
  equity: string;
  maintenanceMargin: string;
  freeCollateral: string;
  leverage: string;
  /** Units, by underlying. */
  deltas: Map<bigint, string>;
  liquidatedBelow: string | undefined;
  liquidatedAbove: string | undefined;
}

/** An account's health and deltas, and where the price of ETH alone would have it liquidated. */
export async function portrait(
  provider: Provider,
  lensAddress: string,
  account: plimsoll.AccountId,
): Promise<Portrait> {
  const lens = IMarginLens__factory.connect(lensAddress, provider);
  const eth = 1n;
  const [{ assessment, freeCollateral, grossEfficiency }, { underlyings, greeks }, { down, up }] = await Promise.all([
    lens.summary(account),
    lens.accountGreeks(account),
    lens.liquidationPrices(account, eth),
  ]);
  return {
    equity: plimsoll.formatWad(assessment.equity),
    maintenanceMargin: plimsoll.formatWad(assessment.maintenanceMargin),
    freeCollateral: plimsoll.formatWad(freeCollateral),
    leverage: plimsoll.formatWad(grossEfficiency),
    deltas: new Map(underlyings.map((underlying, i) => [underlying, plimsoll.formatWad(greeks[i]?.delta ?? 0n)])),
    // A search that is short of gas says how far it came: the price lies between `healthy` and `spot`.
    liquidatedBelow: down.exists ? plimsoll.formatWad(down.spot) : undefined,
    liquidatedAbove: up.exists ? plimsoll.formatWad(up.spot) : undefined,
  };
}
