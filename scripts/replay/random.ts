import { keccak256, toUtf8Bytes } from "ethers";

/**
 * A seeded source of chance (sfc32). Streams of one seed are independent of each other, so that a draw added to one
 * leaves all the others as they were.
 */
export class Random {
  readonly #seed: string;
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  constructor(seed: string) {
    this.#seed = seed;
    const digest = keccak256(toUtf8Bytes(seed));
    const word = (at: number): number => Number.parseInt(digest.slice(2 + 8 * at, 10 + 8 * at), 16);
    [this.#a, this.#b, this.#c] = [word(0), word(1), word(2)];
    for (let i = 0; i < 12; ++i) this.next();
  }

  /** The stream of this seed that belongs to `name`, from its beginning. */
  stream(name: string): Random {
    return new Random(`${this.#seed}/${name}`);
  }

  /** Uniform in [0, 1). */
  next(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + sum;
    return (sum >>> 0) / 2 ** 32;
  }

  /** Uniform in [lower, upper). */
  between(lower: number, upper: number): number {
    return lower + (upper - lower) * this.next();
  }

  /** Uniform in the logarithm; both ends above zero. */
  logBetween(lower: number, upper: number): number {
    return Math.exp(this.between(Math.log(lower), Math.log(upper)));
  }

  /** Whether something of this probability happens. */
  chance(probability: number): boolean {
    return this.next() < probability;
  }

  /** Standard normal. */
  normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.next())) * Math.cos(2 * Math.PI * this.next());
  }

  /** A permutation of `list`. */
  shuffled<T>(list: readonly T[]): T[] {
    const keyed = list.map((item) => ({ item, key: this.next() }));
    return keyed.sort((x, y) => x.key - y.key).map(({ item }) => item);
  }
}
