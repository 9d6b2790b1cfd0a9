/** Nelder and Mead's simplex: the least of a function nobody has derivatives of. */

const REFLECT = 1;
const EXPAND = 2;
const CONTRACT = 0.5;
const SHRINK = 0.5;

interface Vertex {
  at: number[];
  value: number;
}

/**
 * @param steps how far from `start` the other corners are, by coordinate.
 * @returns the best point that was seen, after `rounds` or once all corners are worth the same to `tolerance`.
 */
export function minimise(
  f: (at: readonly number[]) => number,
  start: readonly number[],
  steps: readonly number[],
  { rounds = 400, tolerance = 1e-14 } = {},
): Vertex {
  const vertex = (at: number[]): Vertex => ({ at, value: f(at) });
  const byValue = (a: Vertex, b: Vertex): number => a.value - b.value;
  let corners = [
    vertex([...start]),
    ...steps.map((step, i) => vertex(start.map((x, j) => (i === j ? x + step : x)))),
  ].sort(byValue);
  for (let round = 0; round < rounds; round++) {
    const [best, worst] = [corners[0], corners.at(-1)] as [Vertex, Vertex];
    if (worst.value - best.value <= tolerance * Math.abs(best.value)) break;
    const others = corners.slice(0, -1);
    const centre = start.map((_, i) => others.reduce((sum, { at }) => sum + (at[i] ?? 0), 0) / others.length);
    const along = (factor: number): Vertex => vertex(centre.map((x, i) => x + factor * (x - (worst.at[i] ?? 0))));
    const replacement = step(along, best, others.at(-1) ?? best, worst);
    corners = replacement
      ? [...others, replacement]
      : [best, ...corners.slice(1).map(({ at }) => vertex(at.map((x, i) => SHRINK * (x + (best.at[i] ?? 0)))))];
    corners.sort(byValue);
  }
  return corners[0] as Vertex;
}

/** What takes the worst corner's place; nothing where only shrinking helps. */
function step(along: (factor: number) => Vertex, best: Vertex, second: Vertex, worst: Vertex): Vertex | undefined {
  const reflected = along(REFLECT);
  if (reflected.value < best.value) {
    const expanded = along(EXPAND);
    return expanded.value < reflected.value ? expanded : reflected;
  }
  if (reflected.value < second.value) return reflected;
  const contracted = along(reflected.value < worst.value ? CONTRACT : -CONTRACT);
  return contracted.value < Math.min(reflected.value, worst.value) ? contracted : undefined;
}
