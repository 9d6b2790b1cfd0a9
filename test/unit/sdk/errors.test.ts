import { loadFixture } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { Interface, type JsonFragment, encodeBytes32String, makeError } from "ethers";
import { artifacts } from "hardhat";

import { Mode, decodeError, explainError, makeAccountId, parseUsdc, parseWad, perp, revertDataOf } from "../../../sdk";
import { errorFragments } from "../../../sdk/abi";
import { deployLedger } from "./ledger";

const OWNER = "0x52908400098527886E0F7030069857D2E4169EE7";
const account = makeAccountId(OWNER, 0n);
const names = new Map([[0n, "ETH"]]);
const errors = new Interface(errorFragments);

function sentence(name: string, ...values: unknown[]): string | undefined {
  return decodeError(errors.encodeErrorResult(name, values), names)?.sentence;
}

/** A value of an ABI type, in range of every one of its meanings. */
function sample(type: string): unknown {
  if (type === "address") return OWNER;
  if (type === "bytes32") return encodeBytes32String("takerFeeBps");
  if (type.startsWith("bytes")) return `0x${"ab".repeat(Number(type.slice(5)))}`;
  return 1n;
}

describe("Errors", () => {
  it("of every contract of the protocol are known, and each has a sentence", async () => {
    const paths = (await artifacts.getAllFullyQualifiedNames()).filter(
      (path) => path.startsWith("contracts/") && !path.startsWith("contracts/mocks/"),
    );
    expect(paths.length).to.be.greaterThan(10);
    for (const path of paths) {
      const { abi } = await artifacts.readArtifact(path);
      // Functions of linked libraries have types of their own, which no caller of the protocol meets.
      new Interface((abi as JsonFragment[]).filter(({ type }) => type === "error")).forEachError((error) => {
        // The protocol's own errors are named Contract_Reason; the others belong to libraries.
        if (!error.name.includes("_")) return;
        const data = new Interface([error]).encodeErrorResult(
          error,
          error.inputs.map(({ type }) => sample(type)),
        );
        const decoded = decodeError(data, names);
        expect(decoded?.name, `${path} reverts with ${error.name}`).to.equal(error.name);
        expect(decoded?.sentence, error.name).to.match(/^[A-Z0].*\.$/);
        expect(decoded?.sentence, error.name).not.to.match(/undefined|NaN|\[object/);
      });
    }
  });

  it("of the libraries below have sentences too", () => {
    for (const { name, inputs } of errorFragments) {
      const data = errors.encodeErrorResult(
        name,
        inputs.map(({ type }) => sample(type)),
      );
      expect(decodeError(data)?.sentence, name).to.match(/^[A-Z0].*[.?]$/);
    }
  });

  it("say amounts, accounts, prices and times in units of people", () => {
    expect(sentence("Clearinghouse_BeyondFreeCollateral", account, parseUsdc("500"), parseUsdc("123.45"))).to.equal(
      `Withdrawing 500.00 is more than the 123.45 that is free in account ${OWNER}/0.`,
    );
    expect(sentence("Clearinghouse_PriceNotFresh", 0n, 1n)).to.equal(
      "The price of ETH is too old for anything but reducing risk.",
    );
    expect(sentence("Clearinghouse_PriceNotFresh", 3n, 0n)).to.equal(
      "The price of underlying 3 is not usable at the moment.",
    );
    expect(sentence("Option_SurfaceNotFresh", 0n, 1_700_000_000n, 1n)).to.equal(
      "Options on ETH expired at 2023-11-14 22:13:20 UTC and are not settled: until anyone settles that expiry (option:settle), the account can only reduce risk.",
    );
    expect(sentence("Clearinghouse_UnknownInstrument", perp(0n))).to.equal("The perpetual on ETH is not listed.");
    expect(sentence("Clearinghouse_UnknownInstrument", 16n)).to.equal("Instrument 0x10 is not listed.");
    expect(sentence("Order_Expired", account, 7n, 1_700_000_000n)).to.equal(
      `Order 7 of account ${OWNER}/0 expired at 2023-11-14 22:13:20 UTC.`,
    );
    expect(sentence("Order_BeyondLimit", account, 7n, parseWad("2001.5"), parseWad("2000"))).to.equal(
      `Order 7 of account ${OWNER}/0 has a limit of 2000, which 2001.5 is beyond.`,
    );
    expect(sentence("Order_Overfilled", account, 7n, 250_000_000n, 100_000_000n)).to.equal(
      `Order 7 of account ${OWNER}/0 has 1 left to fill, and 2.5 was wanted.`,
    );
    expect(sentence("Market_ParameterOutOfBounds", encodeBytes32String("takerFeeBps"), 60n, 0n, 50n)).to.equal(
      "The takerFeeBps is 60 and must be between 0 and 50.",
    );
    expect(sentence("LiquidationAuction_BadFraction", parseWad("1.5"))).to.equal(
      "A bid for 150.00 % of an account is not for more than nothing and at most 100 %.",
    );
    expect(sentence("BackstopVault_ExitClosed", OWNER, 0n, 0n)).to.equal(
      `${OWNER} has not asked to redeem shares: request it first.`,
    );
    expect(sentence("BackstopVault_RequestBeyondBalance", 2n * 10n ** 12n, 10n ** 12n)).to.equal(
      "2 shares are more than the 1 held.",
    );
  });

  it("write two amounts as finely as it takes to tell them apart", () => {
    const below = (equity: string, margin: string) =>
      sentence("Clearinghouse_BelowInitialMargin", account, parseWad(equity), parseWad(margin));
    const start = `Account ${OWNER}/0 would have equity of`;
    expect(below("-12.5", "100")).to.equal(`${start} -12.50 USD and needs 100.00 of initial margin.`);
    expect(below("99.9999", "100")).to.equal(`${start} 99.9999 USD and needs 100.0000 of initial margin.`);
    expect(below("99.999999999999999999", "100")).to.equal(
      `${start} 99.999999999999999999 USD and needs 100 of initial margin.`,
    );
  });

  it("include what Solidity itself reverts with", () => {
    expect(decodeError(new Interface(["error Error(string)"]).encodeErrorResult("Error", ["no"]))?.sentence).to.equal(
      "The call was refused: no.",
    );
    const panic = (code: bigint) => new Interface(["error Panic(uint256)"]).encodeErrorResult("Panic", [code]);
    expect(decodeError(panic(0x11n))?.sentence).to.equal("The call failed: a number over- or underflowed.");
    expect(decodeError(panic(0x51n))?.sentence).to.equal("The call failed: panic 81.");
  });

  it("that nobody knows are not made up", () => {
    for (const data of ["0x", "0x12", "0xdeadbeef", "hello"]) expect(decodeError(data)).to.equal(undefined);
    const cut = errors.encodeErrorResult("Clearinghouse_AccountNotOpen", [account]).slice(0, -2);
    expect(decodeError(cut), "values cut short").to.equal(undefined);
    expect(explainError(makeError("insufficient funds", "INSUFFICIENT_FUNDS", { transaction: {} }))).to.equal(
      "insufficient funds",
    );
    expect(explainError(new Error("no network"))).to.equal("no network");
    expect(explainError("gone")).to.equal("gone");
  });

  it("are found wherever a wallet or node put them", () => {
    const data = errors.encodeErrorResult("Clearinghouse_ZeroAmount", []);
    const loop: Record<string, unknown> = { message: "x" };
    loop.error = loop;
    for (const thrown of [
      { data },
      { error: { data } },
      { info: { error: { code: 3, data } } },
      { cause: { data: { data } } },
      Object.assign(new Error("reverted"), { data }),
    ]) {
      expect(revertDataOf(thrown)).to.equal(data);
      expect(explainError(thrown)).to.equal("The amount is zero.");
    }
    for (const thrown of [loop, { data: "0x" }, null, undefined, 5]) expect(revertDataOf(thrown)).to.equal(undefined);
  });

  it("are explained as the ledger throws them", async () => {
    const ledger = await loadFixture(deployLedger);
    const id = await ledger.openAccount(ledger.taker, Mode.Cross, "123.45");
    const clearinghouse = ledger.clearinghouse.connect(ledger.taker);
    const explain = (work: Promise<unknown>) => work.then(() => "", explainError);
    expect(await explain(clearinghouse.withdraw(id, parseUsdc("500"), OWNER))).to.equal(
      `Withdrawing 500.00 is more than the 123.45 that is free in account ${ledger.taker.address}/0.`,
    );
    expect(await explain(clearinghouse.deposit(id, parseUsdc("1")))).to.equal(
      "The settlement token refused to be taken: is the balance there, and approved?",
    );
    expect(await explain(clearinghouse.openAccount.staticCall(0n, Mode.Cross))).to.equal(
      `Account ${ledger.taker.address}/0 is already open: choose another index.`,
    );
  });
});
