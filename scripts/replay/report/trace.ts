/** Lines over time, thinned while they are recorded to what a chart can show. */

/** A value at one moment; NaN where there is none from then on. */
export interface Point {
  /** Unix seconds. */
  time: number;
  value: number;
}

/** From one moment to a later one, unix seconds. */
export interface Range {
  from: number;
  to: number;
}

/** As many columns as a chart is wide. */
export const COLUMNS = 680;

/**
 * A value that stands until it changes. Of what falls into one column of the chart only the first, the lowest, the
 * highest and the last value are kept: drawn, nothing is missing.
 */
export class Trace {
  readonly #from: number;
  readonly #columnWidth: number;
  readonly #kept: Point[] = [];
  #column = -1;
  #inColumn: Point[] = [];
  #latest = NaN;

  constructor({ from, to }: Range, columns = COLUMNS) {
    this.#from = from;
    this.#columnWidth = Math.max(1, to - from) / columns;
  }

  /** Takes a value in; times do not go back. */
  push(time: number, value: number): void {
    if (Object.is(value, this.#latest) && this.#column >= 0) return;
    const column = Math.floor((time - this.#from) / this.#columnWidth);
    if (column !== this.#column) this.#close();
    this.#column = column;
    this.#inColumn.push({ time, value });
    this.#latest = value;
  }

  /** What is kept, in order of time. */
  points(): Point[] {
    return [...this.#kept, ...outline(this.#inColumn)];
  }

  #close(): void {
    this.#kept.push(...outline(this.#inColumn));
    this.#inColumn = [];
  }
}

/** The first, lowest, highest and last of `points`, each once, in their order. */
export function outline(points: readonly Point[]): Point[] {
  if (points.length <= 2) return [...points];
  const numbers = points.filter(({ value }) => !Number.isNaN(value));
  const extreme = (wins: (a: number, b: number) => boolean): Point | undefined =>
    numbers.reduce<Point | undefined>(
      (best, point) => (!best || wins(point.value, best.value) ? point : best),
      undefined,
    );
  const kept = new Set([points[0], points.at(-1), extreme((a, b) => a < b), extreme((a, b) => a > b)]);
  return points.filter((point) => kept.has(point));
}
