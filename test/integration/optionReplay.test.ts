/**
 * A replay with options on made-up prices: a week's expiry, a crash the day before it, vol that doubles in an hour, and
 * another fall at the last price.
 */
import { takeSnapshot } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import hre from "hardhat";

import { readerOf } from "../../scripts/keeper/chain";
import { judgeRecord } from "../../scripts/keeper/ranking";
import { readSnapshot } from "../../scripts/lib/snapshots";
import { conservationError } from "../../scripts/replay/accounting";
import type { Measurement } from "../../scripts/replay/observer";
import { type PriceSeries, timelineOf } from "../../scripts/replay/prices";
import { Random } from "../../scripts/replay/random";
import { type Replayed, type Scenario, replay } from "../../scripts/replay/replay";
import { MODES } from "../../scripts/replay/report/modes";
import { page } from "../../scripts/replay/report/page";
import { Recorder } from "../../scripts/replay/report/recorder";
import { rangeOf, subjectOf } from "../../scripts/replay/report/subject";
import { describe as tell } from "../../scripts/replay/summary";
import type { World } from "../../scripts/replay/world";
import {
  type Instrument,
  type MarketSnapshot,
  Mode,
  decodeInstrument,
  formatAccountId,
  isOption,
  isPerp,
  parseWad,
  SettlementBasis,
} from "../../sdk";
import { type IClearinghouse, IClearinghouse__factory } from "../../typechain-types";

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const WEEK = 7 * DAY;
/** A Wednesday: what is listed, and so what is traded, follows the calendar and must not follow the day of the test. */
const FROM = Date.UTC(2037, 10, 25) / 1000;
const STEP = HOUR;
const WARM = DAY;
const TRADERS = 12;

/** Hours after the start: the crash, the expiry on Friday at 08:00, and the last price on Saturday at 01:00. */
const CRASH = 30;
const EXPIRY = 56;
const LAST = 73;
/** What is left after that, seconds: a block in which to flag, and none in which to bid. */
const LEFT = 20;
const CALM_VOL = 0.55;
const WILD_VOL = 1.1;

function pricesOf(underlying: string, price: number, beta: number): PriceSeries {
  const random = new Random(`prices of ${underlying}`);
  const visits = [];
  let log = Math.log(price);
  for (let at = FROM - WARM; at <= FROM + LAST * HOUR; at += STEP) {
    visits.push({ time: at, price: BigInt(Math.round(Math.exp(log) * 1e8)) });
    const hour = (at - FROM) / HOUR;
    const drift = hour >= CRASH && hour < CRASH + 3 ? -0.045 : hour === LAST - 1 ? -0.4 : 0;
    log += beta * drift + 0.004 * random.normal();
  }
  return { underlying, visits, end: FROM + LAST * HOUR + LEFT, source: "made up" };
}

function scenario(): Scenario {
  const series = [pricesOf("BTC", 50_000, 1), pricesOf("ETH", 3_500, 1.2)];
  const hours = Array.from({ length: LAST + 1 }, (_, hour) => hour);
  const rows = hours.map((hour) => ({ time: FROM + hour * HOUR, vol: hour > CRASH ? WILD_VOL : CALM_VOL }));
  return {
    timeline: timelineOf(series, { from: FROM }),
    traders: TRADERS,
    modes: [Mode.Isolated, Mode.Cross, Mode.Portfolio],
    seed: "11",
    sources: [],
    beginsAt: FROM - WARM - HOUR,
    levels: [{ underlying: "BTC", rows, source: "made up" }],
  };
}

/** Records, and notes what the keeper held on the way. */
class Watcher extends Recorder {
  readonly keeperHeld = new Set<Instrument>();
  /** How many positions, by time. */
  readonly keeperHolds = new Map<number, number>();
  #world: World | undefined;

  override async begin(world: World): Promise<void> {
    this.#world = world;
    await super.begin(world);
  }

  override measured(measurement: Measurement): void {
    const { book, accounts } = this.#world!;
    const { positions } = book.get(accounts.keeper)!;
    for (const { instrument } of positions) this.keeperHeld.add(instrument);
    this.keeperHolds.set(measurement.time, positions.length);
    super.measured(measurement);
  }
}

describe("a stress replay with options", function () {
  this.timeout(180_000);
  let replayed: Replayed;
  let held: Scenario;
  let recorder: Watcher;
  let lines: string[];
  let restore: () => Promise<void>;
  let clearinghouse: IClearinghouse;
  let snapshot: MarketSnapshot;

  before(async () => {
    const fork = await takeSnapshot();
    restore = () => fork.restore();
    held = scenario();
    recorder = new Watcher(rangeOf(held));
    lines = [];
    replayed = await replay(hre, held, (line) => lines.push(line), recorder);
    const { domain, system, book } = replayed.world;
    const call = ({ to, data }: { to: string; data: string }): Promise<string> =>
      hre.network.provider.send("eth_call", [{ to, data }, "pending"]) as Promise<string>;
    clearinghouse = IClearinghouse__factory.connect(domain.verifyingContract, readerOf({ call }));
    const positions = book.holders().map((record) => record.positions);
    snapshot = await readSnapshot(clearinghouse, system.volatilityOracle, positions);
  });

  after(async () => {
    await hre.network.provider.send("evm_setAutomine", [true]);
    await restore();
  });

  it("has traders of every mode, and sells whoever the crash leaves below maintenance margin", () => {
    const { traders, liquidations, discountsPaid, gas } = replayed.outcome;
    for (const mode of MODES) expect(traders[mode], mode).to.equal(TRADERS / 3);
    expect(liquidations.isolated + liquidations.cross, "standard margin").to.be.above(0);
    expect(liquidations.portfolio, "portfolio margin").to.be.above(0);
    expect(Number(discountsPaid)).to.be.above(0);
    for (const kind of ["open options", "close", "flag", "bid", "unwind", "surface", "settle expiry", "touch"]) {
      expect(gas[kind], kind).to.be.above(21_000);
    }
  });

  it("shows what hedges save: more on a dollar under portfolio margin than cross, and cross than isolated", () => {
    const { isolated, cross, portfolio } = replayed.outcome.capitalEfficiency;
    expect(portfolio / cross).to.be.above(1.5);
    expect(cross / isolated).to.be.above(1.1);
  });

  it("keeps every wei (LEDGER-1, LEDGER-2, LEDGER-3)", () => {
    expect(Number(replayed.outcome.conservationError)).to.be.below(1e-6);
  });

  it("would notice a lot of an option that nobody is short of", async () => {
    const { world } = replayed;
    const error = await conservationError(world, snapshot);
    const position = world.book
      .holders()
      .flatMap(({ positions }) => positions)
      .find(({ instrument }) => isOption(instrument))!;
    const { lots } = position;
    position.lots = lots + 100_000_000n;
    expect((await conservationError(world, snapshot)) - error).to.be.above(parseWad("1000"));
    position.lots = lots;
  });

  it("settled the week's expiries from their whole window, and paid everybody", async () => {
    const { options } = replayed.outcome;
    const { system, markets, book } = replayed.world;
    expect(options!.expiriesSettled).to.equal(2);
    const expiry = FROM + EXPIRY * HOUR;
    for (const { underlying } of markets) {
      const found = await system.expirySettlement.settlementOf(underlying, expiry);
      expect(found.basis).to.equal(SettlementBasis.Window);
      expect(Number(found.settledAt) - expiry).to.be.within(60, 2 * MINUTE);
    }
    const left = book.holders().flatMap(({ positions }) => positions.map(({ instrument }) => instrument));
    const past = left.filter((one) => isOption(one) && decodeInstrument(one).expiry <= BigInt(expiry));
    expect(past).to.be.empty;
  });

  it("has the traders whose books expired hold new ones the day after", () => {
    const { book, accounts } = replayed.world;
    const trading = accounts.traders.filter(({ account }) =>
      book.get(account)?.positions.some(({ instrument }) => isOption(instrument)),
    );
    for (const mode of [Mode.Isolated, Mode.Cross, Mode.Portfolio]) {
      expect(
        trading.filter((trader) => trader.mode === mode),
        `mode ${mode}`,
      ).not.to.be.empty;
    }
    const expiries = new Set(
      [...book.holders()].flatMap(({ positions }) =>
        positions.map(({ instrument }) => decodeInstrument(instrument).expiry),
      ),
    );
    expect(expiries.has(BigInt(FROM + EXPIRY * HOUR + WEEK)), "next week's").to.be.true;
  });

  it("reported no more than the oracle takes, and went on until it was there", async () => {
    const { options } = replayed.outcome;
    const { system, markets } = replayed.world;
    // 55 points at once where 25 an hour may pass.
    expect(options!.clippedReports).to.be.within(3, 40);
    expect(options!.forecastReports, "ETH has no file, and a report an hour").to.be.within(LAST - 6, LAST + 10);
    const { underlying } = markets.find(({ name }) => name === "BTC")!;
    const month = (await system.surfaceOracle.expiriesOf(underlying)).at(-1)!;
    const [sigma] = await system.surfaceOracle.volatility(underlying, month, 0n);
    expect(Number(sigma) / 1e18).to.be.within(0.8 * WILD_VOL, WILD_VOL);
  });

  it("never has anything refused, so no healthy account was tried (RISK-2)", () => {
    expect([...replayed.refusals]).to.deep.equal([]);
  });

  it("has the keeper take options as well as perpetuals, and sell them all", () => {
    const taken = [...recorder.keeperHeld];
    expect(taken.filter(isOption)).to.have.length.above(1);
    expect(taken.filter(isPerp)).not.to.be.empty;
    const before = [...recorder.keeperHolds].filter(([at]) => at < FROM + LAST * HOUR);
    expect(before.at(-1)![1], "before the last price").to.equal(0);
  });

  it("judged every account as the ledger does, to the wei (MATH-1)", async () => {
    for (const record of replayed.world.book.holders()) {
      const found = await clearinghouse.assess(record.id);
      const { equity, equityForInitial, equityForMaintenance, initialMargin, maintenanceMargin } = found;
      const expected = { equity, equityForInitial, equityForMaintenance, initialMargin, maintenanceMargin };
      expect(judgeRecord(record, snapshot)?.assessment, formatAccountId(record.id)).to.deep.equal(expected);
    }
  });

  it("knows a reason for every account that ended below maintenance margin (RISK-3)", async () => {
    const below: string[] = [];
    for (const { id } of replayed.world.book.holders()) {
      const { equityForMaintenance, maintenanceMargin } = await clearinghouse.assess(id);
      if (equityForMaintenance < maintenanceMargin) below.push(formatAccountId(id));
    }
    const { endedBelowMaintenance } = replayed.outcome;
    expect(endedBelowMaintenance.map(({ account }) => account)).to.have.members(below);
    expect(below, "somebody must have fallen at the last price").not.to.be.empty;
    for (const { reason } of endedBelowMaintenance) {
      expect(reason).to.match(
        /^its auction runs since .* UTC and stands at a discount of 0\.\d+ %: ((its equity is below zero and the vault's caps leave .* USD, so )?a bid would gain .* USD and must gain .*|a bid pays since this moment, and is due in the next block)$/,
      );
    }
  });

  it("says where the surfaces came from, on screen and in the report", () => {
    const stated = "The level of ETH's vol is what the volatility oracle forecasts of a day, over a year.";
    expect(lines).to.include("The level of BTC's vol is made up.").and.include(stated);
    expect(tell(held, replayed)).to.contain(stated);
    expect(
      page(subjectOf(held, replayed, recorder.finish()))
        .replaceAll("&apos;", "'")
        .replaceAll("&#39;", "'"),
    ).to.contain("forecasts of a day, over a year.");
  });
});
