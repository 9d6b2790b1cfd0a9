import type { ErrorFragment } from "./abi";
import { formatLots, formatStrike, formatShares, formatWad, roundWad } from "./amounts";
import {
  type UnderlyingNames,
  capital,
  distinctly,
  instrument,
  order,
  outOfBounds,
  percent,
  shortText,
  time,
  token,
  underlying,
  usd,
  volPoints,
} from "./errorWords";
import { type AccountId, type Instrument, formatAccountId } from "./ids";
import { scopeNames } from "./operators";
import { marginRefusals, unknownMode } from "./risk/refusal";
import { PriceStatus, SurfaceStatus } from "./risk/types";
import { decodePosition } from "./words";

export type { UnderlyingNames } from "./errorWords";

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

const WAD_PER_MILLIONTH = 10n ** 12n;
/** Below it Gatheral's g is no number: the smile has no variance there. */
const MOST_NEGATIVE = -(2n ** 200n);

export const errorSentences: ErrorSentences = {
  Clearinghouse_FrameOpen: () =>
    "The clearinghouse is in the middle of another call: call it again once that has ended.",
  Clearinghouse_NotOwner: (e) => `${e.caller} is not the owner of account ${formatAccountId(e.account)}.`,
  Clearinghouse_NotPermitted: (e) =>
    `${e.caller} neither owns account ${formatAccountId(e.account)} nor is an operator of it who may ${scopeNames(Number(e.scopes)).join(" or ")}.`,
  Clearinghouse_UnknownScopes: (e) =>
    `The scopes ${e.scopes} hold a bit that means nothing: the known ones add up to ${e.known}.`,
  Clearinghouse_AccountNotOpen: (e) => `Account ${formatAccountId(e.account)} is not open: open it first.`,
  Clearinghouse_AccountAlreadyOpen: (e) =>
    `Account ${formatAccountId(e.account)} is already open: choose another index.`,
  Clearinghouse_AccountNotEmpty: (e) =>
    `Account ${formatAccountId(e.account)} still holds ${usd(e.cash)} USD and ${e.positions} positions: empty it first.`,
  Clearinghouse_AccountFlagged: (e) =>
    `Account ${formatAccountId(e.account)} is being liquidated: bring it above maintenance margin first.`,
  Clearinghouse_UnknownMode: (e) => unknownMode(e.mode),
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
  Clearinghouse_NotAtLastMark: (e, names) => {
    const name = underlying(e.underlying, names);
    const [price, mark] = distinctly(e.price, e.lastMark);
    return `While the price of ${name} is not usable its positions are reduced at its last mark, ${mark}, and not at ${price}.`;
  },
  Clearinghouse_ProceedsStillLocked: (e) =>
    `Account ${formatAccountId(e.account)} cannot be closed: ${usd(e.amount)} USD of it are locked until a price is usable again.`,
  Clearinghouse_TooManyLocks: (e) =>
    `Account ${formatAccountId(e.account)} has proceeds that wait for ${e.limit} prices, which is all it can remember.`,
  Clearinghouse_OpenInterestCap: (e, names) => {
    const [open, cap] = distinctly(e.openInterestUsd, e.capUsd);
    return `Open interest in ${underlying(e.underlying, names)} would be ${open} USD and may be ${cap}.`;
  },
  Clearinghouse_AccountInterestCap: (e, names) => {
    const [notional, cap] = distinctly(e.notional, e.cap);
    const name = underlying(e.underlying, names);
    return `Account ${formatAccountId(e.account)} would hold ${notional} USD of ${name} and may hold ${cap}.`;
  },
  Clearinghouse_TooManyPositions: (e) =>
    `Account ${formatAccountId(e.account)} may hold ${e.limit} positions: close one first.`,
  Clearinghouse_AmountOutOfRange: (e) => `The amount ${e.amount} is larger than the ledger can hold.`,

  Option_Expired: (e, names) =>
    `${capital(instrument(e.instrument, names))} has expired: it becomes cash once its expiry is settled.`,
  Option_SurfaceNotFresh: (e, names) => {
    const name = underlying(e.underlying, names);
    if (e.status === SurfaceStatus.Expired) {
      return `Options on ${name} expired at ${time(e.expiry)} and are not settled: until anyone settles that expiry (option:settle), the account can only reduce risk.`;
    }
    const what = `volatility surface of ${name} for ${time(e.expiry)}`;
    return e.status === SurfaceStatus.Aged
      ? `The ${what} is too old for anything but reducing risk.`
      : `There is no ${what} yet: its signers have to report one.`;
  },
  Option_NotListed: (e, names) => {
    const { lowest, highest, step } = e;
    const name = capital(instrument(e.instrument, names));
    if (step === 0n) return `${name} cannot be opened: its expiry is not listed.`;
    return `${name} cannot be opened: strikes go from ${formatStrike(lowest)} to ${formatStrike(highest)} in steps of ${formatStrike(step)}.`;
  },
  Option_ExpiryOutOfBounds: (e) =>
    `An expiry at ${time(e.expiry)} cannot be listed: it takes a time from ${time(e.earliest)} to ${time(e.latest)}.`,
  Option_StrikesOutOfBounds: (e) =>
    `Strikes from ${formatStrike(e.lowest)} to ${formatStrike(e.highest)} in steps of ${formatStrike(e.step)} cannot be listed: they rise in whole steps from above zero.`,
  Option_OpenInterestCap: (e, names) => {
    const [open, cap] = distinctly(e.openInterestUsd, e.capUsd);
    return `Options on ${open} USD of ${underlying(e.underlying, names)} would be open, and on ${cap} may be.`;
  },
  Option_AccountInterestCap: (e, names) => {
    const [notional, cap] = distinctly(e.notional, e.cap);
    const name = underlying(e.underlying, names);
    return `Account ${formatAccountId(e.account)} would hold options on ${notional} USD of ${name} and may on ${cap}.`;
  },

  Order_Expired: (e) => `${order(e)} expired at ${time(e.expiry)}.`,
  Order_WrongEpoch: (e) =>
    `An order of account ${formatAccountId(e.account)} was signed in epoch ${e.orderEpoch}, and the account is in epoch ${e.accountEpoch}.`,
  Order_BadSignature: (e) =>
    `${order(e)} is signed neither by the account's owner nor by an operator who may trade for it.`,
  Order_NonceSpent: (e) => `${order(e)} is filled or cancelled.`,
  Order_NonceTaken: (e) =>
    `${order(e)} is in the batch twice, or has the nonce of another order: sign it with an unused one.`,
  Order_Overfilled: (e) =>
    `${order(e)} has ${formatLots(e.left)} left to fill, and ${formatLots(e.wanted)} was wanted.`,
  Order_ZeroSize: () => "A size of zero cannot be traded.",
  Order_BeyondLimit: (e) =>
    `${order(e)} has a limit of ${formatWad(e.limitPrice)}, which ${formatWad(e.price)} is beyond.`,
  Order_BeyondBand: (e) =>
    `${order(e)} is an operator's who may only reduce, within 1 % of the mark price ${formatWad(e.mark)}: ${formatWad(e.price)} is further off.`,
  Order_FeeAboveMaximum: (e) => `${order(e)} allows a fee of ${e.maxFeeBps} basis points, and it is ${e.feeBps}.`,
  Order_PriceTooOld: (e) =>
    `${order(e)} wants an oracle price from ${time(e.notBefore)} or later, and the last is from ${time(e.updatedAt)}.`,
  Order_NotReducing: (e) =>
    `${order(e)} may only reduce the position of ${formatLots(e.position)}, and a change of ${formatLots(e.change)} does not.`,
  Order_SelfTrade: (e) => `Account ${formatAccountId(e.account)} cannot trade with itself.`,
  Order_Mismatch: (e) =>
    `Orders ${e.maker} and ${e.taker} do not match: both in the batch, one instrument, opposite sides.`,

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
    `The auction's price of ${usd(e.payment)} USD for ${percent(e.fraction)} of account ${formatAccountId(e.account)} is unfair to it, or too small a part to divide its positions by.`,

  Liquidation_Bankrupt: (e) =>
    `Account ${formatAccountId(e.account)} is worth ${usd(e.equity)} USD: below zero the vault pays bidders and takes nothing over.`,
  Liquidation_TooSmall: (e) =>
    `Account ${formatAccountId(e.account)} has a maintenance margin of ${usd(e.maintenanceMargin)} USD, and the vault takes over from ${usd(e.least)} on: bid for it.`,
  Liquidation_VaultsOwn: (e) =>
    `Account ${formatAccountId(e.account)} is the vault's own, which it does not take over again: bid for it.`,
  Liquidation_VaultTooPoor: (e) => `The vault would have to give ${usd(e.margin)} USD and has ${usd(e.cash)}.`,

  Market_AlreadyListed: (e, names) => `${capital(underlying(e.underlying, names))} is already listed.`,
  Market_NotListed: (e, names) => `${capital(underlying(e.underlying, names))} is not listed.`,
  Market_TooMany: (e) => `The clearinghouse already lists ${e.limit} markets, which is all it may.`,
  Market_ParameterOutOfBounds: (e) => outOfBounds(shortText(e.parameter), e),

  Governance_NotAnnounced: (e) =>
    `The call with the keccak256 ${e.callHash} is not announced: announce it, and make it 7 to 14 days later.`,
  Governance_TooEarly: (e) => `It is ${time(e.time)}, and the announced call may be made from ${time(e.from)} on.`,
  Governance_Lapsed: (e) =>
    `It is ${time(e.time)}, and the announced call could be made until ${time(e.until)}: announce it again.`,
  Governance_AlreadyAnnounced: (e) =>
    `The call with the keccak256 ${e.callHash} is already announced, and may be made until ${time(e.until)}.`,
  Governance_NothingToAnnounce: (e) =>
    `The function ${e.selector} waits for no announcement: setModules and registerModel do.`,

  LiquidationAuction_NotClearinghouse: (e) => `${e.caller} is not the clearinghouse, which alone may run auctions.`,
  LiquidationAuction_NotRunning: (e) => `No auction runs for account ${formatAccountId(e.account)}: flag it first.`,
  LiquidationAuction_TooEarly: (e) =>
    `The first bid may come in block ${e.firstBidBlock}, and this is block ${e.blockNumber}.`,
  LiquidationAuction_DiscountNotWhole: (e) =>
    `The auction's discount is ${percent(e.discount)}: the vault takes an account over when it is whole and nobody bid.`,
  LiquidationAuction_BadFraction: (e) =>
    `A bid for ${percent(e.fraction)} of an account is not for more than nothing and at most 100 %.`,

  BackstopVault_NotClearinghouse: (e) => `${e.caller} is not the clearinghouse, which alone may draw on the vault.`,
  BackstopVault_FrameOpen: () => "No shares are bought or redeemed while the clearinghouse is in the middle of a call.",
  BackstopVault_ExitClosed: (e) =>
    e.closesAt === 0n
      ? `${e.holder} has not asked to redeem shares: request it first.`
      : `${e.holder} may redeem from ${time(e.opensAt)} on and before ${time(e.closesAt)}.`,
  BackstopVault_RequestBeyondBalance: (e) =>
    `${formatShares(e.shares)} shares are more than the ${formatShares(e.balance)} held.`,
  BackstopVault_TakeoverBeyondCap: (e) =>
    `The takeover would cost the vault ${usd(e.margin)} USD, and it may spend ${usd(e.limit)} now.`,
  BackstopVault_HoldsOptions: (e) =>
    `The vault sells perpetuals alone: account ${formatAccountId(e.account)} holds an option, and is left to bidders.`,
  BackstopVault_TooManyTakeovers: (e) =>
    `The vault has ${e.limit} takeovers open, which is all it may: buy from one first.`,
  BackstopVault_TakeoversOpen: (e) =>
    `The vault sells no shares while it has takeovers open (${e.count}): wait until they are sold.`,
  BackstopVault_TakeoverUnpriced: () =>
    "The vault redeems no shares while something it took over has no fresh price: try again when it has.",
  BackstopVault_NoTakeover: (e) => `The vault has no open takeover number ${e.index}.`,
  BackstopVault_ZeroShares: () => "That is no shares at all.",
  BackstopVault_NoRequest: (e) => `${e.holder} has no request to cancel.`,
  BackstopVault_SharesInRequest: (e) =>
    `${e.holder} cannot move ${formatShares(e.shares)} shares: ${formatShares(e.free)} are outside its request to redeem.`,
  BackstopVault_UnsupportedDecimals: (e) => `The settlement token has ${e.decimals} decimals and must have 6.`,
  BackstopVault_LimitOutOfBounds: (e) => outOfBounds(shortText(e.limit), e),

  PriceOracle_AlreadyRegistered: (e, names) =>
    `${capital(underlying(e.underlying, names))} already has the feed ${e.aggregator}.`,
  PriceOracle_NotRegistered: (e, names) => `${capital(underlying(e.underlying, names))} has no price feed.`,
  PriceOracle_NoSecondFeed: (e, names) =>
    `${capital(underlying(e.underlying, names))} has no second price feed to remove.`,
  PriceOracle_NotAContract: (e) => `${e.aggregator} has no code, so it cannot be a price feed.`,
  PriceOracle_NotASequencerFeed: (e) => `${e.aggregator} does not answer as a sequencer uptime feed does.`,
  PriceOracle_ParameterOutOfBounds: (e) => outOfBounds(shortText(e.parameter), e),
  PriceOracle_FeedNotFresh: (e) =>
    `The feed ${e.aggregator} gives no fresh price near the reference: ${formatWad(e.price)} from ${time(e.updatedAt)}.`,
  PriceOracle_SourcesDisagree: (e) =>
    `The feed ${e.aggregator} says ${formatWad(e.price)} and the other source ${formatWad(e.other)}, which may be ${e.maxDeviationBps} basis points apart.`,
  PriceOracle_StopTooSoon: (e, names) =>
    `${capital(underlying(e.underlying, names))} was stopped before and may be again from ${time(e.from)} on.`,
  PriceOracle_NotStopped: (e, names) => `${capital(underlying(e.underlying, names))} is not stopped.`,
  PriceOracle_InsufficientGas: (e) =>
    `The price feed was left ${e.available} gas and is due ${e.needed}: call again with more.`,

  BasisOracle_ReportNotNewer: (e, names) =>
    `The basis report of ${underlying(e.underlying, names)} is from ${time(e.observedAt)}, and the last from ${time(e.lastObservedAt)}.`,
  BasisOracle_ReportFromFuture: (e) =>
    `The basis report is from ${time(e.observedAt)}, which is after the present ${time(e.now_)}.`,
  BasisOracle_ReportTooOld: (e) =>
    `The basis report is from ${time(e.observedAt)} and must be from ${time(e.oldestAccepted)} or later.`,

  ReportSigners_TooFewSignatures: (e) => `The report has ${e.given} signatures and needs ${e.threshold}.`,
  ReportSigners_BadSignature: (e) => `The report's signature ${e.position} is malformed.`,
  ReportSigners_NotSigner: (e) => `The report's signature ${e.position} is by ${e.recovered}, which is no signer.`,
  ReportSigners_SignaturesNotAscending: (e) =>
    `The report's signatures must go by ascending signer, and ${e.signer} follows ${e.previous}.`,
  ReportSigners_SignersNotAscending: (e) =>
    `Signers must be in ascending order, and ${e.signer} follows ${e.previous}.`,
  ReportSigners_SignerCountOutOfBounds: (e) => outOfBounds("number of signers", { ...e, value: e.count }),
  ReportSigners_ThresholdOutOfBounds: (e) => outOfBounds("threshold", { ...e, value: e.threshold }),

  SurfaceOracle_ReportNotNewer: (e, names) =>
    `The surface report of ${underlying(e.underlying, names)} is from ${time(e.observedAt)}, and the last for the expiry ${time(e.expiry)} from ${time(e.lastObservedAt)}.`,
  SurfaceOracle_ReportFromFuture: (e) =>
    `The surface report is from ${time(e.observedAt)}, which is after the present ${time(e.now_)}.`,
  SurfaceOracle_ReportTooOld: (e) =>
    `The surface report is from ${time(e.observedAt)} and must be from ${time(e.oldestAccepted)} or later.`,
  SurfaceOracle_SliceCountOutOfBounds: (e) => outOfBounds("number of expiries in the report", { ...e, value: e.count }),
  SurfaceOracle_SlicesNotAscending: (e) =>
    `The report's expiries must ascend, and ${time(e.expiry)} follows ${time(e.previous)}.`,
  SurfaceOracle_ExpiryOutOfBounds: (e) =>
    `The report's expiry ${time(e.expiry)} must lie between ${time(e.lower)} and ${time(e.upper)}.`,
  SurfaceOracle_TooManyExpiries: (e, names) =>
    `${capital(underlying(e.underlying, names))} would have ${e.count} expiries with a surface and may have ${e.limit}.`,
  SurfaceOracle_ParameterOutOfBounds: (e) =>
    `For the expiry ${time(e.expiry)} the ${shortText(e.parameter)} is ${formatWad(e.value)} and must be between ${formatWad(e.lower)} and ${formatWad(e.upper)}.`,
  SurfaceOracle_ButterflyArbitrage: (e) =>
    `The smile of the expiry ${time(e.expiry)} allows butterfly arbitrage at log-moneyness ${roundWad(e.k, 4)}: Gatheral's g is ${e.g < MOST_NEGATIVE ? "undefined" : roundWad(e.g, 4)} and must be ${formatWad(e.least)} or more.`,
  SurfaceOracle_CalendarArbitrage: (e) =>
    `At log-moneyness ${roundWad(e.k, 4)} the expiry ${time(e.near)} has a total variance of ${formatWad(e.nearVariance)} left, above the ${formatWad(e.farVariance)} of the later ${time(e.far)}.`,
  SurfaceOracle_MoveOutOfBounds: (e) =>
    shortText(e.parameter) === "vol"
      ? `The report moves vol of the expiry ${time(e.expiry)} by ${volPoints(e.move)} points, and the last hour leaves ${volPoints(e.left)}.`
      : `The report moves the forward of the expiry ${time(e.expiry)} by ${percent(e.move * WAD_PER_MILLIONTH)}, and the last hour leaves ${percent(e.left * WAD_PER_MILLIONTH)}.`,
  SurfaceOracle_LimitOutOfBounds: (e) => outOfBounds(shortText(e.parameter), e),

  MarginModel_TooManyPositions: (e) => marginRefusals.MarginModel_TooManyPositions(e.held, e.allowed),
  MarginModel_UnsupportedPosition: (e) =>
    marginRefusals.MarginModel_UnsupportedPosition(decodePosition(e.position).instrument),
  MarginModel_MissingMarket: (e) => marginRefusals.MarginModel_MissingMarket(e.underlying),
  MarginModel_MissingExpiry: (e) => marginRefusals.MarginModel_MissingExpiry(decodePosition(e.position).instrument),
  MarginModel_ExpiryOutOfRange: (e) => marginRefusals.MarginModel_ExpiryOutOfRange(e.expiresAt, e.forward, e.discount),
  MarginModel_NoNormalTable: (e) =>
    `${e.carrier} does not carry the table of the normal distribution: deploy a NormalTableCarrier first.`,
  MarginLens_NoNormalTable: (e) =>
    `${e.carrier} does not carry the table of the normal distribution: deploy a NormalTableCarrier first.`,
  NormalTableCarrier_WrongTable: (e) =>
    `The table given is not that of the normal distribution: its contract would have the code hash ${e.codehash}.`,
  MarginModel_TooLarge: (e) => marginRefusals.MarginModel_TooLarge(decodePosition(e.position).instrument),

  VolatilityOracle_NotListed: (e, names) =>
    `${capital(underlying(e.underlying, names))} has no volatility forecast yet.`,
  VolatilityOracle_AlreadyListed: (e, names) =>
    `${capital(underlying(e.underlying, names))} already has a volatility forecast.`,
  VolatilityOracle_TooManyUnderlyings: (e) => `The volatility oracle follows at most ${e.limit} underlyings.`,
  VolatilityOracle_SeedOutOfBounds: (e) =>
    `The seed variance is ${formatWad(e.seedVariance)} and must be between ${formatWad(e.lower)} and ${formatWad(e.upper)}.`,
  VolatilityOracle_PriceNotFresh: (e, names) => `The price of ${underlying(e.underlying, names)} is not fresh.`,
  VolatilityOracle_TooSoon: (e) => `The next volatility sample may be taken at ${time(e.nextAt)}.`,
  VolatilityOracle_NotAContract: (e) => `${e.priceOracle} has no code, so it cannot be a price oracle.`,
  VolatilityOracle_PriceOutOfLine: (e, names) =>
    `The new price oracle has ${underlying(e.underlying, names)} at ${formatWad(e.price)}, too far from the last sample of ${formatWad(e.lastPrice)}.`,
  VolatilityOracle_NothingFresh: () => "No underlying has a fresh price to sample.",

  ExpirySettlement_AlreadySettled: (e, names) =>
    `${capital(underlying(e.underlying, names))}'s expiry of ${time(e.expiry)} is settled already, at ${formatWad(e.price)} USD.`,
  ExpirySettlement_TooEarly: (e) => `That is possible from ${time(e.from)} on, and it is ${time(e.now_)}.`,
  ExpirySettlement_NoFeed: (e, names) =>
    `${capital(underlying(e.underlying, names))} has no price feed to settle an expiry from.`,
  ExpirySettlement_NoRounds: () => "No round is named: an expiry is settled by the rounds of its last hour.",
  ExpirySettlement_FeedFailed: (e) => `The feed ${e.feed} does not tell its latest round.`,
  ExpirySettlement_RoundUnavailable: (e) => `The feed does not tell its round ${e.roundId}.`,
  ExpirySettlement_RoundFromFuture: (e) =>
    `The feed dates its round ${e.roundId} at ${time(e.updatedAt)}, which is yet to come.`,
  ExpirySettlement_RoundsNotInOrder: (e) =>
    `The feed dates its round ${e.roundId} at ${time(e.updatedAt)}, before the round it follows, of ${time(e.previousUpdatedAt)}.`,
  ExpirySettlement_FirstRoundTooLate: (e) =>
    `The first round, ${e.roundId} of ${time(e.updatedAt)}, came after the start at ${time(e.start)}: begin with the one in force then.`,
  ExpirySettlement_FirstRoundTooEarly: (e) =>
    `The first round, ${e.roundId}, was followed by ${e.nextRoundId} at ${time(e.nextUpdatedAt)}, no later than the start at ${time(e.start)}: begin with the one in force then.`,
  ExpirySettlement_WrongRound: (e) =>
    `Round ${e.expected} follows where round ${e.given} is named, at place ${e.position}.`,
  ExpirySettlement_MissingRound: (e) =>
    `The rounds named end too soon: round ${e.roundId} of ${time(e.updatedAt)} follows.`,
  ExpirySettlement_RoundBeyondWindow: (e) => `Round ${e.roundId}, at place ${e.position}, is beyond what is averaged.`,
  ExpirySettlement_AnswerOutOfBounds: (e) =>
    `Round ${e.roundId} says ${formatWad(e.price)} USD, which is usable only between ${formatWad(e.lower)} and ${formatWad(e.upper)}.`,
  ExpirySettlement_RoundStale: (e) =>
    `Round ${e.roundId} was in force until ${time(e.until)} and usable only until ${time(e.usableUntil)}.`,
  ExpirySettlement_NoUsableRound: (e) =>
    `The feed has had no usable round yet up to its round ${e.latestRoundId}: wait for one.`,
  ExpirySettlement_ParameterOutOfBounds: (e) => outOfBounds(shortText(e.parameter), e),

  AccessManagedUnauthorized: (e) => `${e.caller} has no role that allows this.`,
  AccessManagedRequiredDelay: (e) => `${e.caller} must schedule this ${e.delay} seconds ahead.`,
  // Of these tokens the decimals are unknown: the settlement token, vault shares, anything.
  ERC20InsufficientAllowance: (e) =>
    `${e.spender} may take ${e.allowance} of the token's smallest units and needs ${e.needed}: approve it first.`,
  ERC20InsufficientBalance: (e) => `${e.sender} has ${e.balance} of the token's smallest units and needs ${e.needed}.`,
  ERC20InvalidReceiver: (e) => `${e.receiver} cannot receive the token.`,
  ERC4626ExceededMaxDeposit: (e) =>
    `Depositing ${token(e.assets)} is more than the ${token(e.max)} the vault takes now.`,
  ERC4626ExceededMaxMint: (e) =>
    `Minting ${formatShares(e.shares)} shares is more than the ${formatShares(e.max)} the vault gives now.`,
  ERC4626ExceededMaxRedeem: (e) =>
    `Redeeming ${formatShares(e.shares)} shares is more than the ${formatShares(e.max)} that ${e.owner} may redeem now.`,
  ERC4626ExceededMaxWithdraw: (e) =>
    `Withdrawing ${token(e.assets)} is more than the ${token(e.max)} that ${e.owner} may withdraw now.`,
  SafeERC20FailedOperation: (e) => `The token ${e.token} refused the transfer.`,
  TransferFailed: () => "The settlement token refused to be sent.",
  TransferFromFailed: () => "The settlement token refused to be taken: is the balance there, and approved?",
  Overflow: () => "An amount is larger than the ledger can hold.",
  SafeCastOverflowedUintToInt: () => "An amount is larger than the protocol can hold.",
  SafeCastOverflowedUintDowncast: () => "An amount is larger than the protocol can hold.",
  RateLimitExceeded: () => "The vault has paid all it may within the hour.",
  ReentrancyGuardReentrantCall: () => "The vault is in the middle of another call: call it again once that has ended.",
};
