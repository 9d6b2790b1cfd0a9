/**
 * The options of a replay: expiries and strikes that follow the calendar and the price, surfaces whose signers report
 * each hour, and expiries that are settled from the feed's rounds.
 */
import { type AccountId, type Instrument, decodeInstrument, isOption } from "../../../sdk";
import { IClearinghouse__factory, IExpirySettlement__factory, ISurfaceOracle__factory } from "../../../typechain-types";
import { readerOf } from "../../keeper/chain";
import type { ExpirySettler } from "../../keeper/settling";
import { signSurfaceReport } from "../../surface/sign";
import type { Stage } from "../stage";
import { type ReplayedMarket, WAD_PER_ANSWER } from "../world";
import { type LevelSeries, levelAt } from "./levels";
import { type Strikes, expiriesAt, hasDrifted, strikesAround } from "./listing";
import { type Room, reachableLevel, sliceAt } from "./smile";

/** What the option market did, for whoever reads the outcome. */
export interface OptionCounts {
  expiriesListed: number;
  expiriesSettled: number;
  surfaceReports: number;
  /** Reports that moved less far than the level had, because the oracle bounds what moves in an hour. */
  clippedReports: number;
  /** Reports whose level was the volatility oracle's forecast, because no file has one of that time. */
  forecastReports: number;
}

/** The counts in words. */
export const COUNTED: readonly (readonly [keyof OptionCounts, string])[] = [
  ["expiriesListed", "expiries listed"],
  ["expiriesSettled", "expiries settled"],
  ["surfaceReports", "surface reports"],
  ["clippedReports", "reports the oracle's bounds held back"],
  ["forecastReports", "reports by the oracle's forecast"],
];

/** One underlying's options. */
interface Listed {
  market: ReplayedMarket;
  levels: LevelSeries | undefined;
  /** USD. */
  price: number;
  /** Around which strikes are listed, USD; zero before any are. */
  center: number;
  /** When strikes may next be listed anew, unix seconds. */
  nextStrikes: number;
  strikes: Strikes | undefined;
  /** When each expiry was last reported, unix seconds, and the level of it; undefined for one that never was. */
  reports: Map<number, { at: number; level: number } | undefined>;
  nextReport: number;
}

interface Due {
  underlying: bigint;
  expiry: number;
}

const HOUR = 3_600;
const DAY = 24 * HOUR;
/** Where a report was clipped, the next comes as soon as the oracle's window has moved on. */
const SOON = HOUR / 3;
/** The settlement window's end is its expiry, and a minute later it may be settled. */
const SETTLE_AFTER = 61;
const YEAR_DAYS = 365;
/** No level below or above is ever reported. */
const [LEAST_LEVEL, MOST_LEVEL] = [0.1, 4];
/** The oracle counts moves in thousandths of a vol point and rounds them up. */
const VOL_UNIT = 1e-5;
const ROUNDING = 2 * VOL_UNIT;
/** Accounts touched in one transaction. */
const BATCH = 10;

const ledger = IClearinghouse__factory.createInterface();
const surfaces = ISurfaceOracle__factory.createInterface();

export class OptionMarket {
  readonly counts: OptionCounts = {
    expiriesListed: 0,
    expiriesSettled: 0,
    surfaceReports: 0,
    clippedReports: 0,
    forecastReports: 0,
  };
  readonly #stage: Stage;
  readonly #addresses: { surfaceOracle: string; expirySettlement: string };
  readonly #settler: ExpirySettler;
  readonly #listed: Listed[];
  #unsettled: Due[] = [];

  constructor(
    stage: Stage,
    addresses: { surfaceOracle: string; expirySettlement: string },
    levels: readonly LevelSeries[],
    settler: ExpirySettler,
  ) {
    this.#stage = stage;
    this.#addresses = addresses;
    this.#settler = settler;
    this.#listed = stage.world.markets.map((market) => ({
      market,
      levels: levels.find(({ underlying }) => underlying === market.name),
      price: 0,
      center: 0,
      nextStrikes: 0,
      strikes: undefined,
      reports: new Map(),
      nextReport: 0,
    }));
  }

  /** The strikes of an underlying that may be opened; undefined before its first price. */
  strikesOf(underlying: bigint): Strikes | undefined {
    return this.#listed.find(({ market }) => market.underlying === underlying)?.strikes;
  }

  /** Sends what is due at this moment: listings, then reports. Prices in 1e-8 USD. */
  async publish(time: number, prices: ReadonlyMap<string, bigint>): Promise<void> {
    for (const listed of this.#listed) {
      const price = prices.get(listed.market.name);
      if (price !== undefined) listed.price = Number(price * WAD_PER_ANSWER) / 1e18;
      await this.#list(listed, time);
      if (time >= listed.nextReport) await this.#report(listed, time);
    }
    this.#stage.expiries = this.#listed.flatMap(({ market: { underlying }, reports }) =>
      [...reports.keys()].filter((expiry) => expiry > time).map((expiry) => ({ underlying, expiry })),
    );
  }

  /** When the next expiry can be settled, unix seconds; Infinity where nothing waits for it. */
  get nextSettlement(): number {
    return Math.min(Infinity, ...this.#unsettled.map(({ expiry }) => expiry + SETTLE_AFTER));
  }

  /** Has the keeper settle what it can, and touches everybody who held it. Returns whether anything was settled. */
  async settle(): Promise<boolean> {
    const due = this.#unsettled.filter(({ expiry }) => expiry + SETTLE_AFTER <= this.#stage.chain.time);
    if (due.length === 0) return false;
    await this.#settler.settle();
    await this.#stage.commit();
    const settlement = IExpirySettlement__factory.connect(this.#addresses.expirySettlement, this.#reader());
    const found = await Promise.all(due.map(({ underlying, expiry }) => settlement.price(underlying, expiry)));
    const settled = due.filter((_, i) => found[i]?.isFinal);
    // What nobody holds is left unsettled.
    const waiting = due.filter((one) => !settled.includes(one) && this.#holdersOf([one]).length > 0);
    this.#unsettled = this.#unsettled.filter((one) => !due.includes(one) || waiting.includes(one));
    this.counts.expiriesSettled += settled.length;
    await this.#touch(settled);
    return settled.length > 0;
  }

  async #list(listed: Listed, time: number): Promise<void> {
    const { market, reports, price, center } = listed;
    // Once a day, when books are entered: who completes one an hour later still finds its strikes.
    const drifted = time >= listed.nextStrikes && hasDrifted(center, price);
    if (time >= listed.nextStrikes) listed.nextStrikes = (listed.nextStrikes || time) + DAY;
    if (drifted) {
      listed.center = price;
      listed.strikes = strikesAround(price);
    }
    const { strikes } = listed;
    if (!strikes) return;
    for (const expiry of expiriesAt(time)) {
      const known = reports.has(expiry);
      if (known && !drifted) continue;
      const data = ledger.encodeFunctionData("listExpiry", [market.underlying, expiry, strikes]);
      await this.#stage.send({ to: this.#stage.world.domain.verifyingContract, data }, "list");
      if (known) continue;
      reports.set(expiry, undefined);
      listed.nextReport = 0;
      this.#unsettled.push({ underlying: market.underlying, expiry });
      ++this.counts.expiriesListed;
    }
  }

  async #report(listed: Listed, time: number): Promise<void> {
    const { market, reports } = listed;
    for (const expiry of reports.keys()) if (expiry <= time) reports.delete(expiry);
    const { level: wanted, forecast } = await this.#levelOf(listed, time);
    const level = reachableLevel(wanted, await this.#rooms(listed), time);
    const clipped = level === undefined || Math.abs(level - wanted) > ROUNDING;
    listed.nextReport = time + (clipped ? SOON : HOUR);
    if (clipped) ++this.counts.clippedReports;
    if (level === undefined) return;
    const expiries = [...reports.keys()].sort((a, b) => a - b);
    const slices = expiries.map((expiry) => sliceAt(level, expiry, time));
    const report = { underlying: Number(market.underlying), observedAt: BigInt(time), slices };
    const { hre } = this.#stage.world;
    const signatures = await signSurfaceReport(hre, this.#addresses.surfaceOracle, report);
    const data = surfaces.encodeFunctionData("post", [report, signatures]);
    await this.#stage.send({ to: this.#addresses.surfaceOracle, data }, "surface");
    for (const expiry of expiries) reports.set(expiry, { at: time, level });
    ++this.counts.surfaceReports;
    if (forecast) ++this.counts.forecastReports;
  }

  /** The file's, or what the volatility oracle forecasts of a day, over a year. */
  async #levelOf({ market, levels }: Listed, time: number): Promise<{ level: number; forecast: boolean }> {
    const indexed = levels && levelAt(levels, time);
    let level = indexed;
    if (level === undefined) {
      const found = (await this.#stage.readMarkets()).find(({ underlying }) => underlying === market.underlying);
      level = (Number(found?.dailyVol ?? 0n) / 1e18) * Math.sqrt(YEAR_DAYS);
    }
    return { level: Math.max(LEAST_LEVEL, Math.min(MOST_LEVEL, level)), forecast: indexed === undefined };
  }

  /** Of every expiry that was reported before. */
  async #rooms({ market, reports }: Listed): Promise<Room[]> {
    const oracle = ISurfaceOracle__factory.connect(this.#addresses.surfaceOracle, this.#reader());
    const rooms = [...reports].map(async ([expiry, last]): Promise<Room[]> => {
      if (!last) return [];
      const [, left] = await oracle.movesLeft(market.underlying, expiry);
      const room = { expiry, reportedAt: last.at, level: last.level };
      return [{ ...room, left: Math.max(0, Number(left) * VOL_UNIT - ROUNDING) }];
    });
    return (await Promise.all(rooms)).flat();
  }

  async #touch(settled: readonly Due[]): Promise<void> {
    const holders = this.#holdersOf(settled);
    for (let i = 0; i < holders.length; i += BATCH) {
      const data = ledger.encodeFunctionData("touch", [holders.slice(i, i + BATCH)]);
      await this.#stage.send({ to: this.#stage.world.domain.verifyingContract, data }, "touch");
    }
    await this.#stage.commit();
  }

  #holdersOf(expiries: readonly Due[]): AccountId[] {
    const ends = (instrument: Instrument): boolean => {
      const { underlying, expiry } = decodeInstrument(instrument);
      return isOption(instrument) && expiries.some((one) => isSeries(one, underlying, expiry));
    };
    const holders = this.#stage.world.book.holders();
    return holders.filter(({ positions }) => positions.some(({ instrument }) => ends(instrument))).map(({ id }) => id);
  }

  #reader(): ReturnType<typeof readerOf> {
    return readerOf({ call: (call) => this.#call(call) });
  }

  #call(call: { to: string; data: string }): Promise<string> {
    return this.#stage.chain.call(this.#stage.world.operator.address, call);
  }
}

function isSeries(due: Due, underlying: bigint, expiry: bigint): boolean {
  return due.underlying === underlying && BigInt(due.expiry) === expiry;
}
