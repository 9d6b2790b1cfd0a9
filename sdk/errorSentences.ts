import { toUtf8String } from "ethers";

import type { ErrorFragment } from "./abi";
import { formatLots, formatUsdc, formatWad, roundWad } from "./amounts";
import { type AccountId, type Instrument, formatAccountId, isPerp, underlyingOf } from "./ids";
import { marginRefusals } from "./risk/refusal";
import { PriceStatus } from "./risk/types";
import { decodePosition } from "./words";

/** Names of underlyings by index; an index without one is written as a number. */
export type UnderlyingNames = ReadonlyMap<bigint, string>;

interface Input {
  readonly name: string;
  readonly type: string;
  readonly internalType: string;
}

type ArgumentOf<I extends Input> = I["internalType"] extends "AccountId"
  ? AccountId
  : I["internalType"] extends "Instrument"
    ? Instrument
    : I["type"] extends "address" | `bytes${string}`
      ? string
      : bigint;

/** The values of an error by their names in Solidity. */
export type ErrorArguments<Name extends ErrorFragment["name"]> = {
  [I in Extract<ErrorFragment, { name: Name }>["inputs"][number] as I["name"]]: ArgumentOf<I>;
};

/** One sentence an error: a table that does not compile while an error of the ABIs lacks its sentence. */
export type ErrorSentences = {
  [Name in ErrorFragment["name"]]: (args: ErrorArguments<Name>, names: UnderlyingNames) => string;
};

export const errorSentences: ErrorSentences = {
  Clearinghouse_FrameOpen: () =>
    "The clearinghouse is in the middle of another call: call it again once that has ended.",
  Clearinghouse_NotOwner: (e) => `${e.caller} is not the owner of account ${formatAccountId(e.account)}.`,
  Clearinghouse_AccountNotOpen: (e) => `Account ${formatAccountId(e.account)} is not open: open it first.`,
  Clearinghouse_AccountAlreadyOpen: (e) =>
    `Account ${formatAccountId(e.account)} is already open: choose another index.`,
  Clearinghouse_AccountNotEmpty: (e) =>
    `Account ${formatAccountId(e.account)} still holds ${usd(e.cash)} USD and ${e.positions} positions: empty it first.`,
  Clearinghouse_AccountFlagged: (e) =>
    `Account ${formatAccountId(e.account)} is being liquidated: bring it above maintenance margin first.`,
  Clearinghouse_UnknownMode: (e) => `Mode ${e.mode} has no margin model: 1 is isolated margin, 2 is cross margin.`,
  Clearinghouse_UnknownInstrument: (e, names) => `${capital(instrument(e.instrument, names))} is not listed.`,
  Clearinghouse_UnknownSelector: (e) => `The function ${e.selector} cannot be part of a batch.`,
  Clearinghouse_ZeroAmount: () => "The amount is zero.",
  Clearinghouse_ZeroAddress: () => "The address is zero.",
  Clearinghouse_TokenNotExact: (e) =>
    `The settlement token delivered ${token(e.received)} of the ${token(e.amount)} asked for.`,
  Clearinghouse_BeyondFreeCollateral: (e) =>
    `Withdrawing ${token(e.amount)} is more than the ${token(e.free)} that is free in account ${formatAccountId(e.account)}.`,
  Clearinghouse_BelowInitialMargin: (e) => {
    const [equity, margin] = distinctly(e.equity, e.initialMargin);
    return `Account ${formatAccountId(e.account)} would have equity of ${equity} USD and needs ${margin} of initial margin.`;
  },
  Clearinghouse_PriceNotFresh: (e, names) =>
    e.status === PriceStatus.Aged
      ? `The price of ${underlying(e.underlying, names)} is too old for anything but reducing risk.`
      : `The price of ${underlying(e.underlying, names)} is not usable at the moment.`,
  Clearinghouse_OpenInterestCap: (e, names) =>
    `Open interest in ${underlying(e.underlying, names)} would be ${e.openInterestUsd} USD and may be ${e.capUsd}.`,
  Clearinghouse_AccountInterestCap: (e, names) => {
    const [notional, cap] = distinctly(e.notional, e.cap);
    const name = underlying(e.underlying, names);
    return `Account ${formatAccountId(e.account)} would hold ${notional} USD of ${name} and may hold ${cap}.`;
  },
  Clearinghouse_TooManyPositions: (e) =>
    `Account ${formatAccountId(e.account)} may hold ${e.limit} positions: close one first.`,
  Clearinghouse_AmountOutOfRange: (e) => `The amount ${e.amount} is larger than the ledger can hold.`,

  Order_Expired: (e) => `${order(e)} expired at ${time(e.expiry)}.`,
  Order_WrongEpoch: (e) =>
    `An order of account ${formatAccountId(e.account)} was signed in epoch ${e.orderEpoch}, and the account is in epoch ${e.accountEpoch}.`,
  Order_BadSignature: (e) => `${order(e)} is not signed by the account's owner.`,
  Order_NonceCancelled: (e) => `${order(e)} is cancelled.`,
  Order_NonceTaken: (e) => `${order(e)} has the nonce of another order: sign it with an unused one.`,
  Order_Overfilled: (e) =>
    `${order(e)} has ${formatLots(e.left)} left to fill, and ${formatLots(e.wanted)} was wanted.`,
  Order_ZeroSize: () => "A size of zero cannot be traded.",
  Order_BeyondLimit: (e) =>
    `${order(e)} has a limit of ${formatWad(e.limitPrice)}, which ${formatWad(e.price)} is beyond.`,
  Order_FeeAboveMaximum: (e) => `${order(e)} allows a fee of ${e.maxFeeBps} basis points, and it is ${e.feeBps}.`,
  Order_PriceTooOld: (e) =>
    `${order(e)} wants an oracle price from ${time(e.notBefore)} or later, and the last is from ${time(e.updatedAt)}.`,
  Order_NotReducing: (e) =>
    `${order(e)} may only reduce the position of ${formatLots(e.position)}, and a change of ${formatLots(e.change)} does not.`,
  Order_SelfTrade: (e) => `Account ${formatAccountId(e.account)} cannot trade with itself.`,
  Order_Mismatch: (e) => `Orders ${e.maker} and ${e.taker} of the batch do not match: same instrument, opposite sides.`,

  Liquidation_Healthy: (e) => {
    const [equity, margin] = distinctly(e.equity, e.maintenanceMargin);
    return `Account ${formatAccountId(e.account)} has equity of ${equity} USD, which covers its maintenance margin of ${margin}.`;
  },
  Liquidation_NotFlagged: (e) => `Account ${formatAccountId(e.account)} is not flagged for liquidation.`,
  Liquidation_SelfBid: (e) => `Account ${formatAccountId(e.account)} cannot bid for itself.`,
  Liquidation_GainBelowMinimum: (e) => {
    const [gain, least] = distinctly(e.gain, e.minGain);
    return `The bid would gain ${gain} USD and must gain ${least}.`;
  },
  Liquidation_UnfairQuote: (e) =>
    `The auction's price of ${usd(e.payment)} USD for ${percent(e.fraction)} of account ${formatAccountId(e.account)} is unfair to it.`,

  Market_AlreadyListed: (e, names) => `${capital(underlying(e.underlying, names))} is already listed.`,
  Market_NotListed: (e, names) => `${capital(underlying(e.underlying, names))} is not listed.`,
  Market_ParameterOutOfBounds: (e) =>
    `The parameter ${shortText(e.parameter)} is ${e.value} and must be between ${e.lower} and ${e.upper}.`,

  LiquidationAuction_NotClearinghouse: (e) => `${e.caller} is not the clearinghouse, which alone may run auctions.`,
  LiquidationAuction_NotRunning: (e) => `No auction runs for account ${formatAccountId(e.account)}: flag it first.`,
  LiquidationAuction_AlreadyRunning: (e) => `An auction already runs for account ${formatAccountId(e.account)}.`,
  LiquidationAuction_TooEarly: (e) =>
    `The first bid may come in block ${e.firstBidBlock}, and this is block ${e.blockNumber}.`,
  LiquidationAuction_BadFraction: (e) =>
    `A bid for ${percent(e.fraction)} of an account is not for more than nothing and at most 100 %.`,

  BackstopVault_NotClearinghouse: (e) => `${e.caller} is not the clearinghouse, which alone may draw on the vault.`,

  MarginModel_TooManyPositions: (e) => marginRefusals.MarginModel_TooManyPositions(e.held, e.allowed),
  MarginModel_UnsupportedPosition: (e) =>
    marginRefusals.MarginModel_UnsupportedPosition(decodePosition(e.position).instrument),
  MarginModel_MissingMarket: (e) => marginRefusals.MarginModel_MissingMarket(e.underlying),

  VolatilityOracle_NotListed: (e, names) =>
    `${capital(underlying(e.underlying, names))} has no volatility forecast yet.`,

  AccessManagedUnauthorized: (e) => `${e.caller} has no role that allows this.`,
  AccessManagedRequiredDelay: (e) => `${e.caller} must schedule this ${e.delay} seconds ahead.`,
  ERC20InsufficientAllowance: (e) =>
    `${e.spender} may take ${token(e.allowance)} of the token and needs ${token(e.needed)}: approve it first.`,
  ERC20InsufficientBalance: (e) => `${e.sender} has ${token(e.balance)} of the token and needs ${token(e.needed)}.`,
  SafeERC20FailedOperation: (e) => `The token ${e.token} refused the transfer.`,
};

function order({ account, nonce }: { account: AccountId; nonce: bigint }): string {
  return `Order ${nonce} of account ${formatAccountId(account)}`;
}

function underlying(index: bigint, names: UnderlyingNames): string {
  return names.get(index) ?? `underlying ${index}`;
}

function instrument(id: Instrument, names: UnderlyingNames): string {
  return isPerp(id) ? `the perpetual on ${underlying(underlyingOf(id), names)}` : `instrument 0x${id.toString(16)}`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** USD, Wad, to the cent. */
function usd(value: bigint): string {
  return roundWad(value);
}

/** Two USD amounts, Wad, to the cent or as finely as it takes to tell them apart. */
function distinctly(a: bigint, b: bigint): [string, string] {
  for (let places = 2; places < 18; ++places) {
    const pair: [string, string] = [roundWad(a, places), roundWad(b, places)];
    if (pair[0] !== pair[1] || a === b) return pair;
  }
  return [formatWad(a), formatWad(b)];
}

/** An amount of the settlement token, exact, with two decimals at least. */
function token(value: bigint): string {
  const [whole = "", fraction = ""] = formatUsdc(value).split(".");
  return `${whole}.${fraction.padEnd(2, "0")}`;
}

/** A Wad ratio. */
function percent(value: bigint): string {
  return `${roundWad(value * 100n)} %`;
}

function time(seconds: bigint): string {
  return `${new Date(Number(seconds) * 1000).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

/** A name that was packed into bytes32, left-aligned. */
function shortText(bytes32: string): string {
  const text = bytes32.replace(/(00)+$/, "");
  return text === "0x" ? text : toUtf8String(text);
}
