/** A clearinghouse with real margin models and oracles a test can set, to hold the sdk against. */
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/signers";
import { setCode } from "@nomicfoundation/hardhat-network-helpers";
import type { Addressable } from "ethers";
import { ethers } from "hardhat";

import { LIBRARY_LINKS } from "../../../scripts/lib/system";
import {
  type AccountId,
  type Holdings,
  type Market,
  Mode,
  type Order,
  type OrderDomain,
  PriceStatus,
  type SignedOrder,
  decodeAccount,
  decodePosition,
  fixedPoint,
  makeAccountId,
  orderDomain,
  parseUsdc,
  parseWad,
  perp,
  signOrder,
} from "../../../sdk";
import type {
  Clearinghouse,
  MockDollar,
  SettableBasis,
  SettablePrices,
  SettableVolatility,
} from "../../../typechain-types";
import { deployStandardMargin } from "../../support/portfolio";

export const TAKER_FEE_BPS = 5n;
export const MAKER_FEE_BPS = 1n;

/** ETH and BTC. */
const LISTED = [
  { underlying: 0n, spot: "2000", vol: "0.035", baseRateBps: 800, depth: 20_000_000n },
  { underlying: 1n, spot: "37000", vol: "0.03", baseRateBps: 650, depth: 40_000_000n },
];

/** Code that answers (true, 0) to everything, as an access manager does that grants a call without delay. */
const GRANTS_ALL = "0x60015f5260405ff3";

interface Parts {
  clearinghouse: Clearinghouse;
  token: MockDollar;
  prices: SettablePrices;
  basis: SettableBasis;
  volatility: SettableVolatility;
}

/** Deploys and lists everything. A fixture. */
export async function deployLedger(): Promise<TestLedger> {
  const [maker, taker] = (await ethers.getSigners()) as [HardhatEthersSigner, HardhatEthersSigner];
  const authority = ethers.Wallet.createRandom().address;
  await setCode(authority, GRANTS_ALL);
  const token = await ethers.deployContract("MockDollar", [6]);
  const libraries: Record<string, Addressable> = {};
  for (const [name, links] of Object.entries(LIBRARY_LINKS)) {
    const linked = Object.fromEntries(links.map((link) => [link, libraries[link]!]));
    libraries[name] = await ethers.deployContract(name, [], { libraries: linked });
  }
  const parts: Parts = {
    token,
    clearinghouse: await ethers.deployContract("Clearinghouse", [authority, token], { libraries }),
    prices: await ethers.deployContract("SettablePrices"),
    basis: await ethers.deployContract("SettableBasis"),
    volatility: await ethers.deployContract("SettableVolatility"),
  };
  const { chainId } = await ethers.provider.getNetwork();
  const domain = orderDomain(chainId, await parts.clearinghouse.getAddress());
  const ledger = new TestLedger(parts, maker, taker, domain);
  await ledger.list(authority);
  return ledger;
}

export class TestLedger {
  readonly clearinghouse: Clearinghouse;
  readonly basis: SettableBasis;
  private nonce = 0n;

  constructor(
    private readonly parts: Parts,
    readonly maker: HardhatEthersSigner,
    readonly taker: HardhatEthersSigner,
    readonly domain: OrderDomain,
  ) {
    this.clearinghouse = parts.clearinghouse;
    this.basis = parts.basis;
  }

  /** Wires the modules and lists the markets. The vault and the auction are not called here: `other` stands for both. */
  async list(other: string): Promise<void> {
    const { clearinghouse, prices, basis, volatility } = this.parts;
    await clearinghouse.setModules({
      priceOracle: prices,
      basisOracle: basis,
      volatilityOracle: volatility,
      // Nothing here holds an option.
      surfaceOracle: other,
      expirySettlement: other,
      auction: other,
      vault: other,
    });
    const { isolated, cross } = await deployStandardMargin();
    await clearinghouse.registerModel(Mode.Isolated, isolated);
    await clearinghouse.registerModel(Mode.Cross, cross);
    for (const { underlying, spot, vol, baseRateBps, depth } of LISTED) {
      await this.setPrice(underlying, spot);
      await volatility.set(underlying, parseWad(vol));
      await clearinghouse.listMarket(underlying, {
        baseRateBps,
        volMultiplierBps: 28_000,
        slopeBps: 100,
        maintenanceRatioBps: 7_000,
        takerFeeBps: TAKER_FEE_BPS,
        makerFeeBps: MAKER_FEE_BPS,
        depth,
        openInterestCap: 400_000_000n,
      });
    }
  }

  async setPrice(underlying: bigint, spot: string, status: bigint = PriceStatus.Fresh): Promise<void> {
    const price = { price: parseWad(spot), confidence: parseWad("0.0025"), updatedAt: 1n, status };
    await this.parts.prices.set(underlying, price);
  }

  /** Opens the signer's account 0 with cash in it. */
  async openAccount(signer: HardhatEthersSigner, mode: bigint, cash: string): Promise<AccountId> {
    const { clearinghouse, token } = this.parts;
    const amount = parseUsdc(cash);
    const id = makeAccountId(signer.address, 0n);
    await token.mint(signer, amount);
    await token.connect(signer).approve(clearinghouse, amount);
    await clearinghouse.connect(signer).openAccount(0n, mode);
    await clearinghouse.connect(signer).deposit(id, amount);
    return id;
  }

  /** An order of the signer's account 0, under a nonce of its own. */
  sign(signer: HardhatEthersSigner, order: Partial<Order>): Promise<SignedOrder> {
    return signOrder(signer, this.domain, {
      account: makeAccountId(signer.address, 0n),
      instrument: perp(0n),
      size: 1n,
      limitPrice: parseWad("2000"),
      maxFeeBps: TAKER_FEE_BPS,
      expiry: 2n ** 40n - 1n,
      priceNotBefore: 0n,
      nonce: this.nonce++,
      epoch: 0n,
      reduceOnly: false,
      ...order,
    });
  }

  /** Settles a fill in which the taker buys `lots` (signed) of the perpetual at `price`. */
  async fill(underlying: bigint, lots: bigint, price: bigint): Promise<void> {
    const terms = { instrument: perp(underlying), limitPrice: price };
    const orders = [
      await this.sign(this.maker, { ...terms, size: 0n - lots }),
      await this.sign(this.taker, { ...terms, size: lots }),
    ];
    await this.clearinghouse.settle(orders, [{ maker: 0, taker: 1, lots: fixedPoint.abs(lots), price }]);
  }

  async holdingsOf(id: AccountId): Promise<Holdings> {
    const { mode, cash, keeperDeposit } = decodeAccount(await this.clearinghouse.accountOf(id));
    const positions = (await this.clearinghouse.positionsOf(id)).map(decodePosition);
    const [amount] = await this.clearinghouse.lockedOf(id);
    return { mode, cash, keeperDeposit, positions, ...(amount !== 0n && { lockedProceeds: amount }) };
  }

  /** Every market as the next block will see it. */
  markets(): Promise<Market[]> {
    const atNextBlock = { blockTag: "pending" };
    return Promise.all(LISTED.map(({ underlying }) => this.clearinghouse.marketOf(underlying, atNextBlock)));
  }
}
