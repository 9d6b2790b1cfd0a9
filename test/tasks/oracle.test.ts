import { time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import hre from "hardhat";

import { local } from "../../config/networks";
import { SEQUENCER_FEED, type Source, addressOf, mockFeed } from "../../scripts/lib/system";
import { type Found, describeOracle } from "../../tasks/oracle/show";
import { World } from "../support/world";
import { Localhost } from "./localhost";
import { type Outcome, hardhat } from "./support";

const { ethers } = hre;

/** Longer than a dozen processes take on a slow machine. */
const PATIENCE = 120_000;

/** One sentence, and nothing on stdout. */
function expectRefusal({ code, stdout, stderr }: Outcome, sentence: string): void {
  expect({ code, stdout, stderr }).to.deep.equal({ code: 1, stdout: "", stderr: [sentence] });
}

describe("oracle tasks", function () {
  this.timeout(PATIENCE);
  let node: Localhost;

  before(async () => {
    await World.create();
    node = await Localhost.open();
  });

  after(() => node.close());

  describe("oracle:show", () => {
    it("tells programs everything of every underlying", async () => {
      const { sequencer, underlyings } = await node.answer<Found>("oracle:show");
      expect(sequencer).to.equal(null);
      expect(underlyings.map(({ underlying, sources }) => [underlying, sources.length])).to.deep.equal([
        ["ETH", 2],
        ["BTC", 2],
        ["SOL", 1],
      ]);
      const [eth, , sol] = underlyings;
      expect(eth).to.include({ price: "2000", confidence: "0.0025", deviation: "0", maxDeviation: "0.02" });
      expect(eth).to.include({ newRisk: true, liquidation: true, stoppedUntil: null, stoppableFrom: null });
      expect(eth?.bounds).to.deep.equal({ lower: "200", upper: "20000" });
      expect(eth?.volatility).to.include({ daily: "0.035", lastSample: "2000" });
      expect(eth?.sources[1]).to.include({
        source: "secondary",
        description: "ETH / USD (second local mock)",
        answer: "2000",
        heartbeat: 3_600,
        newRisk: true,
        liquidation: true,
      });
      expect(sol).to.include({ deviation: null, maxDeviation: null });
    });

    it("tells people the same of one underlying", async () => {
      const shown = await node.text("oracle:show", "--underlying", "SOL");
      expect(shown).to.contain("80 (bounds 8 to 800)").and.to.contain("SOL / USD (local mock)");
      expect(shown).to.contain("not stopped").and.to.contain("The chain has no sequencer feed.");
      expect(shown).not.to.contain("ETH");
    });

    it("refuses an underlying there is not", async () => {
      expectRefusal(
        await node.run("oracle:show", "--underlying", "DOGE", "--json"),
        'There is no underlying "DOGE": choose one of ETH, BTC, SOL.',
      );
    });

    describe("of a market in trouble", () => {
      async function ether({ system }: World): Promise<{ found: Found["underlyings"][number]; text: string }> {
        const { json, text } = await describeOracle(hre, system, system.parameters.underlyings.slice(0, 1));
        return { found: json.underlyings[0]!, text };
      }

      it("says how far the sources are apart, and what that leaves", async () => {
        const world = await World.create();
        await world.setPrice("ETH", "1940", "secondary");
        const { found, text } = await ether(world);
        expect(found).to.include({ price: "2000", deviation: "0.03", confidence: "0.02", newRisk: false });
        expect(found.liquidation).to.equal(true);
        expect(found.sources.map(({ newRisk }) => newRisk)).to.deep.equal([true, true]);
        expect(text).to.contain("3.000 %");
      });

      it("shows the forecast of the price as it is, and the sample it has moved from", async () => {
        const world = await World.create();
        await world.setPrice("ETH", "1500");
        const { volatility } = (await ether(world)).found;
        expect(volatility?.lastSample).to.equal("2000");
        expect(Number(volatility?.daily)).to.be.above(0.05);
      });

      it("shows which source stands in, and one that does not even know its name", async () => {
        const world = await World.create();
        const feed = await mockFeed(hre, "ETH");
        await ethers.provider.send("hardhat_setCode", [await feed.getAddress(), "0x"]);
        await world.setPrice("ETH", "1990", "secondary");
        const { found, text } = await ether(world);
        expect(found).to.include({ price: "1990", newRisk: false, liquidation: true, deviation: null });
        expect(found.sources[0]).to.include({ description: null, answer: "0", age: null, liquidation: false });
        expect(text).to.contain("unreadable");
      });

      it("says until when a guardian stopped it, and from when he may again", async () => {
        const world = await World.create();
        await world.system.priceOracle.stop(1n);
        const now = await time.latest();
        const { found, text } = await ether(world);
        expect(found).to.include({ stoppedUntil: now + 86_400, stoppableFrom: now + 172_800, newRisk: false });
        expect(text).to.match(/stopped until +│ \d{4}-\d\d-\d\d/);
      });

      it("says what the sequencer allows", async () => {
        await World.create();
        const world = await World.create({ ...local, sequencerFeed: { kind: "mock", owner: "deployer" } });
        const feed = await ethers.getContractAt("MockSequencerFeed", await addressOf(hre, SEQUENCER_FEED));
        await feed.setUp(false);
        const { json, text } = await describeOracle(hre, world.system, world.system.parameters.underlyings);
        expect(json.sequencer).to.include({ up: false, upFor: null, newRisk: false, liquidation: false });
        expect(json.underlyings.map(({ liquidation }) => liquidation)).to.deep.equal([false, false, false]);
        expect(text).to.contain("down or unknown");
        await feed.setUp(true);
        await time.increase(300);
        const { sequencer } = (await describeOracle(hre, world.system, [])).json;
        expect(sequencer).to.include({ up: true, newRisk: false, liquidation: true });
      });
    });
  });

  describe("oracle:push", () => {
    beforeEach(() => World.create());

    /** What the source's feed says, USD. */
    async function answerOf(source: Source): Promise<string> {
      const feed = await mockFeed(hre, "ETH", source);
      const [, answer] = await feed.latestRoundData();
      return ethers.formatUnits(answer, await feed.decimals());
    }

    it("tells every source the price, or the one that is named", async () => {
      for (const [price, source, primary, secondary] of [
        ["2010", "secondary", "2000.0", "2010.0"],
        ["2020", "primary", "2020.0", "2010.0"],
        ["2030", undefined, "2030.0", "2030.0"],
      ] as const) {
        const named = source === undefined ? [] : ["--source", source];
        const { spot } = await node.answer("oracle:push", "--underlying", "ETH", "--price", price, ...named);
        expect([await answerOf("primary"), await answerOf("secondary")]).to.deep.equal([primary, secondary]);
        expect(`${String(spot)}.0`).to.equal(primary);
      }
    });

    it("says where the price cannot be used", async () => {
      const { code, stdout, stderr } = await hardhat("oracle:push", "--underlying", "ETH", "--price", "170000");
      expect(code).to.equal(0);
      expect(stdout).to.match(/price +│ unusable/);
      expect(stderr[0]).to.match(/in-process/);
      expect(stderr[1]).to.equal("The price of ETH is unusable: oracle:show says why.");
    });

    it("refuses a source there is not", async () => {
      expectRefusal(
        await node.run("oracle:push", "--underlying", "ETH", "--source", "third"),
        'There is no source "third": choose --source primary or --source secondary.',
      );
      expectRefusal(
        await node.run("oracle:push", "--underlying", "SOL", "--source", "secondary"),
        "SOL has no second source: choose the primary.",
      );
    });
  });
});
