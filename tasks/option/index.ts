import { createRequire } from "node:module";

import { command } from "../internal/command";
import type * as List from "./list";
import type * as Settle from "./settle";
import type * as Settlement from "./settlement";

const load = createRequire(__filename);

const EXPIRY = {
  underlying: { description: "the underlying's name, such as ETH", required: true },
  expiry: { description: "when the options expire: a date in UTC, or unix seconds", required: true },
} as const;

command(
  "option:list",
  "Shows the expiries listed: surface, forward, vol, which strikes may be opened, and what it was settled at",
  { underlying: { description: "the underlying's name, such as ETH; every market unless given" } },
  (hre, values) => (load("./list") as typeof List).listExpiries(hre, values),
  { example: "--network localhost --underlying ETH" },
);

command(
  "option:settle",
  "Settles an expiry at the average of its last hour, proved by the rounds of the price feed",
  { ...EXPIRY, sender: { description: "who sends: address, or number of one of the network's accounts" } },
  (hre, values) => (load("./settle") as typeof Settle).settle(hre, values),
  { example: "--network localhost --underlying ETH --expiry 2026-12-25T08:00", sends: true },
);

command(
  "option:settlement",
  "Shows what an expiry was settled at and by which rounds, or what it can be settled at and when",
  EXPIRY,
  (hre, values) => (load("./settlement") as typeof Settlement).showSettlement(hre, values),
  { example: "--network localhost --underlying ETH --expiry 2026-12-25T08:00" },
);
