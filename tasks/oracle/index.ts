import { createRequire } from "node:module";

import { command } from "../internal/command";
import type * as Push from "./push";

const load = createRequire(__filename);

command(
  "oracle:push",
  "Tells a local network's mock feed its price, and the basis if given",
  {
    underlying: { description: "the underlying's name, such as ETH", required: true },
    price: { description: "USD a unit; the last answer again unless given" },
    basis: { description: "perpetual over spot less one, such as 0.0015, signed by the local signers" },
  },
  (hre, values) => (load("./push") as typeof Push).push(hre, values),
);
