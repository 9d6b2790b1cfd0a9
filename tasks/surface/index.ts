import { createRequire } from "node:module";

import { command } from "../internal/command";
import type * as Fit from "./fit";
import type * as Post from "./post";
import type * as Show from "./show";

const load = createRequire(__filename);

command(
  "surface:fit",
  "Fits implied volatility surfaces to an option chain, and says how far they are from its marks",
  {
    chain: { description: "the CSV file of the chain, one option a line", required: true },
    currency: { description: "one of the chain's currencies, such as BTC; all of them unless given" },
    report: { description: "the directory to write report.html to: marks against smiles, in charts" },
  },
  (hre, values) => (load("./fit") as typeof Fit).fit(hre, values),
  { example: "--chain chain.csv --currency BTC" },
);

command(
  "surface:post",
  "Posts a surface: one that was fitted, signed by a local network's signers, or a signed report",
  {
    file: { description: "what surface:fit --json printed, or a report with its signatures", required: true },
    underlying: { description: "the fitted surface to post, such as BTC; all of the file's unless given" },
  },
  (hre, values) => (load("./post") as typeof Post).post(hre, values),
  { example: "--file surface.json --underlying BTC --network localhost", sends: true },
);

command(
  "surface:show",
  "Shows the surface in force: forwards, vols, ages and what each expiry may still move",
  { underlying: { description: "the underlying's name, such as ETH; all of them unless given" } },
  (hre, values) => (load("./show") as typeof Show).show(hre, values),
  { example: "--underlying ETH --network localhost" },
);
