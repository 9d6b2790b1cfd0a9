import { type Instrument, decodeInstrument } from "../ids";

/** The errors a margin model reverts with, by their Solidity names, each as a sentence for people. */
export const marginRefusals = {
  MarginModel_TooManyPositions: (held: bigint, allowed: bigint): string =>
    `The account holds ${held} positions and its mode allows ${allowed}.`,
  MarginModel_UnsupportedPosition: (instrument: Instrument): string =>
    `The account's mode does not margin instruments of kind ${decodeInstrument(instrument).kind}, only perpetuals.`,
  MarginModel_MissingMarket: (underlying: bigint): string =>
    `The account holds underlying ${underlying}, whose market is missing from the assessment.`,
};

/** Thrown by the twin where the Solidity model reverts with the error of the same name. */
export class MarginModelError extends Error {
  constructor(
    override readonly name: keyof typeof marginRefusals,
    sentence: string,
  ) {
    super(sentence);
  }
}

/** What is wrong with a mode that no model judges. */
export function unknownMode(mode: bigint): string {
  return `Mode ${mode} has no margin model: 1 is isolated margin, 2 is cross margin.`;
}
