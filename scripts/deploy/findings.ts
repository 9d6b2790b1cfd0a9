/** One thing that was compared: what it is on chain, and what it should be. */
import type { GovernedContract } from "../../config/roles";
import type { GovernanceParameters } from "../../config/schema";
import type { Step } from "./parts";

/** Whose roles the parameters name. */
export type Holder = keyof GovernanceParameters["holders"];

/** What would set right what is wrong, where that can be done at all. */
export type Remedy =
  | { kind: "modules" | "signers" | "surfaceSigners" | "moveLimits" | "listings" | "vaultLimits" | "timeOut" }
  | { kind: "model"; mode: number }
  | { kind: "feed" | "secondFeed" | "reference" | "market" | "options"; underlying: number }
  | { kind: "function"; contract: GovernedContract; name: string }
  | { kind: "holder" | "granter" | "watcher"; role: Holder };

export interface Finding {
  /** The deploy step that sees to it. */
  step: Step;
  /** What was looked at. */
  what: string;
  should: string;
  is: string;
  ok: boolean;
  /** Only where it is wrong. */
  remedy?: Remedy;
}

/** Compares as text, so that what is shown is what was compared. */
export function finding(step: Step, what: string, should: unknown, is: unknown, remedy?: Remedy): Finding {
  const [wanted, found] = [String(should), String(is)];
  const ok = wanted === found;
  return { step, what, should: wanted, is: found, ok, ...(ok || !remedy ? {} : { remedy }) };
}

/** For what cannot be compared as text: a limit, or a list of things that must not be. */
export function judged(step: Step, what: string, should: string, is: string, ok: boolean): Finding {
  return { step, what, should, is, ok };
}
