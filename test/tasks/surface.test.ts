import { existsSync, readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import path from "node:path";

import { expect } from "chai";
import hre from "hardhat";

import { World } from "../support/world";
import { totalVariance } from "../../scripts/surface/arbitrage";
import { Localhost } from "./localhost";
import { expectRefusal } from "./support";

/** Longer than a dozen processes take on a slow machine. */
const PATIENCE = 240_000;
const DAY = 86_400;
const YEAR = 365 * DAY;

interface Fit {
  errors: { count: number; median: number };
  surfaces: { currency: string; observedAt: number; slices: Record<string, unknown>[] }[];
}

/** A chain of BTC and ETH, with two expiries of fifteen strikes each, observed at `now`. */
function chainAt(now: number): string {
  const iso = (time: number): string => new Date(time * 1_000).toISOString();
  const header =
    "timestamp,option_type,strike,expiry_datetime,futures_price,implied_volatility,delta,vega,currency,index_price";
  const lines = [header];
  for (const [currency, spot] of [
    ["BTC", 60_000],
    ["ETH", 2_000],
  ] as const) {
    for (const days of [7, 60]) {
      const years = (days * DAY) / YEAR;
      const s = 0.6 * Math.sqrt(years);
      const svi = { a: (s * s) / 2, b: s / 2, rho: -0.2, m: 0, s };
      const future = spot * (1 + days / 5_000);
      for (let i = -7; i <= 7; i++) {
        const k = (i / 5) * s;
        const vol = Math.sqrt(totalVariance(k, svi) / years);
        const delta = 0.5 - 0.06 * i;
        const cells = [iso(now), "call", future * Math.exp(k), iso(now + days * DAY), future, vol, delta];
        lines.push([...cells, Math.exp(-i * i * 0.04), currency, spot].join(","));
      }
    }
  }
  return lines.join("\n");
}

describe("surface tasks", function () {
  this.timeout(PATIENCE);
  let world: World;
  let node: Localhost;
  let chain: string;
  let now: number;

  before(async () => {
    world = await World.create();
    node = await Localhost.open();
    chain = node.file("chain.csv");
    now = (await hre.ethers.provider.getBlock("latest"))?.timestamp ?? 0;
    await writeFile(chain, chainAt(now));
  });

  after(() => node.close());

  it("fit a chain, post it and show what is in force, to programs and to people", async () => {
    const report = node.file("report");
    const [fit, text, reported] = await Promise.all([
      node.answer<Fit>("surface:fit", "--chain", chain),
      node.text("surface:fit", "--chain", chain, "--currency", "ETH"),
      node.run("surface:fit", "--chain", chain, "--report", report),
    ]);
    expect(fit.surfaces.map(({ currency, slices }) => [currency, slices.length])).to.deep.equal([
      ["BTC", 2],
      ["ETH", 2],
    ]);
    expect(fit.errors.count).to.equal(60);
    expect(fit.errors.median).to.be.below(0.02);
    expect(text)
      .to.contain("Errors are in vol points")
      .and.to.match(/ETH +│ all/)
      .and.not.to.contain("BTC");
    expect(reported.code).to.equal(0);
    const page = path.join(report, "report.html");
    expect(reported.stderr).to.deep.equal([`The report is ${page}.`]);
    expect(existsSync(page)).to.equal(true);
    expect(readFileSync(page, "utf8")).to.contain("Surfaces fitted to chain.csv");

    const file = node.file("fit.json");
    await writeFile(file, JSON.stringify(fit));
    const posted = await node.answer<Record<string, unknown>[]>("surface:post", "--file", file, "--underlying", "ETH");
    expect(posted).to.have.length(1);
    expect(posted[0]).to.include({ underlying: "ETH", observedAt: now, expiries: 2 });
    const expiries = [now + 7 * DAY, now + 60 * DAY];
    expect(await world.system.surfaceOracle.expiriesOf(1)).to.deep.equal(expiries.map(BigInt));

    const [shown, seen, none] = await Promise.all([
      node.answer<Record<string, string | number>[]>("surface:show", "--underlying", "ETH"),
      node.text("surface:show"),
      node.text("surface:show", "--underlying", "SOL"),
    ]);
    expect(shown.map(({ expiry }) => expiry)).to.deep.equal(expiries);
    expect(shown[0]).to.include({ underlying: "ETH", status: "fresh", forwardRatio: "1.0014", widening: "0" });
    expect(Number(shown[0]?.atTheMoney)).to.be.closeTo(0.6, 0.001);
    expect(shown[0]).to.include({ forwardMovesLeft: "0.02", volMovesLeft: "0.25" });
    expect(seen).to.contain("1.001400").and.to.contain("fresh").and.not.to.contain("BTC");
    expect(none).to.contain("No surface was reported.");
  });

  it("post an old surface as of now, its vols unchanged", async () => {
    const old = node.file("old.csv");
    await writeFile(old, chainAt(now - 5 * DAY));
    const file = node.file("old.json");
    const fit = await node.answer("surface:fit", "--chain", old, "--currency", "BTC");
    await writeFile(file, JSON.stringify(fit));
    const { code, stderr } = await node.run("surface:post", "--file", file);
    expect(code, stderr.join("\n")).to.equal(0);
    expect(stderr.join("\n")).to.match(/^BTC's surface is from .* and was posted as of .*, its vols unchanged\.$/);
    const [first] = await node.answer<Record<string, string>[]>("surface:show", "--underlying", "BTC");
    expect(Number(first?.atTheMoney)).to.be.closeTo(0.6, 0.001);
  });

  it("refuse files, names and reports that are wrong", async () => {
    const broken = node.file("broken.csv");
    await writeFile(broken, "strike\n1\n");
    const text = node.file("broken.json");
    await writeFile(text, "{}");
    const forged = node.file("forged.json");
    const fit = await node.answer<Fit>("surface:fit", "--chain", chain, "--currency", "BTC");
    const [surface] = fit.surfaces;
    const signatures = ["22", "33"].map((byte) => `0x${byte.repeat(64)}1b`);
    const { observedAt, slices } = surface!;
    await writeFile(forged, JSON.stringify({ underlying: 2, observedAt, slices, signatures }));
    const file = node.file("other.json");
    await writeFile(file, JSON.stringify(fit));
    const [columns, missing, currency, directory, content, underlying, stranger, unknown, noFile] = await Promise.all([
      node.run("surface:fit", "--chain", broken, "--json"),
      node.run("surface:fit", "--chain", node.file("none.csv")),
      node.run("surface:fit", "--chain", chain, "--currency", "DOGE"),
      node.run("surface:fit", "--chain", chain, "--report", chain),
      node.run("surface:post", "--file", text, "--json"),
      node.run("surface:post", "--file", file, "--underlying", "ETH"),
      node.run("surface:post", "--file", forged),
      node.run("surface:show", "--underlying", "DOGE", "--json"),
      node.run("surface:post"),
    ]);
    expectRefusal(columns, /^broken.csv has no column "timestamp": an option chain has /);
    expectRefusal(missing, `The chain ${node.file("none.csv")} cannot be read: name a CSV file.`);
    expectRefusal(currency, 'chain.csv has no currency "DOGE": choose one of BTC, ETH.');
    expectRefusal(directory, /is no directory a report can be written to: it is a file\.$/);
    expectRefusal(content, /^broken.json: surfaces is wrong: /);
    expectRefusal(underlying, 'other.json has no surface of "ETH": choose one of BTC.');
    expectRefusal(stranger, /^The report's signature 0 is (malformed|by 0x\w{40}, which is no signer)\.$/);
    expectRefusal(unknown, 'There is no underlying "DOGE": choose one of ETH, BTC, SOL.');
    expectRefusal(noFile, /^The option --file is missing: /);
  });
});
