import type { HardhatRuntimeEnvironment } from "hardhat/types";

import { readBook, readInterest } from "../../scripts/lib/marketReads";
import { parametersOf, underlyingNamed } from "../../scripts/lib/system";
import { WAD, type Wad, formatAccountId, formatLots, formatWad } from "../../sdk";
import { openSystem } from "../internal/chain";
import type { Answer } from "../internal/command";
import { progressOf } from "../internal/progress";
import { readLimit } from "../internal/read";
import { percent, table, usd } from "../internal/table";
import { chosenMarkets } from "./chosen";

const DEFAULT_HOLDERS = 5;

interface Values {
  underlying: string | undefined;
  limit: string | undefined;
}

/** How much is open, how much may be, and who holds most of it. */
export async function showInterest(hre: HardhatRuntimeEnvironment, values: Values): Promise<Answer> {
  const limit = readLimit(values.limit, DEFAULT_HOLDERS);
  if (values.underlying !== undefined) underlyingNamed(parametersOf(hre), values.underlying);
  const system = await openSystem(hre);
  const block = await hre.ethers.provider.getBlockNumber();
  const markets = await chosenMarkets(hre, system, values.underlying, block);
  const book = await readBook(hre, system, block, progressOf("Reading events"));
  const json = [];
  for (const { id, name } of markets) {
    const { openInterest, notional, cap, accountCap, holders } = await readInterest(system, book, BigInt(id), block);
    json.push({
      instrument: `${name}-PERP`,
      openInterest: formatLots(openInterest),
      notional: formatWad(notional),
      cap: formatWad(cap),
      used: formatWad(share(notional, cap)),
      accountCap: formatWad(accountCap),
      holders: holders.slice(0, limit).map(({ account, lots, notional: held }) => ({
        account: formatAccountId(account),
        size: formatLots(lots),
        notional: formatWad(held),
        ofCap: formatWad(share(held, accountCap)),
      })),
    });
  }
  return { json, text: asText(json) };
}

interface Found {
  instrument: string;
  openInterest: string;
  notional: string;
  cap: string;
  used: string;
  accountCap: string;
  holders: { account: string; size: string; notional: string; ofCap: string }[];
}

function asText(found: readonly Found[]): string {
  const markets = table(
    ["market", "open interest", "USD", "cap, USD", "used", "cap of one account, USD"],
    found.map((m) => [m.instrument, m.openInterest, usd(m.notional), usd(m.cap), percent(m.used), usd(m.accountCap)]),
  );
  const holders = found.flatMap(({ instrument, holders: all }) =>
    all.map((h) => [instrument, h.account, h.size, usd(h.notional), percent(h.ofCap)]),
  );
  if (holders.length === 0) return `${markets}\nNobody holds a position.`;
  return `${markets}\n${table(["market", "account", "size", "USD", "of one account's cap"], holders)}`;
}

function share(part: Wad, whole: Wad): Wad {
  return whole === 0n ? 0n : (part * WAD) / whole;
}
