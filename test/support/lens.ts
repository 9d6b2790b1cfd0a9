/** What the lens says of an account, held against the twin to the bit. */
import { expect } from "chai";

import { type Holding, readAssessment, readHolding, readSnapshotAt } from "../../scripts/lib/reads";
import type { System } from "../../scripts/lib/system";
import {
  type AccountId,
  type Instrument,
  type Lots,
  type MarketSnapshot,
  Mode,
  type Position,
  PriceStatus,
  type Wad,
  decodePosition,
  efficiencyOf,
  greeksOf,
  isOption,
  liquidationPrices,
  marketDataOf,
  marketOf,
  portfolio,
  previewFill,
  settleOptions,
  statusOf,
  underlyingOf,
} from "../../sdk";
import { max } from "../../sdk/risk/fixedPoint";
import type { MarginLens } from "../../typechain-types";

const GREEKS = ["delta", "gamma", "vega", "theta", "rho"] as const;
/** One part in so many of a price: what the normal table's last digit can move a liquidation price by. */
const NOISE = 10n ** 12n;
type Greeks = Record<(typeof GREEKS)[number], bigint>;

/** An account at one block, as the lens and the twin see it. */
export class LensCheck {
  private constructor(
    private readonly system: System,
    private readonly lens: MarginLens,
    private readonly id: AccountId,
    readonly block: number,
    readonly holding: Holding,
    readonly snapshot: MarketSnapshot,
  ) {}

  /** @param also what is to be traded besides. */
  static async at(
    system: System,
    lens: MarginLens,
    id: AccountId,
    block: number,
    also: readonly Instrument[] = [],
  ): Promise<LensCheck> {
    const holding = await readHolding(system, id, block);
    const traded = also.map((instrument) => ({ instrument, lots: 0n, index: 0n }));
    const snapshot = await readSnapshotAt(system, [[...holding.positions, ...traded]], block);
    return new LensCheck(system, lens, id, block, holding, snapshot);
  }

  /** Everything but previews. */
  async all(): Promise<void> {
    await this.summary();
    await this.greeks();
    await this.portfolio();
    await this.liquidation();
  }

  async summary(): Promise<void> {
    const { account, positions } = this.holding;
    const found = await this.lens.summary(this.id, { blockTag: this.block });
    const assessment = await readAssessment(this.system, this.id, this.block);
    const live = settleOptions(this.snapshot, account.cash, positions);
    expect(found.mode).to.equal(account.mode);
    expect(found.flagged).to.equal(account.flagged);
    expect(found.positions).to.equal(live.positions.length);
    expect(found.cash, "MATH-1").to.equal(live.cash);
    expect(assessmentOf(found.assessment), "MATH-1").to.deep.equal(assessment);
    const fresh = live.positions.every((one) => statusOf(this.snapshot, one) === PriceStatus.Fresh);
    expect(found.fresh).to.equal(fresh);
    const free = assessment.equityForInitial - found.locked - assessment.initialMargin;
    expect(found.freeCollateral).to.equal(max(free, 0n));
    const efficiency = efficiencyOf(this.snapshot, assessment.equity, positions);
    for (const name of Object.keys(efficiency) as (keyof typeof efficiency)[]) {
      expect(found[name], `MATH-1 ${name}`).to.equal(efficiency[name]);
    }
  }

  async greeks(): Promise<void> {
    const { positions } = this.holding;
    const live = settleOptions(this.snapshot, 0n, positions).positions;
    const each = await this.lens.positionGreeks(this.id, { blockTag: this.block });
    expect(each.positions.map(decodePosition)).to.deep.equal(positions);
    for (const [i, position] of positions.entries()) {
      const twin = this.greeksIn(underlyingOf(position.instrument), live.includes(position) ? [position] : []);
      expect(greeksFrom(each.greeks[i]!), "MATH-1").to.deep.equal(twin);
    }
    const { underlyings, greeks } = await this.lens.accountGreeks(this.id, { blockTag: this.block });
    const held = [...new Set(live.map(({ instrument }) => underlyingOf(instrument)))];
    expect([...underlyings]).to.deep.equal(held);
    for (const [i, underlying] of held.entries()) {
      expect(greeksFrom(greeks[i]!), "MATH-1").to.deep.equal(this.greeksIn(underlying, live));
    }
  }

  private greeksIn(underlying: bigint, positions: readonly Position[]): Greeks {
    return greeksOf(marketOf(this.snapshot.markets, underlying), this.snapshot.expiries ?? [], positions);
  }

  async portfolio(): Promise<void> {
    const { account, positions } = this.holding;
    const live = settleOptions(this.snapshot, account.cash, positions).positions;
    const data = marketDataOf(this.snapshot, live);
    const risks = portfolio.risksOf(data, live);
    for (const [i, { underlying }] of data.markets.entries()) {
      const twin = risks[i]!;
      const found = await this.lens.scenarioMatrix(this.id, underlying, { blockTag: this.block });
      expect(
        found.scenarios.map(({ pnl }) => pnl),
        "MATH-1",
      ).to.deep.equal(twin.pnl);
      expect(found.worst).to.equal(portfolio.worstOf(twin.pnl));
      for (const key of Object.keys(twin) as (keyof typeof twin)[]) {
        if (key !== "pnl") expect(found[key], `MATH-1 ${key}`).to.equal(twin[key]);
      }
    }
    const found = await this.lens.portfolioRequirement(this.id, { blockTag: this.block });
    const twin = portfolio.requirementOf(data, live);
    for (const key of Object.keys(twin) as (keyof typeof twin)[]) {
      expect(found[key], `MATH-1 ${key}`).to.equal(twin[key]);
    }
    if (account.mode !== Mode.Portfolio) return;
    const { initialMargin, maintenanceMargin } = await readAssessment(this.system, this.id, this.block);
    expect([found.initialMargin, found.maintenanceMargin]).to.deep.equal([initialMargin, maintenanceMargin]);
  }

  /** What portfolio margin's contingencies are made of, by the twin: of each underlying held. */
  contingencies(): portfolio.Contingencies[] {
    const { positions } = settleOptions(this.snapshot, 0n, this.holding.positions);
    return portfolio.contingenciesOf(marketDataOf(this.snapshot, positions), positions);
  }

  /**
   * Where the lens came to its end, the twin's price, and with perpetuals alone to the last digit: what options are worth
   * rises and falls by the normal table's last digit, so there are many such prices close together. Else a bracket that
   * has it.
   */
  async liquidation(): Promise<void> {
    const { account, positions } = this.holding;
    const held = new Set(positions.map(({ instrument }) => underlyingOf(instrument)));
    for (const underlying of held) {
      const { down, up } = liquidationPrices(account.mode, this.snapshot, account.cash, positions, underlying);
      const found = await this.lens.liquidationPrices(this.id, underlying, { blockTag: this.block });
      for (const [side, twin] of [
        ["down", down],
        ["up", up],
      ] as const) {
        const price = found[side];
        if (!twin) {
          expect(price.exists, side).to.equal(false);
          continue;
        }
        // Short of gas, it says how far it looked.
        if (!price.exists) {
          expect(side === "down" ? price.healthy > twin.spot : price.healthy < twin.spot, side).to.equal(true);
          continue;
        }
        if (max(price.spot - price.healthy, price.healthy - price.spot) <= 1n) {
          const noise = positions.some(({ instrument }) => isOption(instrument)) ? twin.spot / NOISE : 0n;
          expect(price.spot, "MATH-1").to.be.within(twin.spot - noise, twin.spot + noise);
          expect(price.mark, "MATH-1").to.be.within(twin.mark - noise, twin.mark + noise);
        } else {
          const [least, most] = price.spot < price.healthy ? [price.spot, price.healthy] : [price.healthy, price.spot];
          expect(twin.spot, "within the bracket").to.be.within(least, most);
        }
      }
    }
  }

  /** Returns what both found. */
  async preview(instrument: Instrument, lots: Lots, price: Wad): Promise<ReturnType<typeof previewFill>> {
    const { clearinghouse } = this.system;
    const at = { blockTag: this.block };
    const underlying = underlyingOf(instrument);
    const parameters = isOption(instrument)
      ? await clearinghouse.optionParams(underlying, at)
      : await clearinghouse.marketParams(underlying, at);
    const { locked } = await this.lens.summary(this.id, at);
    const holdings = { ...this.holding.account, positions: this.holding.positions, lockedProceeds: locked };
    const fill = { instrument, lots, price, feeBps: parameters.takerFeeBps };
    const twin = previewFill(this.snapshot, holdings, fill);
    const found = await this.lens.previewOrder(this.id, instrument, lots, price, at);
    expect(assessmentOf(found.current), "MATH-1").to.deep.equal(twin.before);
    expect(assessmentOf(found.next), "MATH-1").to.deep.equal(twin.after);
    expect(found.fee, "MATH-1").to.equal(twin.fee);
    expect(found.cash, "MATH-1").to.equal(twin.holdings.cash);
    expect(found.locked).to.equal(twin.holdings.lockedProceeds ?? 0n);
    expect(found.allowed, "RISK-1").to.equal(twin.allowed);
    return twin;
  }
}

function assessmentOf(a: {
  equity: bigint;
  equityForInitial: bigint;
  equityForMaintenance: bigint;
  initialMargin: bigint;
  maintenanceMargin: bigint;
}) {
  const { equity, equityForInitial, equityForMaintenance, initialMargin, maintenanceMargin } = a;
  return { equity, equityForInitial, equityForMaintenance, initialMargin, maintenanceMargin };
}

function greeksFrom(found: Greeks): Greeks {
  return Object.fromEntries(GREEKS.map((name) => [name, found[name]])) as Greeks;
}
