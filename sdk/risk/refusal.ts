import { type Instrument, decodeInstrument } from "../ids";

/** The errors a margin model reverts with, by their Solidity names, each as a sentence for people. */
export const marginRefusals = {
  MarginModel_TooManyPositions: (held: bigint, allowed: bigint): string =>
    `The account holds ${held} positions and its mode allows ${allowed}.`,
  MarginModel_UnsupportedPosition: (instrument: Instrument): string =>
    `The account's mode does not margin instruments of kind ${decodeInstrument(instrument).kind}.`,
  MarginModel_MissingMarket: (underlying: bigint): string =>
    `The account holds underlying ${underlying}, whose market is missing from the assessment.`,
  MarginModel_MissingExpiry: (instrument: Instrument): string => {
    const { underlying, expiry } = decodeInstrument(instrument);
    return `The account holds options on underlying ${underlying} that expire at ${expiry}, which the assessment lacks.`;
  },
  MarginModel_ExpiryOutOfRange: (expiresAt: bigint, forward: bigint, discount: bigint): string =>
    `The expiry at ${expiresAt} has a forward of ${forward} and a discount factor of ${discount}, which no real one has.`,
  MarginModel_TooLarge: (instrument: Instrument): string =>
    `The account holds more of instrument ${instrument} than can be margined.`,
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

/** The refusal of an instrument the mode does not margin. */
export function unsupported(instrument: Instrument): MarginModelError {
  const sentence = marginRefusals.MarginModel_UnsupportedPosition(instrument);
  return new MarginModelError("MarginModel_UnsupportedPosition", sentence);
}

/** The refusal of an option whose expiry the assessment lacks. */
export function missingExpiry(instrument: Instrument): MarginModelError {
  return new MarginModelError("MarginModel_MissingExpiry", marginRefusals.MarginModel_MissingExpiry(instrument));
}

/** The refusal of a position with which the model's sums could overflow. */
export function tooLarge(instrument: Instrument): MarginModelError {
  return new MarginModelError("MarginModel_TooLarge", marginRefusals.MarginModel_TooLarge(instrument));
}

/** What is wrong with a mode that no model judges. */
export function unknownMode(mode: bigint): string {
  return `Mode ${mode} has no margin model: 1 is isolated margin, 2 is cross margin, 3 is portfolio margin.`;
}
