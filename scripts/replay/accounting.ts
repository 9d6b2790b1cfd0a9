/** Whether money was kept: everything the ledger owes against everything it holds. */
import {
  LOTS_PER_UNIT,
  type Market,
  WAD_PER_USDC_UNIT,
  type Wad,
  decodeAccount,
  fixedPoint,
  marketOf,
  underlyingOf,
} from "../../sdk";
import type { World } from "./world";

/**
 * The sum of all discrepancies, USD, each taken as a magnitude:
 * - cash and keeper deposits of every account and the markets' pots, against the tokens held;
 * - what is left in each market's pot once everybody is settled, which rounding alone may leave;
 * - sizes of each perpetual that do not add up to zero, at mark.
 * Accounts are found by their events and read from the chain.
 */
export async function conservationError(world: World, markets: readonly Market[]): Promise<Wad> {
  const { clearinghouse, token } = world.system;
  let owed = 0n;
  for (const { id } of world.book.all()) {
    const { cash, keeperDeposit } = decodeAccount(await clearinghouse.accountOf(id));
    owed += cash + keeperDeposit * WAD_PER_USDC_UNIT;
  }
  let error = 0n;
  for (const { underlying } of world.markets) {
    const { pot } = await clearinghouse.marketState(underlying);
    const { index, mark } = marketOf(markets, underlying);
    owed += pot;
    let left = pot;
    let net = 0n;
    for (const position of world.book.holders().flatMap(({ positions }) => positions)) {
      if (underlyingOf(position.instrument) !== underlying) continue;
      left -= fixedPoint.valueFloor(position.lots, index - position.index);
      net += position.lots;
    }
    error += fixedPoint.abs(left) + (fixedPoint.abs(net) * mark) / LOTS_PER_UNIT;
  }
  const held = (await token.balanceOf(clearinghouse)) * WAD_PER_USDC_UNIT;
  return error + fixedPoint.abs(held - owed);
}
