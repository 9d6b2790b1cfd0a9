import { time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import hre from "hardhat";

import { mockFeed } from "../../scripts/lib/system";
import { World } from "../support/world";
import { Localhost } from "./localhost";
import { expectRefusal } from "./support";

/** Longer than a dozen processes take on a slow machine. */
const PATIENCE = 120_000;
const MINUTE = 60;
const HOUR = 3_600;

interface Settled {
  price: string;
  basis: string;
  rounds: string[];
  transaction: string;
}

describe("option tasks", function () {
  this.timeout(PATIENCE);
  let node: Localhost;
  /** 50 minutes of its window are at 2,000 USD, by the round before it, and 10 at 2,100. */
  let expiry: number;
  /** Its window has rounds that are older than usable. */
  let stale: number;

  before(async () => {
    await World.create();
    const feed = await mockFeed(hre, "ETH");
    const { updatedAt } = await feed.latestRoundData();
    const first = Number(updatedAt);
    expiry = first + 80 * MINUTE;
    await time.setNextBlockTimestamp(first + 70 * MINUTE);
    await feed.updateAnswer(2_100n * 10n ** 8n);
    stale = first + 190 * MINUTE + HOUR;
    await time.setNextBlockTimestamp(stale - 30 * MINUTE);
    await feed.updateAnswer(2_200n * 10n ** 8n);
    await time.increaseTo(stale + 10 * MINUTE);
    node = await Localhost.open();
  });

  after(() => node.close());

  const of = (time_: number | string, name = "ETH"): string[] => ["--underlying", name, "--expiry", String(time_)];

  it("settle an expiry, once, and show it", async () => {
    const price = "2016.666666666666666666";
    const unsettled = await node.answer<{ settled: Settled | null; provable: Settled }>(
      "option:settlement",
      ...of(expiry),
    );
    expect(unsettled.settled).to.equal(null);
    expect(unsettled.provable).to.deep.equal({ price, basis: "the whole window", rounds: ["1", "2"] });
    const date = new Date(expiry * 1000).toISOString().slice(0, 19);
    const settled = await node.answer<Settled>("option:settle", ...of(date), "--sender", "3");
    expect(settled).to.include({ underlying: "ETH", expiry, price, basis: "the whole window" });
    expect(settled.rounds).to.deep.equal(["1", "2"]);
    const [shown, text, again] = await Promise.all([
      node.answer<{ settled: Settled; provable: null }>("option:settlement", ...of(expiry)),
      node.text("option:settlement", ...of(expiry)),
      node.run("option:settle", ...of(expiry)),
    ]);
    expect(shown).to.include({ start: expiry - HOUR, settleFrom: expiry + MINUTE, provable: null });
    expect(shown.settled).to.include({ price, transaction: settled.transaction });
    expect(text).to.contain(`at ${price} USD`).and.to.contain("1, 2").and.to.contain(settled.transaction);
    expectRefusal(again, /^ETH's expiry of \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC is settled already, at 2016\.6+ USD\.$/);
  });

  it("refuse what cannot be settled, or not yet", async () => {
    const [early, unfit, unknown, wrong, missing] = await Promise.all([
      node.run("option:settle", ...of(stale + HOUR), "--json"),
      node.run("option:settle", ...of(stale)),
      node.run("option:settle", ...of(expiry, "DOGE")),
      node.run("option:settlement", ...of("soon"), "--json"),
      node.run("option:settlement", "--underlying", "ETH"),
    ]);
    expectRefusal(early, /^ETH's expiry of .* UTC can be settled from .* UTC on, and it is .* UTC\.$/);
    expectRefusal(
      unfit,
      /^ETH's expiry of .* had no usable price throughout its last hour: it can be finalised from .* on\.$/,
    );
    expectRefusal(unknown, 'There is no underlying "DOGE": choose one of ETH, BTC, SOL.');
    expectRefusal(
      wrong,
      'The expiry "soon" is neither a date such as 2026-12-31T08:00, in UTC, nor a time in unix seconds.',
    );
    expectRefusal(missing, "The option --expiry is missing: when the options expire: a date in UTC, or unix seconds.");
  });

  it("finalise an expiry after the time-out", async () => {
    await time.increaseTo(stale + 72 * HOUR);
    const text = await node.text("option:settle", ...of(stale));
    expect(text).to.contain("the usable part of the window").and.to.contain("2200");
  });
});
