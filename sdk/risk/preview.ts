/** What an account would look like after a fill, before anyone signs or sends anything. To the bit what the ledger does. */
import { type Instrument, isOption, underlyingOf } from "../ids";
import { BPS, type Bps, LOTS_PER_UNIT, type Lots, type Usdc, WAD_PER_USDC_UNIT, type Wad } from "../units";
import type { Account, Position } from "../words";
import { findExpiry } from "./expiries";
import { abs, max, min, mulDivUp, valueFloor, valueUp } from "./fixedPoint";
import { type MarketSnapshot, judge, settleOptions, statusOf } from "./judge";
import { marketOf } from "./standardMargin";
import { type Assessment, type Market, PriceStatus, SurfaceStatus } from "./types";

/** What the ledger locks for keepers while an account holds positions: 10 USD. */
export const KEEPER_DEPOSIT: Usdc = 10_000_000n;

/** What reducing a position may cost without meeting initial margin, of the notional reduced at mark. */
const PRICE_BAND_BPS = 100n;
/** A reduction costs at most this part of the initial margin it sets free. */
const FREED_PART = 4n;
/** An option's fee is at most this part of the premium. */
const PREMIUM_PART = 8n;

/** The parts of an account that a fill reads or changes. */
export interface Holdings extends Pick<Account, "mode" | "cash" | "keeperDeposit"> {
  positions: readonly Position[];
  /**
   * What of the cash is locked, USD: proceeds of reductions at the last good mark, as `Clearinghouse.lockedOf` gives
   * them, while a price they came from is unusable. Nothing if absent.
   */
  lockedProceeds?: Wad;
}

/** A fill that has not happened. */
export interface HypotheticalFill {
  instrument: Instrument;
  /** Signed for the account: positive buys. */
  lots: Lots;
  /** USD per unit; an order's limit is the worst it can be. */
  price: Wad;
  /** The market's taker or maker fee. */
  feeBps: Bps;
}

/** The account before and after a fill. */
export interface FillPreview {
  before: Assessment;
  after: Assessment;
  /** The account as the ledger would store it. */
  holdings: Holdings;
  /** USD. */
  fee: Wad;
  /**
   * Whether the account passes: it meets initial margin, or did nothing but reduce risk at a fair price. The ledger's
   * caps on open interest are not looked at.
   */
  allowed: boolean;
}

/**
 * Settles the account's perpetuals and what options of settled expiries pay, trades, charges the fee and tops up or
 * returns the keeper deposit. While the market's price is unusable only a reduction of a perpetual at its mark, the last
 * good one, is allowed; the counterparty must reduce too, which is not looked at. Nor is which strikes are listed.
 * @param snapshot every underlying held or traded, and every expiry of options.
 * @throws MarginModelError where the mode does not allow the result; PlimsollInputError for a mode without a model.
 */
export function previewFill(snapshot: MarketSnapshot, account: Holdings, fill: HypotheticalFill): FillPreview {
  const { instrument } = fill;
  const market = marketOf(snapshot.markets, underlyingOf(instrument));
  const settled = settle(snapshot, account, instrument);
  const held = settled.positions.find((position) => position.instrument === instrument)?.lots ?? 0n;
  const lots = held + fill.lots;
  const index = isOption(instrument) ? 0n : market.index;
  const positions = replace(settled.positions, { instrument, lots, index });
  const change = compare(held, lots);

  const { worth, fee, excused } = termsOf(market, fill);
  const keeperDeposit = depositAfter(account.keeperDeposit, change.increased, positions.length);
  const released = (account.keeperDeposit - keeperDeposit) * WAD_PER_USDC_UNIT;
  const cash = settled.cash + valueFloor(fill.lots, worth - fill.price) - fee + released;

  const before = judge(account.mode, snapshot, account.cash, account.positions);
  const after = judge(account.mode, snapshot, cash, positions);
  const price = isOption(instrument) ? market.spot : market.mark;
  const allowance = excused + (((change.reduced * price) / LOTS_PER_UNIT) * PRICE_BAND_BPS) / BPS;
  const onlyReduced = reducesFairly(snapshot, account, change.increased, allowance, before, after);
  const lockedProceeds = (account.lockedProceeds ?? 0n) + max(settled.gain, 0n);
  const covered = after.equityForInitial - lockedProceeds >= after.initialMargin;
  const passes = pricesFresh(snapshot, positions) ? covered || onlyReduced : !change.increased && onlyReduced;
  const allowed = passes && isTradable(snapshot, fill, change);
  const kept = lockedProceeds === 0n ? {} : { lockedProceeds };
  const holdings = { mode: account.mode, cash, keeperDeposit, positions, ...kept };
  return { before, after, holdings, fee, allowed };
}

interface Change {
  increased: boolean;
  reduced: Lots;
}

/** What a unit is worth beyond what cash was paid for, the fee, and what of it a reduction is excused. USD. */
function termsOf(
  market: Market,
  { instrument, lots, price, feeBps }: HypotheticalFill,
): Record<"worth" | "fee" | "excused", Wad> {
  const notional = valueUp(abs(lots), price);
  if (isOption(instrument)) {
    const fee = min(mulDivUp(valueUp(abs(lots), market.spot), feeBps, BPS), notional / PREMIUM_PART);
    return { worth: 0n, fee, excused: fee };
  }
  const dearest = (market.mark * (BPS + PRICE_BAND_BPS)) / BPS;
  const excused = mulDivUp(valueUp(abs(lots), min(price, dearest)), feeBps, BPS);
  return { worth: market.mark, fee: mulDivUp(notional, feeBps, BPS), excused };
}

/**
 * The second half of RISK-1. What grew may cost nothing, a reduction at most a part of the margin it sets free, and none
 * takes an account below zero, or further below; who is below zero at a price that is not fresh does not reduce.
 */
function reducesFairly(
  snapshot: MarketSnapshot,
  account: Holdings,
  increased: boolean,
  allowance: Wad,
  before: Assessment,
  after: Assessment,
): boolean {
  if (after.initialMargin > before.initialMargin) return false;
  const most = (before.initialMargin - after.initialMargin) / FREED_PART;
  const owed = pricesFresh(snapshot, account.positions) ? min(before.equityForInitial, 0n) : 0n;
  return after.equityForInitial >= max(before.equityForInitial - (increased ? 0n : min(allowance, most)), owed);
}

/** Options want a price and a surface, and have not expired; a perpetual without a price is reduced at its last mark. */
function isTradable(snapshot: MarketSnapshot, { instrument, price }: HypotheticalFill, change: Change): boolean {
  const status = statusOf(snapshot, { instrument, lots: 0n, index: 0n });
  if (!isOption(instrument)) {
    const { mark } = marketOf(snapshot.markets, underlyingOf(instrument));
    return status !== PriceStatus.Unusable || (change.reduced > 0n && !change.increased && price === mark);
  }
  const found = findExpiry(snapshot.expiries ?? [], instrument);
  return status !== PriceStatus.Unusable && found?.status !== SurfaceStatus.Expired;
}

/**
 * Moves what the positions gained or lost into cash. Without a usable price a perpetual stays as it is, unless it is the
 * one that is traded, whose `gain` is told.
 */
function settle(
  snapshot: MarketSnapshot,
  account: Holdings,
  traded: Instrument,
): { cash: Wad; positions: Position[]; gain: Wad } {
  const live = settleOptions(snapshot, account.cash, account.positions);
  let cash = live.cash;
  let gain = 0n;
  const positions = live.positions.map((position) => {
    if (isOption(position.instrument)) return position;
    const { index, status } = marketOf(snapshot.markets, underlyingOf(position.instrument));
    const unpriced = status === PriceStatus.Unusable;
    if (unpriced && position.instrument !== traded) return position;
    const change = valueFloor(position.lots, index - position.index);
    if (unpriced) gain = change;
    cash += change;
    return { ...position, index };
  });
  return { cash, positions, gain };
}

/** The list with one position changed, opened, or closed, which puts the last in its place. */
function replace(list: readonly Position[], position: Position): Position[] {
  const at = list.findIndex(({ instrument }) => instrument === position.instrument);
  if (at === -1) return [...list, position];
  if (position.lots !== 0n) return list.with(at, position);
  const rest = [...list];
  const last = rest.pop();
  if (last && at < rest.length) rest[at] = last;
  return rest;
}

/** Whether a position grew, opened or changed sides, and by how many lots it shrank before that. */
function compare(before: Lots, after: Lots): Change {
  const sameSide = before !== 0n && before < 0n === after < 0n;
  const left = sameSide ? abs(after) : 0n;
  return {
    increased: sameSide ? left > abs(before) : after !== 0n,
    reduced: left < abs(before) ? abs(before) - left : 0n,
  };
}

/** The deposit is whole before risk grows, stays while anything is held, and returns with the last position closed. */
function depositAfter(held: Usdc, increased: boolean, positions: number): Usdc {
  if (positions === 0) return 0n;
  return increased ? max(held, KEEPER_DEPOSIT) : held;
}

function pricesFresh(snapshot: MarketSnapshot, positions: readonly Position[]): boolean {
  const live = settleOptions(snapshot, 0n, positions).positions;
  return live.every((position) => statusOf(snapshot, position) === PriceStatus.Fresh);
}
