import { createRequire } from "node:module";

import { command } from "../internal/command";
import type * as Change from "./change";
import type * as History from "./history";
import type * as Isolate from "./isolate";
import type * as Open from "./open";
import type * as Operators from "./operators";
import type * as Show from "./show";

const load = createRequire(__filename);

const ACCOUNT = {
  description: "the account as owner/index, the owner an address or the number of one of the network's accounts",
  required: true,
} as const;
const AMOUNT = { description: "settlement tokens, such as 250.75", required: true } as const;
const OWNER = { description: "address, or number of one of the network's accounts; its first unless given" } as const;

command(
  "account:open",
  "Opens an account",
  {
    owner: OWNER,
    index: { description: "which of the owner's accounts; the first that is not open unless given" },
    mode: { description: "cross, which is the default, or isolated" },
    fund: { description: "settlement tokens to deposit in the same transaction" },
  },
  (hre, values) => (load("./open") as typeof Open).openAccount(hre, values),
  { example: "--network localhost --owner 1 --fund 10000", sends: true },
);

command(
  "account:isolate",
  "Opens an isolated account, funds it and takes a maker's quote, all in one transaction",
  {
    owner: OWNER,
    fund: { description: "settlement tokens to deposit, beyond which nothing can be lost", required: true },
    maker: { description: "a maker's order, a file that order:sign wrote, to trade against" },
    size: { description: "units to buy, or with a minus to sell, such as -1.5; all of the maker's order unless given" },
    price: { description: "USD a unit; the maker's limit unless given" },
  },
  (hre, values) => (load("./isolate") as typeof Isolate).isolate(hre, values),
  { example: "--network localhost --owner 2 --fund 500 --maker quote.json --size 1.5", sends: true },
);

command(
  "account:fund",
  "Deposits into an account",
  {
    account: ACCOUNT,
    amount: AMOUNT,
    from: { description: "who pays: address, or number of one of the network's accounts; the owner unless given" },
  },
  (hre, values) => (load("./change") as typeof Change).fundAccount(hre, values),
  { example: "--network localhost --account 1/0 --amount 250.75", sends: true },
);

command(
  "account:withdraw",
  "Withdraws free collateral from an account",
  { account: ACCOUNT, amount: AMOUNT, to: { description: "the address that receives it; the owner unless given" } },
  (hre, values) => (load("./change") as typeof Change).withdrawFromAccount(hre, values),
  { example: "--network localhost --account 1/0 --amount 100", sends: true },
);

command(
  "account:show",
  "Shows what an account holds and what it may carry",
  { account: ACCOUNT },
  (hre, values) => (load("./show") as typeof Show).showAccount(hre, values),
  { example: "--network localhost --account 1/0" },
);

command(
  "account:history",
  "Shows what happened to an account, newest last",
  { account: ACCOUNT, limit: { description: "how many of the newest events; 50 unless given" } },
  (hre, values) => (load("./history") as typeof History).showHistory(hre, values),
  { example: "--network localhost --account 1/0 --limit 20" },
);

command(
  "account:operators",
  "Shows who besides its owner may act for an account",
  { account: ACCOUNT },
  (hre, values) => (load("./operators") as typeof Operators).listOperators(hre, values),
  { example: "--network localhost --account 1/0" },
);

command(
  "account:operator",
  "Lets another address act for an account, or dismisses it; funds can leave to the owner alone",
  {
    account: ACCOUNT,
    operator: { description: "the address, or the number of one of the network's accounts", required: true },
    scopes: { description: "what it may do, with commas between: trade, reduce, cancel, withdraw" },
    until: { description: "a date such as 2026-12-31, a time such as 30d, or never, which is the default" },
    dismiss: { description: "Take away all it may do", flag: true },
  },
  (hre, values) => (load("./operators") as typeof Operators).setOperator(hre, values),
  { example: "--network localhost --account 1/0 --operator 3 --scopes trade,cancel --until 30d", sends: true },
);
