/** What a deployment needs to know, checked before anything is sent. */
import { isAddress } from "ethers";
import { z } from "zod";

import { PlimsollInputError } from "../sdk/inputError";

const address = z.string().refine((text) => isAddress(text), "must be an address");
/** An address, or the number of one of the network's own accounts. */
const accountOrIndex = z.union([address, z.number().int().nonnegative()]);
/** Whoever deploys, or an address. */
const holder = z.union([z.literal("deployer"), address]);
const seconds = z.number().int().nonnegative();
const bps = (lower: number, upper: number) => z.number().int().min(lower).max(upper);
const positive = z.bigint().positive();

const mockFeed = z.object({
  kind: z.literal("mock"),
  decimals: z.number().int().min(1).max(18),
  /** The first answer, USD Wad. */
  answer: positive,
});

const chainlinkFeed = z.object({
  kind: z.literal("chainlink"),
  address,
  /** What the feed must call itself, so that a wrong address is noticed. */
  description: z.string().min(1),
  /** Decimals of its answers; a sequencer's have none. */
  decimals: z.number().int().min(0).max(18),
});

const feed = z.discriminatedUnion("kind", [mockFeed, chainlinkFeed]);

/** Seconds within which a feed promises an observation. */
const heartbeat = z.number().int().min(60).max(86_400);

/** What the second source adds to being a feed; its bounds are those of the first. */
const secondFeedTerms = {
  heartbeat,
  /** How far it may lie from the first before new risk is refused. */
  maxDeviationBps: bps(50, 250),
};

const secondFeed = z.discriminatedUnion("kind", [
  mockFeed.extend(secondFeedTerms),
  chainlinkFeed.extend(secondFeedTerms),
]);

/** Tells whether an L2's sequencer is up, and since when. */
const sequencerFeed = z.discriminatedUnion("kind", [
  /** A stand-in where no real one exists, which its owner sets. */
  z.object({ kind: z.literal("mock"), owner: holder }),
  chainlinkFeed,
]);

/** `MarketParams` of the ledger: governed parameters of one perpetual market. The ledger's own bounds apply as well. */
const market = z.object({
  baseRateBps: bps(1, 10_000),
  volMultiplierBps: bps(1, 65_535),
  slopeBps: bps(1, 10_000),
  maintenanceRatioBps: bps(1, 10_000),
  takerFeeBps: bps(0, 50),
  makerFeeBps: bps(0, 50),
  /** Whole USD. */
  depth: positive,
  /** Whole USD. */
  openInterestCap: z.bigint().nonnegative(),
});

/** `OptionParams` of the ledger: of an underlying's options, and of portfolio margin. */
const options = z.object({
  /** PR0: the least price move of the core scenarios. */
  priceRangeBps: bps(500, 6_000),
  /** kappa: how much of what other underlyings offset is credited. */
  creditBps: bps(0, 8_000),
  /** sigma_ref: beyond this daily volatility the standard margin of short options grows with it. */
  referenceVolBps: bps(50, 2_000),
  takerFeeBps: bps(0, 50),
  makerFeeBps: bps(0, 50),
  /** Whole USD of the underlying. */
  openInterestCap: z.bigint().nonnegative(),
});

const underlying = z.object({
  name: z.string().regex(/^[A-Z0-9]{2,10}$/, "must be 2 to 10 capital letters or digits"),
  /** Its index in instruments. */
  id: z.number().int().min(1).max(65_535),
  feed,
  heartbeat,
  /** The feed's deviation threshold. */
  confidenceBps: bps(1, 1_000),
  /** USD Wad; answers are usable between a tenth and ten times of it. */
  referencePrice: positive,
  /** A source of its own that the first is held against, where there is one. */
  secondFeed: secondFeed.optional(),
  /** sigma_d when listed, Wad, not annualised. */
  dailyVol: positive,
  market,
  options,
});

/** `BackstopLimits` of the vault, whose own bounds these are. */
const vaultLimits = z
  .object({
    /** The most of the vault's assets one event may cost. */
    eventCapBps: bps(100, 2_500),
    /** The most of them any 60 minutes may cost. */
    hourCapBps: bps(100, 5_000),
    /** Seconds from the request to leave to the first moment to do so. */
    cooldown: z.number().int().min(86_400).max(345_600),
    /** Seconds for which leaving is then possible. */
    exitWindow: z.number().int().min(21_600).max(172_800),
  })
  .refine(({ eventCapBps, hourCapBps }) => eventCapBps <= hourCapBps, "must let an hour cost what an event may");

/** Who signs surface reports, and `MoveLimits` of the surface oracle, whose own bounds these are. */
const surface = z.object({
  signers: z.array(accountOrIndex).min(2).max(16),
  threshold: z.number().int().min(2),
  moveLimits: z.object({
    /** Of the forward, within any 60 minutes. */
    forwardBps: bps(10, 500),
    /** Of vol within any 60 minutes, where 100 are one vol point. */
    volBps: bps(100, 5_000),
  }),
});

/** What the settlement of expiries is told; its own bounds are these. */
const expirySettlement = z.object({
  /** Seconds after which an expiry whose window has no usable price throughout can be finalised. */
  timeOut: z.number().int().min(21_600).max(604_800),
});

const governance = z.object({
  holders: z.object({ admin: holder, riskAdmin: holder, lister: holder, guardian: holder, moduleAdmin: holder }),
  /** Seconds between scheduling and executing. */
  delays: z.object({ admin: seconds, riskAdmin: seconds, lister: seconds, guardian: seconds, moduleAdmin: seconds }),
});

const system = z
  .object({
    chainId: z.bigint().positive(),
    /** Whether mocks may stand in for tokens and feeds. */
    local: z.boolean(),
    settlementToken: z.union([z.literal("mock"), address]),
    /** Absent where the chain has no sequencer. */
    sequencerFeed: sequencerFeed.optional(),
    basisSigners: z.object({ signers: z.array(accountOrIndex).min(2).max(16), threshold: z.number().int().min(2) }),
    surface,
    underlyings: z.array(underlying).min(1).max(20),
    vaultLimits,
    expirySettlement,
    governance,
  })
  .superRefine((value, context) => {
    const refuse = (path: (string | number)[], message: string): void => {
      context.addIssue({ code: "custom", path, message });
    };
    if (!value.local && value.settlementToken === "mock") refuse(["settlementToken"], "must be an address");
    value.underlyings.forEach(({ feed, secondFeed, id, name }, i) => {
      const earlier = value.underlyings.slice(0, i);
      if (!value.local && feed.kind === "mock") refuse(["underlyings", i, "feed"], "must be a live feed");
      if (!value.local && secondFeed?.kind === "mock") refuse(["underlyings", i, "secondFeed"], "must be a live feed");
      if (earlier.some((other) => other.id === id)) refuse(["underlyings", i, "id"], "must be unique");
      if (earlier.some((other) => other.name === name)) refuse(["underlyings", i, "name"], "must be unique");
    });
  });

export type SystemParameters = z.infer<typeof system>;
export type UnderlyingParameters = z.infer<typeof underlying>;
export type VaultLimits = z.infer<typeof vaultLimits>;
export type GovernanceParameters = z.infer<typeof governance>;

/** The limits' names, in the vault's order. */
export function vaultLimitNames(limits: VaultLimits): (keyof VaultLimits)[] {
  return Object.keys(limits) as (keyof VaultLimits)[];
}

/** The parameters as given. Throws PlimsollInputError naming the first field that is wrong. */
export function checkParameters(parameters: SystemParameters): SystemParameters {
  const result = system.safeParse(parameters);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const field = issue?.path.join(".") ?? "";
  throw new PlimsollInputError(`The network parameter ${field} is wrong: ${issue?.message ?? "unreadable"}.`);
}
