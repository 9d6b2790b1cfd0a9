import { createRequire } from "node:module";

import { command } from "../internal/command";
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
