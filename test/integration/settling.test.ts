import { setCode, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import hre from "hardhat";

import { AccountBook } from "../../scripts/keeper/book";
import { BookFollower } from "../../scripts/keeper/follower";
import type { Call, KeeperChain } from "../../scripts/keeper/chain";
import type { KeeperConfig } from "../../scripts/keeper/config";
import type { KeeperAction } from "../../scripts/keeper/sending";
import { ExpirySettler } from "../../scripts/keeper/settling";
import { SettlementBasis, parseWad } from "../../sdk";
import { IExpirySettlement__factory } from "../../typechain-types";
import { letClockRun } from "../support/clock";
import { type Line, runUntil, serve } from "../support/keeperProgram";
import { OptionDesk } from "../support/optionDesk";
import { type Actor, PORTFOLIO, World } from "../support/world";

const ETH = 1n;
const BTC = 2n;
const MINUTE = 60;
const HOUR = 3_600;

describe("The keeper settles expiries", function () {
  this.timeout(120_000);
  let world: World;
  let desk: OptionDesk;
  let maker: Actor;
  let trader: Actor;
  let book: AccountBook;
  let settler: ExpirySettler;
  let expiry: number;
  /** What it asked the chain, sent, and told. */
  let reads: Call[];
  let told: { level: string; fields: object; message: string }[];
  /** What happens before a call is answered. */
  let onCall: (call: Call) => Promise<void>;
  /** Whether the node takes no transactions. */
  let refusing: boolean;

  beforeEach(async () => {
    world = await World.create();
    desk = await OptionDesk.open(world, [7, 30]);
    expiry = desk.expiries[0]!;
    maker = await world.open(world.signer(0), 10_000_000, PORTFOLIO);
    trader = await world.open(world.signer(1), 1_000_000, PORTFOLIO);
    [reads, told, refusing] = [[], [], false];
    onCall = () => Promise.resolve();
    const signer = world.signer(2);
    const chain: KeeperChain = {
      signer,
      call: async (call) => {
        reads.push(call);
        await onCall(call);
        return hre.ethers.provider.call({ ...call, from: signer.address, blockTag: "pending" });
      },
      send: async (call) => {
        if (refusing) throw new Error("The node is full.");
        return (await signer.sendTransaction(call)).hash;
      },
      time: async () => BigInt(await time.latest()),
    };
    const note = (level: string) => (fields: object, message: string) => {
      told.push({ level, fields, message });
    };
    const log = { info: note("info"), warn: note("warn"), debug: note("debug") };
    book = new AccountBook(await world.clearinghouse.getAddress());
    settler = new ExpirySettler(chain, book, await world.system.expirySettlement.getAddress(), log);
  });

  async function settle(stop?: AbortSignal): Promise<KeeperAction[]> {
    const follower = new BookFollower(hre.ethers.provider, book, await world.clearinghouse.getAddress(), 0, 10_000);
    book.clear();
    await follower.follow();
    reads.length = told.length = 0;
    return settler.settle(stop);
  }
  const settlement = (underlying = ETH) => world.system.expirySettlement.settlementOf(underlying, expiry);
  const warnings = (): string[] => told.filter(({ level }) => level === "warn").map(({ message }) => message);

  it("from a minute after, at the price their rounds prove, and asks about them every ten minutes from then on", async () => {
    await world.tradeIn(desk.call(1900), maker, trader, "2", "100");
    await time.increaseTo(expiry - HOUR - MINUTE);
    await world.setPrice("ETH", "2050");
    await time.increaseTo(expiry - HOUR / 2);
    await world.setPrice("ETH", "2150");
    await time.increaseTo(expiry + MINUTE - 1);
    expect(await settle()).to.deep.equal([]);
    await time.increaseTo(expiry + MINUTE);
    const [action, ...others] = await settle();
    expect(others).to.be.empty;
    expect(action!.kind).to.equal("settle expiry");
    expect(action!.subject).to.include({ underlying: "1", price: "2100", rounds: "2" });
    const { price, basis } = await settlement();
    expect([price, basis]).to.deep.equal([parseWad("2100"), SettlementBasis.Window]);
    expect(await settle()).to.deep.equal([]);
    expect(reads, "what was sent has a minute").to.be.empty;
    // Nobody has touched those who hold them.
    for (const minutes of [1, 10]) {
      await time.increase(minutes * MINUTE);
      expect(await settle()).to.deep.equal([]);
      expect(reads).to.have.length(2);
      expect(await settle()).to.deep.equal([]);
      expect(reads).to.be.empty;
    }
    await world.clearinghouse.touch([maker.id, trader.id]);
    await time.increase(HOUR);
    expect(await settle()).to.deep.equal([]);
    expect(reads, "what nobody holds any more").to.be.empty;
  });

  it("and none that nobody holds", async () => {
    await world.tradeIn(desk.call(1900, 1), maker, trader, "2", "100");
    await desk.expire(0, "2100");
    expect(await settle()).to.deep.equal([]);
    expect(reads).to.be.empty;
    expect((await settlement()).basis).to.equal(SettlementBasis.None);
  });

  it("once the time-out has passed where the last hour had no price, and seldom asks until then", async () => {
    await world.tradeIn(desk.call(1900), maker, trader, "2", "100");
    await time.increaseTo(expiry + MINUTE);
    expect(await settle()).to.deep.equal([]);
    expect(warnings().join()).to.match(/no usable round since .*: wait until it has one/);
    expect(await settle()).to.deep.equal([]);
    expect(reads, "for ten minutes").to.be.empty;
    await time.increase(10 * MINUTE);
    await world.setPrice("ETH", "2200");
    expect(await settle()).to.deep.equal([]);
    expect(told.map(({ message }) => message).join()).to.match(/no usable price .* can be finalised from .* UTC on$/);
    expect(await settle()).to.deep.equal([]);
    expect(reads, "for an hour").to.be.empty;
    await time.increase(HOUR);
    expect(await settle()).to.deep.equal([]);
    expect(reads).not.to.be.empty;
    const [, , finaliseFrom] = await world.system.expirySettlement.window(expiry);
    await time.increaseTo(finaliseFrom - 1n);
    expect(await settle()).to.deep.equal([]);
    await time.increase(1);
    const [action] = await settle();
    expect(action?.kind).to.equal("finalise expiry");
    const { price, basis } = await settlement();
    expect([price, basis]).to.deep.equal([parseWad("2200"), SettlementBasis.AfterWindow]);
  });

  it("of one underlying while another's feed fails", async () => {
    const other = await OptionDesk.open(world, [7], "BTC");
    await world.tradeIn(desk.call(1900), maker, trader, "2", "100");
    await world.tradeIn(other.call(9000), maker, trader, "2", "31000");
    await time.increaseTo(expiry - HOUR - MINUTE);
    await world.setPrice("ETH", "2100");
    await world.setPrice("BTC", "40000");
    await time.increaseTo(expiry + MINUTE);
    const { aggregator } = await world.system.priceOracle.feedOf(ETH);
    const code = await hre.ethers.provider.getCode(aggregator);
    await setCode(aggregator, "0xfe");
    const actions = await settle();
    expect(actions.map(({ subject }) => subject.underlying)).to.deep.equal([String(BTC)]);
    expect(warnings()).to.deep.equal([`The feed ${aggregator} fails when asked for its latest round.`]);
    expect((await settlement(BTC)).price).to.equal(parseWad("40000"));
    await setCode(aggregator, code);
    await time.increase(10 * MINUTE);
    expect(await settle()).to.have.length(1);
    expect((await settlement()).price).to.equal(parseWad("2100"));
  });

  it("unless somebody was faster, or the node takes nothing: then a minute later", async () => {
    await world.tradeIn(desk.call(1900), maker, trader, "2", "100");
    await desk.expire(0, "2100");
    refusing = true;
    expect(await settle()).to.deep.equal([]);
    expect(warnings()).to.deep.equal(["The node is full."]);
    refusing = false;
    expect(await settle()).to.deep.equal([]);
    await desk.settleByRound(0);
    await time.increase(MINUTE);
    expect(await settle()).to.deep.equal([]);
    expect(told).to.be.empty;
  });

  it("and sends nothing that the next block would refuse, as where the proof came too late", async () => {
    await world.tradeIn(desk.call(1900), maker, trader, "2", "100");
    await desk.expire(0, "2100");
    const proof = IExpirySettlement__factory.createInterface().getFunction("settle").selector;
    onCall = async ({ data }) => {
      if (data.startsWith(proof)) await desk.settleByRound(0);
    };
    expect(await settle()).to.deep.equal([]);
    expect(warnings().join()).to.match(/settled/);
  });

  it("and searches no further once it is told to stop", async () => {
    await world.tradeIn(desk.call(1900), maker, trader, "2", "100");
    await desk.expire(0, "2100");
    const stop = new AbortController();
    onCall = () => {
      if (reads.length === 3) stop.abort();
      return Promise.resolve();
    };
    expect(await settle(stop.signal)).to.deep.equal([]);
    expect(reads.length).to.be.within(3, 4);
    expect(told).to.be.empty;
    expect((await settlement()).basis).to.equal(SettlementBasis.None);
  });

  describe("as the program does", () => {
    /** Runs it, with these settings, until it says something of the kind. */
    async function run(change: Partial<KeeperConfig>, done: (line: Line) => boolean): Promise<Line[]> {
      const own = await world.open(world.signer(2), 1_000_000);
      await world.tradeIn(desk.call(1900), maker, trader, "2", "100");
      await desk.expire(0, "2100");
      // Of now, so that there is something else to do: a sample.
      await world.setPrice("ETH", "2100");
      const node = await serve();
      const config = {
        rpcUrl: node.url,
        clearinghouse: await world.clearinghouse.getAddress(),
        sender: {
          nodeAccount: (await hre.ethers.getSigners()).findIndex(({ address }) => address === own.signer.address),
        },
        ...{ accountIndex: 0n, pollSeconds: 1, fromBlock: 0, logRange: 10_000 },
        ...{ minGain: parseWad("1"), unwindCost: 0n, maxGasPrice: undefined, settles: true, logLevel: "info" },
        ...change,
      };
      letClockRun(true);
      return runUntil(config, done).finally(async () => {
        letClockRun(false);
        await node.close();
      });
    }

    it("beside its watch", async () => {
      const lines = await run({}, ({ msg }) => msg === "settle expiry mined");
      const settled = lines.filter(({ msg }) => msg === "settle expiry");
      expect(settled).to.have.length(1);
      expect(settled[0]).to.include({ underlying: "1", price: "2100", rounds: "1" });
      expect((await settlement()).price).to.equal(parseWad("2100"));
    });

    it("but not where it is told to leave them", async () => {
      const lines = await run({ settles: false }, ({ msg }) => msg === "sample mined");
      expect(lines.map(({ msg }) => msg))
        .to.include("sample mined")
        .and.not.include("settle expiry");
      expect((await settlement()).basis).to.equal(SettlementBasis.None);
    });

    it("but not while gas costs more than it may", async () => {
      const lines = await run({ maxGasPrice: 1n }, ({ kind }) => kind === "settle expiry");
      const refused = lines.find(({ kind }) => kind === "settle expiry");
      expect(refused?.msg).to.match(
        /^Gas costs [\d.]+ gwei, more than the 0\.000000001 of KEEPER_MAX_GAS_GWEI: it is not sent\.$/,
      );
      expect((await settlement()).basis).to.equal(SettlementBasis.None);
    });
  });
});
