import type { HardhatRuntimeEnvironment } from "hardhat/types";

import { readFundingState } from "../../scripts/lib/marketReads";
import { parametersOf, underlyingNamed } from "../../scripts/lib/system";
import { formatTime } from "../../scripts/lib/times";
import { formatWad, parseWad, roundWad } from "../../sdk";
import { openSystem } from "../internal/chain";
import type { Answer } from "../internal/command";
import { percent, table } from "../internal/table";
import { chosenMarkets } from "./chosen";

/** What longs pay shorts, or get from them where it is negative. */
export async function showFunding(
  hre: HardhatRuntimeEnvironment,
  values: { underlying: string | undefined },
): Promise<Answer> {
  if (values.underlying !== undefined) underlyingNamed(parametersOf(hre), values.underlying);
  const system = await openSystem(hre);
  const block = await hre.ethers.provider.getBlockNumber();
  const markets = await chosenMarkets(hre, system, values.underlying, block);
  const found = await Promise.all(
    markets.map(async ({ id, name }) => ({
      instrument: `${name}-PERP`,
      ...(await readFundingState(system, BigInt(id), block)),
    })),
  );
  const json = found.map(({ instrument, touchedAt, ...amounts }) => ({
    instrument,
    basis: formatWad(amounts.basis),
    hourlyRate: formatWad(amounts.hourlyRate),
    annualRate: formatWad(amounts.annualRate),
    cumulativeFunding: formatWad(amounts.cumulative),
    accruing: formatWad(amounts.accruing),
    touchedAt: Number(touchedAt),
  }));
  const head = [
    "market",
    "basis",
    "rate an hour",
    "rate a year",
    "paid a unit so far, USD",
    "of it accruing",
    "touched",
  ];
  const rows = json.map((m) => [
    m.instrument,
    percent(m.basis),
    percent(m.hourlyRate, 5),
    percent(m.annualRate, 2),
    roundWad(parseWad(m.cumulativeFunding), 4),
    roundWad(parseWad(m.accruing), 4),
    formatTime(m.touchedAt),
  ]);
  return { json, text: `${table(head, rows)}\nLongs pay where a rate is positive.` };
}
