/** Which of the expiries that a model is told of is an option's. */
import { type Instrument, decodeInstrument } from "../ids";
import { missingExpiry } from "./refusal";
import type { Expiry } from "./types";

/** The option's expiry; undefined where it is missing, and for what does not expire. */
export function findExpiry<T extends Expiry>(expiries: readonly T[], instrument: Instrument): T | undefined {
  const { underlying, expiry } = decodeInstrument(instrument);
  return expiries.find((one) => one.expiresAt === expiry && one.underlying === underlying);
}

/** The option's expiry. Throws MarginModelError where it is missing, as the Solidity models revert. */
export function expiryOf<T extends Expiry>(expiries: readonly T[], instrument: Instrument): T {
  const found = findExpiry(expiries, instrument);
  if (found) return found;
  throw missingExpiry(instrument);
}
