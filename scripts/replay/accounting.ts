/** Whether money was kept: everything the ledger owes against everything it holds. */
import {
  type Instrument,
  LOTS_PER_UNIT,
  type Lots,
  type MarketSnapshot,
  WAD_PER_USDC_UNIT,
  type Wad,
  decodeAccount,
  fixedPoint,
  isOption,
  marketOf,
  settleOptions,
  underlyingOf,
} from "../../sdk";
import type { World } from "./world";

/**
 * The sum of all discrepancies, USD, each taken as a magnitude:
 * - cash and keeper deposits of every account and the markets' pots, against the tokens held;
 * - what is left in each market's pot once everybody is settled, perpetuals and options that have expired alike, which
 *   rounding alone may leave;
 * - sizes of each perpetual and each option that do not add up to zero, at the price of the underlying.
 * Accounts are found by their events and read from the chain.
 */
export async function conservationError(world: World, snapshot: MarketSnapshot): Promise<Wad> {
  const { clearinghouse, token } = world.system;
  let owed = 0n;
  for (const { id } of world.book.all()) {
    const { cash, keeperDeposit } = decodeAccount(await clearinghouse.accountOf(id));
    owed += cash + keeperDeposit * WAD_PER_USDC_UNIT;
  }
  let error = 0n;
  for (const { underlying } of world.markets) {
    const { pot } = await clearinghouse.marketState(underlying);
    const { index, mark } = marketOf(snapshot.markets, underlying);
    owed += pot;
    let left = pot;
    const net = new Map<Instrument, Lots>();
    for (const { positions } of world.book.holders()) {
      const held = positions.filter(({ instrument }) => underlyingOf(instrument) === underlying);
      left -= settleOptions(snapshot, 0n, held).cash;
      for (const { instrument, lots, index: since } of held) {
        if (!isOption(instrument)) left -= fixedPoint.valueFloor(lots, index - since);
        net.set(instrument, (net.get(instrument) ?? 0n) + lots);
      }
    }
    error += fixedPoint.abs(left);
    for (const lots of net.values()) error += (fixedPoint.abs(lots) * mark) / LOTS_PER_UNIT;
  }
  const held = (await token.balanceOf(clearinghouse)) * WAD_PER_USDC_UNIT;
  return error + fixedPoint.abs(held - owed);
}
