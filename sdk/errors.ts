import { Interface, isHexString } from "ethers";

import { type ErrorFragment, errorFragments } from "./abi";
import { type UnderlyingNames, errorSentences } from "./errorSentences";

/** A revert, understood. */
export interface DecodedError {
  /** The error's name in Solidity. */
  name: string;
  /** Its values by their names, as ethers decodes them. */
  args: Readonly<Record<string, unknown>>;
  /** One sentence for people, amounts and prices in their units. */
  sentence: string;
}

type Sentence = (args: Record<string, unknown>, names: UnderlyingNames) => string;

const errors = new Interface(errorFragments);

const panics: Readonly<Record<string, string>> = {
  0x01: "an assertion failed",
  0x11: "a number over- or underflowed",
  0x12: "a division by zero",
  0x21: "a value outside its enumeration",
  0x32: "an index beyond the end of a list",
};

/**
 * What revert data means, or undefined if no contract of the protocol reverts so. Never throws, whatever the data.
 * @param data 0x-prefixed hex.
 */
export function decodeError(data: string, names: UnderlyingNames = new Map()): DecodedError | undefined {
  // Anything shorter than a selector is a revert without a reason.
  if (!isHexString(data) || data.length < 10) return undefined;
  try {
    return decode(data, names);
  } catch {
    // A known selector before values that are none: somebody else's error, or a broken one.
    return undefined;
  }
}

function decode(data: string, names: UnderlyingNames): DecodedError | undefined {
  const parsed = errors.parseError(data);
  if (!parsed) return undefined;
  if (parsed.name === "Error") return builtin("Error", "message", parsed.args[0]);
  if (parsed.name === "Panic") return builtin("Panic", "code", parsed.args[0]);
  const args = parsed.args.toObject();
  // The interface is built from the fragments the table is typed by, and ethers decodes by those types.
  const sentence = errorSentences[parsed.name as ErrorFragment["name"]] as Sentence;
  return { name: parsed.name, args, sentence: sentence(args, names) };
}

/** The sentence for anything a call, a transaction or a gas estimate threw: the protocol's, else the error's own. */
export function explainError(error: unknown, names?: UnderlyingNames): string {
  const data = revertDataOf(error);
  const decoded = data === undefined ? undefined : decodeError(data, names);
  if (decoded) return decoded.sentence;
  if (!(error instanceof Error)) return String(error);
  // Ethers appends the whole transaction to its messages, and keeps the sentence apart.
  return "shortMessage" in error && typeof error.shortMessage === "string" ? error.shortMessage : error.message;
}

/** The revert data that a thrown error carries, 0x-prefixed hex, wherever ethers, a wallet or a node put it. */
export function revertDataOf(error: unknown): string | undefined {
  const seen = new Set<unknown>();
  const queue: unknown[] = [error];
  for (const candidate of queue) {
    if (typeof candidate !== "object" || candidate === null || seen.has(candidate)) continue;
    seen.add(candidate);
    if ("data" in candidate && isHexString(candidate.data) && candidate.data.length >= 10) return candidate.data;
    for (const key of ["error", "info", "cause", "data"]) queue.push((candidate as Record<string, unknown>)[key]);
  }
  return undefined;
}

/** What Solidity reverts with by itself. */
function builtin(name: "Error" | "Panic", key: string, value: unknown): DecodedError {
  const sentence =
    name === "Error"
      ? `The call was refused: ${String(value)}.`
      : `The call failed: ${panics[Number(value)] ?? `panic ${String(value)}`}.`;
  return { name, args: { [key]: value }, sentence };
}
