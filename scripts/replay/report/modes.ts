/** The modes there are, and how they are told apart on paper: by shape, line and hatching, and by colour. */
import { Mode } from "../../../sdk";

export type ModeName = "isolated" | "cross";

export const MODES: readonly ModeName[] = ["isolated", "cross"];

/** Of an account's mode. */
export function modeName(mode: bigint): ModeName {
  return mode === Mode.Isolated ? "isolated" : "cross";
}
