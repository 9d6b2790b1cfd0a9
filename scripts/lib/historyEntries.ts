/** What each event of the ledger means to one account it names: for programs as fields, for people as a phrase. */
import {
  type AccountId,
  NEVER,
  type UnderlyingNames,
  decodePosition,
  formatAccountId,
  formatLots,
  formatUsdc,
  formatWad,
  ownerOf,
  indexOf,
  instrumentName,
  roundWad,
  scopeNames,
  toAccountId,
  toInstrument,
} from "../../sdk";
import { abs } from "../../sdk/risk/fixedPoint";
import type {
  AccountClosedEvent,
  AccountOpenedEvent,
  BadDebtEvent,
  DepositedEvent,
  EpochRaisedEvent,
  FilledEvent,
  FlaggedEvent,
  ModeChangedEvent,
  NoncesCancelledEvent,
  OperatorSetEvent,
  OptionSettledEvent,
  ProceedsLockedEvent,
  SliceSoldEvent,
  TakenOverEvent,
  WithdrawnEvent,
} from "../../typechain-types/contracts/interfaces/IClearinghouse";
import { modeName } from "./modes";
import { formatTime } from "./times";

/** One thing that happened to an account. */
export interface Meaning {
  /** What kind of thing. */
  event: string;
  /** Amounts exact, as decimal numbers. */
  fields: Readonly<Record<string, string | number | boolean | null | readonly string[]>>;
  /** For people. */
  phrase: string;
}

/** Whose history it is, and what underlyings are called. */
export interface View {
  account: AccountId;
  names: UnderlyingNames;
}

/** The values of the events that tell of an account. */
export interface Events {
  AccountOpened: AccountOpenedEvent.OutputObject;
  AccountClosed: AccountClosedEvent.OutputObject;
  ModeChanged: ModeChangedEvent.OutputObject;
  EpochRaised: EpochRaisedEvent.OutputObject;
  Deposited: DepositedEvent.OutputObject;
  Withdrawn: WithdrawnEvent.OutputObject;
  Filled: FilledEvent.OutputObject;
  OptionSettled: OptionSettledEvent.OutputObject;
  NoncesCancelled: NoncesCancelledEvent.OutputObject;
  OperatorSet: OperatorSetEvent.OutputObject;
  ProceedsLocked: ProceedsLockedEvent.OutputObject;
  Flagged: FlaggedEvent.OutputObject;
  FlagCleared: object;
  SliceSold: SliceSoldEvent.OutputObject;
  TakenOver: TakenOverEvent.OutputObject;
  BadDebt: BadDebtEvent.OutputObject;
}

const NONCES_IN_GROUP = 128n;

export const meanings: { [Name in keyof Events]: (values: Events[Name], view: View) => Meaning } = {
  AccountOpened: ({ mode }) => ({
    event: "opened",
    fields: { mode: modeName(mode) },
    phrase: `in ${modeName(mode)} mode`,
  }),
  AccountClosed: ({ nextEpoch }) => ({
    event: "closed",
    fields: { nextEpoch: Number(nextEpoch) },
    phrase: "orders and operators ended with it",
  }),
  ModeChanged: ({ from, to }) => ({
    event: "mode changed",
    fields: { from: modeName(from), to: modeName(to) },
    phrase: `from ${modeName(from)} to ${modeName(to)}`,
  }),
  EpochRaised: ({ epoch }) => ({
    event: "epoch raised",
    fields: { epoch: Number(epoch) },
    phrase: `to ${epoch}: every order cancelled, every operator dismissed`,
  }),
  Deposited: ({ from, amount }) => ({
    event: "deposited",
    fields: { amount: formatUsdc(amount), from },
    phrase: `${formatUsdc(amount)} USDC from ${shortAddress(from)}`,
  }),
  Withdrawn: ({ to, amount }) => ({
    event: "withdrawn",
    fields: { amount: formatUsdc(amount), to },
    phrase: `${formatUsdc(amount)} USDC to ${shortAddress(to)}`,
  }),
  Filled: fill,
  OptionSettled: ({ position, settlementPrice, gain }, view) => {
    const { instrument, lots } = decodePosition(position);
    const name = instrumentName(instrument, view.names);
    return {
      event: "option settled",
      fields: {
        instrument: name,
        size: formatLots(lots),
        settlementPrice: formatWad(settlementPrice),
        amount: formatWad(gain),
      },
      phrase: `${formatLots(lots)} ${name} at ${roundWad(settlementPrice)}: ${gain < 0n ? "paid" : "received"} ${usd(abs(gain))}`,
    };
  },
  NoncesCancelled: ({ group, mask }) => {
    const nonces = noncesOf(group, mask);
    return {
      event: "nonces cancelled",
      fields: { nonces: nonces.map(String) },
      phrase: nonces.length > 3 ? `${nonces.length} from ${nonces[0] ?? 0n} on` : nonces.join(", "),
    };
  },
  OperatorSet: ({ operator, scopes, expiry }) => {
    const allowed = scopeNames(Number(scopes));
    const until = expiry === NEVER ? null : Number(expiry);
    if (allowed.length === 0) {
      return { event: "operator dismissed", fields: { operator }, phrase: shortAddress(operator) };
    }
    const end = until === null ? "until dismissed" : `until ${formatTime(until)}`;
    return {
      event: "operator set",
      fields: { operator, scopes: allowed, until },
      phrase: `${shortAddress(operator)} may ${allowed.join(", ")} ${end}`,
    };
  },
  ProceedsLocked: ({ amount }) =>
    amount === 0n
      ? { event: "proceeds unlocked", fields: {}, phrase: "every price is usable again" }
      : { event: "proceeds locked", fields: { amount: formatWad(amount) }, phrase: `${usd(amount)} in all` },
  Flagged: ({ account, rewardAccount, reward }, view) =>
    is(account, view)
      ? {
          event: "flagged",
          fields: { rewardAccount: formatAccountId(toAccountId(rewardAccount)), reward: formatWad(reward) },
          phrase: `for liquidation; ${short(rewardAccount)} was paid ${usd(reward)}`,
        }
      : {
          event: "flag reward",
          fields: { flagged: formatAccountId(toAccountId(account)), reward: formatWad(reward) },
          phrase: `${usd(reward)} for ${short(account)}`,
        },
  FlagCleared: () => ({ event: "flag cleared", fields: {}, phrase: "it is not to be liquidated any more" }),
  SliceSold: slice,
  TakenOver: takeover,
  BadDebt: ({ amount, covered }) => ({
    event: "bad debt",
    fields: { amount: formatWad(amount), covered: formatWad(covered) },
    phrase: `${usd(amount)}, of which the vault paid ${usd(covered)}`,
  }),
};

/** The nonces 128 * group + i, for each bit i of `mask`. */
export function noncesOf(group: bigint, mask: bigint): bigint[] {
  const bits = Array.from({ length: Number(NONCES_IN_GROUP) }, (_, i) => BigInt(i));
  return bits.filter((bit) => (mask >> bit) & 1n).map((bit) => group * NONCES_IN_GROUP + bit);
}

function fill(values: Events["Filled"], view: View): Meaning {
  const { instrument, maker, taker, takerLots, price } = values;
  const taking = is(taker, view);
  const lots = taking ? takerLots : -takerLots;
  const fee = taking ? values.takerFee : values.makerFee;
  const other = taking ? maker : taker;
  const name = instrumentName(toInstrument(instrument), view.names);
  const [verb, preposition] = lots > 0n ? ["bought", "from"] : ["sold", "to"];
  return {
    event: "fill",
    fields: {
      instrument: name,
      role: taking ? "taker" : "maker",
      size: formatLots(lots),
      price: formatWad(price),
      fee: formatWad(fee),
      counterparty: formatAccountId(toAccountId(other)),
      nonce: (taking ? values.takerNonce : values.makerNonce).toString(),
    },
    phrase: `${verb} ${formatLots(abs(lots))} ${name} at ${roundWad(price)} ${preposition} ${short(other)}, fee ${usd(fee)}`,
  };
}

function slice(values: Events["SliceSold"], view: View): Meaning {
  const { account, bidder, fraction, equity, maintenanceMargin, payment, cover } = values;
  const selling = is(account, view);
  const other = selling ? bidder : account;
  const covered = cover === 0n ? "" : `, the vault paid ${usd(cover)}`;
  return {
    event: selling ? "slice sold" : "slice bought",
    fields: {
      [selling ? "bidder" : "seller"]: formatAccountId(toAccountId(other)),
      fraction: formatWad(fraction),
      equity: formatWad(equity),
      maintenanceMargin: formatWad(maintenanceMargin),
      payment: formatWad(payment),
      cover: formatWad(cover),
    },
    phrase: `${roundWad(fraction * 100n)} % ${selling ? "to" : "of"} ${short(other)} for ${usd(payment)}${covered}`,
  };
}

function takeover(values: Events["TakenOver"], view: View): Meaning {
  const { account, into, equity, maintenanceMargin, margin, reward } = values;
  const losing = is(account, view);
  const other = losing ? into : account;
  return {
    event: losing ? "taken over" : "takeover begun",
    fields: {
      [losing ? "into" : "from"]: formatAccountId(toAccountId(other)),
      equity: formatWad(equity),
      maintenanceMargin: formatWad(maintenanceMargin),
      margin: formatWad(margin),
      reward: formatWad(reward),
    },
    phrase: `${losing ? "whole, by the vault into" : "all of"} ${short(other)}, at an equity of ${usd(equity)}`,
  };
}

function is(account: bigint, view: View): boolean {
  return account === view.account;
}

function short(account: bigint): string {
  const id = toAccountId(account);
  return `${shortAddress(ownerOf(id))}/${indexOf(id)}`;
}

/** Enough of an address to know it again. */
function shortAddress(address: string): string {
  return `${address.slice(0, 6)}…${address.slice(-4)}`;
}

/** A Wad amount to the cent. */
function usd(value: bigint): string {
  return `${roundWad(value)} USD`;
}
