/** The named scenarios whose gas is kept in snapshot.json: whole transactions, cold storage, calldata included. */
import { setBalance, time } from "@nomicfoundation/hardhat-network-helpers";
import type { ContractTransactionResponse } from "ethers";
import hre from "hardhat";

import { intercept, lastTime, sends, setNextTime } from "../../scripts/lib/intercept";
import { type SignedOrder, ownOrder, parseWad } from "../../sdk";
import { expiries } from "./expiries";
import { measureModels } from "./models";
import { largest, portfolios } from "./options";
import { type Actor, CROSS, type Fill, ISOLATED, type Person, WAD, World, receiptOf } from "../support/world";

/** Gas by scenario, in the order measured. */
export type GasReport = Map<string, number>;

/** A fixed beginning: signatures, and so the zeros in calldata, depend on times. */
const START = 2_000_000_000;
const BATCH = 50;
const SOL = 3n;
const MNEMONIC = "test test test test test test test test test test test junk";

/** Plays every scenario on a system deployed by the deploy steps. */
export async function measure(): Promise<GasReport> {
  const report: GasReport = new Map();
  keepTime();
  for (const scenario of [
    cash,
    firstOrders,
    fills,
    isolatedFills,
    quotes,
    batches,
    liquidation,
    oneSource,
    portfolios,
    largest,
    expiries,
  ]) {
    await hre.network.provider.send("hardhat_reset");
    await time.increaseTo(START);
    const world = await World.create();
    await refresh(world, "2000");
    await world.postBasis("ETH", parseWad("0.001"));
    await pioneer(world);
    await scenario(world, async (name, sent) => {
      report.set(name, Number((await receiptOf(sent)).gasUsed));
    });
  }
  await measureModels(report);
  return report;
}

/** Has every transaction come one second after the last, however long the machine takes. */
function keepTime(): void {
  intercept(hre.network.provider, async (args, forward) => {
    if (sends(args)) await setNextTime(forward, (await lastTime(forward)) + 1);
    return forward(args);
  });
}

export type Note = (name: string, sent: Promise<ContractTransactionResponse>) => Promise<void>;

async function cash(world: World, note: Note): Promise<void> {
  const [maker, taker] = await pair(world, CROSS);
  const { clearinghouse } = world;
  await world.mint(taker.signer, 10_000);
  await note("deposit: existing account", clearinghouse.connect(taker.signer).deposit(taker.id, 1_000_000_000n));
  await note("withdraw: no position", clearinghouse.connect(taker.signer).withdraw(taker.id, 1_000_000n, taker.signer));
  await world.trade(maker, taker, "1", "2000");
  await later(world, "2004");
  await note("withdraw: one perp", clearinghouse.connect(taker.signer).withdraw(taker.id, 1_000_000n, taker.signer));
}

/** What the two bits of a nonce cost depends on whether an order of the 128 around it was filled before. */
async function firstOrders(world: World, note: Note): Promise<void> {
  const maker = await world.open(world.signer(0), 100_000);
  const taker = await world.open(world.signer(1), 100_000);
  await later(world, "2000");
  await note("fill: both open, first order of either", world.trade(maker, taker, "1", "2000"));
}

async function fills(world: World, note: Note): Promise<void> {
  const [maker, taker] = await pair(world, CROSS);
  await lifeOfAPosition(world, note, "cross", maker, taker);
}

async function isolatedFills(world: World, note: Note): Promise<void> {
  const [maker, taker] = await pair(world, ISOLATED);
  await lifeOfAPosition(world, note, "isolated", maker, taker);
}

async function lifeOfAPosition(world: World, note: Note, mode: string, maker: Actor, taker: Actor): Promise<void> {
  await later(world, "2000");
  await note(`fill: both open, ${mode}`, world.trade(maker, taker, "1", "2000"));
  await later(world, "2004");
  await note(`fill: both increase, ${mode}`, world.trade(maker, taker, "1", "2004"));
  await later(world, "2000");
  await note(`fill: both reduce, ${mode}`, world.trade(maker, taker, "-1", "2000"));
  await later(world, "2004");
  await note(`fill: both close, ${mode}`, world.trade(maker, taker, "-1", "2004"));
  await later(world, "2000");
  await note(`fill: both reopen, ${mode}`, world.trade(maker, taker, "1", "2000"));
}

/** The first trade there ever is in a market fills slots that all others find used. */
async function pioneer(world: World): Promise<void> {
  const [maker, taker] = [await world.open(world.signer(7), 100_000), await world.open(world.signer(8), 100_000)];
  await world.trade(maker, taker, "1", "2000");
  await world.trade(maker, taker, "1", "80", SOL);
}

/** The taker sends, against the maker's signed quote. */
async function quotes(world: World, note: Note): Promise<void> {
  const [maker, taker] = await pair(world, CROSS);
  const fill = { maker: 0, taker: 1, lots: 100_000_000n };
  for (const [name, price] of [
    ["open", "2000"],
    ["increase", "2004"],
  ] as const) {
    await later(world, price);
    const own = ownOrder((await world.order(taker, "1", price)).order);
    const orders = [await world.order(maker, "-1", price), own];
    const sent = world.clearinghouse.connect(taker.signer).settle(orders, [{ ...fill, price: parseWad(price) }]);
    await note(`quote: taken by its sender, both ${name}`, sent);
  }
}

async function batches(world: World, note: Note): Promise<void> {
  const maker = await existing(world, world.signer(0), 10_000_000);
  const takers: Actor[] = [];
  for (let i = 0; i < BATCH; i++) takers.push(await existing(world, await wallet(i), 100_000));
  for (const [name, price] of [
    ["open", "2000"],
    ["increase", "2004"],
  ] as const) {
    await later(world, price);
    const orders: SignedOrder[] = [await world.order(maker, `-${BATCH}`, price)];
    const matches: Fill[] = [];
    for (const [i, taker] of takers.entries()) {
      orders.push(await world.order(taker, "1", price));
      matches.push({ maker: 0, taker: i + 1, lots: 100_000_000n, price: parseWad(price) });
    }
    await note(`fill: ${BATCH} takers ${name} against one maker`, world.settle(orders, matches));
  }
}

async function liquidation(world: World, note: Note): Promise<void> {
  const [maker, trader] = await pair(world, CROSS, 2_000);
  const keeper = await world.open(world.signer(2), 1_000_000);
  await world.trade(maker, trader, "9", "2000");
  await later(world, "1850");
  const { clearinghouse } = world;
  await note("liquidation: flag, one perp, cross", clearinghouse.connect(keeper.signer).flag(trader.id, keeper.id));
  await time.increase(30);
  await note(
    "liquidation: bid, one perp, cross",
    clearinghouse.connect(keeper.signer).bid(trader.id, keeper.id, WAD, 0),
  );
}

/** What a second source costs shows beside a market that has none. */
async function oneSource(world: World, note: Note): Promise<void> {
  const [maker, trader] = await pair(world, CROSS, 4_000);
  const keeper = await world.open(world.signer(2), 1_000_000);
  const at = async (price: string): Promise<void> => {
    await time.increase(60);
    await world.setPrice("SOL", price);
  };
  await at("80");
  await note("one source: fill, both open", world.trade(maker, trader, "100", "80", SOL));
  await at("80.1");
  await note("one source: fill, both increase", world.trade(maker, trader, "125", "80.1", SOL));
  await at("80");
  const { clearinghouse } = world;
  await world.mint(trader.signer, 1);
  const withdraw = clearinghouse.connect(trader.signer).withdraw(trader.id, 1_000_000n, trader.signer);
  await note("one source: withdraw, one perp", withdraw);
  await at("70");
  await note("one source: flag, one perp", clearinghouse.connect(keeper.signer).flag(trader.id, keeper.id));
  await time.increase(30);
  await note("one source: bid, one perp", clearinghouse.connect(keeper.signer).bid(trader.id, keeper.id, WAD, 0));
}

async function pair(world: World, mode: number, usd = 1_000_000): Promise<[Actor, Actor]> {
  return [await existing(world, world.signer(0), 10_000_000, mode), await existing(world, world.signer(1), usd, mode)];
}

/** An account with a past: one of its nonces is spent. */
async function existing(world: World, signer: Person, usd: number, mode = CROSS): Promise<Actor> {
  const actor = await world.open(signer, usd, mode);
  await world.clearinghouse.connect(signer).cancelNonces(actor.id, 0n, 1n);
  return actor;
}

/** A minute on, at another price, so that everything touched is settled. */
async function later(world: World, price: string): Promise<void> {
  await time.increase(60);
  await refresh(world, price);
}

async function refresh(world: World, price: string): Promise<void> {
  await world.setPrice("ETH", price);
}

/** One of many traders, each with a key of its own, the same in every run. */
async function wallet(number: number): Promise<Person> {
  const { ethers } = hre;
  const made = ethers.HDNodeWallet.fromPhrase(MNEMONIC, "", `m/44'/60'/1'/0/${number}`);
  await setBalance(made.address, 10n ** 20n);
  return made.connect(ethers.provider);
}
