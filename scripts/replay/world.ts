/** The system that is replayed: deployed through the deploy steps, with everybody's accounts open and funded. */
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/signers";
import type { HardhatRuntimeEnvironment } from "hardhat/types";

import { networkParameters } from "../../config/networks";
import type { SystemParameters } from "../../config/schema";
import { type AccountId, Mode, type OrderDomain, type Usdc, makeAccountId, orderDomain } from "../../sdk";
import { AccountBook, type LogEntry } from "../keeper/book";
import { type System, deploySystem, mockFeed } from "../lib/system";
import { DEVIATION_BPS, HEARTBEAT } from "./feed";
import type { MakerAccounts } from "./makers";
import type { Timeline } from "./prices";

/** Everything the replay needs to know of one underlying. */
export interface ReplayedMarket {
  name: string;
  /** Its index in instruments. */
  underlying: bigint;
  /** The mock feed's address. */
  feed: string;
  /** Whole USD. */
  openInterestCap: bigint;
  /** What the price oracle is told the price is roughly, 1e-8 USD. */
  reference: bigint;
}

export interface World {
  hre: HardhatRuntimeEnvironment;
  system: System;
  domain: OrderDomain;
  markets: ReplayedMarket[];
  /**
   * Publishes prices and reports, and settles what others signed. As risk admin it moves reference prices, as lister it
   * lists expiries, and no more.
   */
  operator: HardhatEthersSigner;
  keeper: HardhatEthersSigner;
  traders: HardhatEthersSigner;
  makers: HardhatEthersSigner;
  /** The keeper's account, the traders' and the makers'. */
  accounts: { keeper: AccountId; traders: { account: AccountId; mode: Mode }[]; makers: MakerAccounts };
  book: AccountBook;
}

const UNIT = 1_000_000n;
/** USD Wad in one unit of a feed's answer. */
export const WAD_PER_ANSWER = 10n ** 10n;
/** A billion for each who must never run short; what a backstop of the venue's size might hold. */
export const DEEP_POCKET: Usdc = 1_000_000_000n * UNIT;
const BACKSTOP: Usdc = 5_000_000n * UNIT;

const MAKERS = 4;
/** So many that none is assessed on more series than a block has gas for. */
const OPTION_MAKERS = 12;
/** Accounts opened in one transaction. */
const BATCH = 50;

/** The local network's parameters, for the underlyings that are replayed, at their first prices. */
function replayParameters({ underlyings, warmUp, steps }: Timeline): SystemParameters {
  const local = networkParameters("hardhat");
  const first = (warmUp[0] ?? steps[0])?.prices;
  return {
    ...local,
    underlyings: underlyings.map((name) => {
      const terms = local.underlyings.find((candidate) => candidate.name === name);
      const price = first?.get(name);
      if (!terms || price === undefined) throw new Error(`${name} has no parameters or no first price.`);
      const answer = price * WAD_PER_ANSWER;
      return {
        ...terms,
        feed: { kind: "mock", decimals: 8, answer },
        // The data has one source.
        secondFeed: undefined,
        referencePrice: answer,
        heartbeat: HEARTBEAT,
        confidenceBps: DEVIATION_BPS,
      };
    }),
  };
}

/** Deploys and funds. `traders` are spread evenly over `modes`; makers in options are there if `options` are traded. */
export async function buildWorld(
  hre: HardhatRuntimeEnvironment,
  timeline: Timeline,
  traders: number,
  modes: readonly Mode[],
  options: boolean,
): Promise<World> {
  const system = await deploySystem(hre, replayParameters(timeline));
  const signers = await hre.ethers.getSigners();
  const [operator, keeper, owner, makers, backer] = signers;
  if (!operator || !keeper || !owner || !makers || !backer) throw new Error("The network has too few accounts.");
  const { chainId } = await hre.ethers.provider.getNetwork();
  const makerAccounts = Array.from({ length: MAKERS + (options ? OPTION_MAKERS : 0) }, (_, index) =>
    makeAccountId(makers.address, BigInt(index)),
  );
  const world: World = {
    hre,
    system,
    domain: orderDomain(chainId, await system.clearinghouse.getAddress()),
    markets: await marketsOf(hre, system),
    operator,
    keeper,
    traders: owner,
    makers,
    accounts: {
      keeper: makeAccountId(keeper.address, 0n),
      makers: { perpetuals: makerAccounts.slice(0, MAKERS), options: makerAccounts.slice(MAKERS) },
      traders: Array.from({ length: traders }, (_, index) => ({
        account: makeAccountId(owner.address, BigInt(index)),
        mode: modes[index % modes.length] ?? Mode.Cross,
      })),
    },
    book: new AccountBook(await system.clearinghouse.getAddress()),
  };
  await fund(world, backer);
  await readHistory(world);
  return world;
}

async function marketsOf(hre: HardhatRuntimeEnvironment, { parameters }: System): Promise<ReplayedMarket[]> {
  return Promise.all(
    parameters.underlyings.map(async ({ name, id, market, referencePrice }) => ({
      name,
      underlying: BigInt(id),
      feed: await (await mockFeed(hre, name)).getAddress(),
      openInterestCap: market.openInterestCap,
      reference: referencePrice / WAD_PER_ANSWER,
    })),
  );
}

async function fund({ system, keeper, traders, makers, accounts }: World, backer: HardhatEthersSigner): Promise<void> {
  const { token, clearinghouse, vault } = system;
  const encode = clearinghouse.interface;
  for (const owner of [keeper, traders, makers]) {
    await token.connect(owner).mint(owner.address, DEEP_POCKET * BigInt(MAKERS + OPTION_MAKERS));
    await token.connect(owner).approve(clearinghouse, 2n ** 256n - 1n);
  }
  const open = (index: number, mode: Mode): string => encode.encodeFunctionData("openAccount", [index, mode]);
  const deposit = (account: AccountId): string => encode.encodeFunctionData("deposit", [account, DEEP_POCKET]);
  await clearinghouse.connect(keeper).execute([open(0, Mode.Cross), deposit(accounts.keeper)]);
  await clearinghouse
    .connect(makers)
    .execute(
      [...accounts.makers.perpetuals, ...accounts.makers.options].flatMap((account, index) => [
        open(index, Mode.Cross),
        deposit(account),
      ]),
    );
  for (let i = 0; i < accounts.traders.length; i += BATCH) {
    const batch = accounts.traders.slice(i, i + BATCH);
    await clearinghouse.connect(traders).execute(batch.map(({ mode }, index) => open(i + index, mode)));
  }
  await token.connect(backer).mint(backer.address, BACKSTOP);
  await token.connect(backer).approve(vault, BACKSTOP);
  await vault.connect(backer).deposit(BACKSTOP, backer.address);
}

/** What happened before the replay took over, in order. */
async function readHistory({ hre, system, book }: World): Promise<void> {
  const address = await system.clearinghouse.getAddress();
  const logs = (await hre.network.provider.send("eth_getLogs", [
    { address, fromBlock: "0x0", toBlock: "latest" },
  ])) as LogEntry[];
  for (const log of logs) book.apply(log);
}
