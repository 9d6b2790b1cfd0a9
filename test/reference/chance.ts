/** Reproducible draws: the same seed gives the same ones on every machine. */

export interface Chance {
  /** From 0 to below 1. */
  unit(): number;
  between(low: number, high: number): number;
  /** Evenly over orders of magnitude. */
  magnitude(low: number, high: number): number;
  /** A whole number, both ends included. */
  whole(low: number, high: number): number;
  /** True with this probability. */
  happens(probability: number): boolean;
  sign(): 1 | -1;
  pick<T>(choices: readonly [T, ...T[]]): T;
}

/** Draws by mulberry32, a generator of 32 bits, from a whole number. */
export function chance(seed: number): Chance {
  let state = seed | 0;
  const unit = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const between = (low: number, high: number) => low + unit() * (high - low);
  const whole = (low: number, high: number) => Math.floor(between(low, high + 1));
  return {
    unit,
    between,
    whole,
    magnitude: (low, high) => Math.exp(between(Math.log(low), Math.log(high))),
    happens: (probability) => unit() < probability,
    sign: () => (unit() < 0.5 ? 1 : -1),
    pick: (choices) => choices[whole(0, choices.length - 1)] ?? choices[0],
  };
}
