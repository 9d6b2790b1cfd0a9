/** What an account would look like after a fill, before anyone signs or sends anything. To the bit what the ledger does. */
import { type Instrument, underlyingOf } from "../ids";
import { BPS, type Bps, LOTS_PER_UNIT, type Lots, type Usdc, WAD_PER_USDC_UNIT, type Wad } from "../units";
import type { Account, Position } from "../words";
import { abs, max, min, mulDivUp, valueFloor, valueUp } from "./fixedPoint";
import { assess } from "./models";
import { marketOf } from "./standardMargin";
import { type Assessment, type Market, PriceStatus } from "./types";

/** What the ledger locks for keepers while an account holds positions: 10 USD. */
export const KEEPER_DEPOSIT: Usdc = 10_000_000n;

/** What reducing a position may cost without meeting initial margin, of the notional reduced at mark. */
const PRICE_BAND_BPS = 100n;

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
 * Settles the account's perpetuals, trades, charges the fee and tops up or returns the keeper deposit. While the
 * market's price is unusable only a reduction at its mark, the last good one, is allowed; the counterparty must reduce
 * too, which is not looked at.
 * @param markets every underlying held or traded.
 * @throws MarginModelError where the mode does not allow the result; PlimsollInputError for a mode without a model.
 */
export function previewFill(markets: readonly Market[], account: Holdings, fill: HypotheticalFill): FillPreview {
  const market = marketOf(markets, underlyingOf(fill.instrument));
  const unpriced = market.status === PriceStatus.Unusable;
  const settled = settle(markets, account, fill.instrument);
  const held = settled.positions.find(({ instrument }) => instrument === fill.instrument)?.lots ?? 0n;
  const lots = held + fill.lots;
  const positions = replace(settled.positions, { instrument: fill.instrument, lots, index: market.index });
  const change = compare(held, lots);

  const fee = mulDivUp(valueUp(abs(fill.lots), fill.price), fill.feeBps, BPS);
  const keeperDeposit = depositAfter(account.keeperDeposit, change.increased, positions.length);
  const released = (account.keeperDeposit - keeperDeposit) * WAD_PER_USDC_UNIT;
  const cash = settled.cash + valueFloor(fill.lots, market.mark - fill.price) - fee + released;

  const before = assess(account.mode, { markets }, account.cash, account.positions);
  const after = assess(account.mode, { markets }, cash, positions);
  const band = (((change.reduced * market.mark) / LOTS_PER_UNIT) * PRICE_BAND_BPS) / BPS;
  // What grew may cost nothing, and no reduction takes an account below zero, or further below; who is below zero at
  // a price that is not fresh does not reduce.
  const dearest = (market.mark * (BPS + PRICE_BAND_BPS)) / BPS;
  const excused = mulDivUp(valueUp(abs(fill.lots), min(fill.price, dearest)), fill.feeBps, BPS);
  const allowance = change.increased ? 0n : excused + band;
  const owed = pricesFresh(markets, account.positions) ? min(before.equityForInitial, 0n) : 0n;
  const floor = max(before.equityForInitial - allowance, owed);
  const onlyReduced = after.initialMargin <= before.initialMargin && after.equityForInitial >= floor;
  const lockedProceeds = (account.lockedProceeds ?? 0n) + (unpriced ? max(settled.gain, 0n) : 0n);
  const covered = after.equityForInitial - lockedProceeds >= after.initialMargin;
  const atMark = change.reduced > 0n && !change.increased && fill.price === market.mark;
  const allowed =
    (!unpriced || atMark) &&
    (pricesFresh(markets, positions) ? covered || onlyReduced : !change.increased && onlyReduced);
  const kept = lockedProceeds === 0n ? {} : { lockedProceeds };
  const holdings = { mode: account.mode, cash, keeperDeposit, positions, ...kept };
  return { before, after, holdings, fee, allowed };
}

/**
 * Moves what the positions gained or lost into cash. Without a usable price a position stays as it is, unless it is the
 * one that is traded, whose `gain` is told.
 */
function settle(
  markets: readonly Market[],
  account: Holdings,
  traded: Instrument,
): { cash: Wad; positions: Position[]; gain: Wad } {
  let cash = account.cash;
  let gain = 0n;
  const positions = account.positions.map((position) => {
    const { index, status } = marketOf(markets, underlyingOf(position.instrument));
    if (status === PriceStatus.Unusable && position.instrument !== traded) return position;
    const change = valueFloor(position.lots, index - position.index);
    if (position.instrument === traded) gain = change;
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
function compare(before: Lots, after: Lots): { increased: boolean; reduced: Lots } {
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

function pricesFresh(markets: readonly Market[], positions: readonly Position[]): boolean {
  return positions.every(({ instrument }) => marketOf(markets, underlyingOf(instrument)).status === PriceStatus.Fresh);
}
