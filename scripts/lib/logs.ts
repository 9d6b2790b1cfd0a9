/** Events, asked for in ranges of blocks that nodes answer. */
import type { BaseContract, Filter, Log } from "ethers";
import type { HardhatRuntimeEnvironment } from "hardhat/types";

import type { TypedContractEvent, TypedDeferredTopicFilter, TypedEventLog } from "../../typechain-types/common";
import { deploymentBlock } from "./system";

/** What a contract with typed events has. */
interface Emitter<E extends TypedContractEvent> extends BaseContract {
  queryFilter(
    filter: TypedDeferredTopicFilter<E>,
    from?: number | string,
    to?: number | string,
  ): Promise<TypedEventLog<E>[]>;
}

/** Blocks by number, both ends included. */
export interface BlockRange {
  from: number;
  to: number;
}

/** Is told how many of how many blocks were read. */
export type OnProgress = (done: number, total: number) => void;

/** As many blocks as public nodes usually answer for at once. */
export const BLOCKS_AT_ONCE = 10_000;

/**
 * What `query` finds in each part of a range, in order. Nodes limit how much they answer at once, each in its own way,
 * so a part that is refused is asked for in halves. Throws what the node throws of a single block.
 */
export async function inParts<T>(
  { from, to }: BlockRange,
  query: (part: BlockRange) => Promise<readonly T[]>,
  onProgress?: OnProgress,
): Promise<T[]> {
  const inHalves = async (part: BlockRange): Promise<readonly T[]> => {
    try {
      return await query(part);
    } catch (error) {
      if (part.from >= part.to) throw error;
      const middle = Math.floor((part.from + part.to) / 2);
      return [
        ...(await inHalves({ from: part.from, to: middle })),
        ...(await inHalves({ from: middle + 1, to: part.to })),
      ];
    }
  };
  const found: T[] = [];
  for (let start = from; start <= to; start += BLOCKS_AT_ONCE) {
    const end = Math.min(to, start + BLOCKS_AT_ONCE - 1);
    found.push(...(await inHalves({ from: start, to: end })));
    onProgress?.(end - from + 1, to - from + 1);
  }
  return found;
}

/** All blocks that can hold events of the system, up to the latest. */
export async function systemRange(hre: HardhatRuntimeEnvironment): Promise<BlockRange> {
  return { from: await deploymentBlock(hre), to: await hre.ethers.provider.getBlockNumber() };
}

/** Every event of one kind, since the deployment unless another range is given. */
export async function allLogs<E extends TypedContractEvent>(
  hre: HardhatRuntimeEnvironment,
  contract: { queryFilter: Emitter<E>["queryFilter"] },
  filter: TypedDeferredTopicFilter<E>,
  { range, onProgress }: { range?: BlockRange; onProgress?: OnProgress | undefined } = {},
): Promise<TypedEventLog<E>[]> {
  const query = ({ from, to }: BlockRange) => contract.queryFilter(filter, from, to);
  return inParts(range ?? (await systemRange(hre)), query, onProgress);
}

/** Every log that one of the filters fits, in the chain's order. */
export async function rawLogs(
  hre: HardhatRuntimeEnvironment,
  filters: readonly Filter[],
  range: BlockRange,
  onProgress?: OnProgress,
): Promise<Log[]> {
  const query = async ({ from, to }: BlockRange): Promise<Log[]> => {
    const found = filters.map((filter) => hre.ethers.provider.getLogs({ ...filter, fromBlock: from, toBlock: to }));
    return (await Promise.all(found)).flat();
  };
  const logs = await inParts(range, query, onProgress);
  return logs.sort((a, b) => a.blockNumber - b.blockNumber || a.index - b.index);
}

/** The times of blocks, unix seconds, by number. Each block is asked for once, a few at a time. */
export async function timesOf(hre: HardhatRuntimeEnvironment, blocks: Iterable<number>): Promise<Map<number, number>> {
  const AT_ONCE = 10;
  const numbers = [...new Set(blocks)];
  const times = new Map<number, number>();
  for (let i = 0; i < numbers.length; i += AT_ONCE) {
    const part = await Promise.all(numbers.slice(i, i + AT_ONCE).map((block) => hre.ethers.provider.getBlock(block)));
    for (const block of part) if (block) times.set(block.number, block.timestamp);
  }
  return times;
}
