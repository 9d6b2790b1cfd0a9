/** What must hold of the whole ledger after anything at all. Ids are those of the invariants. */
import { expect } from "chai";

import { type Holding, readHolding } from "../../scripts/lib/reads";
import type { System } from "../../scripts/lib/system";
import {
  type Instrument,
  LOTS_PER_UNIT,
  type Seconds,
  type Wad,
  decodeInstrument,
  isCall,
  isOption,
  isPerp,
  strikeOf,
  toAccountId,
  underlyingOf,
} from "../../sdk";
import type { World } from "./world";

/** USD Wad in one unit of the settlement token. */
const TOKEN_UNIT = 10n ** 12n;

/** Has every test of the surrounding suite end with its books balanced. */
export function keepsConservation(world: () => World): void {
  afterEach("value is conserved", async () => {
    await expectConservation(world().system);
  });
}

/** Every account that was ever written, as the ledger's events name them. */
export async function everyHolding(system: System): Promise<Holding[]> {
  const { clearinghouse } = system;
  const changes = await clearinghouse.queryFilter(clearinghouse.filters.AccountChanged);
  const ids = new Set(changes.map(({ args }) => args.account));
  return Promise.all([...ids].map((id) => readHolding(system, toAccountId(id), "latest")));
}

/** Tokens back cash, keeper deposits and pots to the wei, and every position has its other side. */
export async function expectConservation(system: System): Promise<void> {
  const { clearinghouse, token } = system;
  const holdings = await everyHolding(system);
  let owed = 0n;
  for (const { account } of holdings) owed += account.cash + account.keeperDeposit * TOKEN_UNIT;
  for (const underlying of await clearinghouse.listedMarkets()) {
    const { pot, openInterest } = await clearinghouse.marketState(underlying);
    const held = holdings.flatMap(({ positions }) =>
      positions.filter((p) => underlyingOf(p.instrument) === underlying),
    );
    owed += pot;
    const sums = new Map<Instrument, bigint>();
    let comingTo = 0n;
    for (const { instrument, lots, index } of held) {
      sums.set(instrument, (sums.get(instrument) ?? 0n) + lots);
      comingTo += lots * (isOption(instrument) ? await payoffOf(system, instrument) : 0n - index);
    }
    const settledOnce = await hasSettled(system, underlying);
    for (const [instrument, sum] of sums) {
      // Of an expiry that is settled some are cash already.
      if (settledOnce.has(decodeInstrument(instrument).expiry)) continue;
      expect(sum, `LEDGER-1: sizes of ${instrument.toString(16)} add to zero`).to.equal(0n);
    }
    const longOf = (kept: (id: Instrument) => boolean): bigint =>
      held.reduce((total, { instrument, lots }) => total + (kept(instrument) && lots > 0n ? lots : 0n), 0n);
    expect(openInterest, `LEDGER-1: open interest of ${underlying} is the sum of its longs`).to.equal(longOf(isPerp));
    const options = await clearinghouse.optionInterest(underlying);
    expect(options, `LEDGER-1: option interest of ${underlying} is the sum of its longs`).to.equal(longOf(isOption));
    // Sizes add to zero, so at any price the winners' unsettled gains are the losers' losses, and what options pay to
    // some others pay: what the pot holds beyond their difference is what settlements were rounded by, less than a wei
    // each.
    const dust = pot * LOTS_PER_UNIT - comingTo;
    expect(dust, `LEDGER-3: the pot of ${underlying} covers what winners have coming`).to.be.at.least(0n);
    expect(dust, `LEDGER-3: the pot of ${underlying} keeps nothing but remainders`).to.be.below(1_000n * LOTS_PER_UNIT);
  }
  const tokens = await token.balanceOf(clearinghouse);
  expect(tokens * TOKEN_UNIT, "LEDGER-2: tokens held are cash, keeper deposits and pots").to.equal(owed);
}

/** The expiries of an underlying that are settled. */
async function hasSettled({ expirySettlement }: System, underlying: bigint): Promise<ReadonlySet<Seconds>> {
  const settled = await expirySettlement.queryFilter(expirySettlement.filters.Settled(underlying));
  return new Set(settled.map(({ args }) => args.expiry));
}

/** What one unit of an option has coming from the pot: nothing until its expiry is settled. */
async function payoffOf({ expirySettlement }: System, instrument: Instrument): Promise<Wad> {
  const { underlying, expiry } = decodeInstrument(instrument);
  const [price, settled] = await expirySettlement.price(underlying, expiry);
  if (!settled) return 0n;
  const inside = isCall(instrument) ? price - strikeOf(instrument) : strikeOf(instrument) - price;
  return inside > 0n ? inside : 0n;
}
