/** What of a long output says why tests failed. */
import { stripVTControlCharacters } from "node:util";

/** Lines of one report of mocha's that are kept: each failure takes about ten. */
const LONGEST_REPORT = 200;

/**
 * The lines of a suite's output that tell its failures: mocha's reports, indented from `N failing` on, and Forge's
 * lines, once each. Empty where nothing failed.
 */
export function failuresIn(output: string): string[] {
  const found: string[] = [];
  const told = new Set<string>();
  // How many lines of mocha's report may still come; zero outside of one.
  let left = 0;
  for (const line of stripVTControlCharacters(output).split("\n")) {
    if (/^ +\d+ failing$/.test(line)) left = LONGEST_REPORT;
    else if (line !== "" && !line.startsWith(" ")) left = 0;
    const forge = line.startsWith("[FAIL") && !told.has(line);
    if (forge) told.add(line);
    if (forge || (left > 0 && line.trim() !== "")) found.push(line);
    if (left > 0) left -= 1;
  }
  return found;
}
