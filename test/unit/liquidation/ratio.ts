import { WAD } from "./support";

/** An exact fraction: the reference computes with these and rounds nothing until it is asked to. */
export class Ratio {
  readonly n: bigint;
  readonly d: bigint;

  constructor(n: bigint, d = 1n) {
    this.n = d < 0n ? -n : n;
    this.d = d < 0n ? -d : d;
  }

  static wad(value: bigint): Ratio {
    return new Ratio(value, WAD);
  }

  plus(other: Ratio): Ratio {
    return new Ratio(this.n * other.d + other.n * this.d, this.d * other.d);
  }

  minus(other: Ratio): Ratio {
    return this.plus(new Ratio(-other.n, other.d));
  }

  times(other: Ratio): Ratio {
    return new Ratio(this.n * other.n, this.d * other.d);
  }

  over(other: Ratio): Ratio {
    return new Ratio(this.n * other.d, this.d * other.n);
  }

  atLeast(other: Ratio): boolean {
    return this.minus(other).n >= 0n;
  }

  floorWad(): bigint {
    const scaled = this.n * WAD;
    const quotient = scaled / this.d;
    return scaled % this.d < 0n ? quotient - 1n : quotient;
  }

  ceilWad(): bigint {
    return -new Ratio(-this.n, this.d).floorWad();
  }
}
