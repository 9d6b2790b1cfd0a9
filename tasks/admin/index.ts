import { createRequire } from "node:module";

import { command } from "../internal/command";
import type * as ListExpiry from "./listExpiry";
import type * as Review from "./review";

const load = createRequire(__filename);

command(
  "admin:review",
  "Compares parameters, feeds, modules and roles with what the configuration says",
  {
    fix: { description: "Send what brings them to it, as far as the sender's roles go", flag: true },
    sender: { description: "who sends: address or number of one of the network's accounts; its first unless given" },
  },
  (hre, values) => (load("./review") as typeof Review).review(hre, values),
  { example: "--network localhost --fix --sender 0", sends: ({ fix }) => fix },
);

command(
  "admin:list-expiry",
  "Lists an expiry of options, or changes which of its strikes may be opened, as far as the sender's role goes",
  {
    underlying: { description: "the underlying's name, such as ETH", required: true },
    expiry: { description: "when the options expire: a date in UTC, or unix seconds", required: true },
    lowest: { description: "the lowest strike that may be opened, USD", required: true },
    highest: { description: "the highest strike that may be opened, USD", required: true },
    step: { description: "how far apart strikes are, USD", required: true },
    sender: { description: "who sends: address or number of one of the network's accounts; its first unless given" },
  },
  (hre, values) => (load("./listExpiry") as typeof ListExpiry).listExpiry(hre, values),
  {
    example: "--network localhost --underlying ETH --expiry 2026-12-25T08:00 --lowest 1000 --highest 4000 --step 100",
    sends: true,
  },
);
