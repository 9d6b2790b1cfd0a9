/** What happened to an account, from the ledger's events alone. */
import { type Log, type LogDescription, toBeHex } from "ethers";
import type { HardhatRuntimeEnvironment } from "hardhat/types";

import {
  type AccountId,
  type Instrument,
  type Lots,
  type Wad,
  decodePosition,
  formatLots,
  formatWad,
  instrumentName,
  isPerp,
  roundWad,
  underlyingOf,
} from "../../sdk";
import { abs, valueFloor } from "../../sdk/risk/fixedPoint";
import { IClearinghouse__factory } from "../../typechain-types";
import { type Events, type Meaning, type View, meanings } from "./historyEntries";
import { type BlockRange, type OnProgress, rawLogs, systemRange } from "./logs";
import { type System, underlyingNames } from "./system";

/** One line of an account's history. */
export interface HistoryEntry extends Meaning {
  block: number;
  transaction: string;
}

const events = IClearinghouse__factory.createInterface();
const topicOf = (name: keyof Events | "PositionChanged" | "FundingAccrued"): string => events.getEvent(name).topicHash;
const NAMES = Object.keys(meanings) as (keyof Events)[];
/** Where an account can be the second that an event names: who was traded with, paid, or took over. */
const SECOND = (["Filled", "Flagged", "SliceSold", "TakenOver"] as const).map(topicOf);

/** Everything that ever happened to the account, newest last. */
export async function readHistory(
  hre: HardhatRuntimeEnvironment,
  { clearinghouse, parameters }: System,
  account: AccountId,
  onProgress?: OnProgress,
): Promise<HistoryEntry[]> {
  const address = await clearinghouse.getAddress();
  const range = await systemRange(hre);
  const id = toBeHex(account, 32);
  const filters = [
    { address, topics: [[...NAMES.map(topicOf), topicOf("PositionChanged")], id] },
    { address, topics: [SECOND, null, id] },
  ];
  const logs = await rawLogs(hre, filters, range, onProgress);
  const view = { account, names: underlyingNames(parameters) };
  const funding = await readFunding(hre, address, logs, range, onProgress);
  const settlements = new Settlements(funding, view);
  return logs.flatMap((log) => {
    const parsed = events.parseLog(log);
    if (!parsed) return [];
    const meaning = parsed.name === "PositionChanged" ? settlements.next(log) : meaningOf(parsed, view);
    return meaning ? [{ ...meaning, block: log.blockNumber, transaction: log.transactionHash }] : [];
  });
}

function meaningOf({ name, args }: LogDescription, view: View): Meaning {
  // The interface is built from the ABI the table is typed by, and ethers decodes by those types.
  const meaning = meanings[name as keyof Events] as (values: object, view: View) => Meaning;
  return meaning(args.toObject(), view);
}

/** Cumulative funding per unit as a market's events tell it, oldest first. */
type Funding = ReadonlyMap<bigint, readonly { block: number; cumulative: Wad }[]>;

async function readFunding(
  hre: HardhatRuntimeEnvironment,
  address: string,
  logs: readonly Log[],
  { from }: BlockRange,
  onProgress?: OnProgress,
): Promise<Funding> {
  const positions = logs.filter(({ topics }) => topics[0] === topicOf("PositionChanged"));
  const last = positions.at(-1);
  const underlyings = [...new Set(positions.map(({ data }) => underlyingOf(decodePosition(BigInt(data)).instrument)))];
  const funding = new Map<bigint, { block: number; cumulative: Wad }[]>(underlyings.map((id) => [id, []]));
  if (!last) return funding;
  const topics = [topicOf("FundingAccrued"), underlyings.map((id) => toBeHex(id, 32))];
  for (const log of await rawLogs(hre, [{ address, topics }], { from, to: last.blockNumber }, onProgress)) {
    const { underlying, cumulativeFunding } = events.decodeEventLog("FundingAccrued", log.data, log.topics);
    funding.get(underlying as bigint)?.push({ block: log.blockNumber, cumulative: cumulativeFunding as Wad });
  }
  return funding;
}

/** Follows the account's positions, and what funding each change of one settled. */
class Settlements {
  readonly #held = new Map<Instrument, { lots: Lots; cumulative: Wad }>();
  readonly #funding: Funding;
  readonly #view: View;

  constructor(funding: Funding, view: View) {
    this.#funding = funding;
    this.#view = view;
  }

  /** Takes the next change of a position. Undefined where it settled no funding. */
  next({ data, blockNumber }: Log): Meaning | undefined {
    const { instrument, lots } = decodePosition(BigInt(data));
    if (!isPerp(instrument)) return undefined;
    const cumulative = this.#at(underlyingOf(instrument), blockNumber);
    const before = this.#held.get(instrument);
    this.#held.set(instrument, { lots, cumulative });
    if (!before || before.lots === 0n || before.cumulative === cumulative) return undefined;
    const amount = valueFloor(before.lots, before.cumulative - cumulative);
    const name = instrumentName(instrument, this.#view.names);
    return {
      event: "funding",
      fields: { instrument: name, size: formatLots(before.lots), amount: formatWad(amount) },
      phrase: `${amount < 0n ? "paid" : "received"} ${roundWad(abs(amount))} USD on ${formatLots(before.lots)} ${name}`,
    };
  }

  /** A market accrues once a block at most, before anything in it is settled. */
  #at(underlying: bigint, block: number): Wad {
    return this.#funding.get(underlying)?.findLast((accrual) => accrual.block <= block)?.cumulative ?? 0n;
  }
}
