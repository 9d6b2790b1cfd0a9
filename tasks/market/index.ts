import { createRequire } from "node:module";

import { command } from "../internal/command";
import type * as Funding from "./funding";
import type * as Interest from "./interest";
import type * as Show from "./show";

const load = createRequire(__filename);

const ONE_OR_ALL = { description: "the underlying's name, such as ETH; every market unless given" } as const;

command("market:list", "Shows every listed market", {}, (hre) => (load("./show") as typeof Show).listMarkets(hre), {
  example: "--network localhost",
});

command(
  "market:show",
  "Shows one market: prices, funding, open interest and parameters",
  { underlying: { description: "the underlying's name, such as ETH", required: true } },
  (hre, values) => (load("./show") as typeof Show).showMarket(hre, values),
  { example: "--network localhost --underlying ETH" },
);

command(
  "market:funding",
  "Shows what holding a perpetual costs: its basis and the rate that follows from it",
  { underlying: ONE_OR_ALL },
  (hre, values) => (load("./funding") as typeof Funding).showFunding(hre, values),
  { example: "--network localhost --underlying ETH" },
);

command(
  "market:interest",
  "Shows open interest, its caps, and who holds most of it",
  { underlying: ONE_OR_ALL, limit: { description: "how many holders of each market; 5 unless given" } },
  (hre, values) => (load("./interest") as typeof Interest).showInterest(hre, values),
  { example: "--network localhost --underlying ETH --limit 10" },
);
