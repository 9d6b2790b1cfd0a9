/**
 * contracts/margin/CrossMargin.sol: one pool of equity behind every position, requirements added up; options of one expiry
 * together.
 */
import { assessStandard } from "./standardMargin";
import type { MarginModel } from "./types";

/** Equity and requirements, USD. Throws MarginModelError where the Solidity model reverts. */
export const assessCross: MarginModel = (data, cash, positions) => assessStandard(data, cash, positions, true);
