import { expect } from "chai";

/** Expects a figure to be right to a part of itself. */
export function expectRelative(actual: number, expected: number, tolerance: number, what: string): void {
  expect(Math.abs(actual - expected), `${what}: ${actual} instead of ${expected}`).to.be.at.most(
    Math.abs(expected) * tolerance,
  );
}

/** Expects a figure to be right to a part of itself, or of one where it is smaller. */
export function expectNear(actual: number, expected: number, tolerance: number, what: string): void {
  expect(Math.abs(actual - expected), `${what}: ${actual} instead of ${expected}`).to.be.at.most(
    Math.max(1, Math.abs(expected)) * tolerance,
  );
}

/** Derivative of f at x by central differences over halving steps, extrapolated to none (Richardson). */
export function derivative(f: (x: number) => number, x: number, step: number): number {
  const rounds = 5;
  const central = (h: number) => (f(x + h) - f(x - h)) / (2 * h);
  let row = Array.from({ length: rounds }, (_, i) => central(step / 2 ** i));
  for (let power = 4; row.length > 1; power *= 4) {
    row = row.slice(1).map((finer, i) => finer + (finer - (row[i] ?? NaN)) / (power - 1));
  }
  return row[0] ?? NaN;
}
