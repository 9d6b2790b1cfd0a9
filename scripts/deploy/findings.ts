/** One thing that was compared: what it is on chain, and what it should be. */
import type { Step } from "./parts";

export interface Finding {
  /** The deploy step that sees to it. */
  step: Step;
  /** What was looked at. */
  what: string;
  should: string;
  is: string;
  ok: boolean;
}

/** Compares as text, so that what is shown is what was compared. */
export function finding(step: Step, what: string, should: unknown, is: unknown): Finding {
  const [wanted, found] = [String(should), String(is)];
  return { step, what, should: wanted, is: found, ok: wanted === found };
}

/** For what cannot be compared as text: a limit, or a list of things that must not be. */
export function judged(step: Step, what: string, should: string, is: string, ok: boolean): Finding {
  return { step, what, should, is, ok };
}
