import { createRequire } from "node:module";

import { command } from "../internal/command";
import type * as Trade from "./trade";

const load = createRequire(__filename);

command(
  "trade",
  "Builds, signs and settles both sides of one trade",
  {
    maker: { description: "the maker's account as owner/index", required: true },
    taker: { description: "the taker's account as owner/index", required: true },
    underlying: { description: "whose perpetual is traded, such as ETH" },
    instrument: { description: "what is traded instead, such as ETH-20261225-2200-C for a call" },
    size: { description: "units the taker buys, or with a minus sells, such as -1.5", required: true },
    price: { description: "USD a unit; the mark price, or the option's value, unless given" },
    fund: { description: "on a local network: opens either account that is not, in cross mode, with this deposit" },
    reduceOnly: { description: "Refuse the trade unless it brings the taker's position closer to zero", flag: true },
  },
  (hre, values) => (load("./trade") as typeof Trade).trade(hre, values),
  { example: "--network localhost --maker 1 --taker 2 --underlying ETH --size 2.5 --fund 10000", sends: true },
);
