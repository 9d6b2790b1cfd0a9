/** contracts/margin/PortfolioMargin.sol in bigint, to the bit. */
import { underlyingOf } from "../../ids";
import { WAD, type Wad } from "../../units";
import type { Position } from "../../words";
import { max, min, mulWadUp, sqrt } from "../fixedPoint";
import { marketOf } from "../standardMargin";
import type { Assessment, MarginModel, Market, MarketData } from "../types";
import { type PreparedMarket, prepareMarket } from "./market";
import { type Risk, assessUnderlying } from "./underlyingRisk";
import { type Witness, bestWitness, decodeWitness } from "./witness";

export type { Risk } from "./underlyingRisk";
export { type NamedScenarios, type Witness, decodeWitness, encodeWitness } from "./witness";

/** Judges any number of accounts by the same snapshot. Its functions throw MarginModelError where Solidity reverts. */
export interface Assessor {
  /** Equity and requirements, USD; `correlation` is the smallest among the underlyings held. */
  assess(cash: Wad, positions: readonly Position[], correlation: Wad): Assessment;
  /** What the positions may lose in each of the snapshot's markets. */
  risksOf(positions: readonly Position[]): Risk[];
}

type Requirements = Pick<Assessment, "initialMargin" | "maintenanceMargin">;

const SCENARIOS = 24;
const MAINTENANCE_CORE = 800000000000000000n;
const INITIAL_QUANTILE = 3500000000000000000n;
const MAINTENANCE_QUANTILE = 2300000000000000000n;
const LEAST_CORRELATION = 300000000000000000n;
const FULL_CREDIT_OVER = 500000000000000000n;

/**
 * Prepares an assessor. What accounts share of a market, an expiry or an option is worked out for the first of them and
 * kept as long as the assessor is; the snapshot must not change meanwhile. Its correlation is not looked at: which one
 * is the smallest depends on what an account holds.
 */
export function prepare(snapshot: MarketData): Assessor {
  const all = preparedOf(snapshot);
  return {
    assess(cash, positions, correlation) {
      checkMarkets(snapshot.markets, positions);
      const held = new Set(positions.map(({ instrument }) => underlyingOf(instrument)));
      const markets = all.filter(({ market }) => held.has(market.underlying));
      return assessIn(markets, correlation, cash, positions);
    },
    risksOf(positions) {
      checkMarkets(snapshot.markets, positions);
      return risksIn(all, positions);
    },
  };
}

/** Equity and requirements, USD. Throws MarginModelError where the Solidity model reverts. */
export const assessPortfolio: MarginModel = (data, cash, positions) => {
  checkMarkets(data.markets, positions);
  return assessIn(preparedOf(data), data.correlation ?? 0n, cash, positions);
};

/**
 * The same by what a witness names: maintenance margin is at most what everything gives. Initial margin says nothing.
 */
export function assessPortfolioBy(
  data: MarketData,
  cash: Wad,
  positions: readonly Position[],
  witness: Witness,
): Assessment {
  if (witness === 0n) return assessPortfolio(data, cash, positions);
  checkMarkets(data.markets, positions);
  const risks = risksIn(preparedOf(data), positions);
  const { alone, joint } = decodeWitness(witness, risks.length);
  const named = risks.map((risk, i) => {
    const rank = data.markets.filter(({ underlying }) => underlying < (data.markets[i]?.underlying ?? 0n)).length;
    return onlyIn(risk, [alone[rank], joint]);
  });
  return assessmentOf(named, data.markets, data.correlation ?? 0n, cash, joint);
}

/** The witness that shows as much as all scenarios do. The data must be of the underlyings held alone. */
export function findPortfolioWitness(data: MarketData, positions: readonly Position[]): Witness {
  checkMarkets(data.markets, positions);
  return bestWitness(data.markets, risksIn(preparedOf(data), positions));
}

/** What each market's positions may lose. Throws MarginModelError where the Solidity model reverts. */
export function risksOf(snapshot: MarketData, positions: readonly Position[]): Risk[] {
  return prepare(snapshot).risksOf(positions);
}

function preparedOf({ markets, expiries = [] }: MarketData): PreparedMarket[] {
  return markets.map((market) => prepareMarket(market, expiries));
}

/** Each market looks for its own positions: what none looks for would be held for nothing. */
function checkMarkets(markets: readonly Market[], positions: readonly Position[]): void {
  for (const { instrument } of positions) marketOf(markets, underlyingOf(instrument));
}

function risksIn(prepared: readonly PreparedMarket[], positions: readonly Position[]): Risk[] {
  return prepared.map((market) => assessUnderlying(market, positions));
}

function assessIn(
  prepared: readonly PreparedMarket[],
  correlation: Wad,
  cash: Wad,
  positions: readonly Position[],
): Assessment {
  const markets = prepared.map(({ market }) => market);
  return assessmentOf(risksIn(prepared, positions), markets, correlation, cash, "each");
}

/** @param joint the one scenario in which all are looked at together, if not each. */
function assessmentOf(
  risks: readonly Risk[],
  markets: readonly Market[],
  correlation: Wad,
  cash: Wad,
  joint: number | "each" | undefined,
): Assessment {
  const equity = risks.reduce((sum, { value }) => sum + value, cash);
  const requirements = requirementsOf(risks, markets, correlation, joint);
  return { equity, equityForInitial: equity, equityForMaintenance: equity, ...requirements };
}

/** What is known where only these scenarios are worked out. */
function onlyIn(risk: Risk, scenarios: readonly (number | undefined)[]): Risk {
  const pnl = risk.pnl.map((gain, s) => (scenarios.includes(s) ? gain : 0n));
  return { ...risk, pnl, core: 0n - pnl.reduce(min, 0n) };
}

function requirementsOf(
  risks: readonly Risk[],
  markets: readonly Market[],
  correlation: Wad,
  joint: number | "each" | undefined,
): Requirements {
  const sum = (of: (risk: Risk) => Wad): Wad => risks.reduce((total, risk) => total + of(risk), 0n);
  const alone = sum(({ core }) => core);
  const credited = risks.length > 1 ? (alone - jointCore(risks, joint)) * creditOf(markets, correlation) : 0n;
  const cores = alone - credited / WAD;
  const deviation = deviationOf(risks, markets);
  const initial = max(cores + sum((risk) => risk.initialCharges), mulWadUp(deviation, INITIAL_QUANTILE));
  const maintenance = max(
    mulWadUp(cores, MAINTENANCE_CORE) + sum((risk) => risk.maintenanceCharges),
    mulWadUp(deviation, MAINTENANCE_QUANTILE),
  );
  if (!risks.every(({ bounded }) => bounded)) return { initialMargin: initial, maintenanceMargin: maintenance };
  const most = sum(({ mostLost }) => mostLost);
  return { initialMargin: min(initial, most), maintenanceMargin: min(maintenance, most) };
}

/** The largest loss where all underlyings move by the same scenario. */
function jointCore(risks: readonly Risk[], joint: number | "each" | undefined): Wad {
  let worst = 0n;
  for (let s = 0; s < SCENARIOS; s++) {
    if (joint !== "each" && joint !== s) continue;
    worst = min(
      worst,
      risks.reduce((pnl, risk) => pnl + (risk.pnl[s] ?? 0n), 0n),
    );
  }
  return -worst;
}

/** kappa: the least of the underlyings', and less where they have moved apart. */
function creditOf(markets: readonly Market[], correlation: Wad): Wad {
  const credit = markets.reduce((least, one) => min(least, one.credit), WAD);
  const over = min(max(correlation - LEAST_CORRELATION, 0n), FULL_CREDIT_OVER);
  return (credit * over) / FULL_CREDIT_OVER;
}

/** One day's standard deviation to first order, the larger of all moving as one and each alone. */
function deviationOf(risks: readonly Risk[], markets: readonly Market[]): Wad {
  const ones = risks.map(({ delta }, i) => (delta * (markets[i]?.dailyVol ?? 0n)) / WAD);
  const together = ones.reduce((sum, one) => sum + one, 0n);
  const squares = ones.reduce((sum, one) => sum + one * one, 0n);
  return sqrt(max(together * together, squares)) + 1n;
}
