import { createRequire } from "node:module";

import { command } from "../internal/command";
import type * as Replay from "./replay";

const load = createRequire(__filename);

command(
  "stress:replay",
  "Replays prices through the oracles while traders hold positions and the keeper runs",
  {
    prices: { description: "[NAME=]FILE[,[NAME=]FILE...], CSV; a made-up crash unless given" },
    traders: { description: "how many traders, 2 to 2000; 40 unless given" },
    mode: { description: "isolated, cross or portfolio; a third of the traders each unless given" },
    seed: { description: "what chance is drawn from; 1 unless given" },
    from: { description: "unix seconds of the first price; the first there is unless given" },
    to: { description: "unix seconds after the last price; the last there is unless given" },
    options: { description: "trade options as well, in hedged books, and settle what expires", flag: true },
    vol: {
      description:
        "[NAME=]FILE[*RATIO][,...], CSV of ts,iv: the level of the option surfaces, for ETH say ETH=btc_dvol.csv*1.35; the volatility oracle's forecast unless given",
    },
    report: { description: "the directory to write report.html to: what happened, in charts" },
  },
  (hre, values) => (load("./replay") as typeof Replay).run(hre, values),
  { example: "--prices ETH=eth.csv --from 1583884800 --to 1584144000 --traders 60" },
);
