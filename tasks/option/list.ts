import type { HardhatRuntimeEnvironment } from "hardhat/types";

import type { UnderlyingParameters } from "../../config/schema";
import { type ListedExpiry, readListedExpiries } from "../../scripts/lib/expiries";
import { readMarket } from "../../scripts/lib/reads";
import type { System } from "../../scripts/lib/system";
import { SurfaceStatus, WAD, type Wad, formatStrike, formatWad } from "../../sdk";
import { mulDivFloor } from "../../sdk/risk/fixedPoint";
import { impliedVolatility } from "../../sdk/risk/svi";
import { openSystem } from "../internal/chain";
import type { Answer } from "../internal/command";
import { percent, table, usd } from "../internal/table";
import { chosenMarkets } from "../market/chosen";
import { surfaceStatusName } from "../surface/status";

/** The expiries of one underlying, or of all, the nearest first. */
export async function listExpiries(
  hre: HardhatRuntimeEnvironment,
  values: { underlying: string | undefined },
): Promise<Answer> {
  const system = await openSystem(hre);
  const block = await hre.ethers.provider.getBlockNumber();
  const shown: ReturnType<typeof describe>[] = [];
  for (const underlying of await chosenMarkets(hre, system, values.underlying, block)) {
    shown.push(...(await read(hre, system, underlying, block)));
  }
  if (shown.length === 0) return { json: shown, text: "No expiry is listed." };
  const head = ["market", "expiry, UTC", "surface", "forward, USD", "vol", "strikes, USD", "settled at, USD"];
  const rows = shown.map((one) => [
    one.underlying,
    new Date(one.expiry * 1_000).toISOString().slice(0, 16).replace("T", " "),
    one.status,
    one.forward === null ? "" : usd(one.forward),
    one.atTheMoney === null ? "" : percent(one.atTheMoney),
    one.strikes === null ? "none" : inWords(one.strikes),
    one.settled === null ? "" : usd(one.settled),
  ]);
  return { json: shown, text: table(head, rows) };
}

async function read(
  hre: HardhatRuntimeEnvironment,
  system: System,
  { id, name }: UnderlyingParameters,
  block: number,
): Promise<ReturnType<typeof describe>[]> {
  const { spot } = await readMarket(system, BigInt(id), block);
  const listed = await readListedExpiries(hre, system, id, block);
  return listed.map((expiry) => describe(name, spot, expiry));
}

function describe(underlying: string, spot: Wad, { expiry, surface, settlementPrice, strikes }: ListedExpiry) {
  const expired = surface.status === SurfaceStatus.Expired;
  const priced = !expired && surface.status !== SurfaceStatus.Absent;
  return {
    underlying,
    expiry: Number(expiry),
    status: surfaceStatusName(surface.status),
    /** USD. */
    forward: priced ? formatWad(mulDivFloor(spot, surface.forwardRatio, WAD)) : null,
    /** The vol at the forward, a year's. */
    atTheMoney: priced ? formatWad(impliedVolatility(0n, surface, surface.tenor)) : null,
    /** Those that may be opened, USD; none once it has expired. */
    strikes: expired || strikes.step === 0n ? null : describeStrikes(strikes),
    /** USD. */
    settled: settlementPrice === 0n ? null : formatWad(settlementPrice),
  };
}

function describeStrikes({ lowest, highest, step }: ListedExpiry["strikes"]) {
  return {
    lowest: formatStrike(lowest),
    highest: formatStrike(highest),
    step: formatStrike(step),
    count: Number((highest - lowest) / step) + 1,
  };
}

function inWords({ lowest, highest, step, count }: ReturnType<typeof describeStrikes>): string {
  return count === 1 ? lowest : `${lowest} to ${highest} by ${step} (${count})`;
}
