/** One case, from file to figures: a system deployed for it, its market, its positions, and what the ledger says. */
import type { HardhatRuntimeEnvironment } from "hardhat/types";

import type { SystemParameters } from "../../config/schema";
import { local } from "../../config/networks";
import { underlyings as configured } from "../../config/underlyings";
import { readAssessment, readHolding, readMarkets } from "../../scripts/lib/reads";
import { deploySystem } from "../../scripts/lib/system";
import { type Assessment, assess, formatLots, formatWad } from "../../sdk";
import { modeName } from "../../scripts/lib/modes";
import { beginChainAt } from "../internal/chain";
import type { Answer } from "../internal/command";
import { list, table } from "../internal/table";
import { type Case, type CaseUnderlying, readCase } from "./case";
import { measureAssessment } from "./gas";
import { openAccounts, openPositions, setMarket } from "./opening";

/** Deploying takes seconds, and must be over before the case's moment. */
const HEAD_START = 900;
const FEED_DECIMALS = 18;
/** The most the ledger's bounds allow: what compares margins is not refused for size. */
const UNCAPPED = 100_000_000_000n;

/** See the task's description; the numbers of the answer are decimal strings in USD. */
export async function evaluate(
  hre: HardhatRuntimeEnvironment,
  values: { case: string; mode: string | undefined },
): Promise<Answer> {
  const given = await readCase(values.case, values.mode);
  await beginChainAt(hre, Number(given.timestamp) - HEAD_START);
  const system = await deploySystem(hre, parametersFor(given));
  const parties = await openAccounts(hre, system, given);
  await setMarket(hre, system, given);
  const openTransaction = await openPositions(hre, system, parties, given);
  const { account } = parties;
  const assessGas = await measureAssessment(hre, system, account, given.timestamp);

  const block = await hre.ethers.provider.getBlockNumber();
  const found = await readAssessment(system, account, block);
  const { account: state, positions } = await readHolding(system, account, block);
  const twin = assess(state.mode, { markets: await readMarkets(system, block) }, state.cash, positions);
  requireSame(found, twin);

  const underlyings = Object.fromEntries(given.underlyings.map(({ name }) => [name, greeksOf(given, name)]));
  // One call of the model answers both requirements, so both have the same cost.
  const gas = { assessInitialCold: assessGas, assessMaintenanceCold: assessGas, openTransaction };
  const json = { ...figures(found), mode: modeName(given.mode), underlyings, gas, twin: figures(twin) };
  return { json, text: asText(json) };
}

function parametersFor({ underlyings }: Case): SystemParameters {
  return { ...local, underlyings: underlyings.map(underlyingFor) };
}

/** The case's market under the protocol's own margin parameters, with free trading. */
function underlyingFor({
  name,
  spot,
  dailyVol,
  confidenceBps,
}: CaseUnderlying): SystemParameters["underlyings"][number] {
  const terms = configured[name];
  return {
    ...terms,
    dailyVol,
    confidenceBps: Number(confidenceBps),
    referencePrice: spot,
    // With as many decimals as a price can have, so that any is met exactly.
    feed: { kind: "mock", decimals: FEED_DECIMALS, answer: spot },
    market: { ...terms.market, takerFeeBps: 0, makerFeeBps: 0, openInterestCap: UNCAPPED },
  };
}

/** Perpetuals alone are held: delta is their size, and they have no other Greek. */
function greeksOf({ positions }: Case, name: string) {
  const size = positions.reduce((sum, position) => sum + (position.underlying === name ? position.size : 0n), 0n);
  return { delta: formatLots(size), gamma: "0", vega: "0", theta: "0", rho: "0" };
}

function figures({ equity, initialMargin, maintenanceMargin }: Assessment) {
  return {
    equity: formatWad(equity),
    initialMargin: formatWad(initialMargin),
    maintenanceMargin: formatWad(maintenanceMargin),
  };
}

function requireSame(found: Assessment, twin: Assessment): void {
  for (const key of Object.keys(twin) as (keyof Assessment)[]) {
    if (found[key] === twin[key]) continue;
    throw new Error(`The twin's ${key} is ${formatWad(twin[key])} and the ledger's ${formatWad(found[key])}.`);
  }
}

type Figures = ReturnType<typeof figures> & {
  mode: string;
  underlyings: Record<string, ReturnType<typeof greeksOf>>;
  gas: Record<string, number>;
};

function asText({ mode, underlyings, gas, ...found }: Figures): string {
  const account = list({
    mode,
    "equity, USD": found.equity,
    "initial margin, USD": found.initialMargin,
    "maintenance margin, USD": found.maintenanceMargin,
    "the TypeScript twin": "agrees to the bit",
    "gas: assessment, cold": gas.assessInitialCold?.toString() ?? "",
    "gas: opening transaction": gas.openTransaction?.toString() ?? "",
  });
  const rows = Object.entries(underlyings).map(([name, g]) => [name, g.delta, g.gamma, g.vega, g.theta, g.rho]);
  return `${account}\n${table(["underlying", "delta", "gamma", "vega", "theta", "rho"], rows)}`;
}
