/** What the keeper program is told by its environment. */
import { isAddress, isHexString } from "ethers";
import { z } from "zod";

import { PlimsollInputError, type Wad, parseWad } from "../../sdk";

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

const environment = z
  .object({
    /** The node. */
    KEEPER_RPC_URL: z.url({ protocol: /^https?$/, error: "is not an http(s) URL of a node" }),
    /** The ledger. */
    KEEPER_CLEARINGHOUSE: z.string().refine((text) => isAddress(text), "is not an address"),
    /** 32 bytes, 0x-prefixed hex. */
    KEEPER_PRIVATE_KEY: z
      .string()
      .refine((text) => isHexString(text, 32), "is not 0x and 64 hex digits")
      .optional(),
    /** Which of the node's own accounts sends, in place of a key. */
    KEEPER_NODE_ACCOUNT: count.optional(),
    /** Which of the sender's ledger accounts takes slices and rewards. */
    KEEPER_ACCOUNT_INDEX: count.default(0),
    /** Seconds between two looks. */
    KEEPER_POLL_SECONDS: count.refine((seconds) => seconds >= 1 && seconds <= 600, "is not from 1 to 600").default(5),
    /** Where events begin: the ledger's deployment, or anything before it. */
    KEEPER_FROM_BLOCK: count.default(0),
    /** Blocks of events asked for at once. */
    KEEPER_LOG_RANGE: count
      .refine((blocks) => blocks >= 1 && blocks <= 100_000, "is not from 1 to 100000")
      .default(2_000),
    /** USD a bid must gain beyond what selling costs. */
    KEEPER_MIN_GAIN: amount("0").default(parseWad("1")),
    /** What selling a slice costs, of its notional. */
    KEEPER_UNWIND_COST: amount("0").default(parseWad("0.0015")),
    KEEPER_LOG_LEVEL: z.enum(["debug", "info", "warn", "error"], "is not debug, info, warn or error").default("info"),
  })
  .refine((given) => (given.KEEPER_PRIVATE_KEY === undefined) !== (given.KEEPER_NODE_ACCOUNT === undefined), {
    path: ["KEEPER_PRIVATE_KEY"],
    message: "or KEEPER_NODE_ACCOUNT must be set, and not both",
  });

/** Of those that nothing stands in for. */
const meanings: Readonly<Record<string, string>> = {
  KEEPER_RPC_URL: "it is where a node answers, such as http://127.0.0.1:8545",
  KEEPER_CLEARINGHOUSE: "it is the ledger's address, which npx hardhat deploy:status shows",
};

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
  logLevel: string;
}

/** Reads the environment. Throws PlimsollInputError naming the first variable that is missing or wrong. */
export function readConfig(variables: NodeJS.ProcessEnv): KeeperConfig {
  const result = environment.safeParse(variables);
  if (!result.success) {
    const [issue] = result.error.issues;
    const name = String(issue?.path[0]);
    const missing = variables[name] === undefined && issue?.code !== "custom";
    const problem = missing ? `is not set: ${meanings[name] ?? "it is needed"}` : (issue?.message ?? "is wrong");
    throw new PlimsollInputError(`${name} ${problem}.`);
  }
  const given = result.data;
  const { KEEPER_PRIVATE_KEY: privateKey, KEEPER_NODE_ACCOUNT: nodeAccount = 0 } = given;
  return {
    rpcUrl: given.KEEPER_RPC_URL,
    clearinghouse: given.KEEPER_CLEARINGHOUSE,
    sender: privateKey === undefined ? { nodeAccount } : { privateKey },
    accountIndex: BigInt(given.KEEPER_ACCOUNT_INDEX),
    pollSeconds: given.KEEPER_POLL_SECONDS,
    fromBlock: given.KEEPER_FROM_BLOCK,
    logRange: given.KEEPER_LOG_RANGE,
    minGain: given.KEEPER_MIN_GAIN,
    unwindCost: given.KEEPER_UNWIND_COST,
    logLevel: given.KEEPER_LOG_LEVEL,
  };
}
