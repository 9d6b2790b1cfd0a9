import type { HardhatRuntimeEnvironment } from "hardhat/types";

import type { UnderlyingParameters } from "../../config/schema";
import { type System, parametersOf, underlyingNamed } from "../../scripts/lib/system";
import { PlimsollInputError, PriceStatus } from "../../sdk";

const STATUS_NAMES: ReadonlyMap<bigint, string> = new Map([
  [PriceStatus.Unusable, "unusable"],
  [PriceStatus.Aged, "aged"],
  [PriceStatus.Fresh, "fresh"],
]);

/** What a price's status is called. */
export function statusName(status: bigint): string {
  return STATUS_NAMES.get(status) ?? status.toString();
}

/**
 * The markets that are meant: the one named, or all that are listed at the block.
 * Throws PlimsollInputError where the one named is not listed.
 */
export async function chosenMarkets(
  hre: HardhatRuntimeEnvironment,
  { clearinghouse }: System,
  named: string | undefined,
  block: number,
): Promise<UnderlyingParameters[]> {
  const parameters = parametersOf(hre);
  const listed = await clearinghouse.listedMarkets({ blockTag: block });
  const isListed = ({ id }: UnderlyingParameters): boolean => listed.includes(BigInt(id));
  if (named === undefined) return parameters.underlyings.filter(isListed);
  const underlying = underlyingNamed(parameters, named);
  if (isListed(underlying)) return [underlying];
  throw new PlimsollInputError(`${underlying.name} is not listed on the network ${hre.network.name}.`);
}
