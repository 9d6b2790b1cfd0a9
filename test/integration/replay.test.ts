import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { DOMParser, type Document } from "@xmldom/xmldom";
import { takeSnapshot, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import hre from "hardhat";

import { type Call, readerOf } from "../../scripts/keeper/chain";
import { readSnapshot } from "../../scripts/lib/snapshots";
import { judgeRecord } from "../../scripts/keeper/ranking";
import { conservationError } from "../../scripts/replay/accounting";
import { type PriceSeries, readPrices, timelineOf } from "../../scripts/replay/prices";
import { type Replayed, type Scenario, replay } from "../../scripts/replay/replay";
import { isSold } from "../../scripts/replay/report/auctionLog";
import { MODES, type ModeName, byMode } from "../../scripts/replay/report/modes";
import { page } from "../../scripts/replay/report/page";
import { Recorder, type Recording } from "../../scripts/replay/report/recorder";
import { rangeOf, subjectOf } from "../../scripts/replay/report/subject";
import { type MarketSnapshot, Mode, decodeAccount, formatAccountId, parseWad, perp } from "../../sdk";
import { type IClearinghouse, IClearinghouse__factory } from "../../typechain-types";
import { hasShared, sharedPath } from "../support/shared";

const ROOT = path.join(__dirname, "../..");
const PRICES = ["data", "eth_spot_5m_2020-02_2020-03.csv"] as const;

const HOUR = 3600;
/** 12 and 13 March 2020, 22:00 to 02:16:40 UTC: from 133 to the lowest price, 86 USD, and not a minute longer. */
const FROM = 1_584_050_400;
const TO = 1_584_065_800;
const STEPS = 206;
const TRADERS = 99;
const MODES_OF_ALL = [Mode.Isolated, Mode.Cross, Mode.Portfolio];
const WARM = 3 * 24 * HOUR;

/** The same prices at times this test's chain has not reached yet, after three days to warm the volatility. */
async function scenario(traders: number): Promise<Scenario> {
  const [file] = await readPrices(sharedPath(...PRICES), ["ETH"]);
  const beginsAt = (await time.latest()) + HOUR;
  const shift = beginsAt + HOUR + WARM - FROM;
  const visits = file!.visits.filter((visit) => visit.time >= FROM - WARM);
  const moved: PriceSeries = {
    ...file!,
    visits: visits.map((visit) => ({ ...visit, time: visit.time + shift })),
    end: file!.end + shift,
  };
  const timeline = timelineOf([moved], { from: FROM + shift, to: TO + shift });
  return { timeline, traders, modes: MODES_OF_ALL, seed: "1", sources: [], beginsAt, levels: undefined };
}

const SECTIONS = ["prices", "accounts", "auctions", "vault", "efficiency", "funding", "margins"];

/** A report as it was written; throws where it is not well-formed. */
function parseReport(text: string): Document {
  const onError = (level: string, message: string): never => {
    throw new Error(`${level}: ${message}`);
  };
  return new DOMParser({ onError }).parseFromString(text, "text/xml");
}

/** What the report says under each path of the outcome, exactly. */
function figuresOf(report: Document): Map<string, string | null> {
  const found = [...report.getElementsByTagName("data")];
  return new Map(found.map((element) => [element.getAttribute("data-figure") ?? "", element.getAttribute("value")]));
}

/** Holds the report against the outcome it is of, and its form against what a reader needs. */
function expectWhole(text: string, outcome: unknown): void {
  const report = parseReport(text);
  const figures = figuresOf(report);
  expect([...figures.keys()]).to.include.members([
    ...["steps", "badDebt", "backstopPaid", "deleveraged", "socialised", "discountsPaid", "fundingPaid"],
    ...["conservationError", "endedBelowMaintenance.length"],
    "keeperIncome",
    ...["traders", "liquidations", "takeovers", "capitalEfficiency"].flatMap((of) =>
      ["isolated", "cross", "portfolio"].map((mode) => `${of}.${mode}`),
    ),
  ]);
  for (const [at, value] of figures) {
    const exact = at.split(".").reduce<unknown>((inside, key) => (inside as Record<string, unknown>)[key], outcome);
    expect(value, at).to.equal(String(exact));
  }
  const sections = [...report.getElementsByTagName("section")];
  expect(sections.map((section) => section.getAttribute("id"))).to.deep.equal(SECTIONS);
  for (const section of sections) {
    const [charts, captions] = ["svg", "figcaption"].map((name) => section.getElementsByTagName(name).length);
    expect(charts, section.getAttribute("id") ?? "").to.be.at.least(1);
    expect(captions).to.equal(charts);
  }
  expect(text.replaceAll("http://www.w3.org/2000/svg", "")).not.to.match(
    /https?:|url\((?!#)|@import|<script|<link|\ssrc=/i,
  );
  expect(text).not.to.match(/NaN|undefined|Infinity/);
}

describe("the stress replay of March 2020", function () {
  this.timeout(600_000);
  let replayed: Replayed;
  let recording: Recording;
  let replayedScenario: Scenario;
  let endsAt: number;
  let restore: () => Promise<void>;

  before(async function () {
    if (!hasShared(...PRICES)) this.skip();
    const snapshot = await takeSnapshot();
    restore = () => snapshot.restore();
    replayedScenario = await scenario(TRADERS);
    const recorder = new Recorder(rangeOf(replayedScenario));
    replayed = await replay(hre, replayedScenario, () => undefined, recorder);
    recording = recorder.finish();
    const pending = (await hre.network.provider.send("eth_getBlockByNumber", ["pending", false])) as {
      timestamp: string;
    };
    endsAt = Number(pending.timestamp);
  });

  after(async () => {
    await hre.network.provider.send("evm_setAutomine", [true]);
    await restore();
  });

  /** The ledger as the next block sees it, whose time is the replay's last, and all that accounts are judged by. */
  async function pendingSnapshot(): Promise<[IClearinghouse, MarketSnapshot]> {
    const { domain, markets, system } = replayed.world;
    // Said again: a chain that went back to a snapshot may have gone on by the machine's clock.
    await hre.network.provider.send("evm_setNextBlockTimestamp", [endsAt]);
    const call = ({ to, data }: Call): Promise<string> =>
      hre.network.provider.send("eth_call", [{ to, data }, "pending"]) as Promise<string>;
    const clearinghouse = IClearinghouse__factory.connect(domain.verifyingContract, readerOf({ call }));
    const everything = markets.map(({ underlying }) => ({ instrument: perp(underlying), lots: 0n, index: 0n }));
    return [clearinghouse, await readSnapshot(clearinghouse, system.volatilityOracle, [everything])];
  }

  it("liquidates in every mode", () => {
    const { steps, traders, liquidations, gas, capitalEfficiency } = replayed.outcome;
    expect(steps).to.equal(STEPS);
    expect(traders).to.deep.equal({ isolated: TRADERS / 3, cross: TRADERS / 3, portfolio: TRADERS / 3 });
    for (const mode of ["isolated", "cross", "portfolio"] as const) {
      expect(liquidations[mode], mode).to.be.above(0);
      expect(capitalEfficiency[mode], mode).to.be.within(1, 12);
    }
    for (const kind of ["open", "increase", "flag", "bid", "unwind"]) expect(gas[kind], kind).to.be.above(21_000);
    expect(Number(replayed.outcome.discountsPaid)).to.be.above(0);
    expect(Number(replayed.outcome.fundingPaid)).to.be.above(0);
  });

  it("keeps every wei (LEDGER-1, LEDGER-2, LEDGER-3)", () => {
    expect(Number(replayed.outcome.conservationError)).to.be.below(1e-6);
  });

  it("recorded the same auctions, debts and payments as it counted", async () => {
    const { outcome, world } = replayed;
    const sold = recording.auctions.filter(isSold);
    const bids = sold.flatMap((auction) => auction.bids);
    const of = (mode: bigint): number => sold.filter((auction) => auction.mode === mode).length;
    expect(byMode(of)).to.deep.equal(outcome.liquidations);
    const sum = (amounts: number[]): number => amounts.reduce((total, amount) => total + amount, 0);
    expect(sum(bids.map(({ badDebt }) => badDebt))).to.be.closeTo(Number(outcome.badDebt), 1e-6);
    expect(sum(bids.map(({ cover }) => cover))).to.be.closeTo(Number(outcome.backstopPaid), 1e-6);
    for (const { flaggedAt, bids: own } of sold) for (const bid of own) expect(bid.time).to.be.above(flaggedAt);
    for (const { discount } of bids) expect(discount).to.be.within(0, 1);

    const { cash, feesIn, coverOut, takeoverMargin, capUse } = recording.vault;
    const [first, last] = [cash[0]!.value, cash.at(-1)!.value];
    expect(takeoverMargin).to.deep.equal([{ time: cash[0]!.time, value: 0 }]);
    expect(last).to.be.closeTo(Number(await world.system.vault.totalAssets()) / 1e6, 1e-5);
    expect(last - first).to.be.closeTo(feesIn.at(-1)!.value - coverOut.at(-1)!.value, 1e-5);
    expect(coverOut.at(-1)!.value).to.be.closeTo(Number(outcome.backstopPaid), 1e-6);
    for (const { value } of capUse) expect(value).to.be.within(0, 1);
  });

  it("recorded what the chain says at the end", async () => {
    const [clearinghouse, snapshot] = await pendingSnapshot();
    const [market] = snapshot.markets;
    const [traces] = recording.underlyings;
    expect(traces!.spot.at(-1)!.value).to.be.closeTo(Number(market!.spot) / 1e18, 1e-9);
    expect(traces!.dailyVol.at(-1)!.value).to.be.closeTo(Number(market!.dailyVol) / 1e18, 1e-12);
    for (const { account, equity } of recording.accounts) {
      const found = await clearinghouse.assess(account);
      // Funding of the last minutes is all that may have come since.
      expect(equity.at(-1)!.value, formatAccountId(account)).to.be.closeTo(Number(found.equity) / 1e18, 0.5);
    }
  });

  it("makes a report whose figures are the outcome's", () => {
    const hostile = { ...replayedScenario, sources: ["ETH from <script>alert(1)</script>&.csv"] };
    const text = page(subjectOf(hostile, replayed, recording));
    expectWhole(text, replayed.outcome);
    expect(text.length).to.be.below(1_000_000);
    const charts = [...parseReport(text).getElementsByTagName("path")].map((path) => path.getAttribute("class") ?? "");
    const marked = (mode: ModeName): number => charts.filter((name) => name === `mark ${mode}`).length;
    // One more of each is the key.
    const { liquidations } = replayed.outcome;
    expect(MODES.map(marked)).to.deep.equal(MODES.map((mode) => liquidations[mode] + 1));
  });

  it("draws a takeover where there was one, and nothing of the kind where there was none", () => {
    const marks = (auctions: Recording["auctions"]): number => {
      const text = page(subjectOf(replayedScenario, replayed, { ...recording, auctions }));
      const paths = [...parseReport(text).getElementsByTagName("path")];
      return paths.filter((path) => path.getAttribute("class") === "takeover").length;
    };
    expect(marks(recording.auctions)).to.equal(0);
    const [first, ...others] = recording.auctions;
    const [bid] = recording.auctions.filter(isSold).flatMap(({ bids }) => bids);
    const takeover = { time: first!.flaggedAt + HOUR, equity: 20, margin: 90, taken: bid!.sold };
    // Beside the price, in its key, and above the account, which is thereby worth a chart.
    expect(marks([{ ...first!, bids: [], takeover }, ...others])).to.equal(3);
  });

  it("would notice a token unit too many and a lot that nobody is short of", async () => {
    const { world } = replayed;
    const [, snapshot] = await pendingSnapshot();
    const error = await conservationError(world, snapshot);
    const fork = await takeSnapshot();
    await hre.network.provider.send("evm_setAutomine", [true]);
    await world.system.token.mint(world.system.clearinghouse, 1);
    expect((await conservationError(world, snapshot)) - error).to.equal(parseWad("0.000001"));
    await hre.network.provider.send("evm_setAutomine", [false]);
    await fork.restore();

    const [holder] = world.book.holders();
    const [position] = holder!.positions;
    const { lots } = position!;
    position!.lots = lots + 100_000_000n;
    expect((await conservationError(world, snapshot)) - error).to.be.above(snapshot.markets[0]!.mark - parseWad("1"));
    position!.lots = lots;
  });

  it("never has a transaction refused, so no healthy account was tried (RISK-2)", () => {
    expect([...replayed.refusals]).to.deep.equal([]);
  });

  it("knows a reason for every account that ended below maintenance margin (RISK-3)", async () => {
    const { outcome, world } = replayed;
    const { clearinghouse } = world.system;
    const below: string[] = [];
    for (const { id } of world.book.holders()) {
      const { equityForMaintenance, maintenanceMargin } = await clearinghouse.assess(id, { blockTag: "pending" });
      if (equityForMaintenance < maintenanceMargin) below.push(formatAccountId(id));
    }
    expect(outcome.endedBelowMaintenance.map(({ account }) => account)).to.have.members(below);
    expect(below, "somebody must have fallen at the last price").not.to.be.empty;
    for (const { reason } of outcome.endedBelowMaintenance) {
      expect(reason).to.match(/^its auction runs since .* UTC .*: a bid would gain .* USD and must gain .*$/);
    }
  });

  it("rebuilt every account from events alone, word for word", async () => {
    const { clearinghouse } = replayed.world.system;
    const records = [...replayed.world.book.all()];
    // Traders, four makers, the keeper and the vault.
    expect(records).to.have.length(TRADERS + 4 + 1 + 1);
    for (const { id, word, words } of records) {
      expect(word, formatAccountId(id)).to.equal(await clearinghouse.accountOf(id));
      expect([...words.values()], formatAccountId(id)).to.have.members([...(await clearinghouse.positionsOf(id))]);
      expect(decodeAccount(word).mode).not.to.equal(Mode.None);
    }
  });

  it("judged every account as the ledger does, to the wei (MATH-1)", async () => {
    const { book } = replayed.world;
    const [clearinghouse, snapshot] = await pendingSnapshot();
    expect(book.holders()).not.to.be.empty;
    for (const record of book.holders()) {
      const found = await clearinghouse.assess(record.id);
      const { equity, equityForInitial, equityForMaintenance, initialMargin, maintenanceMargin } = found;
      const judged = judgeRecord(record, snapshot)?.assessment;
      const expected = { equity, equityForInitial, equityForMaintenance, initialMargin, maintenanceMargin };
      expect(judged, formatAccountId(record.id)).to.deep.equal(expected);
    }
  });
});

describe("npx hardhat stress:replay", function () {
  this.timeout(300_000);
  const hardhat = require.resolve("hardhat/internal/cli/bootstrap");
  const run = (...args: string[]) =>
    spawnSync(process.execPath, [hardhat, "stress:replay", ...args], { cwd: ROOT, encoding: "utf8" });
  let scratch: string;

  before(() => {
    scratch = mkdtempSync(path.join(tmpdir(), "replay-"));
  });

  after(() => {
    rmSync(scratch, { recursive: true });
  });

  it("prints nothing but JSON with --json, and the same for the same seed", () => {
    const args = ["--traders", "2", "--seed", "9", "--to", "1704675600", "--json"];
    const first = run(...args);
    expect(first.status, first.stderr).to.equal(0);
    const outcome = JSON.parse(first.stdout) as Record<string, unknown>;
    expect(Object.keys(outcome)).to.deep.equal([
      "steps",
      "traders",
      "liquidations",
      "takeovers",
      "bids",
      "badDebt",
      "backstopPaid",
      "deleveraged",
      "socialised",
      "discountsPaid",
      "keeperIncome",
      "fundingPaid",
      "conservationError",
      "capitalEfficiency",
      "endedBelowMaintenance",
      "shortfalls",
      "options",
      "gas",
    ]);
    expect(outcome).to.deep.include({ deleveraged: "0", socialised: "0", steps: 12, options: null });
    expect(first.stderr).to.contain("synthetic");

    const directory = path.join(scratch, "reports");
    const second = run(...args, "--report", directory);
    expect(second.stdout).to.equal(first.stdout);
    expect(readdirSync(directory)).to.deep.equal(["report.html"]);
    const file = path.join(directory, "report.html");
    expect(second.stderr.trim().split("\n").at(-1)).to.equal(`The report is ${file}.`);
    expectWhole(readFileSync(file, "utf8"), outcome);
  });

  it("refuses a directory it cannot write a report to before anything is replayed", () => {
    const file = path.join(scratch, "notes.txt");
    writeFileSync(file, "");
    const { status, stdout, stderr } = run("--report", file);
    expect(stderr.trim()).to.equal(`--report ${file} is no directory a report can be written to: it is a file.`);
    expect([status, stdout]).to.deep.equal([1, ""]);
  });

  for (const [args, sentence] of [
    [["--traders", "1"], "--traders 1 is not a whole number from 2 to 2000."],
    [["--vol", "BTC=none.csv"], "--vol is of option surfaces: say --options as well."],
    [["--options", "--vol", "BTC=none.csv"], "The volatility file none.csv cannot be read: there is no such file."],
    [["--prices", "ETH=none.csv"], "The price file none.csv cannot be read: there is no such file."],
    [["--from", "20", "--to", "10"], "--from 20 is not before --to 10: both are in unix seconds."],
  ] as const) {
    it(`refuses ${args.join(" ")} with one sentence and exit code 1`, () => {
      const { status, stdout, stderr } = run(...args, "--json");
      expect(stderr.trim().split("\n").at(-1)).to.equal(sentence);
      expect([status, stdout]).to.deep.equal([1, ""]);
    });
  }
});
