/** contracts/margin/PortfolioMargin.sol in bigint, to the bit. */
import { underlyingOf } from "../../ids";
import { WAD, type Wad } from "../../units";
import type { Position } from "../../words";
import { max, min, mulWadUp, sqrt } from "../fixedPoint";
import { marketOf } from "../standardMargin";
import type { Assessment, MarginModel, Market, MarketData } from "../types";
import { type PreparedMarket, prepareMarket } from "./market";
import { type Contingencies, type Risk, assessUnderlying, contingenciesOf as contingenciesIn } from "./underlyingRisk";
import { type Witness, bestWitness, decodeWitness, worstOf } from "./witness";

export type { Contingencies, Risk } from "./underlyingRisk";
export { type NamedScenarios, type Witness, decodeWitness, encodeWitness, worstOf } from "./witness";

/** Judges any number of accounts by the same snapshot. Its functions throw MarginModelError where Solidity reverts. */
export interface Assessor {
  /** Equity and requirements, USD; `correlation` is the smallest among the underlyings held. */
  assess(cash: Wad, positions: readonly Position[], correlation: Wad): Assessment;
  /** What the positions may lose in each of the snapshot's markets. */
  risksOf(positions: readonly Position[]): Risk[];
}

/** What makes a requirement as large as it is. The numbers of `MarginLens`. */
export const Binding = {
  /** The scenarios' losses and the contingencies. */
  Scenarios: 0n,
  /** The delta-normal floor, which is larger. */
  Floor: 1n,
  /** What a bounded book can lose at most, which is less. */
  Cap: 2n,
} as const;
export type Binding = (typeof Binding)[keyof typeof Binding];

/** What portfolio margin asks of a whole account, taken apart, as `MarginLens.portfolioRequirement` tells it. USD. */
export interface Requirement {
  /** Each underlying's largest loss, added up. */
  cores: Wad;
  /** The largest loss if all move by the same scenario, and the first that it is in; 24 where none loses. */
  jointCore: Wad;
  jointScenario: number;
  /** kappa: how much of what underlyings offset is credited. */
  credit: Wad;
  /** cores - credit * (cores - jointCore): counted whole for initial margin, for 0.8 for maintenance margin. */
  creditedCore: Wad;
  initialCharges: Wad;
  maintenanceCharges: Wad;
  initialFloor: Wad;
  maintenanceFloor: Wad;
  /** Whether the whole book is bounded, and what it could lose at most. */
  bounded: boolean;
  cap: Wad;
  initialBinding: Binding;
  maintenanceBinding: Binding;
  initialMargin: Wad;
  maintenanceMargin: Wad;
}

const ALL_SCENARIOS: readonly number[] = Array.from({ length: 24 }, (_, s) => s);
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
  return assessmentOf(named, data.markets, data.correlation ?? 0n, cash, joint === undefined ? [] : [joint]);
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

/** What each market's contingencies are made of. Throws MarginModelError where the Solidity model reverts. */
export function contingenciesOf(data: MarketData, positions: readonly Position[]): Contingencies[] {
  checkMarkets(data.markets, positions);
  return preparedOf(data).map((market) => contingenciesIn(market, positions));
}

/**
 * What portfolio margin asks, and which part of it binds; nothing of who holds nothing.
 * @param data the markets held, and none besides.
 * @throws MarginModelError where the Solidity model reverts.
 */
export function requirementOf(data: MarketData, positions: readonly Position[]): Requirement {
  return requirementIn(risksOf(data, positions), data.markets, data.correlation ?? 0n);
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
  return assessmentOf(risksIn(prepared, positions), markets, correlation, cash);
}

/** @param together the scenarios in which all are looked at together, if not all. */
function assessmentOf(
  risks: readonly Risk[],
  markets: readonly Market[],
  correlation: Wad,
  cash: Wad,
  together?: readonly number[],
): Assessment {
  const equity = risks.reduce((sum, { value }) => sum + value, cash);
  const { initialMargin, maintenanceMargin } = requirementIn(risks, markets, correlation, together);
  return { equity, equityForInitial: equity, equityForMaintenance: equity, initialMargin, maintenanceMargin };
}

/** What is known where only these scenarios are worked out. */
function onlyIn(risk: Risk, scenarios: readonly (number | undefined)[]): Risk {
  const pnl = risk.pnl.map((gain, s) => (scenarios.includes(s) ? gain : 0n));
  return { ...risk, pnl, core: 0n - pnl.reduce(min, 0n) };
}

/**
 * What all underlyings held require together; nothing where none is.
 * @param together the scenarios in which all are looked at together.
 */
function requirementIn(
  risks: readonly Risk[],
  markets: readonly Market[],
  correlation: Wad,
  together: readonly number[] = ALL_SCENARIOS,
): Requirement {
  const sum = (of: (risk: Risk) => Wad): Wad => risks.reduce((total, risk) => total + of(risk), 0n);
  const cores = sum(({ core }) => core);
  const [first] = risks;
  const alone = risks.length === 1 ? first?.pnl : undefined;
  const joint = alone ?? ALL_SCENARIOS.map((s) => (together.includes(s) ? sum(({ pnl }) => pnl[s] ?? 0n) : 0n));
  const jointScenario = worstOf(joint);
  const jointCore = 0n - (joint[jointScenario] ?? 0n);
  const credit = risks.length > 1 ? creditOf(markets, correlation) : 0n;
  const creditedCore = cores - ((cores - jointCore) * credit) / WAD;
  const [initialCharges, maintenanceCharges] = [sum((one) => one.initialCharges), sum((one) => one.maintenanceCharges)];
  const deviation = risks.length === 0 ? 0n : deviationOf(risks, markets);
  const initialFloor = mulWadUp(deviation, INITIAL_QUANTILE);
  const maintenanceFloor = mulWadUp(deviation, MAINTENANCE_QUANTILE);
  const bounded = risks.length > 0 && risks.every((risk) => risk.bounded);
  const cap = bounded ? sum(({ mostLost }) => mostLost) : 0n;
  const most = bounded ? cap : undefined;
  const initial = bind(creditedCore + initialCharges, initialFloor, most);
  const maintenance = bind(mulWadUp(creditedCore, MAINTENANCE_CORE) + maintenanceCharges, maintenanceFloor, most);
  return {
    cores,
    jointCore,
    jointScenario,
    credit,
    creditedCore,
    initialCharges,
    maintenanceCharges,
    initialFloor,
    maintenanceFloor,
    bounded,
    cap,
    initialBinding: initial.binding,
    maintenanceBinding: maintenance.binding,
    initialMargin: initial.margin,
    maintenanceMargin: maintenance.margin,
  };
}

function bind(required: Wad, floor: Wad, cap: Wad | undefined): { margin: Wad; binding: Binding } {
  const margin = max(required, floor);
  if (cap !== undefined && cap < margin) return { margin: cap, binding: Binding.Cap };
  return { margin, binding: floor > required ? Binding.Floor : Binding.Scenarios };
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
