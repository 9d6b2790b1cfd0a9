/** Everything a report is about. */
import { describeLevels } from "../optionMarket/levels";
import type { Outcome } from "../outcome";
import type { Replayed, Scenario } from "../replay";
import type { Recording } from "./recorder";
import type { Range } from "./trace";

export interface Subject extends Recording {
  outcome: Outcome;
  /** Where the prices come from. */
  sources: readonly string[];
  seed: string;
  /** Seconds from one price to the next, at their closest. */
  step: number;
  /** What the chain refused the traders, and how often. */
  refusals: ReadonlyMap<string, number>;
  /** What the option surfaces are made of, in sentences; none where no options are traded. */
  surfaces: readonly string[];
}

/** The part of time that is replayed. */
export function rangeOf({ timeline }: Scenario): Range {
  return { from: timeline.steps[0]?.time ?? timeline.end, to: timeline.end };
}

export function subjectOf(scenario: Scenario, { outcome, refusals }: Replayed, recording: Recording): Subject {
  const { sources, seed, timeline, levels } = scenario;
  const times = timeline.steps.map(({ time }) => time);
  const gaps = times.map((time, index) => (times[index + 1] ?? timeline.end) - time);
  const surfaces = levels ? describeLevels(levels, timeline) : [];
  return { ...recording, outcome, sources, seed, step: Math.min(...gaps), refusals, surfaces };
}
