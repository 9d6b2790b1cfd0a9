/** The case file: one market and one account, as people write them and as the contracts take them. */
import { readFile } from "node:fs/promises";

import { z } from "zod";

import { underlyings as configured } from "../../config/underlyings";
import {
  type Bps,
  type Lots,
  type Seconds,
  type Usdc,
  type Wad,
  WAD,
  BPS,
  Mode,
  PlimsollInputError,
  formatWad,
  parseLots,
  parseUsdc,
  parseWad,
} from "../../sdk";

/** A case the standard margin models can judge. */
export interface Case {
  timestamp: Seconds;
  /** `Mode.Isolated` or `Mode.Cross`. */
  mode: bigint;
  underlyings: CaseUnderlying[];
  /** Before opening, without the keeper deposit. */
  cash: Usdc;
  positions: CasePosition[];
}

export interface CaseUnderlying {
  name: ConfiguredName;
  spot: Wad;
  /** perp / spot - 1. */
  basis: Wad;
  dailyVol: Wad;
  confidenceBps: Bps;
}

export interface CasePosition {
  underlying: string;
  size: Lots;
  /** USD a unit; the mark price where the file gives none. */
  entry: Wad | undefined;
}

type ConfiguredName = keyof typeof configured;

const SUPPORTED = "isolated and cross margin of perpetuals are supported so far";

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

const position = z.looseObject({
  underlying: z.string(),
  kind: z.enum(["perp", "option"]),
  size: decimal((text) => parseLots(text, "size")).refine((lots) => lots !== 0n, "It is zero and must not be."),
  entry: price().optional(),
});

const schema = z.looseObject({
  // The ledger keeps time in 32 bits.
  timestamp: z.number().int().min(100_000).max(4_000_000_000),
  underlyings: z.record(
    z.string(),
    z.looseObject({
      spot: price(),
      perp: price(),
      // What the volatility oracle takes as a seed, and the price oracle as a feed's threshold.
      dailyVol: wad(WAD / 1_000n, WAD),
      confidence: wad(WAD / BPS, WAD / 10n).refine(
        (value) => value % (WAD / BPS) === 0n,
        "It must be a whole number of basis points, such as 0.0025.",
      ),
    }),
  ),
  account: z.looseObject({
    mode: z.enum(["isolated", "cross", "portfolio"]),
    cash: decimal((text) => parseUsdc(text, "number")),
    positions: z.array(position),
    collateral: z.array(z.unknown()).max(0, "Collateral other than cash is not supported yet.").optional(),
  }),
});

type File = z.infer<typeof schema>;

const MAX_BASIS = WAD / 100n;

/**
 * Reads and checks a case file.
 * @param modeOverride instead of the file's mode.
 * @throws PlimsollInputError naming the file or field that is wrong, or what is not supported yet.
 */
export async function readCase(path: string, modeOverride: string | undefined): Promise<Case> {
  const json = await readJson(path);
  const parsed = schema.safeParse(json);
  if (!parsed.success) throw new PlimsollInputError(describeIssue(path, parsed.error));
  const file = parsed.data;
  const mode = readCaseMode(modeOverride ?? file.account.mode);
  const positions = file.account.positions.map((_, i) => readPosition(file, i));
  if (mode === Mode.Isolated && new Set(positions.map((p) => p.underlying)).size > 1) {
    throw new PlimsollInputError("Isolated mode takes a case of one instrument, and account.positions has several.");
  }
  const underlyings = Object.keys(file.underlyings).map((name) => readUnderlying(file, name));
  return { timestamp: BigInt(file.timestamp), mode, underlyings, cash: file.account.cash, positions };
}

async function readJson(path: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch {
    throw new PlimsollInputError(`The case file "${path}" cannot be read: give the path of a JSON file.`);
  }
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new PlimsollInputError(`The case file "${path}" is not JSON.`);
  }
}

function describeIssue(path: string, error: z.ZodError): string {
  const [issue] = error.issues;
  const field = issue?.path.join(".") ?? "";
  const message = issue?.message.replace(/\.$/, "") ?? "it cannot be read";
  if (message.endsWith("received undefined")) {
    return `The case file "${path}" has no field ${field}: docs/examples/margin.json shows what one has.`;
  }
  const where = field === "" ? `The case file "${path}" is wrong` : `The field ${field} of the case is wrong`;
  return `${where}: ${message}.`;
}

function readCaseMode(name: string): bigint {
  if (name === "isolated") return Mode.Isolated;
  if (name === "cross") return Mode.Cross;
  if (name === "portfolio") {
    throw new PlimsollInputError(`The mode portfolio is not supported yet: ${SUPPORTED}, see --mode.`);
  }
  throw new PlimsollInputError(`There is no mode "${name}": choose --mode isolated or --mode cross.`);
}

function readPosition(file: File, i: number): CasePosition {
  const position = file.account.positions[i];
  if (!position) throw new RangeError(`There is no position ${i}.`);
  const { underlying, kind, size, entry } = position;
  if (kind === "option") {
    throw new PlimsollInputError(
      `The field account.positions.${i} is an option, which is not supported yet: ${SUPPORTED}.`,
    );
  }
  if (!(underlying in file.underlyings)) {
    throw new PlimsollInputError(
      `The field account.positions.${i}.underlying is "${underlying}", which underlyings does not describe.`,
    );
  }
  return { underlying, size, entry };
}

function readUnderlying(file: File, name: string): CaseUnderlying {
  if (!isConfigured(name)) {
    const known = Object.keys(configured).join(", ");
    throw new PlimsollInputError(`The field underlyings.${name} has no margin parameters: there are ${known}.`);
  }
  const terms = file.underlyings[name];
  if (!terms) throw new RangeError(`There is no underlying ${name}.`);
  const { spot, perp, dailyVol, confidence } = terms;
  const basis = basisOf(spot, perp);
  if (basis > MAX_BASIS || basis < -MAX_BASIS) {
    throw new PlimsollInputError(`The field underlyings.${name}.perp is more than 1 % away from spot, and may not be.`);
  }
  return { name, spot, basis, dailyVol, confidenceBps: (confidence * BPS) / WAD };
}

/** The smallest basis that gives the mark, which the ledger rounds down. */
function basisOf(spot: Wad, perp: Wad): Wad {
  const scaled = perp * WAD;
  return (scaled + spot - 1n) / spot - WAD;
}

function isConfigured(name: string): name is ConfiguredName {
  return name in configured;
}
