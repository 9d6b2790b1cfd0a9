import type { BaseContract } from "ethers";
import type { HardhatRuntimeEnvironment } from "hardhat/types";

import type { TypedContractEvent, TypedDeferredTopicFilter, TypedEventLog } from "../../typechain-types/common";
import { deploymentBlock } from "../lib/system";

/** What a contract with typed events has. */
interface Emitter<E extends TypedContractEvent> extends BaseContract {
  queryFilter(
    filter: TypedDeferredTopicFilter<E>,
    from?: number | string,
    to?: number | string,
  ): Promise<TypedEventLog<E>[]>;
}

/**
 * Every event since the deployment. Nodes limit how much they answer at once, each in its own way, so a range that is
 * refused is asked for in halves.
 */
export async function allLogs<E extends TypedContractEvent>(
  hre: HardhatRuntimeEnvironment,
  contract: { queryFilter: Emitter<E>["queryFilter"] },
  filter: TypedDeferredTopicFilter<E>,
): Promise<TypedEventLog<E>[]> {
  const query = async (from: number, to: number): Promise<TypedEventLog<E>[]> => {
    try {
      return await contract.queryFilter(filter, from, to);
    } catch (error) {
      if (from >= to) throw error;
      const middle = Math.floor((from + to) / 2);
      return [...(await query(from, middle)), ...(await query(middle + 1, to))];
    }
  };
  return query(await deploymentBlock(hre), await hre.ethers.provider.getBlockNumber());
}
