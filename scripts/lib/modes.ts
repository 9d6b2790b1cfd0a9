import { Mode, PlimsollInputError } from "../../sdk";

const MODES: ReadonlyMap<string, bigint> = new Map([
  ["isolated", Mode.Isolated],
  ["cross", Mode.Cross],
  ["portfolio", Mode.Portfolio],
]);

/** Reads a mode by name. Throws PlimsollInputError naming the modes there are. */
export function readMode(text: string): bigint {
  const mode = MODES.get(text);
  if (mode !== undefined) return mode;
  throw new PlimsollInputError(`There is no mode "${text}": choose isolated, cross or portfolio.`);
}

/** The name of a mode, or its number where it has none. */
export function modeName(mode: bigint): string {
  for (const [name, number] of MODES) if (number === mode) return name;
  return mode.toString();
}
