/** The inner problem of a quasi-explicit fit: the best a, b and rho for a given m and s. */
import type { RawSvi } from "./slice";

/** Total variance `w` at `k`. */
export interface Sample {
  k: number;
  w: number;
  weight: number;
}

const MAX_RHO = 0.999;
const MAX_WING_SLOPE = 2;

/**
 * With y = (k - m) / s, w = a + d * y + c * sqrt(y^2 + 1) is linear in a, d = rho * b * s and c = b * s. The wings' bounds
 * |d| <= 0.999 c and c + |d| <= 2 s (Lee) enclose a kite, so the best point is inside it, on one of its four sides, or at
 * one of its corners.
 */
export function inner(samples: readonly Sample[], m: number, s: number): { svi: RawSvi; cost: number } {
  const rows = samples.map(({ k, w, weight }) => {
    const y = (k - m) / s;
    return { y, z: Math.sqrt(y * y + 1), w, weight };
  });
  const mean = means(rows);
  const bounded = ({ c, d }: Shape): boolean =>
    Math.abs(d) <= MAX_RHO * c * (1 + 1e-9) && c + Math.abs(d) <= MAX_WING_SLOPE * s * (1 + 1e-9);
  const side = MAX_WING_SLOPE * s;
  const corner = side / (1 + MAX_RHO);
  // Each as c = c0 + t * c1, d = d0 + t * d1.
  const sides: readonly [number, number, number, number][] = [
    [0, 1, 0, MAX_RHO],
    [0, 1, 0, -MAX_RHO],
    [side, -1, 0, 1],
    [side, -1, 0, -1],
  ];
  const corners: readonly [number, number][] = [
    [0, 0],
    [side, 0],
    [corner, MAX_RHO * corner],
    [corner, -MAX_RHO * corner],
  ];
  const candidates: Shape[] = [
    ...free(rows, mean),
    ...sides.flatMap((line) => alongSide(rows, mean, line)),
    ...corners.map(([c, d]) => ({ c, d })),
  ].filter(bounded);
  let best: { svi: RawSvi; cost: number } | undefined;
  for (const { c, d } of candidates) {
    const { a, cost } = level(rows, mean, c, d);
    const svi = { a, b: c / s, rho: c > 0 ? d / c : 0, m, s };
    if (best === undefined || cost < best.cost) best = { svi, cost };
  }
  // The corners are always among them.
  return best ?? { svi: { a: 0, b: 0, rho: 0, m, s }, cost: Infinity };
}

interface Shape {
  c: number;
  d: number;
}

interface Point {
  y: number;
  z: number;
  w: number;
}

interface Row extends Point {
  weight: number;
}

/** Without bounds: the normal equations about the weighted means, so that a drops out. */
function free(rows: readonly Row[], mean: Point): Shape[] {
  let [yy, yz, zz, yw, zw] = [0, 0, 0, 0, 0];
  for (const { y, z, w, weight } of rows) {
    const [dy, dz, dw] = [y - mean.y, z - mean.z, w - mean.w];
    yy += weight * dy * dy;
    yz += weight * dy * dz;
    zz += weight * dz * dz;
    yw += weight * dy * dw;
    zw += weight * dz * dw;
  }
  const determinant = yy * zz - yz * yz;
  if (!(determinant > 1e-12 * yy * zz)) return [];
  return [{ d: (yw * zz - zw * yz) / determinant, c: (zw * yy - yw * yz) / determinant }];
}

function alongSide(
  rows: readonly Row[],
  mean: Point,
  [c0, c1, d0, d1]: readonly [number, number, number, number],
): Shape[] {
  let [across, along] = [0, 0];
  for (const { y, z, w, weight } of rows) {
    const [dy, dz, dw] = [y - mean.y, z - mean.z, w - mean.w];
    const direction = c1 * dz + d1 * dy;
    across += weight * direction * direction;
    along += weight * direction * (dw - c0 * dz - d0 * dy);
  }
  if (!(across > 0)) return [];
  const t = along / across;
  return [{ c: c0 + t * c1, d: d0 + t * d1 }];
}

/** The a that goes with a shape, and what is left of the squares. */
function level(rows: readonly Row[], mean: Point, c: number, d: number): { a: number; cost: number } {
  const a = mean.w - d * mean.y - c * mean.z;
  const cost = rows.reduce((sum, { y, z, w, weight }) => sum + weight * (a + d * y + c * z - w) ** 2, 0);
  return { a, cost };
}

function means(rows: readonly Row[]): Point {
  const whole = rows.reduce((sum, { weight }) => sum + weight, 0);
  const mean = (of: (row: Row) => number): number => rows.reduce((sum, row) => sum + row.weight * of(row), 0) / whole;
  return { y: mean(({ y }) => y), z: mean(({ z }) => z), w: mean(({ w }) => w) };
}
