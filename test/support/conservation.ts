/** What must hold of the whole ledger after anything at all. Ids are those of the invariants. */
import { expect } from "chai";

import { type Holding, readHolding } from "../../scripts/lib/reads";
import type { System } from "../../scripts/lib/system";
import { LOTS_PER_UNIT, toAccountId, underlyingOf } from "../../sdk";
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
    let sum = 0n;
    let long = 0n;
    let settledAt = 0n;
    for (const { lots, index } of held) {
      sum += lots;
      long += lots > 0n ? lots : 0n;
      settledAt += lots * index;
    }
    expect(sum, `LEDGER-1: sizes on underlying ${underlying} add to zero`).to.equal(0n);
    expect(openInterest, `LEDGER-1: open interest of ${underlying} is the sum of its longs`).to.equal(long);
    // Sizes add to zero, so at any price the winners' unsettled gains are the losers' losses: what the pot holds
    // beyond their difference is what settlements were rounded by, less than a wei each.
    const dust = pot * LOTS_PER_UNIT + settledAt;
    expect(dust, `LEDGER-3: the pot of ${underlying} covers what winners have coming`).to.be.at.least(0n);
    expect(dust, `LEDGER-3: the pot of ${underlying} keeps nothing but remainders`).to.be.below(1_000n * LOTS_PER_UNIT);
  }
  const tokens = await token.balanceOf(clearinghouse);
  expect(tokens * TOKEN_UNIT, "LEDGER-2: tokens held are cash, keeper deposits and pots").to.equal(owed);
}
