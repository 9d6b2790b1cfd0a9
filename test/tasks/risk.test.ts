import { expect } from "chai";
import hre from "hardhat";

import { loadLens } from "../../scripts/lib/system";
import {
  formatAccountId,
  formatWad,
  instrumentName,
  liquidationPrices,
  makeAccountId,
  parseLots,
  parseWad,
  perp,
} from "../../sdk";
import type { MarginLens } from "../../typechain-types";
import { LensCheck } from "../support/lens";
import { OptionDesk } from "../support/optionDesk";
import { type Actor, CROSS, PORTFOLIO, World } from "../support/world";
import { Localhost } from "./localhost";
import { expectRefusal } from "./support";

/** Longer than a dozen processes take on a slow machine. */
const PATIENCE = 240_000;
const ETH = new Map([[1n, "ETH"]]);

interface Part {
  scenarios: string;
  contingencies: string;
  floor: string;
  cap: string | null;
  margin: string;
  binds: string;
}

interface Matrix {
  mode: string;
  initialMargin: string;
  underlyings: {
    underlying: string;
    spot: string;
    range: string;
    worst: number | null;
    core: string;
    contingencies: Record<string, string>;
    scenarios: { move: string; price: string; volatility: string; weight: string; pnl: string }[];
  }[];
  requirement: { inForce: boolean; cores: string; jointScenario: number | null; initial: Part; maintenance: Part };
}

interface Side {
  cash: string;
  equity: string;
  initialMargin: string;
  freeCollateral: string;
  liquidatedBelow: string | null;
  liquidatedAbove: string | null;
}

interface Preview {
  instrument: string;
  price: string;
  fee: string;
  before: Side;
  after: Side;
  accepted: boolean;
  asReduction: boolean;
  missing: string;
  refusedBecause: string | null;
}

describe("risk tasks on an account", function () {
  this.timeout(PATIENCE);
  let world: World;
  let lens: MarginLens;
  let desk: OptionDesk;
  let node: Localhost;
  let trader: Actor;
  let crossed: Actor;
  let thin: Actor;
  let empty: Actor;

  before(async () => {
    world = await World.create();
    lens = await loadLens(hre);
    desk = await OptionDesk.open(world, [7, 45]);
    const maker = await world.open(world.signer(0), 100_000_000, PORTFOLIO);
    trader = await world.open(world.signer(1), 60_000, PORTFOLIO);
    crossed = await world.open(world.signer(2), 60_000, CROSS);
    thin = await world.open(world.signer(3), 2_400, CROSS);
    empty = await world.open(world.signer(4), 100);
    for (const actor of [trader, crossed]) {
      await world.tradeIn(desk.call(2200), maker, actor, "-20", "40");
      await world.tradeIn(desk.put(2000, 1), maker, actor, "4", "150");
      await world.trade(maker, actor, "3", "2001");
      await world.trade(maker, actor, "-0.5", "40000", 2n);
    }
    await world.trade(maker, thin, "10", "2000");
    await world.setPrice("ETH", "1930");
    await world.setPrice("BTC", "40000");
    node = await Localhost.open();
  });

  after(() => node.close());

  const named = ({ id }: Actor): string => formatAccountId(id);
  const check = async ({ id }: Actor, also = perp(1n)): Promise<LensCheck> =>
    LensCheck.at(world.system, lens, id, await hre.ethers.provider.getBlockNumber(), [also]);

  describe("account:show", () => {
    it("tells Greeks by position and underlying, and how much is carried on the equity, as the lens does", async () => {
      const [found, text] = await Promise.all([
        node.answer<{
          positions: { instrument: string; greeks: Record<string, string> }[];
          greeks: Record<string, string>[];
          liquidatedAt: { down: string | null; up: string | null }[];
          [figure: string]: unknown;
        }>("account:show", "--account", named(trader)),
        node.text("account:show", "--account", named(trader)),
      ]);
      const checked = await check(trader);
      await checked.summary();
      await checked.greeks();
      const at = { blockTag: checked.block };
      const summary = await lens.summary(trader.id, at);
      for (const name of [
        "freeCollateral",
        "grossExposure",
        "netExposure",
        "grossEfficiency",
        "netEfficiency",
      ] as const) {
        expect(found[name], name).to.equal(formatWad(summary[name]));
      }
      const each = await lens.positionGreeks(trader.id, at);
      expect(found.positions.map(({ greeks }) => greeks.theta)).to.deep.equal(
        each.greeks.map(({ theta }) => formatWad(theta)),
      );
      const { greeks } = await lens.accountGreeks(trader.id, at);
      expect(found.greeks.map(({ underlying, vega }) => [underlying, vega])).to.deep.equal([
        ["ETH", formatWad(greeks[0]!.vega)],
        ["BTC", "0"],
      ]);
      expect(text).to.contain("ETH, all").and.to.contain("times equity").and.to.contain("theta, USD a year");
      const { account, positions } = checked.holding;
      const { down, up } = liquidationPrices(account.mode, checked.snapshot, account.cash, positions, 1n);
      expect(found.liquidatedAt[0]).to.include({
        down: down ? formatWad(down.spot) : null,
        up: up ? formatWad(up.spot) : null,
      });
    });

    it("has neither for an account that holds nothing", async () => {
      const found = await node.answer("account:show", "--account", named(empty));
      expect(found).to.deep.include({ greeks: [], positions: [], grossExposure: "0", grossEfficiency: "0" });
    });
  });

  describe("risk:matrix", () => {
    it("tells programs every scenario and what the requirement is made of, as the lens does", async () => {
      const found = await node.answer<Matrix>("risk:matrix", "--account", named(trader));
      await (await check(trader)).portfolio();
      expect(found.mode).to.equal("portfolio");
      expect(found.underlyings.map(({ underlying }) => underlying)).to.deep.equal(["ETH", "BTC"]);
      const matrix = await lens.scenarioMatrix(trader.id, 1);
      const [eth, btc] = found.underlyings;
      expect(eth!.scenarios.map(({ pnl }) => pnl)).to.deep.equal(matrix.scenarios.map(({ pnl }) => formatWad(pnl)));
      expect(eth!).to.include({ spot: "1930", worst: Number(matrix.worst), core: formatWad(matrix.core) });
      const range = parseWad(eth!.range);
      expect(eth!.scenarios[0]).to.include({ move: formatWad(0n - range), volatility: "down", weight: "1" });
      expect(eth!.scenarios[20]).to.include({ move: "1", price: "3860", volatility: "up" });
      expect(eth!.scenarios[23]).to.include({ move: "0", volatility: "up within 30 days" });
      // A short perpetual alone loses most where its price rises furthest, whatever volatility does.
      expect(btc!.worst).to.equal(16);
      const requirement = await lens.portfolioRequirement(trader.id);
      expect(found.requirement.inForce).to.equal(true);
      expect(found.requirement.initial.margin)
        .to.equal(formatWad(requirement.initialMargin))
        .and.to.equal(found.initialMargin);
      expect(found.requirement.initial.binds).to.equal("scenarios");
      const charges = found.underlyings.map(({ contingencies }) => contingencies);
      const total = (...kinds: string[]): bigint =>
        charges.reduce((sum, one) => sum + kinds.reduce((all, kind) => all + parseWad(one[kind]!), 0n), 0n);
      const once = total("linear", "nakedShorts", "roll", "calendarVega", "concentration", "confidence");
      expect(found.requirement.maintenance.contingencies).to.equal(formatWad(once));
      expect(found.requirement.initial.contingencies).to.equal(formatWad(once + total("linear", "nakedShorts")));
      expect(found.requirement.maintenance.scenarios).to.equal(formatWad((requirement.creditedCore * 8n + 9n) / 10n));
    });

    it("shows people moves by volatility, with what binds marked", async () => {
      const [text, one] = await Promise.all([
        node.text("risk:matrix", "--account", named(trader)),
        node.text("risk:matrix", "--account", named(trader), "--underlying", "BTC"),
      ]);
      const { worst } = await lens.scenarioMatrix(trader.id, 1);
      expect(text.match(/◄/g)).to.have.length.of.at.least(4);
      expect(text)
        .to.match(/│ no. +│ ETH moves by +│ to, USD +│ vol down: gain, USD +│ vol up: gain, USD +│/)
        .and.to.match(/500\.00 %, \d+\.\d % of it/)
        .and.to.contain(`in scenario ${worst}`)
        .and.to.contain("all moved alike")
        .and.to.contain("options sold, twice in initial");
      expect(one).to.contain("BTC moves by").and.not.to.contain("ETH moves by");
    });

    it("says what portfolio margin would ask of an account in another mode, and of one that holds nothing", async () => {
      const [found, text, nothing, none] = await Promise.all([
        node.answer<Matrix>("risk:matrix", "--account", named(crossed)),
        node.text("risk:matrix", "--account", named(crossed)),
        node.text("risk:matrix", "--account", named(empty)),
        node.answer<Matrix>("risk:matrix", "--account", named(empty), "--underlying", "ETH"),
      ]);
      expect(found.requirement.inForce).to.equal(false);
      expect(found.initialMargin).not.to.equal(found.requirement.initial.margin);
      expect(text).to.contain("this is what portfolio mode would");
      expect(nothing).to.contain("holds nothing that a scenario could move");
      expect(none.underlyings[0]).to.include({ underlying: "ETH", worst: null, core: "0" });
    });

    it("refuses accounts and markets that are not there", async () => {
      const nobody = formatAccountId(makeAccountId(trader.signer.address, 9n));
      const [closed, unknown, missing] = await Promise.all([
        node.run("risk:matrix", "--account", nobody, "--json"),
        node.run("risk:matrix", "--account", named(trader), "--underlying", "DOGE"),
        node.run("risk:matrix"),
      ]);
      expectRefusal(closed, `Account ${nobody} is not open: open it with account:open.`);
      expectRefusal(unknown, 'There is no underlying "DOGE": choose one of ETH, BTC, SOL.');
      expectRefusal(missing, /^The option --account is missing: the account as owner\/index/);
    });
  });

  describe("risk:preview", () => {
    const call = (strike: number): string => instrumentName(desk.call(strike), ETH);
    const of = (actor: Actor, ...order: string[]): string[] => ["risk:preview", "--account", named(actor), ...order];

    it("tells programs what the lens and the twin do", async () => {
      const found = await node.answer<Preview>(
        ...of(trader, "--instrument", call(2300), "--size", "-3", "--price", "20"),
      );
      const twin = await (
        await check(trader, desk.call(2300))
      ).preview(desk.call(2300), parseLots("-3"), parseWad("20"));
      expect(found).to.include({ instrument: call(2300), price: "20", fee: formatWad(twin.fee) });
      expect(found).to.include({ accepted: true, asReduction: false, missing: "0", refusedBecause: null });
      expect(found.after.equity).to.equal(formatWad(twin.after.equity));
      expect(found.after.initialMargin).to.equal(formatWad(twin.after.initialMargin));
      expect(found.after.freeCollateral).to.equal(formatWad(twin.after.equityForInitial - twin.after.initialMargin));
      expect(found.before.initialMargin).to.equal(formatWad(twin.before.initialMargin));
      const block = await hre.ethers.provider.getBlockNumber();
      const [before, after] = [found.before.liquidatedAbove, found.after.liquidatedAbove].map((one) => parseWad(one!));
      expect(block).to.be.above(0);
      expect(after! < before!, "a call sold brings it nearer").to.equal(true);
    });

    it("says plainly whether the ledger would accept it, and what is missing", async () => {
      const [fine, refused, reducing, unlisted, atMark] = await Promise.all([
        node.text(...of(trader, "--underlying", "ETH", "--size", "-3", "--price", "1930")),
        node.answer<Preview>(...of(trader, "--underlying", "ETH", "--size", "900", "--price", "1930")),
        node.text(...of(thin, "--underlying", "ETH", "--size", "-1")),
        node.answer<Preview>(...of(trader, "--instrument", call(2225), "--size", "1", "--price", "10")),
        node.answer<Preview>(...of(trader, "--instrument", call(2200), "--size", "1")),
      ]);
      expect(fine).to.contain("The ledger would accept it").and.to.contain("rising to, USD");
      expect(refused.accepted).to.equal(false);
      const lacking = parseWad(refused.after.initialMargin) - parseWad(refused.after.equity);
      expect(refused.missing).to.equal(formatWad(lacking));
      expect(refused.refusedBecause).to.match(/^initial margin lacks \d+\.\d\d USD, and it does not only reduce risk/);
      expect(reducing).to.match(/because it only reduces risk: initial margin still lacks \d+\.\d\d USD/);
      expect(unlisted.refusedBecause).to.equal("its strike is not listed: option:list shows which are");
      expect(Number(atMark.price)).to.be.above(0);
    });

    it("refuses what is no order", async () => {
      const [size, what, price, closed] = await Promise.all([
        node.run(...of(trader, "--underlying", "ETH", "--size", "0")),
        node.run(...of(trader, "--size", "1")),
        node.run(...of(trader, "--underlying", "ETH", "--size", "1", "--price", "-3"), "--json"),
        node.run("risk:preview", "--account", "9/9", "--underlying", "ETH", "--size", "1"),
      ]);
      expectRefusal(size, "The size is zero: buy with a positive size, sell with a negative.");
      expectRefusal(what, /^Say what is traded, once: --underlying ETH for its perpetual/);
      expectRefusal(price, 'The price "-3" is not above zero.');
      expectRefusal(closed, /^Account 0x\w+\/9 is not open: open it with account:open\.$/);
    });
  });
});
