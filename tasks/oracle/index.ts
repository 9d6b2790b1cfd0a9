import { createRequire } from "node:module";

import { command } from "../internal/command";
import type * as Push from "./push";
import type * as Show from "./show";

const load = createRequire(__filename);

command(
  "oracle:show",
  "Shows every price source, what stands in its way, and the volatility forecast",
  { underlying: { description: "the underlying's name, such as ETH; all of them unless given" } },
  (hre, values) => (load("./show") as typeof Show).show(hre, values),
  { example: "--network localhost --underlying ETH" },
);

command(
  "oracle:push",
  "Tells a local network's mock feeds their price, and the basis if given",
  {
    underlying: { description: "the underlying's name, such as ETH", required: true },
    price: { description: "USD a unit; the last answer again unless given" },
    source: { description: "primary or secondary, to tell one alone; every source of the underlying unless given" },
    basis: {
      description:
        "perpetual over spot less one, such as 0.0015, of which 0.01 either way counts; the local signers sign it",
    },
  },
  (hre, values) => (load("./push") as typeof Push).push(hre, values),
  { example: "--network localhost --underlying ETH --price 1700 --basis 0.0015" },
);
