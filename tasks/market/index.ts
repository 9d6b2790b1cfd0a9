import { createRequire } from "node:module";

import { command } from "../internal/command";
import type * as Show from "./show";

const load = createRequire(__filename);

command("market:list", "Shows every listed market", {}, (hre) => (load("./show") as typeof Show).listMarkets(hre));

command(
  "market:show",
  "Shows one market: prices, funding, open interest and parameters",
  { underlying: { description: "the underlying's name, such as ETH", required: true } },
  (hre, values) => (load("./show") as typeof Show).showMarket(hre, values),
);
