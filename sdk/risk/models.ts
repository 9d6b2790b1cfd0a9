/** The margin models by mode, as the ledger registers them. */
import { PlimsollInputError } from "../inputError";
import type { Wad } from "../units";
import { Mode, type Position } from "../words";
import { assessCross } from "./cross";
import { assessIsolated } from "./isolated";
import { assessPortfolio } from "./portfolio";
import { unknownMode } from "./refusal";
import type { Assessment, MarginModel, MarketData } from "./types";

const models: ReadonlyMap<bigint, MarginModel> = new Map([
  [Mode.Isolated, assessIsolated],
  [Mode.Cross, assessCross],
  [Mode.Portfolio, assessPortfolio],
]);

/**
 * What the model of `mode` says of an account.
 * @param data what the positions are valued by.
 * @param cash settlement cash, USD Wad, signed; the keeper deposit is not part of it.
 * @param positions as stored; what they gained or lost since their last settlement counts.
 * @throws MarginModelError where the Solidity model reverts; PlimsollInputError for a mode without a model.
 */
export function assess(mode: bigint, data: MarketData, cash: Wad, positions: readonly Position[]): Assessment {
  const model = models.get(mode);
  if (!model) throw new PlimsollInputError(unknownMode(mode));
  return model(data, cash, positions);
}
