import { createRequire } from "node:module";

import { command } from "../internal/command";
import type * as Evaluate from "./evaluate";

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
