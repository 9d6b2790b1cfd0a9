/** What a replay is asked for, read from the command line. */
import { Mode } from "../../sdk";
import { PlimsollInputError } from "../../sdk/inputError";

/** The command line as given. */
export interface ReplayArguments {
  prices?: string | undefined;
  traders?: string | undefined;
  mode?: string | undefined;
  seed?: string | undefined;
  from?: string | undefined;
  to?: string | undefined;
  report?: string | undefined;
  options?: boolean | undefined;
  vol?: string | undefined;
}

export interface ReplayOptions {
  /** `[NAME=]FILE[,...]`; made-up prices where it is left out. */
  prices?: string | undefined;
  traders: number;
  /** The modes traders are spread over evenly. */
  modes: readonly Mode[];
  seed: string;
  /** Unix seconds. */
  from?: number | undefined;
  to?: number | undefined;
  /** The directory of a report; none is written where it is left out. */
  report?: string | undefined;
  /** Whether options are traded. */
  options: boolean;
  /** `[NAME=]FILE[*RATIO][,...]`: levels of the surfaces. */
  vol?: string | undefined;
}

const DEFAULT_TRADERS = 40;
const MIN_TRADERS = 2;
const MAX_TRADERS = 2_000;
const ALL: ReadonlyMap<string, Mode> = new Map([
  ["isolated", Mode.Isolated],
  ["cross", Mode.Cross],
  ["portfolio", Mode.Portfolio],
]);

/** Reads the command line. Throws PlimsollInputError naming the option that is wrong. */
export function readOptions(given: ReplayArguments): ReplayOptions {
  const { prices, traders, mode, seed, from, to, report, options = false, vol } = given;
  if (vol !== undefined && !options)
    throw new PlimsollInputError("--vol is of option surfaces: say --options as well.");
  return {
    prices,
    traders: readTraders(traders),
    modes: readModes(mode),
    seed: seed ?? "1",
    from: readTime("--from", from),
    to: readTime("--to", to),
    report,
    options,
    vol,
  };
}

function readTraders(text: string | undefined): number {
  if (text === undefined) return DEFAULT_TRADERS;
  const count = /^\d{1,9}$/.test(text) ? Number(text) : NaN;
  if (count >= MIN_TRADERS && count <= MAX_TRADERS) return count;
  throw new PlimsollInputError(`--traders ${text} is not a whole number from ${MIN_TRADERS} to ${MAX_TRADERS}.`);
}

function readModes(text: string | undefined): readonly Mode[] {
  if (text === undefined) return [...ALL.values()];
  const mode = ALL.get(text);
  if (mode !== undefined) return [mode];
  throw new PlimsollInputError(
    `--mode ${text} is not a mode of the traders: say isolated, cross or portfolio, or leave it out.`,
  );
}

function readTime(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,10}$/.test(text)) return Number(text);
  throw new PlimsollInputError(`${option} ${text} is not a time in unix seconds, such as 1583884800.`);
}
