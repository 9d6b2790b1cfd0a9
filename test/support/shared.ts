/** What lies beside the repository: market data, and the peers' figures and cases. */
import { existsSync } from "node:fs";
import path from "node:path";

const SHARED = path.join(__dirname, "..", "..", "..", "shared");

/** A file or folder of it. */
export function sharedPath(...names: string[]): string {
  return path.join(SHARED, ...names);
}

/** Whether it is at hand; where CI is true its absence is an error. */
export function hasShared(...names: string[]): boolean {
  if (existsSync(sharedPath(...names))) return true;
  const missing = ["..", "shared", ...names].join("/");
  if (process.env.CI === "true") throw new Error(`${missing} is missing: put it beside the repository.`);
  console.warn(`      skipped: ${missing} is missing`);
  return false;
}
