import { createRequire } from "node:module";

import { command } from "../internal/command";
import type * as Evaluate from "./evaluate";
import type * as Matrix from "./matrix";
import type * as Preview from "./preview";

const load = createRequire(__filename);

command(
  "risk:evaluate",
  "Margins one portfolio on a system of its own, and measures the gas",
  {
    case: { description: "a JSON file with the market and the account", required: true },
    mode: { description: "isolated, cross or portfolio, instead of the file's" },
  },
  (hre, values) => (load("./evaluate") as typeof Evaluate).evaluate(hre, values),
  { example: "--case docs/examples/portfolio.json" },
);

const ACCOUNT = {
  description: "the account as owner/index, the owner an address or the number of one of the network's accounts",
  required: true,
} as const;

command(
  "risk:matrix",
  "Shows what an account gains in each scenario of portfolio margin, and what of its requirement binds",
  {
    account: ACCOUNT,
    underlying: { description: "the underlying's name, such as ETH; all that are held unless given" },
  },
  (hre, values) => (load("./matrix") as typeof Matrix).showMatrix(hre, values),
  { example: "--network localhost --account 1/0 --underlying ETH" },
);

command(
  "risk:preview",
  "Shows an account before and after an order, and whether the ledger would accept it",
  {
    account: ACCOUNT,
    underlying: { description: "whose perpetual is traded, such as ETH" },
    instrument: { description: "what is traded instead, such as ETH-20261225-2200-C for a call" },
    size: { description: "units to buy, or with a minus to sell, such as -1.5", required: true },
    price: { description: "USD a unit; the mark price, or the option's value, unless given" },
  },
  (hre, values) => (load("./preview") as typeof Preview).preview(hre, values),
  { example: "--network localhost --account 1/0 --instrument ETH-20261225-2200-C --size -1.5 --price 80" },
);
