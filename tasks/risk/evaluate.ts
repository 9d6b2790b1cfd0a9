/** One case, from file to figures: a system deployed for it, its market, its positions, and what the ledger says. */
import type { HardhatRuntimeEnvironment } from "hardhat/types";

import type { SystemParameters } from "../../config/schema";
import { local } from "../../config/networks";
import { underlyings as configured } from "../../config/underlyings";
import { modeName } from "../../scripts/lib/modes";
import { type ModelInputs, readAssessment, readHolding, readInputs } from "../../scripts/lib/reads";
import { type System, deploySystem, underlyingNamed } from "../../scripts/lib/system";
import {
  type AccountId,
  type Assessment,
  Mode,
  assess,
  encodePosition,
  findWitness,
  formatWad,
  greeksOf,
  portfolio,
} from "../../sdk";
import { beginChainAt } from "../internal/chain";
import type { Answer } from "../internal/command";
import { type Case, type CaseUnderlying, readCase } from "./case";
import { measureAssessment } from "./gas";
import { setMarket } from "./market";
import { openAccounts, openPositions } from "./opening";
import { asText } from "./text";

/** Deploying takes seconds, and must be over before the case's moment. */
export const HEAD_START = 900;
const FEED_DECIMALS = 18;
/** The most the ledger's bounds allow: what compares margins is not refused for size. */
const UNCAPPED = 100_000_000_000n;
const SCENARIOS = 24;

/** Decimal strings in USD and units of the underlying. */
export interface Evaluation extends Figures {
  mode: string;
  underlyings: Record<string, UnderlyingFigures>;
  /** Execution gas of one assessment with nothing warm, without the 21k; and of opening the positions, all included. */
  gas: { assessInitialCold: number; assessMaintenanceCold: number; witnessCold?: number; openTransaction: number };
  twin: Figures;
}

interface Figures {
  equity: string;
  initialMargin: string;
  maintenanceMargin: string;
}

export interface UnderlyingFigures extends Partial<Scenarios> {
  delta: string;
  gamma: string;
  vega: string;
  theta: string;
  rho: string;
}

/** Portfolio mode's. */
interface Scenarios {
  /** Place of the worst among the scenarios, from 0. */
  worstScenario: number;
  worstPnl: string;
  /** In the order of the margin mathematics, section 3. */
  scenarios: string[];
}

/** See the task's description. */
export async function evaluate(
  hre: HardhatRuntimeEnvironment,
  values: { case: string; mode: string | undefined },
): Promise<Answer> {
  const given = await readCase(values.case, values.mode);
  await beginChainAt(hre, Number(given.timestamp) - HEAD_START);
  const json = await evaluateCase(hre, given);
  return { json, text: asText(json) };
}

/** Judges a case on a system of its own. The chain must not have reached the case's moment, by `HEAD_START` at least. */
export async function evaluateCase(hre: HardhatRuntimeEnvironment, given: Case): Promise<Evaluation> {
  const system = await deploySystem(hre, parametersFor(given));
  const parties = await openAccounts(hre, system, given);
  await setMarket(hre, system, given);
  const openTransaction = await openPositions(hre, system, parties, given);
  const { account } = parties;
  const assessGas = await measureAssessment(hre, system, account, given.timestamp);

  const block = await hre.ethers.provider.getBlockNumber();
  const found = await readAssessment(system, account, block);
  const inputs = await readInputs(system, await readHolding(system, account, block), block);
  const twin = assess(given.mode, inputs.data, inputs.cash, inputs.positions);
  requireSame(found, twin);
  const scenarios = given.mode === Mode.Portfolio ? await scenariosOf(system, inputs, block) : undefined;

  const underlyings = given.underlyings.map(({ name }) => {
    const id = BigInt(underlyingNamed(system.parameters, name).id);
    return [name, { ...greeksIn(inputs, id), ...(scenarios && describe(scenarios.get(id))) }] as const;
  });
  // One call of the model answers both requirements, so both have the same cost.
  const gas = {
    assessInitialCold: assessGas,
    assessMaintenanceCold: assessGas,
    ...(given.mode === Mode.Portfolio && { witnessCold: await measureWitness(hre, system, given, account, inputs) }),
    openTransaction,
  };
  return {
    ...figures(found),
    mode: modeName(given.mode),
    underlyings: Object.fromEntries(underlyings),
    gas,
    twin: figures(twin),
  };
}

/** The gas of the same assessment by the witness that shows the most. */
function measureWitness(
  hre: HardhatRuntimeEnvironment,
  system: System,
  { mode, timestamp }: Case,
  account: AccountId,
  { data, positions }: ModelInputs,
): Promise<number> {
  return measureAssessment(hre, system, account, timestamp, findWitness(mode, data, positions));
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
  const free = { takerFeeBps: 0, makerFeeBps: 0, openInterestCap: UNCAPPED };
  return {
    ...terms,
    dailyVol,
    confidenceBps: Number(confidenceBps),
    referencePrice: spot,
    // With as many decimals as a price can have, so that any is met exactly.
    feed: { kind: "mock", decimals: FEED_DECIMALS, answer: spot },
    market: { ...terms.market, ...free },
    options: { ...terms.options, ...free },
  };
}

/** Of all that is held of the underlying; zeros where that is nothing. */
function greeksIn({ data, positions }: ModelInputs, underlying: bigint): UnderlyingFigures {
  const market = data.markets.find((one) => one.underlying === underlying);
  const greeks = market && greeksOf(market, data.expiries, positions);
  return {
    delta: formatWad(greeks?.delta ?? 0n),
    gamma: formatWad(greeks?.gamma ?? 0n),
    vega: formatWad(greeks?.vega ?? 0n),
    theta: formatWad(greeks?.theta ?? 0n),
    rho: formatWad(greeks?.rho ?? 0n),
  };
}

/** What each underlying gains in each scenario, by the model on chain, which the twin must match. */
async function scenariosOf(
  { portfolioMargin }: System,
  { data, positions }: ModelInputs,
  block: number,
): Promise<Map<bigint, bigint[]>> {
  const twins = portfolio.risksOf(data, positions);
  const words = positions.map(encodePosition);
  const found = await portfolioMargin.risksOf([...data.markets], [...data.expiries], words, { blockTag: block });
  return new Map(
    data.markets.map(({ underlying }, i) => {
      const pnls = [...(found[i]?.pnl ?? [])];
      if (pnls.join() !== twins[i]?.pnl.join()) {
        throw new Error(`The twin's scenarios of underlying ${underlying} are not the model's.`);
      }
      return [underlying, pnls];
    }),
  );
}

function describe(pnls: readonly bigint[] = new Array<bigint>(SCENARIOS).fill(0n)): Scenarios {
  const worst = pnls.reduce((least, pnl) => (pnl < least ? pnl : least));
  return {
    worstScenario: pnls.indexOf(worst),
    worstPnl: formatWad(worst),
    scenarios: pnls.map(formatWad),
  };
}

function figures({ equity, initialMargin, maintenanceMargin }: Assessment): Figures {
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
