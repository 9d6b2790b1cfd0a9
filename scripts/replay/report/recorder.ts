/** Keeps what a report shows of a replay. */
import { type AccountId, type Market, grossNotional } from "../../../sdk";
import type { Judged } from "../../keeper/ranking";
import type { Receipt } from "../chain";
import type { Measurement, ReplayObserver } from "../observer";
import type { World } from "../world";
import { type Auction, AuctionLog } from "./auctionLog";
import { MODES, type ModeName, modeName } from "./modes";
import { type Point, type Range, Trace } from "./trace";
import { fromWad } from "./units";
import { VaultLog, type VaultTraces } from "./vaultLog";

/** One underlying over time. Prices in USD per unit; rates, basis and volatility as parts of one. */
export type UnderlyingTraces = Record<
  "spot" | "basis" | "cumulativeFunding" | "initialRate" | "maintenanceRate" | "floorRate" | "dailyVol",
  Point[]
> & { name: string; underlying: bigint };

/** One trader's account over time, USD. */
export type AccountTraces = Record<"equity" | "initialMargin" | "maintenanceMargin", Point[]> & {
  account: AccountId;
  mode: bigint;
  /** The most it held, at mark. */
  largestNotional: number;
  /** The least (E - M) over gross notional came to while it held anything, and when; Infinity if it never did. */
  closest: { distance: number; time: number };
  /** At the end. */
  finalEquity: number;
};

/** A replay as a report shows it. */
export interface Recording {
  range: Range;
  underlyings: UnderlyingTraces[];
  accounts: AccountTraces[];
  /** Every flag, in order, with the bids that followed it. */
  auctions: Auction[];
  vault: VaultTraces;
  /** Gross notional over collateral. */
  efficiency: Record<ModeName, Point[]>;
}

type Traces<Name extends string> = Record<Name, Trace>;

interface RecordedAccount extends Omit<AccountTraces, "equity" | "initialMargin" | "maintenanceMargin"> {
  traces: Traces<"equity" | "initialMargin" | "maintenanceMargin">;
}

interface RecordedUnderlying extends Pick<UnderlyingTraces, "name" | "underlying"> {
  traces: Traces<Exclude<keyof UnderlyingTraces, "name" | "underlying">>;
}

/** What stands from `begin` on. */
interface Subjects {
  world: World;
  vaultAccount: AccountId;
  auctions: AuctionLog;
  vault: VaultLog;
  accounts: RecordedAccount[];
  underlyings: RecordedUnderlying[];
}

export class Recorder implements ReplayObserver {
  readonly #range: Range;
  readonly #efficiency: Traces<ModeName>;
  #subjects: Subjects | undefined;
  #markets: readonly Market[] = [];

  constructor(range: Range) {
    this.#range = range;
    this.#efficiency = this.#traces(...MODES);
  }

  async begin(world: World): Promise<void> {
    const { vault } = world.system;
    const [{ hourCapBps }, vaultAccount] = await Promise.all([vault.limits(), vault.vaultAccount()]);
    this.#subjects = {
      world,
      vaultAccount: vaultAccount as AccountId,
      auctions: new AuctionLog(world.book),
      vault: new VaultLog(this.#range, hourCapBps),
      accounts: world.accounts.traders.map(({ account, mode }) => ({
        account,
        mode,
        largestNotional: 0,
        closest: { distance: Infinity, time: this.#range.from },
        finalEquity: 0,
        traces: this.#traces("equity", "initialMargin", "maintenanceMargin"),
      })),
      underlyings: world.markets.map(({ name, underlying }) => ({
        name,
        underlying,
        traces: this.#traces(
          ...(["spot", "basis", "cumulativeFunding", "dailyVol"] as const),
          ...(["initialRate", "maintenanceRate", "floorRate"] as const),
        ),
      })),
    };
    this.#subjects.vault.measured(this.#range.from, cashOf(world, vaultAccount as AccountId));
  }

  mined(receipt: Receipt): void {
    const { auctions, vault } = this.#begun();
    auctions.apply(receipt, this.#markets);
    vault.apply(receipt);
  }

  measured({ time, markets, judged, efficiency }: Measurement): void {
    const { world, vault, vaultAccount, accounts, underlyings } = this.#begun();
    this.#markets = markets;
    for (const recorded of underlyings) {
      const market = markets.find(({ underlying }) => underlying === recorded.underlying);
      if (market) recordUnderlying(recorded, time, market);
    }
    const byAccount = new Map(judged.map((one) => [one.record.id, one]));
    for (const recorded of accounts) {
      const found = byAccount.get(recorded.account);
      if (found) recordHolder(recorded, time, markets, found);
      else recordCash(recorded, time, cashOf(world, recorded.account));
    }
    vault.measured(time, cashOf(world, vaultAccount));
    for (const [mode, value] of efficiency) this.#efficiency[modeName(mode)].push(time, value ?? NaN);
  }

  /** What was recorded. */
  finish(): Recording {
    const { accounts, underlyings, auctions, vault } = this.#begun();
    return {
      range: this.#range,
      underlyings: underlyings.map(({ traces, ...known }) => ({ ...known, ...pointsOf(traces) })),
      accounts: accounts.map(({ traces, ...known }) => ({ ...known, ...pointsOf(traces) })),
      auctions: auctions.auctions,
      vault: vault.finish(),
      efficiency: pointsOf(this.#efficiency),
    };
  }

  #traces<Name extends string>(...names: Name[]): Traces<Name> {
    return Object.fromEntries(names.map((name) => [name, new Trace(this.#range)])) as Traces<Name>;
  }

  #begun(): Subjects {
    if (!this.#subjects) throw new Error("The replay that is recorded has not begun.");
    return this.#subjects;
  }
}

function recordUnderlying({ traces }: RecordedUnderlying, time: number, market: Market): void {
  const [spot, mark, dailyVol, floor] = [market.spot, market.mark, market.dailyVol, market.baseRate].map(fromWad) as [
    number,
    number,
    number,
    number,
  ];
  const initialRate = Math.min(1, Math.max(floor, fromWad(market.volMultiplier) * dailyVol));
  traces.spot.push(time, spot);
  traces.basis.push(time, mark / spot - 1);
  traces.cumulativeFunding.push(time, fromWad(market.mark - market.index));
  traces.initialRate.push(time, initialRate);
  traces.maintenanceRate.push(time, initialRate * fromWad(market.maintenanceRatio));
  traces.floorRate.push(time, floor);
  traces.dailyVol.push(time, dailyVol);
}

function recordHolder(
  recorded: RecordedAccount,
  time: number,
  markets: readonly Market[],
  { record, assessment, distance }: Judged,
): void {
  const { traces, closest } = recorded;
  recorded.finalEquity = fromWad(assessment.equity);
  traces.equity.push(time, recorded.finalEquity);
  traces.initialMargin.push(time, fromWad(assessment.initialMargin));
  traces.maintenanceMargin.push(time, fromWad(assessment.maintenanceMargin));
  recorded.largestNotional = Math.max(recorded.largestNotional, fromWad(grossNotional(markets, record.positions)));
  if (fromWad(distance) < closest.distance) recorded.closest = { distance: fromWad(distance), time };
}

function cashOf({ book }: World, account: AccountId): number {
  return fromWad(book.get(account)?.account.cash ?? 0n);
}

/** An account without positions is its cash. */
function recordCash(recorded: RecordedAccount, time: number, cash: number): void {
  recorded.finalEquity = cash;
  recorded.traces.equity.push(time, cash);
  recorded.traces.initialMargin.push(time, 0);
  recorded.traces.maintenanceMargin.push(time, 0);
}

function pointsOf<Name extends string>(traces: Traces<Name>): Record<Name, Point[]> {
  const entries = Object.entries<Trace>(traces).map(([name, trace]) => [name, trace.points()]);
  return Object.fromEntries(entries) as Record<Name, Point[]>;
}
