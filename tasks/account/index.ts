import { createRequire } from "node:module";

import { command } from "../internal/command";
import type * as Change from "./change";
import type * as Open from "./open";
import type * as Show from "./show";

const load = createRequire(__filename);

const ACCOUNT = {
  description: "the account as owner/index, the owner an address or the number of one of the network's accounts",
  required: true,
} as const;
const AMOUNT = { description: "settlement tokens, such as 250.75", required: true } as const;

command(
  "account:open",
  "Opens an account",
  {
    owner: { description: "address, or number of one of the network's accounts; its first unless given" },
    index: { description: "which of the owner's accounts; the first that is not open unless given" },
    mode: { description: "cross, which is the default, or isolated" },
    fund: { description: "settlement tokens to deposit in the same transaction" },
  },
  (hre, values) => (load("./open") as typeof Open).openAccount(hre, values),
  { sends: true },
);

command(
  "account:fund",
  "Deposits into an account",
  {
    account: ACCOUNT,
    amount: AMOUNT,
    from: { description: "who pays: address, or number of one of the network's accounts; the owner unless given" },
  },
  (hre, values) => (load("./change") as typeof Change).fundAccount(hre, values),
  { sends: true },
);

command(
  "account:withdraw",
  "Withdraws free collateral from an account",
  { account: ACCOUNT, amount: AMOUNT, to: { description: "the address that receives it; the owner unless given" } },
  (hre, values) => (load("./change") as typeof Change).withdrawFromAccount(hre, values),
  { sends: true },
);

command("account:show", "Shows what an account holds and what it may carry", { account: ACCOUNT }, (hre, values) =>
  (load("./show") as typeof Show).showAccount(hre, values),
);
