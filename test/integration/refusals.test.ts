import { readFileSync } from "node:fs";
import path from "node:path";

import { setStorageAt } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import hre from "hardhat";

import { abis } from "../../sdk/abi";
import { decodeAccount, encodeAccount, encodePosition, parseLots, perp } from "../../sdk";
import { type Actor, World } from "../support/world";
import { refused } from "../support/refusal";

type ErrorOf<Abi extends keyof typeof abis> = Extract<(typeof abis)[Abi][number], { type: "error" }>["name"];

/** Where each error of the ledger is provoked. A new error without a row does not compile. */
const REFUSED_IN: Record<ErrorOf<"clearinghouse">, string> = {
  Clearinghouse_FrameOpen: "reentrancy",
  Clearinghouse_NotOwner: "cash",
  Clearinghouse_NotPermitted: "operators",
  Clearinghouse_UnknownScopes: "operators",
  Clearinghouse_AccountNotOpen: "accounts",
  Clearinghouse_AccountAlreadyOpen: "accounts",
  Clearinghouse_AccountNotEmpty: "accounts",
  Clearinghouse_AccountFlagged: "liquidation",
  Clearinghouse_UnknownMode: "accounts",
  Clearinghouse_UnknownInstrument: "orders",
  Clearinghouse_UnknownSelector: "execute",
  Clearinghouse_ZeroAmount: "cash",
  Clearinghouse_ZeroAddress: "governance",
  Clearinghouse_TokenNotExact: "cash",
  Clearinghouse_BeyondFreeCollateral: "cash",
  Clearinghouse_BelowInitialMargin: "margin",
  Clearinghouse_PriceNotFresh: "prices",
  Clearinghouse_NotAtLastMark: "lastMark",
  Clearinghouse_TooManyLocks: "lastMark",
  Clearinghouse_ProceedsStillLocked: "lastMark",
  Clearinghouse_OpenInterestCap: "margin",
  Clearinghouse_AccountInterestCap: "margin",
  Clearinghouse_TooManyPositions: "refusals",
  Clearinghouse_AmountOutOfRange: "cash",
  Option_Expired: "options",
  Option_SurfaceNotFresh: "options",
  Option_NotListed: "options",
  Option_ExpiryOutOfBounds: "optionGovernance",
  Option_StrikesOutOfBounds: "optionGovernance",
  Option_OpenInterestCap: "options",
  Option_AccountInterestCap: "options",
  Order_Expired: "orders",
  Order_WrongEpoch: "orders",
  Order_BadSignature: "orders",
  Order_NonceSpent: "orders",
  Order_NonceTaken: "orders",
  Order_Overfilled: "orders",
  Order_ZeroSize: "orders",
  Order_BeyondLimit: "orders",
  Order_BeyondBand: "operators",
  Order_FeeAboveMaximum: "orders",
  Order_PriceTooOld: "orders",
  Order_NotReducing: "orders",
  Order_SelfTrade: "orders",
  Order_Mismatch: "orders",
  Liquidation_Healthy: "bids",
  Liquidation_NotFlagged: "liquidation",
  Liquidation_SelfBid: "bids",
  Liquidation_GainBelowMinimum: "bids",
  Liquidation_UnfairQuote: "backstop",
  Liquidation_Bankrupt: "takeover",
  Liquidation_TooSmall: "attacksWithoutPrices",
  Liquidation_VaultsOwn: "takeover",
  Liquidation_VaultTooPoor: "takeover",
  Market_AlreadyListed: "governance",
  Market_NotListed: "governance",
  Market_TooMany: "governance",
  Market_ParameterOutOfBounds: "governance",
  Governance_NotAnnounced: "governance",
  Governance_TooEarly: "governance",
  Governance_Lapsed: "governance",
  Governance_AlreadyAnnounced: "governance",
  Governance_NothingToAnnounce: "governance",
};

/** The same of the settlement of expiries. */
const EXPIRIES_REFUSED_IN: Record<ErrorOf<"expirySettlement">, string> = {
  ExpirySettlement_AlreadySettled: "ExpirySettlement",
  ExpirySettlement_TooEarly: "ExpirySettlement",
  ExpirySettlement_NoFeed: "ExpirySettlement",
  ExpirySettlement_NoRounds: "ExpirySettlement",
  ExpirySettlement_FeedFailed: "ExpirySettlement",
  ExpirySettlement_RoundUnavailable: "ExpirySettlement",
  ExpirySettlement_RoundFromFuture: "ExpirySettlement",
  ExpirySettlement_RoundsNotInOrder: "ExpirySettlement",
  ExpirySettlement_FirstRoundTooLate: "ExpirySettlement",
  ExpirySettlement_FirstRoundTooEarly: "ExpirySettlement",
  ExpirySettlement_WrongRound: "ExpirySettlement",
  ExpirySettlement_MissingRound: "ExpirySettlement",
  ExpirySettlement_RoundBeyondWindow: "ExpirySettlement",
  ExpirySettlement_AnswerOutOfBounds: "ExpirySettlement",
  ExpirySettlement_RoundStale: "ExpirySettlement",
  ExpirySettlement_NoUsableRound: "ExpirySettlement.phases",
  ExpirySettlement_ParameterOutOfBounds: "ExpirySettlement",
};

/** Where the ledger begins in the clearinghouse's storage. */
const LEDGER_SLOT = 0x100n;
/** What an account can hold at most, by the width of its count. */
const MOST_POSITIONS = 255n;
/** Slots of two options each, before those of perpetuals. */
const MOST_PAIRS = 128n;

describe("Clearinghouse: refusals", () => {
  hasTests("clearinghouse", REFUSED_IN, __dirname);

  it("refuses a position more than an account has room for", async () => {
    const world = await World.create();
    const maker = await world.open(world.signer(0), 1_000_000);
    const trader = await world.open(world.signer(1), 1_000_000);
    await world.trade(maker, trader, "1", "2000");
    // More than can be listed today, so no trading leads there: the book is written into storage.
    await fill(world, trader);
    const sent = world.trade(maker, trader, "1", "40000", 2n);
    await refused(sent, "Clearinghouse_TooManyPositions", trader.id, MOST_POSITIONS);
    await world.trade(maker, trader, "1", "2000");
  });
});

describe("ExpirySettlement: refusals", () => {
  hasTests("expirySettlement", EXPIRIES_REFUSED_IN, path.join(__dirname, "..", "unit", "instruments"));
});

/** Every error of an interface must have a row, and the file it names must provoke it. */
function hasTests(abi: keyof typeof abis, table: Readonly<Record<string, string>>, folder: string): void {
  it("has a test for every error of its interface", () => {
    const errors = abis[abi].filter((item) => item.type === "error").map(({ name }) => name);
    expect(Object.keys(table)).to.have.members(errors);
  });

  for (const [name, file] of Object.entries(table)) {
    it(`refuses with ${name} and its values in ${file}`, () => {
      const text = readFileSync(path.join(folder, `${file}.test.ts`), "utf8");
      // Named to `refused`, which compares every value, or compared as bytes where no call can carry it out.
      const provoked = new RegExp(`refused\\([^;]*"${name}"|\\["${name}", |id\\("${name}\\(`);
      expect(provoked.test(text), `no test in ${file}.test.ts provokes ${name}`).to.equal(true);
    });
  }
}

/** Writes a book of the most positions there may be, of the first underlying alone. */
async function fill(world: World, actor: Actor): Promise<void> {
  const { accounts, positions } = await slotsOf(world, actor);
  const address = await world.clearinghouse.getAddress();
  const { account, positions: held } = await world.holding(actor);
  const word = encodePosition({ ...held[0]!, instrument: perp(1n), lots: parseLots("0.01") });
  for (let i = 1n; i < MOST_POSITIONS; i++) await setStorageAt(address, positions + MOST_PAIRS + i, word);
  await setStorageAt(address, accounts, encodeAccount({ ...account, positions: MOST_POSITIONS }));
  expect(decodeAccount(await world.clearinghouse.accountOf(actor.id)).positions).to.equal(MOST_POSITIONS);
}

/** Where the ledger keeps the account's slot, and the first of its positions: the two mappings are neighbours. */
async function slotsOf(world: World, { id }: Actor): Promise<{ accounts: bigint; positions: bigint }> {
  const { ethers } = hre;
  const at = (mapping: bigint): bigint =>
    BigInt(ethers.keccak256(ethers.AbiCoder.defaultAbiCoder().encode(["uint256", "uint256"], [id, mapping])));
  const word = await world.clearinghouse.accountOf(id);
  for (let mapping = LEDGER_SLOT; mapping < LEDGER_SLOT + 16n; mapping++) {
    if (BigInt(await ethers.provider.getStorage(world.clearinghouse, at(mapping))) === word) {
      return { accounts: at(mapping), positions: at(mapping + 1n) };
    }
  }
  throw new Error("The ledger keeps accounts where this test does not look.");
}
