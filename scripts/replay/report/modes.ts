/** The modes there are, and how they are told apart on paper: by shape, line and hatching, and by colour. */
import { Mode } from "../../../sdk";
import type { Stroke } from "./chart/lines";

export type ModeName = "isolated" | "cross" | "portfolio";

export const MODES: readonly ModeName[] = ["isolated", "cross", "portfolio"];

/** How a mode's line is drawn. */
export const STROKES: Readonly<Record<ModeName, Stroke>> = { isolated: "solid", cross: "dashed", portfolio: "dotted" };

const NAMES: ReadonlyMap<bigint, ModeName> = new Map([
  [Mode.Isolated, "isolated"],
  [Mode.Cross, "cross"],
  [Mode.Portfolio, "portfolio"],
]);

/** Of an account's mode. Throws for one without a margin model. */
export function modeName(mode: bigint): ModeName {
  const name = NAMES.get(mode);
  if (name) return name;
  throw new Error(`There is no mode ${mode}.`);
}

/** A figure for each mode. */
export function byMode<T>(figure: (mode: Mode) => T): Record<ModeName, T> {
  return {
    isolated: figure(Mode.Isolated),
    cross: figure(Mode.Cross),
    portfolio: figure(Mode.Portfolio),
  };
}

/** "20 isolated, 20 cross, 20 portfolio". */
export function eachMode(figure: (mode: ModeName) => string): string {
  return MODES.map((mode) => `${figure(mode)} ${mode}`).join(", ");
}

/** What the modes come to together. */
export function allModes(figures: Readonly<Record<ModeName, number>>): number {
  return MODES.reduce((sum, mode) => sum + figures[mode], 0);
}
