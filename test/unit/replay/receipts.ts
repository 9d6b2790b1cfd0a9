/** Mined transactions with the ledger's events in them. */
import type { Interface } from "ethers";

import type { Receipt } from "../../../scripts/replay/chain";
import {
  type AccountId,
  type Mode,
  decodeAccount,
  encodeAccount,
  encodePosition,
  parseLots,
  parseWad,
  perp,
} from "../../../sdk";
import {
  IBackstopVault__factory,
  IClearinghouse__factory,
  ILiquidationAuction__factory,
} from "../../../typechain-types";

export const LEDGER = "0x5FbDB2315678afecb367f032d93F642f64180aa3";
export const ETH = 1n;
export const [ALICE, BOB] = [7n, 8n] as [AccountId, AccountId];

const events: readonly Interface[] = [
  IClearinghouse__factory.createInterface(),
  ILiquidationAuction__factory.createInterface(),
  IBackstopVault__factory.createInterface(),
];

/** An event's name and its arguments. */
export type Entry = [string, unknown[]];

export function receipt(kind: string, logs: Entry[], fields: Partial<Receipt> = {}): Receipt {
  return {
    hash: "0x",
    kind,
    from: LEDGER,
    call: { to: LEDGER, data: "0x" },
    ok: true,
    gasUsed: 100_000,
    time: 60,
    logs: logs.map(([name, args]) => {
      const declared = events.find((candidate) => candidate.hasEvent(name))!;
      return { address: LEDGER, ...declared.encodeEventLog(name, args) };
    }),
    ...fields,
  };
}

export function opened(account: AccountId, mode: Mode, lots: string): Entry[] {
  const word = encodeAccount({ ...decodeAccount(0n), mode, positions: 1n });
  const position = encodePosition({ instrument: perp(ETH), lots: parseLots(lots), index: 0n });
  return [
    ["AccountOpened", [account, mode]],
    ["AccountChanged", [account, word]],
    ["PositionChanged", [account, position]],
  ];
}

export function sold(account: AccountId, fraction: string, equity: string, payment: string, cover = "0"): Entry {
  return ["SliceSold", [account, BOB, parseWad(fraction), parseWad(equity), 0n, parseWad(payment), parseWad(cover)]];
}

/** The vault takes `account` over into its own of `BOB`'s number, with `margin`. */
export function takenOver(account: AccountId, equity: string, margin: string): Entry {
  return ["TakenOver", [account, BOB, parseWad(equity), parseWad("300"), parseWad(margin), parseWad("10")]];
}
