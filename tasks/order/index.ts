import { createRequire } from "node:module";

import { command } from "../internal/command";
import type * as Cancel from "./cancel";
import type * as Sign from "./sign";
import type * as Status from "./status";
import type * as Submit from "./submit";

const load = createRequire(__filename);

const ACCOUNT = "the account as owner/index, the owner an address or the number of one of the network's accounts";
const ORDER = "a file that order:sign wrote";
const SENDER = {
  description: "who sends, where it is an operator: address or number; the owner unless given",
} as const;

command(
  "order:sign",
  "Signs an order, which a taker or a matcher can then submit",
  {
    account: { description: ACCOUNT, required: true },
    underlying: { description: "whose perpetual is traded, such as ETH" },
    instrument: { description: "what is traded instead, such as ETH-20261225-2200-C for a call" },
    size: { description: "units to buy, or with a minus to sell, such as -1.5", required: true },
    limit: { description: "USD a unit: the most to pay, or the least to take", required: true },
    expiry: { description: "a date such as 2026-12-31T18:00, or a time such as 15m; 1h unless given" },
    nonce: { description: "orders of one nonce exclude each other; the next unused one on chain unless given" },
    maxFee: { description: "the most to pay in fees, in basis points; the market's taker fee unless given" },
    reduceOnly: { description: "Have it filled only as far as it brings the position closer to zero", flag: true },
    signer: { description: "who signs, where it is an operator: address or number; the owner unless given" },
    out: { description: "the file to write" },
  },
  (hre, values) => (load("./sign") as typeof Sign).sign(hre, values),
  {
    example:
      "--network localhost --account 1/0 --underlying ETH --size -2.5 --limit 2010 --expiry 15m --out quote.json",
    signs: true,
  },
);

command(
  "order:submit",
  "Settles a maker's order against a taker's, or against an account's own",
  {
    maker: { description: `the maker's order: ${ORDER}`, required: true },
    taker: { description: `the taker's order: ${ORDER}` },
    account: { description: `instead of a taker's order, ${ACCOUNT}` },
    size: { description: "units the taker buys, or with a minus sells; all that is left of both unless given" },
    price: { description: "USD a unit; the maker's limit unless given" },
    sender: SENDER,
  },
  (hre, values) => (load("./submit") as typeof Submit).submit(hre, values),
  { example: "--network localhost --maker quote.json --account 2/0 --size 1.5", sends: true },
);

command(
  "order:cancel",
  "Cancels an order, nonces, or everything an account ever signed",
  {
    order: { description: ORDER },
    account: { description: `with --nonce or --all, ${ACCOUNT}` },
    nonce: { description: "nonces to cancel, with commas between" },
    all: { description: "Cancel every order signed so far, which dismisses every operator as well", flag: true },
    sender: SENDER,
  },
  (hre, values) => (load("./cancel") as typeof Cancel).cancel(hre, values),
  { example: "--network localhost --account 1/0 --nonce 7,8", sends: true },
);

command(
  "order:status",
  "Shows what became of an order",
  { order: { description: ORDER, required: true } },
  (hre, values) => (load("./status") as typeof Status).showStatus(hre, values),
  { example: "--network localhost --order quote.json" },
);
