/** What a keeper should do with one account now, and what a bid for it is worth. Decided without asking anyone. */
import { type Market, type Seconds, WAD, type Wad, auction, fixedPoint, grossNotional, isOption } from "../../sdk";
import { type Judged, isBelowMaintenance } from "./ranking";

/** What a bidder asks for. */
export interface Terms {
  /** What a bid must gain beyond the cost of selling what it took, USD. */
  minGain: Wad;
  /** What selling costs, of the notional sold. */
  unwindCost: Wad;
  /** What the vault would still pay towards a bankrupt account, USD. */
  coverLimit: Wad;
}

/** The auction's price now, as a bidder sees it. USD. */
export interface Offer {
  /** The most that is bid for, of the account. */
  maxFraction: Wad;
  quote: auction.Quote;
  /** What the bidder comes out ahead by at mark: the slice's equity and the vault's cover, less the payment. */
  gain: Wad;
  /** What it must come out ahead by. */
  minGain: Wad;
}

export type Step = { kind: "flag" } | { kind: "poke" } | { kind: "takeOver" } | { kind: "bid"; offer: Offer };

/** Well before the ten minutes after which an untouched auction stands still. */
const POKE_AFTER = 8n * 60n;
/** Of an account. */
const LEAST_FRACTION: Wad = WAD / 20n;

/**
 * The step that is due for an account, or undefined where there is none.
 * @param clock of the account's auction; undefined where it is not flagged.
 */
export function nextStep(
  judged: Judged,
  clock: auction.AuctionClock | undefined,
  markets: readonly Market[],
  now: Seconds,
  terms: Terms,
): Step | undefined {
  if (!judged.priced) return undefined;
  const below = isBelowMaintenance(judged);
  if (clock === undefined) return below ? { kind: "flag" } : undefined;
  if (!below) return { kind: "poke" };
  if (!auction.runningAt(clock, now)) return { kind: "flag" };
  const offer = offerFor(judged, clock, markets, now, terms);
  if (offer.gain >= offer.minGain) return { kind: "bid", offer };
  // Where no bid pays at the whole discount, the vault may take the account; the chain says whether it will. It has no
  // price to offer options at, so it takes none: their auction goes on.
  const whole = auction.discount(auction.gatheredAt(clock, now)) === WAD;
  const saleable = judged.record.positions.every(({ instrument }) => !isOption(instrument));
  if (whole && saleable && judged.assessment.equity >= 0n) return { kind: "takeOver" };
  return now - clock.touchedAt >= POKE_AFTER ? { kind: "poke" } : undefined;
}

/**
 * Half as large a bid, for a bidder who has too little margin for this one; undefined where that would not pay, or is
 * too little to be worth asking for.
 */
export function halved(
  step: Step,
  judged: Judged,
  clock: auction.AuctionClock | undefined,
  markets: readonly Market[],
  now: Seconds,
  terms: Terms,
): Step | undefined {
  if (step.kind !== "bid" || clock === undefined) return undefined;
  const fraction = step.offer.quote.fraction / 2n;
  if (fraction < LEAST_FRACTION) return undefined;
  const offer = offerFor(judged, clock, markets, now, terms, fraction);
  return offer.gain >= offer.minGain ? { kind: "bid", offer } : undefined;
}

/** What a bid for at most `maxFraction`, and no more than the auction takes now, would buy, cost and gain. */
export function offerFor(
  { assessment, record }: Judged,
  clock: auction.AuctionClock,
  markets: readonly Market[],
  now: Seconds,
  terms: Terms,
  maxFraction: Wad = WAD,
): Offer {
  const asked = auction.quote(assessment, auction.discount(auction.gatheredAt(clock, now)), maxFraction);
  const cover = asked.cover < terms.coverLimit ? asked.cover : terms.coverLimit;
  const slice = fixedPoint.mulDivFloor(assessment.equity, asked.fraction, WAD);
  const notional = fixedPoint.mulWadUp(grossNotional(markets, record.positions), asked.fraction);
  return {
    maxFraction,
    quote: { ...asked, cover },
    gain: slice - asked.payment + cover,
    minGain: terms.minGain + fixedPoint.mulWadUp(notional, terms.unwindCost),
  };
}
