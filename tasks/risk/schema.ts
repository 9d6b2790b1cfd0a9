/** The case file's fields, each with what it may be. */
import { z } from "zod";

import {
  type Seconds,
  type Wad,
  WAD,
  BPS,
  PlimsollInputError,
  formatWad,
  parseLots,
  parseStrike,
  parseUsdc,
  parseWad,
} from "../../sdk";

const SECONDS_A_DAY = 86_400;
/** As far ahead as the surface oracle takes expiries. */
const MOST_DAYS = 3 * 365;
/** Of one underlying: as many as the surface oracle keeps. */
const MOST_EXPIRIES = 32;
/** What a smile's parameters are stored in: 48 bits of 12 decimals, half as much where they have a sign. */
const MOST_SIGNED = 140n * WAD;
const MOST_UNSIGNED = 281n * WAD;

/** A plain decimal number, read by `read`, which throws a sentence about anything else. */
function decimal<T>(read: (text: string) => T) {
  return z.string().transform((text, context) => {
    try {
      return read(text);
    } catch (error) {
      context.addIssue({ code: "custom", message: error instanceof Error ? error.message : String(error) });
      return z.NEVER;
    }
  });
}

/** A Wad within bounds, both included. */
function wad(lower: Wad, upper: Wad) {
  return decimal((text) => {
    const value = parseWad(text, "number");
    if (value >= lower && value <= upper) return value;
    throw new PlimsollInputError(`It is ${text} and must be between ${formatWad(lower)} and ${formatWad(upper)}.`);
  });
}

/** What the price oracle's reference prices can be. */
const price = () => wad(10n ** 13n, 2_800_000n * WAD);

/** Time to an expiry, which the file has in days: whole seconds, the nearest. */
const days = decimal((text): Seconds => {
  parseWad(text, "number");
  const seconds = Math.round(Number(text) * SECONDS_A_DAY);
  if (seconds >= 1 && seconds <= MOST_DAYS * SECONDS_A_DAY) return BigInt(seconds);
  throw new PlimsollInputError(`It is ${text} and must be between a second and ${MOST_DAYS}.`);
});

const expiry = z.looseObject({
  days,
  // The surface oracle's own bounds; of the smile as a whole it judges better than a file's reader could.
  forwardRatio: wad(WAD / 2n, 2n * WAD),
  rate: wad(-WAD, WAD),
  svi: z.looseObject({
    a: wad(-MOST_SIGNED, MOST_SIGNED),
    b: wad(0n, MOST_UNSIGNED),
    rho: wad(-WAD, WAD),
    m: wad(-MOST_SIGNED, MOST_SIGNED),
    sigma: wad(0n, MOST_UNSIGNED),
  }),
});

const underlying = z.looseObject({
  spot: price(),
  perp: price(),
  // What the volatility oracle takes as a seed, and the price oracle as a feed's threshold.
  dailyVol: wad(WAD / 1_000n, WAD),
  confidence: wad(WAD / BPS, WAD / 10n).refine(
    (value) => value % (WAD / BPS) === 0n,
    "It must be a whole number of basis points, such as 0.0025.",
  ),
  expiries: z.array(expiry).max(MOST_EXPIRIES, `It has more than the ${MOST_EXPIRIES} that there may be.`).default([]),
});

const size = decimal((text) => parseLots(text, "size")).refine((lots) => lots !== 0n, "It is zero and must not be.");

const position = z.discriminatedUnion("kind", [
  z.looseObject({ kind: z.literal("perp"), underlying: z.string(), size, entry: price().optional() }),
  z.looseObject({
    kind: z.literal("option"),
    underlying: z.string(),
    size,
    days,
    strike: decimal((text) => parseStrike(text)),
    call: z.boolean(),
  }),
]);

/** A case file as it is written, to what it says: Wad, lots, strikes of 8 decimals, seconds to expiry. */
export const schema = z.looseObject({
  // The ledger keeps time in 32 bits.
  timestamp: z.number().int().min(100_000).max(4_000_000_000),
  minCorrelation: wad(-WAD, WAD).default(WAD),
  underlyings: z.record(z.string(), underlying),
  account: z.looseObject({
    mode: z.enum(["isolated", "cross", "portfolio"]),
    cash: decimal((text) => parseUsdc(text, "number")),
    positions: z.array(position),
    collateral: z.array(z.unknown()).max(0, "Collateral other than cash is not supported yet.").optional(),
  }),
});

export type File = z.output<typeof schema>;
export type FilePosition = File["account"]["positions"][number];
export type FileExpiry = File["underlyings"][string]["expiries"][number];
