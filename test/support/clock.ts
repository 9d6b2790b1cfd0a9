import { intercept, lastTime, sends, setNextTime } from "../../scripts/lib/intercept";

/** What says when the next block is. */
const TELL = new Set(["evm_setNextBlockTimestamp", "evm_increaseTime"]);
/** What makes that block without a transaction. */
const MINE = new Set(["evm_mine", "hardhat_mine"]);

let running = false;

/** Lets the clock run for tests of what waits for time, such as a keeper; `false` holds it again. */
export function letClockRun(run: boolean): void {
  running = run;
}

/**
 * Holds the clock of the in-process chain: a transaction is mined in the second of the block before it unless a test
 * has set the time, or mines for itself. Interest and ages then follow what the test says, not how busy the machine is.
 */
export async function holdClock(): Promise<void> {
  // Not before Hardhat is configured, of which this is a part.
  const { default: hre } = await import("hardhat");
  let told = false;
  let automine = true;
  let last: Promise<unknown> = Promise.resolve();
  intercept(hre.network.provider, (args, forward) => {
    if (sends(args)) {
      // One after the other, for a time is set for the next block alone.
      const sent = last.then(async () => {
        if (automine && !told && !running) await setNextTime(forward, await lastTime(forward));
        told = false;
        return forward(args);
      });
      last = sent.catch(() => undefined);
      return sent;
    }
    if (args.method === "evm_setAutomine") [automine] = args.params as [boolean];
    if (TELL.has(args.method)) told = true;
    if (MINE.has(args.method)) told = false;
    return forward(args);
  });
}
