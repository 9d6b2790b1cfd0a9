/**
 * contracts/math/FixedPoint.sol in bigint, to the bit. Solidity also reverts where a product leaves 256 bits, which no
 * quantity the ledger can store comes near; here such a product is simply right.
 */
import { LOTS_PER_UNIT, type Lots, WAD, type Wad } from "../units";

/** Outweighs what a double's conversion, root and product may round down by. */
const ABOVE = 1 + 2 ** -50;

/** x * y / 1e18, rounded up. Neither may be negative. */
export function mulWadUp(x: bigint, y: bigint): bigint {
  return mulDivUp(x, y, WAD);
}

/** x * y / d, rounded up. None may be negative. Throws RangeError where d is zero and the product is not. */
export function mulDivUp(x: bigint, y: bigint, d: bigint): bigint {
  const product = x * y;
  return product === 0n ? 0n : (product - 1n) / d + 1n;
}

/** x * y / d, rounded towards minus infinity. d must be positive. */
export function mulDivFloor(x: bigint, y: bigint, d: bigint): bigint {
  return divFloor(x * y, d);
}

/** x / d, rounded towards minus infinity. d must be positive. */
export function divFloor(x: bigint, d: bigint): bigint {
  return x < 0n ? ~(~x / d) : x / d;
}

/** The whole part of a square root, as solady's. Throws RangeError below zero. */
export function sqrt(x: bigint): bigint {
  if (x < 0n) throw new RangeError(`There is no square root of ${x}.`);
  if (x < 2n) return x;
  // Above the root, so that Newton's steps fall until they would rise.
  const guess = Math.sqrt(Number(x)) * ABOVE;
  let root = Number.isFinite(guess) ? BigInt(Math.ceil(guess)) : 1n << BigInt(2 * x.toString(16).length);
  for (;;) {
    const next = (root + x / root) >> 1n;
    if (next >= root) return root;
    root = next;
  }
}

/** |x|. */
export function abs(x: bigint): bigint {
  return x < 0n ? -x : x;
}

/** The smaller. */
export function min(x: bigint, y: bigint): bigint {
  return x < y ? x : y;
}

/** The larger. */
export function max(x: bigint, y: bigint): bigint {
  return x > y ? x : y;
}

/** USD value of `lots` at `price`, rounded towards minus infinity: for what is credited to an account. */
export function valueFloor(lots: Lots, price: Wad): Wad {
  return mulDivFloor(lots, price, LOTS_PER_UNIT);
}

/** USD value of `lots` at `price`, rounded up: for what is required of an account. Neither may be negative. */
export function valueUp(lots: Lots, price: Wad): Wad {
  return mulDivUp(lots, price, LOTS_PER_UNIT);
}
