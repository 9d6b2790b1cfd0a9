import type { HardhatRuntimeEnvironment } from "hardhat/types";

import type { UnderlyingParameters } from "../../config/schema";
import { type System, underlyingNamed } from "../../scripts/lib/system";
import { formatWad } from "../../sdk";
import { impliedVolatility } from "../../sdk/risk/svi";
import { openSystem } from "../internal/chain";
import type { Answer } from "../internal/command";
import { percent, table } from "../internal/table";
import { surfaceStatusName } from "./status";

const WAD_PER_MILLIONTH = 10n ** 12n;
const WAD_PER_VOL5 = 10n ** 13n;

/** One expiry of the surface in force. Ratios and vols are of one. */
interface Shown {
  underlying: string;
  expiry: number;
  status: string;
  /** Seconds since it was measured. */
  age: number | null;
  forwardRatio: string;
  rate: string;
  atTheMoney: string;
  widening: string;
  forwardMovesLeft: string;
  volMovesLeft: string;
}

/** The surfaces of one underlying, or of all. */
export async function show(
  hre: HardhatRuntimeEnvironment,
  values: { underlying: string | undefined },
): Promise<Answer> {
  const system = await openSystem(hre);
  const { parameters } = system;
  const chosen =
    values.underlying === undefined ? parameters.underlyings : [underlyingNamed(parameters, values.underlying)];
  const latest = await hre.ethers.provider.getBlock("latest");
  const shown: Shown[] = [];
  for (const underlying of chosen) shown.push(...(await read(system, underlying, latest?.timestamp ?? 0)));
  if (shown.length === 0) return { json: shown, text: "No surface was reported." };
  const head = ["market", "expiry, UTC", "status", "forward / spot", "rate", "vol", "wider by", "moves left: F", "vol"];
  const rows = shown.map((one) => [
    one.underlying,
    new Date(one.expiry * 1_000).toISOString().slice(0, 16).replace("T", " "),
    one.age === null ? one.status : `${one.status} (${one.age} s)`,
    Number(one.forwardRatio).toFixed(6),
    percent(one.rate),
    percent(one.atTheMoney),
    percent(one.widening),
    percent(one.forwardMovesLeft),
    percent(one.volMovesLeft),
  ]);
  return { json: shown, text: table(head, rows) };
}

async function read({ surfaceOracle }: System, { id, name }: UnderlyingParameters, now: number): Promise<Shown[]> {
  const expiries = await surfaceOracle.expiriesOf(id);
  const surfaces = await surfaceOracle.readMany(id, [...expiries]);
  return Promise.all(
    surfaces.map(async ({ status, observedAt, tenor, forwardRatio, rate, a, b, rho, m, s, widening }, i) => {
      const expiry = expiries[i] ?? 0n;
      const { forward6, vol5 } = await surfaceOracle.movesLeft(id, expiry);
      return {
        underlying: name,
        expiry: Number(expiry),
        status: surfaceStatusName(status),
        age: observedAt === 0n ? null : now - Number(observedAt),
        forwardRatio: formatWad(forwardRatio),
        rate: formatWad(rate),
        atTheMoney: formatWad(tenor === 0n ? 0n : impliedVolatility(0n, { a, b, rho, m, s }, tenor)),
        widening: formatWad(widening),
        forwardMovesLeft: formatWad(forward6 * WAD_PER_MILLIONTH),
        volMovesLeft: formatWad(vol5 * WAD_PER_VOL5),
      };
    }),
  );
}
