/** Tells people how far something long has come: on stderr, and only where it is a terminal. */
import type { OnProgress } from "../../scripts/lib/logs";

/** What is written to: a terminal's stderr, or a test's. */
export interface Screen {
  isTTY?: boolean;
  write(text: string): unknown;
}

/** Nothing is said of what ends sooner, and nothing more often than that. */
const QUIET_MS = 2_000;
const EVERY_MS = 500;
const CLEAR_LINE = "\r\u001b[K";

/** @param what is read, such as "Events of the account". */
export function progressOf(what: string, screen: Screen = process.stderr, now: () => number = Date.now): OnProgress {
  const begun = now();
  let last = begun + QUIET_MS - EVERY_MS;
  let shown = false;
  return (done, total) => {
    if (screen.isTTY !== true) return;
    if (done >= total) {
      if (shown) screen.write(CLEAR_LINE);
      shown = false;
    } else if (now() - last >= EVERY_MS) {
      last = now();
      shown = true;
      screen.write(`${CLEAR_LINE}${what}: ${Math.floor((done * 100) / total)} %`);
    }
  };
}
