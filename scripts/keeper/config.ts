/** What the keeper program is told by its environment. */
import { isAddress, isHexString } from "ethers";
import { z } from "zod";

import { PlimsollInputError, type Wad, parseWad } from "../../sdk";

/** A gwei is 1e9 wei, as a number in Wad 1e18. */
const GWEI_IN_WAD = 10n ** 9n;

const count = z
  .string()
  .regex(/^\d{1,15}$/, "is not a whole number")
  .transform(Number);
const amount = (lower: string): z.ZodType<Wad> =>
  z.string().transform((text, context): Wad => {
    try {
      const value = parseWad(text);
      if (value >= parseWad(lower)) return value;
      context.addIssue({ code: "custom", message: `is below ${lower}` });
    } catch {
      context.addIssue({ code: "custom", message: "is not a plain decimal number such as 1.5" });
    }
    return z.NEVER;
  });

/** What each is, to be read after its name. */
const variables = {
  KEEPER_RPC_URL: z
    .url({ protocol: /^https?$/, error: "is not an http(s) URL of a node" })
    .describe("where a node answers, such as http://127.0.0.1:8545"),
  KEEPER_CLEARINGHOUSE: z
    .string()
    .refine((text) => isAddress(text), "is not an address")
    .describe("the ledger's address, which npx hardhat deploy:status shows"),
  KEEPER_PRIVATE_KEY: z
    .string()
    .refine((text) => isHexString(text, 32), "is not 0x and 64 hex digits")
    .optional()
    .describe("the key that sends, 0x and 64 hex digits"),
  KEEPER_NODE_ACCOUNT: count.optional().describe("in place of a key, which of the node's own accounts sends"),
  KEEPER_ACCOUNT_INDEX: count.prefault("0").describe("which of the sender's ledger accounts takes slices and rewards"),
  KEEPER_POLL_SECONDS: count
    .refine((seconds) => seconds >= 1 && seconds <= 600, "is not from 1 to 600")
    .prefault("5")
    .describe("seconds between two looks, 1 to 600"),
  KEEPER_FROM_BLOCK: count
    .prefault("0")
    .describe("where events begin: the block of the ledger's deployment, or any before it"),
  KEEPER_LOG_RANGE: count
    .refine((blocks) => blocks >= 1 && blocks <= 100_000, "is not from 1 to 100000")
    .prefault("2000")
    .describe("blocks of events asked for at once, at most 100000"),
  KEEPER_MIN_GAIN: amount("0").prefault("1").describe("USD a bid must gain beyond what selling costs"),
  KEEPER_UNWIND_COST: amount("0").prefault("0.0015").describe("what selling costs, of the notional that is taken"),
  KEEPER_MAX_GAS_GWEI: amount("0.000000001")
    .optional()
    .describe("gwei a unit of gas may cost: while it is dearer nothing is sent"),
  KEEPER_SETTLES: z
    .enum(["yes", "no"], "is not yes or no")
    .prefault("yes")
    .describe("whether it settles expiries: yes or no"),
  KEEPER_LOG_LEVEL: z
    .enum(["debug", "info", "warn", "error"], "is not debug, info, warn or error")
    .prefault("info")
    .describe("the least that is logged: debug, info, warn or error"),
};

const environment = z
  .object(variables)
  .refine((given) => (given.KEEPER_PRIVATE_KEY === undefined) !== (given.KEEPER_NODE_ACCOUNT === undefined), {
    path: ["KEEPER_PRIVATE_KEY"],
    message: "or KEEPER_NODE_ACCOUNT must be set, and not both",
  });

/** One thing a keeper is told, for people. */
export interface Setting {
  name: string;
  meaning: string;
  /** What counts where it is not set; undefined where nothing stands in for it. */
  unset: string | undefined;
}

/** Everything there is to set. */
export const settings: readonly Setting[] = Object.entries(variables).map(([name, { description, def }]) => ({
  name,
  meaning: description ?? "",
  unset: def.type === "prefault" ? String(def.defaultValue) : undefined,
}));

export interface KeeperConfig {
  rpcUrl: string;
  clearinghouse: string;
  /** A key, or the number of one of the node's own accounts. */
  sender: { privateKey: string } | { nodeAccount: number };
  accountIndex: bigint;
  pollSeconds: number;
  fromBlock: number;
  logRange: number;
  minGain: Wad;
  unwindCost: Wad;
  /** Wei a unit of gas may cost; undefined where it may cost anything. */
  maxGasPrice: bigint | undefined;
  settles: boolean;
  logLevel: string;
}

/** Reads the environment. Throws PlimsollInputError naming the first variable that is missing or wrong. */
export function readConfig(given: NodeJS.ProcessEnv): KeeperConfig {
  const result = environment.safeParse(given);
  if (!result.success) {
    const [issue] = result.error.issues;
    const name = String(issue?.path[0]);
    const missing = given[name] === undefined && issue?.code !== "custom";
    const meaning = settings.find((setting) => setting.name === name)?.meaning ?? "needed";
    const problem = missing ? `is not set: it is ${meaning}` : (issue?.message ?? "is wrong");
    throw new PlimsollInputError(`${name} ${problem}.`);
  }
  const { data } = result;
  const { KEEPER_PRIVATE_KEY: privateKey, KEEPER_NODE_ACCOUNT: nodeAccount = 0 } = data;
  return {
    rpcUrl: data.KEEPER_RPC_URL,
    clearinghouse: data.KEEPER_CLEARINGHOUSE,
    sender: privateKey === undefined ? { nodeAccount } : { privateKey },
    accountIndex: BigInt(data.KEEPER_ACCOUNT_INDEX),
    pollSeconds: data.KEEPER_POLL_SECONDS,
    fromBlock: data.KEEPER_FROM_BLOCK,
    logRange: data.KEEPER_LOG_RANGE,
    minGain: data.KEEPER_MIN_GAIN,
    unwindCost: data.KEEPER_UNWIND_COST,
    maxGasPrice: data.KEEPER_MAX_GAS_GWEI === undefined ? undefined : data.KEEPER_MAX_GAS_GWEI / GWEI_IN_WAD,
    settles: data.KEEPER_SETTLES === "yes",
    logLevel: data.KEEPER_LOG_LEVEL,
  };
}
