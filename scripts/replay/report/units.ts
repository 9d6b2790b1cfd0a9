/** Exact amounts as numbers, which are exact enough to draw. */
import { WAD, type Wad } from "../../../sdk";

export function fromWad(value: Wad): number {
  return Number(value) / Number(WAD);
}
