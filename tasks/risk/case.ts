/** The case file: one market and one account, as people write them and as the contracts take them. */
import { readFile } from "node:fs/promises";

import type { z } from "zod";

import { underlyings as configured } from "../../config/underlyings";
import { readMode } from "../../scripts/lib/modes";
import { type Bps, type Lots, type Seconds, type Usdc, type Wad, WAD, BPS, Mode, PlimsollInputError } from "../../sdk";
import type { Svi } from "../../sdk/risk/svi";
import { type File, type FileExpiry, type FilePosition, schema } from "./schema";

/** A case as the contracts take it. */
export interface Case {
  /** When it is judged. Expiries are so long after it. */
  timestamp: Seconds;
  mode: bigint;
  underlyings: CaseUnderlying[];
  /** Between every two underlyings. */
  minCorrelation: Wad;
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
  /** The nearest first. */
  expiries: CaseExpiry[];
}

export interface CaseExpiry {
  timeLeft: Seconds;
  forwardRatio: Wad;
  rate: Wad;
  svi: Svi;
}

export type CasePosition = CasePerp | CaseOption;

interface Held {
  underlying: string;
  size: Lots;
}

export interface CasePerp extends Held {
  kind: "perp";
  /** USD a unit; the mark price where the file gives none. */
  entry: Wad | undefined;
}

export interface CaseOption extends Held {
  kind: "option";
  timeLeft: Seconds;
  /** USD with 8 decimals. */
  strike: bigint;
  call: boolean;
}

type ConfiguredName = keyof typeof configured;

const MAX_BASIS = WAD / 100n;
/** The ledger's own. */
const MOST_DAYS_LISTED = 400n;
const SECONDS_A_DAY = 86_400n;

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
  const { timestamp, minCorrelation, account } = file;
  const mode = readMode(modeOverride ?? account.mode);
  const positions = account.positions.map((position, i) => readPosition(file, position, i));
  if (mode === Mode.Isolated && new Set(positions.map(seriesOf)).size > 1) {
    throw new PlimsollInputError("Isolated mode takes a case of one instrument, and account.positions has several.");
  }
  const underlyings = Object.keys(file.underlyings).map((name) => readUnderlying(file, name));
  return { timestamp: BigInt(timestamp), mode, underlyings, minCorrelation, cash: account.cash, positions };
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
    return `The case file "${path}" has no field ${field}: docs/examples/portfolio.json shows what one has.`;
  }
  const where = field === "" ? `The case file "${path}" is wrong` : `The field ${field} of the case is wrong`;
  return `${where}: ${message}.`;
}

function readPosition(file: File, position: FilePosition, i: number): CasePosition {
  const { underlying, kind, size } = position;
  const field = `account.positions.${i}`;
  const terms = file.underlyings[underlying];
  if (!terms) {
    throw new PlimsollInputError(
      `The field ${field}.underlying is "${underlying}", which underlyings does not describe.`,
    );
  }
  if (kind === "perp") return { kind, underlying, size, entry: position.entry };
  const { days: timeLeft, strike, call } = position;
  if (timeLeft > MOST_DAYS_LISTED * SECONDS_A_DAY) {
    throw new PlimsollInputError(
      `The field ${field}.days is more than ${MOST_DAYS_LISTED}, which is as far ahead as options are listed.`,
    );
  }
  if (!terms.expiries.some(({ days }) => days === timeLeft)) {
    throw new PlimsollInputError(
      `The field ${field}.days is of no expiry: underlyings.${underlying}.expiries has none of so many days.`,
    );
  }
  return { kind, underlying, size, timeLeft, strike, call };
}

/** The same for positions in one instrument. */
function seriesOf(position: CasePosition): string {
  const { underlying } = position;
  if (position.kind === "perp") return underlying;
  return [underlying, position.timeLeft, position.strike, position.call].join();
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
  const expiries = readExpiries(`underlyings.${name}.expiries`, terms.expiries);
  return { name, spot, basis, dailyVol, confidenceBps: (confidence * BPS) / WAD, expiries };
}

function readExpiries(field: string, expiries: readonly FileExpiry[]): CaseExpiry[] {
  const twice = expiries.findIndex(({ days }, i) => expiries.findIndex((other) => other.days === days) < i);
  if (twice !== -1) {
    throw new PlimsollInputError(`The field ${field}.${twice}.days is that of an expiry before it, and may not be.`);
  }
  return expiries
    .map(({ days, forwardRatio, rate, svi }) => {
      const { a, b, rho, m, sigma } = svi;
      return { timeLeft: days, forwardRatio, rate, svi: { a, b, rho, m, s: sigma } };
    })
    .sort((x, y) => Number(x.timeLeft - y.timeLeft));
}

/** The smallest basis that gives the mark, which the ledger rounds down. */
function basisOf(spot: Wad, perp: Wad): Wad {
  const scaled = perp * WAD;
  return (scaled + spot - 1n) / spot - WAD;
}

function isConfigured(name: string): name is ConfiguredName {
  return name in configured;
}
