/** contracts/liquidation/AuctionCurve.sol and AuctionClock.sol in bigint, to the bit: what a slice costs, and when. */
import { type Seconds, WAD, type Wad } from "../units";
import { abs, min, mulDivUp } from "./fixedPoint";

/** What the ledger found when it judged an account under liquidation. */
export interface Distress {
  /** E*, equity with collateral at full price. */
  equity: Wad;
  /** E, equity with collateral after its haircut for maintenance. */
  equityForMaintenance: Wad;
  /** M. */
  maintenanceMargin: Wad;
}

/** What a bid buys and costs. */
export interface Quote {
  /** f, the part of the whole account that changes hands, at most 1e18. */
  fraction: Wad;
  /** pi, what the bidder pays into the account, USD, rounded up. */
  payment: Wad;
  /** What the vault is asked to pay the bidder, USD, rounded down; its caps may allow less. */
  cover: Wad;
}

/** The clock of one account's auction: one storage slot of contracts/liquidation/AuctionClock.sol, unpacked. */
export interface AuctionClock {
  /** Auction seconds a second since the last touch. */
  rate: Wad;
  /** Auction seconds at the last touch. */
  gathered: Wad;
  /** When the clock was last advanced, unix. */
  touchedAt: Seconds;
  /** The block the account was flagged in; the first bid comes one block later. */
  flagBlock: bigint;
  /** Whether there is an auction; it may have lapsed. */
  running: boolean;
}

const HALF_DISCOUNT_AT = 15n * 60n * WAD;
const FULL_DISCOUNT_AT = 60n * 60n * WAD;
const HALF_DISCOUNT = WAD / 2n;
const FULL_DISCOUNT = WAD;
const LONGEST_STEP = 10n * 60n;
const LAPSE = 24n * 60n * 60n;
const BASE_RATE = WAD;
const RATE_SPAN = 2n * WAD;
const SMALL_ACCOUNT = 200n * WAD;
const NEAR_BANKRUPTCY = WAD / 4n;
const TARGET_HEALTH = (11n * WAD) / 10n;
const MAX_COVERED_DISCOUNT = WAD / 5n;

/** Unpacks what the auction's `clockOf` returned. */
export function decodeAuctionClock(word: bigint): AuctionClock {
  return {
    rate: BigInt.asUintN(64, word),
    gathered: BigInt.asUintN(72, word >> 64n),
    touchedAt: BigInt.asUintN(40, word >> 136n),
    flagBlock: BigInt.asUintN(48, word >> 176n),
    running: BigInt.asUintN(1, word >> 224n) === 1n,
  };
}

/** Auction seconds, Wad, at `time`, by the rate recorded at the touch before. `time` is not before that touch. */
export function gatheredAt(clock: AuctionClock, time: Seconds): Wad {
  const step = min(time - clock.touchedAt, LONGEST_STEP);
  return min(clock.gathered + step * clock.rate, FULL_DISCOUNT_AT);
}

/** Whether an auction runs that has not lapsed by `time`. */
export function runningAt(clock: AuctionClock, time: Seconds): boolean {
  return clock.running && time - clock.touchedAt <= LAPSE;
}

/** d after `gathered` auction seconds, rounded down. */
export function discount(gathered: Wad): Wad {
  if (gathered >= FULL_DISCOUNT_AT) return FULL_DISCOUNT;
  if (gathered < HALF_DISCOUNT_AT) return (HALF_DISCOUNT * gathered) / HALF_DISCOUNT_AT;
  const late = gathered - HALF_DISCOUNT_AT;
  return HALF_DISCOUNT + ((FULL_DISCOUNT - HALF_DISCOUNT) * late) / (FULL_DISCOUNT_AT - HALF_DISCOUNT_AT);
}

/** Auction seconds a second from this touch on, rounded down: from 1 at maintenance to 3 where no equity is left. */
export function auctionRate({ equityForMaintenance, maintenanceMargin }: Distress): Wad {
  if (equityForMaintenance <= 0n) return BASE_RATE + RATE_SPAN;
  if (equityForMaintenance >= maintenanceMargin) return BASE_RATE;
  return BASE_RATE + (RATE_SPAN * (maintenanceMargin - equityForMaintenance)) / maintenanceMargin;
}

/** The largest f a bid may take at discount `d`, rounded up; zero for an account that already stands at 1.10 M. */
export function largestFraction(distress: Distress, d: Wad): Wad {
  const margin = distress.maintenanceMargin;
  if (margin < SMALL_ACCOUNT) return WAD;
  const equity = distress.equityForMaintenance * WAD;
  if (equity < NEAR_BANKRUPTCY * margin) return WAD;
  const left = equityAfterDiscount(distress, d);
  if (left < 0n) return WAD;
  const missing = TARGET_HEALTH * margin - equity;
  return missing <= 0n ? 0n : mulDivUp(missing, WAD, missing + left);
}

/** What a bidder pays for `fraction` of the account at discount `d`, USD, rounded up. */
export function payment(distress: Distress, d: Wad, fraction: Wad): Wad {
  const left = equityAfterDiscount(distress, d);
  return left <= 0n ? 0n : mulDivUp(fraction, left, WAD * WAD);
}

/** What the vault is asked to pay the bidder while E* < 0, USD, rounded down. */
export function cover(distress: Distress, d: Wad, fraction: Wad): Wad {
  if (distress.equity >= 0n) return 0n;
  const reward = (min(d, MAX_COVERED_DISCOUNT) * distress.maintenanceMargin) / WAD;
  return (fraction * (abs(distress.equity) + reward)) / WAD;
}

/** What a bid for at most `maxFraction` (above zero, at most 1e18) buys and costs at discount `d`. */
export function quote(distress: Distress, d: Wad, maxFraction: Wad): Quote {
  const fraction = min(maxFraction, largestFraction(distress, d));
  return { fraction, payment: payment(distress, d, fraction), cover: cover(distress, d, fraction) };
}

/** E* - d * M at 1e36 a USD. */
function equityAfterDiscount({ equity, maintenanceMargin }: Distress, d: Wad): bigint {
  return equity * WAD - d * maintenanceMargin;
}
