/** Figures and cases of the peers, which lie beside the repository. */
import { existsSync } from "node:fs";
import path from "node:path";

export const PEERS = path.join(__dirname, "..", "..", "..", "shared", "peers");

/** Whether they are at hand; where CI is true their absence is an error. */
export function hasPeers(): boolean {
  if (existsSync(PEERS)) return true;
  if (process.env.CI === "true") throw new Error("The peers' figures are missing: put them into ../shared/peers.");
  console.warn("      skipped: ../shared/peers is missing");
  return false;
}
