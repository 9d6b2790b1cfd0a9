import { takeSnapshot, time } from "@nomicfoundation/hardhat-network-helpers";
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/signers";
import { expect } from "chai";
import { Wallet } from "ethers";
import hre from "hardhat";
import { pino } from "pino";

import { AccountBook } from "../../scripts/keeper/book";
import { RpcChain } from "../../scripts/keeper/chain";
import type { KeeperConfig } from "../../scripts/keeper/config";
import { BookFollower } from "../../scripts/keeper/follower";
import { connect, runKeeper } from "../../scripts/keeper/run";
import { type System, mockFeeds, systemFixture } from "../../scripts/lib/system";
import {
  type AccountId,
  Mode,
  PlimsollInputError,
  decodeAccount,
  decodePosition,
  formatAccountId,
  makeAccountId,
  orderDomain,
  parseLots,
  parseUsdc,
  parseWad,
  perp,
  signOrder,
} from "../../sdk";
import { letClockRun } from "../support/clock";
import { type Node, runUntil, serve } from "../support/keeperProgram";

const ETH = 1n;
const PRICE = parseWad("2000");
/** In 1e-8 USD, as the feed answers. */
const FALLEN = 180_000_000_000n;

describe("the keeper over JSON-RPC", function () {
  this.timeout(120_000);
  let system: System;
  let node: Node;
  let restore: () => Promise<void>;
  let keeperIndex: number;
  let weak: AccountId;
  let strong: AccountId;
  let own: AccountId;
  let poor: AccountId;
  let config: KeeperConfig;

  async function fund(owner: HardhatEthersSigner, index: number, mode: bigint, amount: string): Promise<AccountId> {
    const account = makeAccountId(owner.address, BigInt(index));
    const ledger = system.clearinghouse.connect(owner);
    await system.token.connect(owner).mint(owner, parseUsdc(amount));
    await system.token.connect(owner).approve(ledger, parseUsdc(amount));
    const encode = ledger.interface;
    await ledger.execute([
      encode.encodeFunctionData("openAccount", [index, mode]),
      encode.encodeFunctionData("deposit", [account, parseUsdc(amount)]),
    ]);
    return account;
  }

  async function trade(taker: HardhatEthersSigner, account: AccountId, size: string, maker: AccountId): Promise<void> {
    const { chainId } = await hre.ethers.provider.getNetwork();
    const domain = orderDomain(chainId, await system.clearinghouse.getAddress());
    const order = (id: AccountId, lots: bigint) => ({
      account: id,
      instrument: perp(ETH),
      size: lots,
      limitPrice: PRICE,
      maxFeeBps: 10n,
      expiry: 2n ** 40n - 1n,
      priceNotBefore: 0n,
      nonce: account & 0xffffn,
      epoch: 0n,
      reduceOnly: false,
    });
    const lots = parseLots(size);
    const orders = [
      await signOrder(taker, domain, order(maker, 0n - lots)),
      await signOrder(taker, domain, order(account, lots)),
    ];
    await system.clearinghouse.settle(orders, [{ maker: 0, taker: 1, lots, price: PRICE }]);
  }

  before(async () => {
    system = await systemFixture(hre);
    const snapshot = await takeSnapshot();
    restore = () => snapshot.restore();
    const signers = await hre.ethers.getSigners();
    keeperIndex = 5;
    const [trader, keeper] = [signers[4]!, signers[keeperIndex]!];
    const maker = await fund(trader, 1, Mode.Cross, "10000000");
    weak = await fund(trader, 2, Mode.Isolated, "3000");
    strong = await fund(trader, 3, Mode.Cross, "30000");
    own = await fund(keeper, 0, Mode.Cross, "1000000");
    poor = await fund(keeper, 1, Mode.Cross, "200");
    await trade(trader, weak, "10", maker);
    await trade(trader, strong, "10", maker);
    // Discounts grow while the keeper waits.
    letClockRun(true);

    node = await serve();
    config = {
      rpcUrl: node.url,
      clearinghouse: await system.clearinghouse.getAddress(),
      sender: { nodeAccount: keeperIndex },
      accountIndex: 0n,
      pollSeconds: 1,
      fromBlock: 0,
      logRange: 10,
      minGain: parseWad("1"),
      unwindCost: 0n,
      maxGasPrice: undefined,
      settles: true,
      logLevel: "info",
    };
  });

  after(async () => {
    letClockRun(false);
    await node.close();
    await restore();
  });

  it("rebuilds every account from events, word for word, in ranges of any size", async () => {
    for (const range of [1, 7, 10_000]) {
      const clearinghouse = await system.clearinghouse.getAddress();
      const book = new AccountBook(clearinghouse);
      const follower = new BookFollower(hre.ethers.provider, book, clearinghouse, 0, range);
      expect(await follower.follow()).to.be.false;
      expect([...book.all()].map(({ id }) => id)).to.include.members([weak, strong, own]);
      for (const { id, word, words } of book.all()) {
        expect(word, formatAccountId(id)).to.equal(await system.clearinghouse.accountOf(id));
        expect([...words.values()]).to.have.members([...(await system.clearinghouse.positionsOf(id))]);
      }
    }
  });

  it("begins afresh when the chain takes blocks back", async () => {
    const clearinghouse = await system.clearinghouse.getAddress();
    const book = new AccountBook(clearinghouse);
    const follower = new BookFollower(hre.ethers.provider, book, clearinghouse, 0, 1_000);
    const [, , stranger] = await hre.ethers.getSigners();
    const fork = await takeSnapshot();
    await system.clearinghouse.connect(stranger).openAccount(77, Mode.Cross);
    await follower.follow();
    const gone = makeAccountId(stranger!.address, 77n);
    expect(book.get(gone)).not.to.be.undefined;
    await fork.restore();
    // Another block in the place of the one that is gone.
    await system.token.connect(stranger).mint(stranger!, 1);
    expect(await follower.follow()).to.be.true;
    expect(book.get(gone)).to.be.undefined;
    expect(book.get(weak)?.word).to.equal(await system.clearinghouse.accountOf(weak));
  });

  it("leaves healthy accounts alone and stops when told to (RISK-2)", async () => {
    const lines = await runUntil(config, ({ msg }) => msg === "keeping watch");
    expect(lines.map(({ msg }) => msg)).to.include("stopped");
    expect(lines.map(({ msg }) => msg)).not.to.include("flag");
  });

  it("flags the account that fell, and says why it buys no more than a part: its own margin is too little", async () => {
    for (const feed of await mockFeeds(hre, "ETH")) await feed.updateAnswer(FALLEN);
    const small = { ...config, accountIndex: 1n, minGain: parseWad("0.1") };
    const lines = await runUntil(small, ({ msg }) => msg === "bid mined");
    expect(lines.map(({ msg }) => msg)).to.include.members(["flag mined", "bid mined", "stopped"]);
    const refusal = lines.find(({ kind }) => kind === "bid")?.msg;
    expect(refusal).to.match(/would have equity of \d+\.\d\d USD and needs \d+\.\d\d of initial margin/);
    expect(refusal).to.contain(formatAccountId(poor));
    const { clearinghouse } = system;
    const [taken] = await clearinghouse.positionsOf(poor);
    expect(decodePosition(taken!).lots).to.be.within(1n, parseLots("5"));
    const { equityForInitial, initialMargin } = await clearinghouse.assess(poor);
    expect(equityForInitial).to.be.at.least(initialMargin);
    expect(decodeAccount(await clearinghouse.accountOf(weak)).flagged, "there is more to buy").to.be.true;
  });

  it("buys the account that fell, and touches no other (RISK-3)", async () => {
    const lines = await runUntil(config, ({ msg }) => msg === "bid mined");
    const messages = lines.map(({ msg }) => msg);
    expect(messages).to.include.members(["bid mined", "stopped"]);
    const touched = lines.filter(({ msg }) => msg === "flag" || msg === "bid").map(({ account }) => account);
    expect(new Set(touched)).to.deep.equal(new Set([formatAccountId(weak)]));
    const { clearinghouse } = system;
    expect(decodeAccount(await clearinghouse.accountOf(weak)).flagged).to.be.false;
    expect(decodeAccount(await clearinghouse.accountOf(own)).positions).to.equal(1n);
    expect(decodeAccount(await clearinghouse.accountOf(strong)).positions).to.equal(1n);
    const left = await clearinghouse.assess(weak);
    expect(left.equityForMaintenance).to.be.at.least(left.maintenanceMargin);
  });

  it("samples the volatility when that is due", async () => {
    await time.increase(3600);
    for (const feed of await mockFeeds(hre, "ETH")) await feed.updateAnswer(FALLEN);
    const before = (await system.volatilityOracle.forecastOf(ETH)).sampledAt;
    await runUntil(config, ({ msg }) => msg === "sample mined");
    expect((await system.volatilityOracle.forecastOf(ETH)).sampledAt).to.be.above(before);
  });

  it("numbers what it sends at once with a key of its own, on a node that mines at once", async () => {
    const provider = await connect(node.url);
    const wallet = new Wallet(Wallet.createRandom().privateKey, provider);
    const [rich] = await hre.ethers.getSigners();
    await rich!.sendTransaction({ to: wallet.address, value: hre.ethers.parseEther("1") });
    const chain = new RpcChain(provider, wallet, wallet.address);
    const call = { to: wallet.address, data: "0x" };
    const hashes = await Promise.all([1, 2, 3].map(() => chain.send(call)));
    const sent = await Promise.all(hashes.map((hash) => provider.getTransaction(hash)));
    expect(sent.map((transaction) => transaction?.nonce)).to.deep.equal([0, 1, 2]);
    provider.destroy();
  });

  it("does not begin without a ledger or an account of its own", async () => {
    const silent = pino({ level: "silent" });
    const { signal } = new AbortController();
    const refusal = async (change: Partial<KeeperConfig>): Promise<string> => {
      const error: unknown = await runKeeper({ ...config, ...change }, silent, signal).catch(
        (thrown: unknown) => thrown,
      );
      expect(error).to.be.instanceOf(PlimsollInputError);
      return (error as Error).message;
    };
    const nobody = "0x00000000000000000000000000000000000000aa";
    expect(await refusal({ clearinghouse: nobody })).to.contain(`There is no clearinghouse at ${nobody}`);
    expect(await refusal({ accountIndex: 9n })).to.contain("/9 is not open");
    expect(await refusal({ sender: { nodeAccount: 99 } })).to.contain("The node has no account 99");
  });
});
