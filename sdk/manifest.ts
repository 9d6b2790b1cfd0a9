/**
 * What there is to know about a deployment: one manifest for each chain, sdk/manifests/<chain id>.json. It is no part of
 * the index, so that only who reads manifests has zod in their bundle.
 */
import { isAddress } from "ethers";
import { z } from "zod";

import { PlimsollInputError } from "./inputError";

const address = z.string().refine((text) => isAddress(text), "must be an address");
const hash = z.string().regex(/^0x[0-9a-f]{64}$/, "must be 32 bytes of hex");
const count = z.number().int().nonnegative();
/** A decimal number as `parseWad` reads it. */
const decimal = z.string().regex(/^\d+(\.\d+)?$/, "must be a decimal number");

const contract = z.strictObject({
  address,
  /** The block that holds it first; null where it was there before. */
  block: count.nullable(),
  /** keccak256 of its code. */
  codeHash: hash,
});

const feed = z.strictObject({
  address,
  /** What it calls itself. */
  description: z.string(),
  decimals: count,
  /** Seconds within which it promises an observation. */
  heartbeat: count,
});

const underlying = z.strictObject({
  name: z.string(),
  /** Its index in instruments. */
  id: count,
  feed,
  /** A source that the feed is held against; null where there is none. */
  secondFeed: feed.extend({ maxDeviationBps: count }).nullable(),
  confidenceBps: count,
  /** USD. */
  referencePrice: decimal,
  market: z.strictObject({
    baseRateBps: count,
    volMultiplierBps: count,
    slopeBps: count,
    maintenanceRatioBps: count,
    takerFeeBps: count,
    makerFeeBps: count,
    /** Whole USD. */
    depth: decimal,
    /** Whole USD. */
    openInterestCap: decimal,
  }),
  /** As set; all zero where they never were. */
  options: z.strictObject({
    priceRangeBps: count,
    creditBps: count,
    referenceVolBps: count,
    takerFeeBps: count,
    makerFeeBps: count,
    /** Whole USD. */
    openInterestCap: decimal,
  }),
});

const role = z.strictObject({
  /** The access manager's number of the role. */
  id: count,
  holder: address,
  /** Seconds between scheduling and executing. */
  delay: count,
  /** The restricted functions that ask for it. */
  functions: z.array(z.string()),
});

const manifest = z.strictObject({
  format: z.literal(1),
  network: z.string(),
  chainId: count,
  /** Whether this was another chain that has the same id: nothing in here exists on the real one. */
  rehearsal: z.boolean(),
  /** No event of the system is older. */
  fromBlock: count,
  deployer: address,
  /** By name, in alphabetical order. */
  contracts: z.record(z.string(), contract),
  settlementToken: z.strictObject({ address, symbol: z.string(), decimals: count }),
  /** Tells whether the sequencer is up; null where the chain has none. */
  sequencerFeed: address.nullable(),
  basisSigners: z.strictObject({ signers: z.array(address), threshold: count }),
  surfaceSigners: z.strictObject({ signers: z.array(address), threshold: count }),
  underlyings: z.array(underlying),
  roles: z.record(z.string(), role),
  /** What stands in for something better, by its name in `contracts`, and why. */
  standIns: z.array(z.strictObject({ contract: z.string(), address, why: z.string() })),
});

export type Manifest = z.infer<typeof manifest>;

/** Reads a manifest that JSON.parse returned. Throws PlimsollInputError naming the first field that is wrong. */
export function parseManifest(value: unknown): Manifest {
  const result = manifest.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const field = issue?.path.join(".") ?? "";
  throw new PlimsollInputError(
    `The manifest's ${field === "" ? "content" : field} is wrong: ${issue?.message ?? "unreadable"}.`,
  );
}

/** The manifest as its file holds it: the same deployment gives the same text. */
export function formatManifest(value: Manifest): string {
  return `${JSON.stringify(parseManifest(value), undefined, 2)}\n`;
}
