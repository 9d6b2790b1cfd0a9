/** The books option traders hold: what each is made of, struck by standard deviations, its delta taken off by a perpetual. */
import {
  type Expiry,
  type Instrument,
  type Market,
  LOTS_PER_UNIT,
  WAD,
  greeksOf,
  option,
  perp,
  svi,
} from "../../../sdk";
import type { Leg } from "../sizing";
import { type Strikes, nearestStrike } from "./listing";

/** An underlying as one who writes a book sees it. */
export interface Board {
  market: Market;
  strikes: Strikes;
  /** Two expiries, the nearer first. */
  near: Expiry;
  far: Expiry;
}

/** One instrument of a structure. */
interface Part {
  kind: "call" | "put" | "perp";
  /** Units in one of the structure, negative where it is sold. */
  size: number;
  /** How far out of the money, in standard deviations to expiry: calls above the forward, puts below it. */
  out?: number;
  far?: true;
}

/** A structure: its parts, the first of which is what an account of one instrument holds of it. */
interface Structure {
  name: string;
  parts: readonly Part[];
  /** Whether a perpetual takes the delta off that is left. */
  hedged: boolean;
}

export const STRUCTURES: readonly Structure[] = [
  {
    name: "short strangle, delta-hedged",
    parts: [
      { kind: "put", size: -1, out: 1 },
      { kind: "call", size: -1, out: 1 },
    ],
    hedged: true,
  },
  {
    name: "covered call",
    parts: [
      { kind: "perp", size: 1 },
      { kind: "call", size: -1, out: 0.5 },
    ],
    hedged: false,
  },
  {
    name: "collar",
    parts: [
      { kind: "perp", size: 1 },
      { kind: "put", size: 1, out: 0.8 },
      { kind: "call", size: -1, out: 0.8 },
    ],
    hedged: false,
  },
  {
    name: "protective put",
    parts: [
      { kind: "perp", size: 1 },
      { kind: "put", size: 1, out: 0.5 },
    ],
    hedged: false,
  },
  {
    name: "iron condor",
    parts: [
      { kind: "call", size: -1, out: 0.9 },
      { kind: "call", size: 1, out: 1.8 },
      { kind: "put", size: -1, out: 0.9 },
      { kind: "put", size: 1, out: 1.8 },
    ],
    hedged: false,
  },
  {
    name: "calendar, delta-hedged",
    parts: [
      { kind: "call", size: -1, out: 0 },
      { kind: "call", size: 1, out: 0, far: true },
    ],
    hedged: true,
  },
  {
    name: "call spread, delta-hedged",
    parts: [
      { kind: "call", size: -1, out: 1.2 },
      { kind: "call", size: 1, out: 0 },
    ],
    hedged: true,
  },
  {
    name: "conversion",
    parts: [
      { kind: "perp", size: 1 },
      { kind: "call", size: -1, out: 0 },
      { kind: "put", size: 1, out: 0 },
    ],
    hedged: false,
  },
];

/**
 * A structure's legs on a board.
 * @param alone of its first part nothing else.
 * @param mirrored with calls for puts, and a perpetual sold where it would be bought.
 */
export function legsOf({ parts, hedged }: Structure, board: Board, alone: boolean, mirrored: boolean): Leg[] {
  const legs = new Map<Instrument, number>();
  for (const part of alone ? parts.slice(0, 1) : parts) {
    const { size, ...found } = mirrored ? mirrorOf(part) : part;
    const instrument = instrumentOf(found, board, legs);
    legs.set(instrument, (legs.get(instrument) ?? 0) + size);
  }
  if (hedged && !alone) {
    const hedge = perp(board.market.underlying);
    legs.set(hedge, (legs.get(hedge) ?? 0) - deltaOf(legs, board));
  }
  return [...legs].map(([instrument, ratio]) => ({ instrument, ratio }));
}

function mirrorOf(part: Part): Part {
  if (part.kind === "perp") return { ...part, size: -part.size };
  return { ...part, kind: part.kind === "call" ? "put" : "call" };
}

/** Struck where it is asked for, or at the next strike further out where that one is taken. */
function instrumentOf(
  { kind, out = 0, far }: Omit<Part, "size">,
  board: Board,
  taken: ReadonlyMap<Instrument, number>,
): Instrument {
  const { market, strikes, near } = board;
  const { underlying } = market;
  if (kind === "perp") return perp(underlying);
  const expiry = far ? board.far : near;
  const call = kind === "call";
  const years = Number(expiry.timeLeft) / 31_536_000;
  const deviation = (Number(svi.impliedVolatility(0n, expiry, expiry.tenor)) / 1e18) * Math.sqrt(years);
  const forward = (Number(market.spot) / 1e18) * (Number(expiry.forwardRatio) / 1e18);
  let strike = nearestStrike(strikes, forward * Math.exp((call ? out : -out) * deviation));
  for (;;) {
    const found = option({ underlying, expiry: expiry.expiresAt, strike, call });
    const next = strike + (call ? strikes.step : -strikes.step);
    if (!taken.has(found) || next < strikes.lowest || next > strikes.highest) return found;
    strike = next;
  }
}

/** Of one of the legs together, units of the underlying. */
function deltaOf(legs: ReadonlyMap<Instrument, number>, { market, near, far }: Board): number {
  const positions = [...legs].map(([instrument, ratio]) => ({
    instrument,
    lots: BigInt(Math.round(ratio * Number(LOTS_PER_UNIT))),
    index: 0n,
  }));
  return Number(greeksOf(market, [near, far], positions).delta) / Number(WAD);
}
