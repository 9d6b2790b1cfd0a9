/** A case file of the peers' format as the margin models take it, and the models themselves. */
import hre from "hardhat";

import {
  type Expiry,
  type Market,
  type MarketData,
  type Position,
  PriceStatus,
  SurfaceStatus,
  option,
  parseWad,
  perp,
} from "../../sdk";
import { normalTableBytes } from "../../sdk/math/normalTable";
import type { CrossMargin, IsolatedMargin, NormalTableCarrier, PortfolioMargin } from "../../typechain-types";
import type { CaseFile } from "../reference/caseFile";
import { PARAMETERS, type ReferenceParameters } from "../reference/parameters";

/** What a model is asked. */
export interface PortfolioCase {
  inputs: Required<MarketData>;
  /** Names of the inputs' markets, in their order. */
  names: string[];
  cash: bigint;
  positions: Position[];
}

type MarketTerms = CaseFile["underlyings"][string];
type HeldPosition = CaseFile["account"]["positions"][number];

const DAY = 86_400;

/** Deploys the table of the normal distribution, which every model reads. */
export async function deployNormalTable(): Promise<NormalTableCarrier> {
  return hre.ethers.deployContract("NormalTableCarrier", [normalTableBytes()]);
}

/** Deploys the table and the model that reads it. */
export async function deployPortfolioMargin(): Promise<PortfolioMargin> {
  return hre.ethers.deployContract("PortfolioMargin", [await deployNormalTable()]);
}

/** Deploys the table and the models of standard margin. */
export async function deployStandardMargin(): Promise<{ isolated: IsolatedMargin; cross: CrossMargin }> {
  const table = await deployNormalTable();
  return {
    isolated: await hre.ethers.deployContract("IsolatedMargin", [table]),
    cross: await hre.ethers.deployContract("CrossMargin", [table]),
  };
}

/** The case's markets that something is held in, with expiries, parameters and positions. */
export function portfolioCase({ timestamp, underlyings, minCorrelation, account }: CaseFile): PortfolioCase {
  const all = Object.keys(underlyings);
  const names = all.filter((name) => account.positions.some(({ underlying }) => underlying === name));
  const indexOf = (name: string): bigint => BigInt(all.indexOf(name));
  return {
    inputs: {
      markets: names.map((name) => marketOf(indexOf(name), name, underlyings[name]!)),
      expiries: names.flatMap((name) => expiriesOf(indexOf(name), timestamp, underlyings[name]!)),
      correlation: parseWad(minCorrelation ?? "1"),
    },
    names,
    cash: parseWad(account.cash),
    positions: account.positions.map((held) =>
      positionOf(held, indexOf(held.underlying), timestamp, underlyings[held.underlying]!),
    ),
  };
}

function marketOf(underlying: bigint, name: string, terms: MarketTerms): Market {
  const { spot, perp: mark, dailyVol, confidence } = terms;
  const parameter = (key: keyof ReferenceParameters): bigint => parseWad(String(PARAMETERS[name]![key]));
  return {
    underlying,
    status: PriceStatus.Fresh,
    spot: parseWad(spot),
    mark: parseWad(mark),
    index: parseWad(mark),
    confidence: parseWad(confidence),
    dailyVol: parseWad(dailyVol),
    baseRate: parameter("im0"),
    volMultiplier: parameter("volMultiplier"),
    slope: parameter("slope"),
    depth: parameter("depth"),
    maintenanceRatio: parameter("maintenanceRatio"),
    referenceVol: parameter("referenceVol"),
    priceRange: parameter("priceRange"),
    credit: parameter("credit"),
  };
}

function expiriesOf(underlying: bigint, timestamp: number, { expiries }: MarketTerms): Expiry[] {
  return expiries.map(({ days, forwardRatio, rate, svi }) => ({
    underlying,
    expiresAt: expiryAt(timestamp, days),
    timeLeft: secondsOf(days),
    status: SurfaceStatus.Fresh,
    observedAt: BigInt(timestamp),
    forwardRatio: parseWad(forwardRatio),
    rate: parseWad(rate),
    a: parseWad(svi.a),
    b: parseWad(svi.b),
    rho: parseWad(svi.rho),
    m: parseWad(svi.m),
    s: parseWad(svi.sigma),
    tenor: secondsOf(days),
    widening: 0n,
  }));
}

function positionOf(held: HeldPosition, underlying: bigint, timestamp: number, terms: MarketTerms): Position {
  const lots = parseWad(held.size) / 10n ** 10n;
  if (held.kind === "perp") {
    return { instrument: perp(underlying), lots, index: parseWad(held.entry ?? terms.perp) };
  }
  const strike = parseWad(held.strike) / 10n ** 10n;
  const instrument = option({ underlying, expiry: expiryAt(timestamp, held.days), strike, call: held.call });
  return { instrument, lots, index: 0n };
}

/** Expiries are whole seconds. */
function secondsOf(days: string): bigint {
  return BigInt(Math.round(Number(days) * DAY));
}

function expiryAt(timestamp: number, days: string): bigint {
  return BigInt(timestamp) + secondsOf(days);
}
