import type { HardhatRuntimeEnvironment } from "hardhat/types";

import { readHistory } from "../../scripts/lib/history";
import { timesOf } from "../../scripts/lib/logs";
import { formatTime } from "../../scripts/lib/times";
import { PlimsollInputError, formatAccountId } from "../../sdk";
import { openSystem, readAccount } from "../internal/chain";
import type { Answer } from "../internal/command";
import { progressOf } from "../internal/progress";
import { readLimit } from "../internal/read";
import { table } from "../internal/table";

const DEFAULT_LIMIT = 50;

/** What happened to an account, newest last. */
export async function showHistory(
  hre: HardhatRuntimeEnvironment,
  values: { account: string; limit: string | undefined },
): Promise<Answer> {
  const limit = readLimit(values.limit, DEFAULT_LIMIT);
  const id = await readAccount(hre, values.account);
  const all = await readHistory(hre, await openSystem(hre), id, progressOf("Reading events"));
  const account = formatAccountId(id);
  if (all.length === 0) throw new PlimsollInputError(`Nothing ever happened to account ${account}.`);
  const shown = all.slice(-limit);
  const times = await timesOf(
    hre,
    shown.map(({ block }) => block),
  );
  const events = shown.map((entry) => ({ ...entry, time: times.get(entry.block) ?? 0 }));
  const rows = events.map(({ time, block, event, phrase, transaction }) => [
    formatTime(time),
    block.toString(),
    event,
    phrase,
    `${transaction.slice(0, 10)}…`,
  ]);
  const json = {
    account,
    total: all.length,
    events: events.map(({ time, block, transaction, event, fields }) => ({
      time,
      block,
      transaction,
      event,
      ...fields,
    })),
  };
  const heading = `account ${account}: ${shown.length === all.length ? "all" : `the newest ${shown.length} of`} ${all.length} events`;
  return { json, text: `${heading}\n${table(["time", "block", "event", "what", "transaction"], rows)}` };
}
