import { createRequire } from "node:module";

import { command } from "../internal/command";
import type * as Shares from "./shares";
import type * as Show from "./show";
import type * as Takeovers from "./takeovers";

const load = createRequire(__filename);

const OWNER = {
  description: "whose shares: address, or number of one of the network's accounts; its first unless given",
} as const;
const TAKEOVER = { description: "the takeover's number, as vault:show lists it", required: true } as const;

command(
  "vault:show",
  "Shows the backstop vault: assets, share price, limits, and what it took over with its offers",
  { owner: { description: "whose shares to show as well: address, or number of one of the network's accounts" } },
  (hre, values) => (load("./show") as typeof Show).showVault(hre, values),
  { example: "--network localhost --owner 1" },
);

command(
  "vault:deposit",
  "Buys shares of the backstop vault",
  { amount: { description: "settlement tokens, such as 250.75", required: true }, owner: OWNER },
  (hre, values) => (load("./shares") as typeof Shares).deposit(hre, values),
  { example: "--network localhost --owner 1 --amount 5000", sends: true },
);

command(
  "vault:request",
  "Asks to leave the vault: shares can be redeemed after the cool-down, while the exit window is open",
  {
    shares: { description: "how many shares, such as 99.5; all of them unless given" },
    owner: OWNER,
    cancel: { description: "Take the request back", flag: true },
  },
  (hre, values) => (load("./shares") as typeof Shares).request(hre, values),
  { example: "--network localhost --owner 1", sends: true },
);

command(
  "vault:withdraw",
  "Redeems requested shares, or says when that is possible",
  {
    shares: { description: "how many shares; all that can be redeemed now unless given" },
    owner: OWNER,
    to: { description: "the address that receives the settlement tokens; the owner unless given" },
  },
  (hre, values) => (load("./shares") as typeof Shares).withdraw(hre, values),
  { example: "--network localhost --owner 1", sends: true },
);

command(
  "vault:buy",
  "Takes the vault's offer for a position it took over",
  {
    takeover: TAKEOVER,
    account: {
      description: "who takes it, as owner/index, the owner an address or the number of one of the network's accounts",
      required: true,
    },
    underlying: { description: "whose perpetual, such as ETH; the takeover's only one unless given" },
    size: { description: "units to buy, or with a minus to sell, such as -1.5; all of the position unless given" },
    sender: { description: "who sends, where it is an operator: address or number; the owner unless given" },
  },
  (hre, values) => (load("./takeovers") as typeof Takeovers).buy(hre, values),
  { example: "--network localhost --takeover 1 --account 2/0 --size 0.5", sends: true },
);

command(
  "vault:end-takeover",
  "Brings the cash of a takeover that is sold out back to the vault",
  { takeover: TAKEOVER, sender: { description: "who sends: address or number; the network's first unless given" } },
  (hre, values) => (load("./takeovers") as typeof Takeovers).end(hre, values),
  { example: "--network localhost --takeover 1", sends: true },
);
