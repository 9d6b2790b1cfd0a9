import { expect } from "chai";

import { Trace, outline } from "../../../../scripts/replay/report/trace";

const RANGE = { from: 1_000, to: 2_000 };

function traced(values: readonly [number, number][], columns: number): Trace {
  const trace = new Trace(RANGE, columns);
  for (const [time, value] of values) trace.push(time, value);
  return trace;
}

describe("a trace", () => {
  it("keeps the first, lowest, highest and last value of a column, in order", () => {
    const values = [5, 9, 1, 8, 2, 6, 4].map((value, index): [number, number] => [1_000 + index, value]);
    const kept = traced(values, 10).points();
    expect(kept.map(({ value }) => value)).to.deep.equal([5, 9, 1, 4]);
    expect(kept.map(({ time }) => time)).to.deep.equal([1_000, 1_001, 1_002, 1_006]);
  });

  it("keeps every extreme of a long series in no more than four points a column", () => {
    const columns = 20;
    const values = Array.from({ length: 1_000 }, (_, index): [number, number] => [
      1_000 + index,
      Math.sin(index * 1.7) * (1 + (index % 97)),
    ]);
    const kept = traced(values, columns).points();
    expect(kept).to.have.length.within(columns, 4 * columns);
    for (let column = 0; column < columns; ++column) {
      const inside = ({ time }: { time: number }): boolean => Math.floor((time - 1_000) / 50) === column;
      const all = values.map(([time, value]) => ({ time, value })).filter(inside);
      const some = kept.filter(inside);
      for (const pick of [Math.min, Math.max]) {
        expect(pick(...some.map(({ value }) => value))).to.equal(pick(...all.map(({ value }) => value)));
      }
      expect(some.at(-1)).to.deep.equal(all.at(-1));
    }
  });

  it("says nothing twice", () => {
    expect(
      traced(
        [
          [1_000, 3],
          [1_100, 3],
          [1_900, 3],
        ],
        10,
      ).points(),
    ).to.deep.equal([{ time: 1_000, value: 3 }]);
  });

  it("keeps the moment from which there is no value", () => {
    const kept = traced(
      [
        [1_000, 3],
        [1_200, NaN],
        [1_300, NaN],
        [1_700, 4],
      ],
      10,
    ).points();
    expect(kept.map(({ time }) => time)).to.deep.equal([1_000, 1_200, 1_700]);
    expect(kept[1]?.value).to.be.NaN;
  });

  it("takes the extremes of numbers only", () => {
    const points = [2, NaN, 7, 1, 3].map((value, time) => ({ time, value }));
    expect(outline(points).map(({ time }) => time)).to.deep.equal([0, 2, 3, 4]);
  });
});
