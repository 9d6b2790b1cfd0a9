/** contracts/margin/IsolatedMargin.sol: one instrument, and a loss ends there. */
import { MarginModelError, marginRefusals } from "./refusal";
import { assessStandard } from "./standardMargin";
import type { MarginModel } from "./types";

/** Equity and requirements, USD. Throws MarginModelError where the Solidity model reverts. */
export const assessIsolated: MarginModel = (data, cash, positions) => {
  if (positions.length > 1) {
    const sentence = marginRefusals.MarginModel_TooManyPositions(BigInt(positions.length), 1n);
    throw new MarginModelError("MarginModel_TooManyPositions", sentence);
  }
  return assessStandard(data, cash, positions, false);
};
