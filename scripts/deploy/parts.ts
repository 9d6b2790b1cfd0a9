/** Everything a deployment consists of: which contract stands behind each record, and which step puts it there. */
import type { SystemParameters } from "../../config/schema";
import { Mode } from "../../sdk";
import { normalTableBytes } from "../../sdk/math/normalTable";
import { CLEARINGHOUSE_LIBRARIES, LENS_LIBRARIES, LIBRARY_LINKS, SEQUENCER_FEED, feedName } from "../lib/system";

export interface Part {
  /** What hardhat-deploy keeps it as. */
  record: string;
  contract: string;
  step: string;
  /** Records whose addresses are linked into its code. */
  libraries: readonly string[];
  /** What its constructor must have been given, where that, and not what the compiler made, is its code. */
  data?: () => string;
  /** Why it stands in for something better. Absent for the protocol's own contracts. */
  standsInBecause?: string;
}

/** Whose code is the table of the normal distribution. */
export const NORMAL_TABLE = "NormalTableCarrier";

const own: readonly Part[] = [
  ["AccessManager", "authority"],
  ["PriceOracle", "oracles"],
  ["VolatilityOracle", "oracles"],
  ["BasisOracle", "oracles"],
  ["SurfaceOracle", "oracles"],
  ["ExpirySettlement", "expiries"],
  ["IsolatedMargin", "margin-models"],
  ["CrossMargin", "margin-models"],
  [NORMAL_TABLE, "margin-models"],
  ["PortfolioMargin", "margin-models"],
  ...Object.entries(LIBRARY_LINKS).map(([library, links]) => [library, "clearinghouse", ...links]),
  ["Clearinghouse", "clearinghouse", ...CLEARINGHOUSE_LIBRARIES],
  ["LiquidationAuction", "liquidation"],
  ["BackstopVault", "liquidation"],
  ...LENS_LIBRARIES.map((library) => [library, "lens"]),
  ["MarginLens", "lens", ...LENS_LIBRARIES],
].map(([record = "", step = "", ...libraries]) => ({
  record,
  contract: record,
  step,
  libraries,
  ...(record === NORMAL_TABLE ? { data: normalTableBytes } : {}),
}));

/** What stands behind each of the ledger's modules. */
export const MODULES = {
  priceOracle: "PriceOracle",
  basisOracle: "BasisOracle",
  volatilityOracle: "VolatilityOracle",
  surfaceOracle: "SurfaceOracle",
  expirySettlement: "ExpirySettlement",
  auction: "LiquidationAuction",
  vault: "BackstopVault",
} as const;

/** What judges the accounts of each mode. */
export const MODELS: ReadonlyMap<bigint, { name: string; record: string }> = new Map([
  [Mode.Isolated, { name: "isolated", record: "IsolatedMargin" }],
  [Mode.Cross, { name: "cross", record: "CrossMargin" }],
  [Mode.Portfolio, { name: "portfolio", record: "PortfolioMargin" }],
]);

/** The parts of a deployment, in the order of its steps. */
export function partsOf(parameters: SystemParameters): Part[] {
  return [...own, ...standIns(parameters)].sort((a, b) => order(a) - order(b));
}

/** The steps in their order. */
export const steps = [
  "authority",
  "settlement-token",
  "oracles",
  "expiries",
  "margin-models",
  "clearinghouse",
  "liquidation",
  "wiring",
  "feeds",
  "markets",
  "roles",
  "lens",
] as const;
export type Step = (typeof steps)[number];

function order({ step }: Part): number {
  return steps.findIndex((name) => name === step);
}

function standIns({ settlementToken, underlyings, sequencerFeed }: SystemParameters): Part[] {
  const found: Part[] = [];
  const add = (record: string, contract: string, step: Step, standsInBecause: string): void => {
    found.push({ record, contract, step, libraries: [], standsInBecause });
  };
  if (settlementToken === "mock") {
    add("SettlementToken", "MockUSDC", "settlement-token", "A local network has no USDC: anyone may mint this.");
  }
  if (sequencerFeed?.kind === "mock") {
    const why = "The network has no sequencer uptime feed: this one's owner says whether the sequencer is up.";
    add(SEQUENCER_FEED, "MockSequencerFeed", "oracles", why);
  }
  for (const { name, feed, secondFeed } of underlyings) {
    const why = "A local network has no price feeds: anyone may tell this one its price.";
    if (feed.kind === "mock") add(feedName(name), "MockAggregator", "feeds", why);
    if (secondFeed?.kind === "mock") add(feedName(name, "secondary"), "MockAggregator", "feeds", why);
  }
  return found;
}
