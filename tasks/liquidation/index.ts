import { createRequire } from "node:module";

import { command } from "../internal/command";
import type * as Run from "./run";
import type * as Scan from "./scan";

const load = createRequire(__filename);

command(
  "liquidation:scan",
  "Shows the accounts that hold positions, nearest to liquidation first",
  { limit: { description: "how many; 20 unless given" } },
  (hre, values) => (load("./scan") as typeof Scan).scan(hre, values),
  { example: "--network localhost --limit 5" },
);

command(
  "liquidation:run",
  "Flags an account below maintenance margin and bids for it",
  {
    account: { description: "the account to liquidate, as owner/index", required: true },
    bidder: { description: "the account that takes the slice and the reward, as owner/index", required: true },
    fraction: { description: "the most of the account to take, such as 0.5; all of it unless given" },
    minGain: { description: "USD the bid must gain at mark; 0 unless given" },
  },
  (hre, values) => (load("./run") as typeof Run).run(hre, values),
  { example: "--network localhost --account 2/0 --bidder 1/0 --fraction 0.5", sends: true },
);
