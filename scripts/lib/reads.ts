/** Accounts and markets as the ledger has them, in the sdk's words. */
import type { BlockTag } from "ethers";

import {
  type Account,
  type AccountId,
  type Assessment,
  type Expiry,
  Kind,
  type Market,
  type MarketData,
  type Position,
  type Wad,
  decodeAccount,
  decodeInstrument,
  decodePosition,
  isOption,
  underlyingOf,
} from "../../sdk";
import { max, min, valueFloor } from "../../sdk/risk/fixedPoint";
import { IMarginModel__factory } from "../../typechain-types";
import type { System } from "./system";

/** The ledger asks for the correlations of no more underlyings. */
const MOST_CORRELATED = 8;
/** Strikes have 8 decimals. */
const WAD_PER_STRIKE = 10n ** 10n;

/** An account and its positions at one block. */
export interface Holding {
  id: AccountId;
  account: Account;
  positions: Position[];
}

export async function readHolding({ clearinghouse }: System, id: AccountId, blockTag: BlockTag): Promise<Holding> {
  const account = decodeAccount(await clearinghouse.accountOf(id, { blockTag }));
  const words = account.positions === 0n ? [] : await clearinghouse.positionsOf(id, { blockTag });
  return { id, account, positions: words.map(decodePosition) };
}

/** What a frame opened at that block would know of the underlying. */
export async function readMarket({ clearinghouse }: System, underlying: bigint, blockTag: BlockTag): Promise<Market> {
  const m = await clearinghouse.marketOf(underlying, { blockTag });
  return {
    underlying: m.underlying,
    status: m.status,
    spot: m.spot,
    mark: m.mark,
    index: m.index,
    confidence: m.confidence,
    dailyVol: m.dailyVol,
    baseRate: m.baseRate,
    volMultiplier: m.volMultiplier,
    slope: m.slope,
    depth: m.depth,
    maintenanceRatio: m.maintenanceRatio,
    referenceVol: m.referenceVol,
    priceRange: m.priceRange,
    credit: m.credit,
  };
}

/** One expiry, as a frame opened at that block would see it. */
export async function readExpiry(
  system: System,
  underlying: bigint | number,
  expiresAt: bigint | number,
  blockTag: BlockTag,
): Promise<Expiry> {
  return (await readSettling(system, underlying, expiresAt, blockTag)).expiry;
}

/** An expiry, and what it is settled at: USD, zero until then. */
interface Settling {
  expiry: Expiry;
  settlementPrice: Wad;
}

async function readSettling(
  { clearinghouse }: System,
  underlying: bigint | number,
  expiresAt: bigint | number,
  blockTag: BlockTag,
): Promise<Settling> {
  const [x, settlementPrice] = await clearinghouse.expiryOf(underlying, expiresAt, { blockTag });
  const expiry = {
    underlying: x.underlying,
    expiresAt: x.expiresAt,
    timeLeft: x.timeLeft,
    status: x.status,
    observedAt: x.observedAt,
    tenor: x.tenor,
    forwardRatio: x.forwardRatio,
    rate: x.rate,
    a: x.a,
    b: x.b,
    rho: x.rho,
    m: x.m,
    s: x.s,
    widening: x.widening,
  };
  return { expiry, settlementPrice };
}

/** Every listed market. */
export async function readMarkets(system: System, blockTag: BlockTag): Promise<Market[]> {
  const listed = await system.clearinghouse.listedMarkets({ blockTag });
  return Promise.all(listed.map((underlying) => readMarket(system, underlying, blockTag)));
}

/** What the ledger tells the margin model of an account, and the twin is to be told. */
export interface ModelInputs {
  data: Required<MarketData>;
  /** With what options of settled expiries paid, whether or not anyone has touched the account since. USD. */
  cash: Wad;
  /** Without those. */
  positions: Position[];
}

/** All that an account is valued by at one block: contracts/clearing/Valuation.sol. */
export async function readInputs(
  system: System,
  { account, positions }: Pick<Holding, "account" | "positions">,
  blockTag: BlockTag,
): Promise<ModelInputs> {
  const settlings = await readSettlings(system, positions, blockTag);
  const settlingOf = (position: Position): Settling | undefined => settlings.get(expiryKey(position));
  const isSettled = (position: Position): boolean => (settlingOf(position)?.settlementPrice ?? 0n) !== 0n;
  const kept = positions.filter((position) => !isSettled(position));
  const paid = positions
    .filter(isSettled)
    .reduce((sum, position) => sum + payoffOf(position, settlingOf(position)?.settlementPrice ?? 0n), 0n);

  const underlyings = [...new Set(kept.map(({ instrument }) => underlyingOf(instrument)))];
  const markets = await Promise.all(underlyings.map((underlying) => readMarket(system, underlying, blockTag)));
  const expiries = [...new Set(kept.map(settlingOf))].flatMap((found) => (found ? [found.expiry] : []));
  const correlation = await readCorrelation(system, account.mode, underlyings, blockTag);
  return { data: { markets, expiries, correlation }, cash: account.cash + paid, positions: kept };
}

/** Every expiry of which an option is among the positions, by `expiryKey`. */
async function readSettlings(
  system: System,
  positions: readonly Position[],
  blockTag: BlockTag,
): Promise<Map<string, Settling>> {
  const options = positions.filter(({ instrument }) => isOption(instrument));
  const series = new Map(options.map((position) => [expiryKey(position), decodeInstrument(position.instrument)]));
  const found = [...series].map(async ([key, { underlying, expiry }]): Promise<[string, Settling]> => [
    key,
    await readSettling(system, underlying, expiry, blockTag),
  ]);
  return new Map(await Promise.all(found));
}

function expiryKey({ instrument }: Position): string {
  const { underlying, expiry } = decodeInstrument(instrument);
  return `${underlying}/${expiry}`;
}

/** What an option pays once its expiry is settled, USD, rounded down. */
function payoffOf({ instrument, lots }: Position, settlementPrice: Wad): Wad {
  const { kind, strike: strike8 } = decodeInstrument(instrument);
  const inside = settlementPrice - strike8 * WAD_PER_STRIKE;
  return valueFloor(lots, max(kind === Kind.Call ? inside : 0n - inside, 0n));
}

/**
 * The smallest correlation among the underlyings, as the ledger passes it to the mode's model: zero where it is below,
 * where the model does not ask, and where they are too many to ask about.
 */
async function readCorrelation(
  { clearinghouse, volatilityOracle }: System,
  mode: bigint,
  underlyings: readonly bigint[],
  blockTag: BlockTag,
): Promise<Wad> {
  if (underlyings.length < 2 || underlyings.length > MOST_CORRELATED) return 0n;
  const model = IMarginModel__factory.connect(await clearinghouse.modelOf(mode, { blockTag }), clearinghouse.runner);
  if (!(await model.usesCorrelation({ blockTag }))) return 0n;
  const pairs = underlyings.flatMap((a, i) => underlyings.slice(i + 1).map((b) => [a, b] as const));
  const found = await Promise.all(pairs.map(([a, b]) => volatilityOracle.correlation(a, b, { blockTag })));
  return max(found.reduce(min), 0n);
}

/** The account as its margin model judges it on chain. */
export async function readAssessment(
  { clearinghouse }: System,
  id: AccountId,
  blockTag: BlockTag,
): Promise<Assessment> {
  const a = await clearinghouse.assess(id, { blockTag });
  return {
    equity: a.equity,
    equityForInitial: a.equityForInitial,
    equityForMaintenance: a.equityForMaintenance,
    initialMargin: a.initialMargin,
    maintenanceMargin: a.maintenanceMargin,
  };
}
