/** What an account would look like after a fill, before anyone signs or sends anything. */
import { type Instrument, underlyingOf } from "../ids";
import { BPS, type Bps, type Lots, type Usdc, WAD_PER_USDC_UNIT, type Wad } from "../units";
import type { Account, Position } from "../words";
import { abs, max, mulDivUp, valueFloor, valueUp } from "./fixedPoint";
import { assess } from "./models";
import { marketOf } from "./standardMargin";
import type { Assessment, Market } from "./types";

/** The parts of an account that a fill reads or changes. */
export interface Holdings extends Pick<Account, "mode" | "cash" | "keeperDeposit"> {
  positions: readonly Position[];
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
  /** What the ledger locks for keepers while an account holds positions. */
  keeperDeposit: Usdc;
}

/** The account before and after a fill. */
export interface FillPreview {
  before: Assessment;
  after: Assessment;
  holdings: Holdings;
  /** USD. */
  fee: Wad;
  /** Whether the account would then meet initial margin, as it must wherever risk grows. */
  meetsInitialMargin: boolean;
}

/**
 * Settles the account's perpetuals, trades, charges the fee and tops up or returns the keeper deposit, as the ledger
 * does, rounding against the account.
 * @param markets every underlying held or traded.
 * @throws MarginModelError where the mode does not allow the result; PlimsollInputError for a mode without a model.
 */
export function previewFill(markets: readonly Market[], account: Holdings, fill: HypotheticalFill): FillPreview {
  const market = marketOf(markets, underlyingOf(fill.instrument));
  const settled = settle(markets, account);
  const held = settled.positions.find(({ instrument }) => instrument === fill.instrument)?.lots ?? 0n;
  const lots = held + fill.lots;
  const positions = settled.positions.filter(({ instrument }) => instrument !== fill.instrument);
  if (lots !== 0n) positions.push({ instrument: fill.instrument, lots, index: market.index });

  const fee = mulDivUp(valueUp(abs(fill.lots), fill.price), fill.feeBps, BPS);
  const keeperDeposit = depositAfter(
    account.keeperDeposit,
    fill.keeperDeposit,
    abs(lots) > abs(held),
    positions.length,
  );
  const cash =
    settled.cash +
    valueFloor(fill.lots, market.mark - fill.price) -
    fee +
    (account.keeperDeposit - keeperDeposit) * WAD_PER_USDC_UNIT;

  const before = assess(account.mode, markets, account.cash, account.positions);
  const after = assess(account.mode, markets, cash, positions);
  return {
    before,
    after,
    holdings: { mode: account.mode, cash, keeperDeposit, positions },
    fee,
    meetsInitialMargin: after.equityForInitial >= after.initialMargin,
  };
}

/** Moves what the positions gained or lost since they were last settled into cash. */
function settle(markets: readonly Market[], account: Holdings): { cash: Wad; positions: Position[] } {
  let cash = account.cash;
  const positions = account.positions.map((position) => {
    const { index } = marketOf(markets, underlyingOf(position.instrument));
    cash += valueFloor(position.lots, index - position.index);
    return { ...position, index };
  });
  return { cash, positions };
}

/** The deposit is whole before risk grows, stays while anything is held, and returns with the last position closed. */
function depositAfter(held: Usdc, required: Usdc, grows: boolean, positions: number): Usdc {
  if (positions === 0) return 0n;
  return grows ? max(held, required) : held;
}
