/** A deployed system with people in it: what integration tests and gas scenarios play through. */
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/signers";
import { setStorageAt, time } from "@nomicfoundation/hardhat-network-helpers";
import type { ContractTransactionReceipt, ContractTransactionResponse, HDNodeWallet } from "ethers";
import hre from "hardhat";

import type { SystemParameters } from "../../config/schema";
import { signBasisReport } from "../../scripts/lib/basis";
import { type Holding, readAssessment, readHolding, readMarket } from "../../scripts/lib/reads";
import {
  type Source,
  type System,
  deploySystem,
  mockFeed,
  mockFeeds,
  systemFixture,
  underlyingNamed,
} from "../../scripts/lib/system";
import type { MockAggregator } from "../../typechain-types";
import {
  type AccountId,
  type Assessment,
  type Instrument,
  type Lots,
  type Market,
  type Order,
  type OrderDomain,
  type Position,
  type SignedOrder,
  type Wad,
  encodeAccount,
  encodePosition,
  fixedPoint,
  makeAccountId,
  orderDomain,
  parseLots,
  parseUsdc,
  parseWad,
  perp,
  signOrder,
  underlyingOf,
} from "../../sdk";

export const ISOLATED = 1;
export const CROSS = 2;
export const PORTFOLIO = 3;
export const WAD = 10n ** 18n;
/** Where the ledger keeps positions: the second of its mappings, which begin at slot 0x100. */
const POSITIONS = 0x101n;
/** Slots of two options each, before those of perpetuals. */
const MOST_PAIRS = 128n;
/** Where it keeps accounts: the first. */
const ACCOUNTS = 0x100n;

/** Who can sign and send: an account of the network, or a wallet of the test's own. */
export type Person = HardhatEthersSigner | HDNodeWallet;

/** One owner's account. */
export interface Actor {
  signer: Person;
  id: AccountId;
}

/** A match of two orders of a batch, in Wad and lots. */
export interface Fill {
  maker: number;
  taker: number;
  lots: bigint;
  price: bigint;
}

export class World {
  /** The last nonce each account used. */
  private readonly nonces = new Map<AccountId, bigint>();
  readonly domain: OrderDomain;

  private constructor(
    readonly system: System,
    chainId: bigint,
    clearinghouse: string,
    private readonly signers: HardhatEthersSigner[],
  ) {
    this.domain = orderDomain(chainId, clearinghouse);
  }

  /** The system as the deploy steps leave it; with other parameters, one beside it. */
  static async create(parameters?: SystemParameters): Promise<World> {
    const system = parameters ? await deploySystem(hre, parameters) : await systemFixture(hre);
    const { chainId } = await hre.ethers.provider.getNetwork();
    return new World(system, chainId, await system.clearinghouse.getAddress(), await hre.ethers.getSigners());
  }

  get clearinghouse(): System["clearinghouse"] {
    return this.system.clearinghouse;
  }

  /** Accounts of the network that no deploy step uses. */
  signer(number: number): HardhatEthersSigner {
    const found = this.signers[number + 5];
    if (!found) throw new Error(`The network has no account ${number + 5}.`);
    return found;
  }

  /** Opens `signer`'s account and funds it with whole USD, in one transaction. */
  async open(signer: Person, usd: number, mode = CROSS, index = 0n): Promise<Actor> {
    const id = makeAccountId(signer.address, index);
    const calls = [this.clearinghouse.interface.encodeFunctionData("openAccount", [index, mode])];
    if (usd !== 0) {
      await this.mint(signer, usd);
      calls.push(this.clearinghouse.interface.encodeFunctionData("deposit", [id, BigInt(usd) * 1_000_000n]));
    }
    await this.clearinghouse.connect(signer).execute(calls);
    return { signer, id };
  }

  /** Gives `signer` whole USD of the settlement token, approved for the clearinghouse. */
  async mint(signer: Person, usd: number): Promise<void> {
    await this.system.token.mint(signer.address, BigInt(usd) * 1_000_000n);
    await this.system.token.connect(signer).approve(this.clearinghouse, hre.ethers.MaxUint256);
  }

  /** An order of `actor` on ETH for `size` units at `price` USD; any field can be replaced. */
  async order(actor: Actor, size: string, price: string, changes: Partial<Order> = {}): Promise<SignedOrder> {
    const order: Order = {
      account: actor.id,
      instrument: perp(1n),
      size: parseLots(size),
      limitPrice: parseWad(price),
      maxFeeBps: 10n,
      expiry: BigInt(await time.latest()) + 86_400n,
      priceNotBefore: 0n,
      nonce: this.nextNonce(actor),
      epoch: 0n,
      reduceOnly: false,
      ...changes,
    };
    return signOrder(actor.signer, this.domain, order);
  }

  /** Nonces are counted up from one, account by account, as a wallet would. */
  private nextNonce({ id }: Actor): bigint {
    const nonce = (this.nonces.get(id) ?? 0n) + 1n;
    this.nonces.set(id, nonce);
    return nonce;
  }

  /** Signs as somebody else: what a forger would send. */
  async forge(signer: Person, order: Order): Promise<SignedOrder> {
    return signOrder(signer, this.domain, order);
  }

  /** The account's slot and positions. */
  async holding({ id }: Actor): Promise<Holding> {
    return readHolding(this.system, id, "latest");
  }

  /** Settlement cash, negative while the account owes. */
  async cash(actor: Actor): Promise<Wad> {
    return (await this.holding(actor)).account.cash;
  }

  /** Signed size of the account's perpetual; zero where it has none. */
  async lots(actor: Actor, underlying = 1n): Promise<Lots> {
    const { positions } = await this.holding(actor);
    return positions.find((position) => underlyingOf(position.instrument) === underlying)?.lots ?? 0n;
  }

  async assess({ id }: Actor): Promise<Assessment> {
    return readAssessment(this.system, id, "latest");
  }

  async market(underlying = 1n): Promise<Market> {
    return readMarket(this.system, underlying, "latest");
  }

  /** Calls of the clearinghouse in one frame, sent by `signer`. */
  async execute(signer: Person, ...calls: string[]): Promise<ContractTransactionResponse> {
    return this.clearinghouse.connect(signer).execute(calls);
  }

  /** Has the maker sell to (or, with a negative size, buy from) the taker `size` units of the perpetual. */
  async trade(
    maker: Actor,
    taker: Actor,
    size: string,
    price: string,
    underlying = 1n,
  ): Promise<ContractTransactionResponse> {
    return this.tradeIn(perp(underlying), maker, taker, size, price);
  }

  /** The same in any instrument. */
  async tradeIn(
    instrument: Instrument,
    maker: Actor,
    taker: Actor,
    size: string,
    price: string,
  ): Promise<ContractTransactionResponse> {
    const opposite = size.startsWith("-") ? size.slice(1) : `-${size}`;
    const orders = [
      await this.order(maker, opposite, price, { instrument }),
      await this.order(taker, size, price, { instrument }),
    ];
    return this.settle(orders, [match(fixedPoint.abs(parseLots(size)), price)]);
  }

  async settle(orders: SignedOrder[], fills: Fill[]): Promise<ContractTransactionResponse> {
    return this.clearinghouse.settle(orders, fills);
  }

  /** Has every source of an underlying, or the one named, answer `price` USD, observed now. */
  async setPrice(name: string, price: string, source?: Source): Promise<void> {
    for (const feed of await this.feeds(name, source)) await feed.updateAnswer(parseWad(price) / 10n ** 10n);
  }

  /** Has them answer in units of 1e-8 USD, observed `age` seconds before the last block. */
  async setRound(name: string, answer: bigint, age: number, source?: Source): Promise<void> {
    const observedAt = (await time.latest()) - age;
    for (const feed of await this.feeds(name, source)) {
      await feed.updateRoundData(1n, answer, observedAt, observedAt);
    }
  }

  private async feeds(name: string, source: Source | undefined): Promise<MockAggregator[]> {
    return source ? [await mockFeed(hre, name, source)] : mockFeeds(hre, name);
  }

  /** Writes one of the positions that have a slot each: a book no trading leads to, or not so quickly. */
  async forcePosition({ id }: Actor, at: number, position: Position): Promise<void> {
    const slots = slotIn(POSITIONS, id) + MOST_PAIRS;
    await setStorageAt(await this.clearinghouse.getAddress(), slots + BigInt(at), encodePosition(position));
  }

  /** Has the account hold so many positions that have a slot each. */
  async forceCount(actor: Actor, whole: number): Promise<void> {
    const { account } = await this.holding(actor);
    const word = encodeAccount({ ...account, positions: account.packed + BigInt(whole) });
    await setStorageAt(await this.clearinghouse.getAddress(), slotIn(ACCOUNTS, actor.id), word);
  }

  /** Seconds on, with ETH at a price observed then. */
  async later(seconds: number, price: string): Promise<void> {
    await time.increase(seconds);
    await this.setPrice("ETH", price);
  }

  /** Has `saver` buy shares of the backstop vault for whole USD. */
  async save(saver: Person, usd: number): Promise<void> {
    const { vault, token } = this.system;
    const assets = parseUsdc(String(usd));
    await this.mint(saver, usd);
    await token.connect(saver).approve(vault, assets);
    await vault.connect(saver).deposit(assets, saver.address);
  }

  /** Flags accounts at a price of ETH and pokes them until their discount is whole, an hour without a bid. */
  async unattended(keeper: Actor, price: string, ...accounts: Actor[]): Promise<void> {
    const ledger = this.clearinghouse.connect(keeper.signer);
    await this.later(60, price);
    for (const { id } of accounts) await ledger.flag(id, keeper.id);
    for (let i = 0; i < 6; i++) {
      await this.later(600, price);
      for (const { id } of accounts) await ledger.poke(id);
    }
  }

  /** Has the signers report a basis, Wad, as of the last block. */
  async postBasis(name: string, basis: bigint): Promise<void> {
    const underlying = underlyingNamed(this.system.parameters, name).id;
    const report = { underlying, basis, observedAt: BigInt(await time.latest()) };
    await this.system.basisOracle.post(report, await signBasisReport(hre, this.system, report));
  }
}

/** Where a mapping by account keeps what it has. */
function slotIn(mapping: bigint, id: AccountId): bigint {
  const { ethers } = hre;
  return BigInt(ethers.keccak256(ethers.AbiCoder.defaultAbiCoder().encode(["uint256", "uint256"], [id, mapping])));
}

/** Matches the second of a batch's orders against the first. */
export function match(lots: bigint, price: string): Fill {
  return { maker: 0, taker: 1, lots, price: parseWad(price) };
}

/** The receipt of a transaction that must have gone through. */
export async function receiptOf(
  sent: Promise<ContractTransactionResponse> | ContractTransactionResponse,
): Promise<ContractTransactionReceipt> {
  const receipt = await (await sent).wait();
  if (!receipt) throw new Error("The transaction left no receipt.");
  return receipt;
}
