import { expect } from "chai";

import { BLOCKS_AT_ONCE, type BlockRange, inParts } from "../../../scripts/lib/logs";
import { progressOf } from "../../../tasks/internal/progress";

const blocksOf = ({ from, to }: BlockRange): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i);

describe("events in ranges of blocks", () => {
  it("are asked for in bounded parts, in order, and each block once", async () => {
    const asked: BlockRange[] = [];
    const range = { from: 7, to: 2 * BLOCKS_AT_ONCE + 9 };
    const told: [number, number][] = [];
    const query = (part: BlockRange) => {
      asked.push(part);
      return Promise.resolve(blocksOf(part));
    };
    const found = await inParts(range, query, (...progress) => told.push(progress));
    expect(found).to.deep.equal(blocksOf(range));
    expect(asked).to.have.length(3);
    for (const { from, to } of asked) expect(to - from).to.be.below(BLOCKS_AT_ONCE);
    const total = 2 * BLOCKS_AT_ONCE + 3;
    expect(told).to.deep.equal([
      [BLOCKS_AT_ONCE, total],
      [2 * BLOCKS_AT_ONCE, total],
      [total, total],
    ]);
  });

  it("are asked for in halves where the node answers for less", async () => {
    const query = (part: BlockRange) =>
      part.to - part.from < 100 ? Promise.resolve(blocksOf(part)) : Promise.reject(new Error("too many blocks"));
    const range = { from: 1, to: 1_234 };
    expect(await inParts(range, query)).to.deep.equal(blocksOf(range));
  });

  it("throw what the node says of a single block, and ask nothing of none", async () => {
    const refuse = () => Promise.reject(new Error("no logs today"));
    await expect(inParts({ from: 1, to: 4 }, refuse)).to.be.rejectedWith("no logs today");
    expect(await inParts({ from: 5, to: 4 }, refuse)).to.deep.equal([]);
  });
});

describe("progress", () => {
  function screen(isTTY: boolean) {
    const written: string[] = [];
    return { isTTY, written, write: (text: string) => written.push(text) };
  }

  it("is told on a terminal, of what is long, and wiped in the end", () => {
    const where = screen(true);
    let now = 0;
    const onProgress = progressOf("Reading", where, () => now);
    onProgress(1, 10);
    expect(where.written).to.deep.equal([]);
    now = 2_000;
    onProgress(3, 10);
    onProgress(4, 10);
    now = 2_600;
    onProgress(5, 10);
    onProgress(10, 10);
    expect(where.written).to.deep.equal(["\r\u001b[KReading: 30 %", "\r\u001b[KReading: 50 %", "\r\u001b[K"]);
  });

  it("is told to nobody else", () => {
    const where = screen(false);
    let now = 0;
    const onProgress = progressOf("Reading", where, () => now);
    now = 60_000;
    onProgress(3, 10);
    expect(where.written).to.deep.equal([]);
  });
});
