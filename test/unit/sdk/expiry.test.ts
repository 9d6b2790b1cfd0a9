import { expect } from "chai";

import { type Round, type RoundReader, SettlementBasis, proveSettlement } from "../../../sdk";

const HOUR = 3_600n;
const terms = { scale: 10n ** 10n, lower: 1n, upper: 10n ** 24n, usableFor: 2n * HOUR };
const T = 1_700_000_000n;

/** Phases 1, 2, ... of as many rounds, half an hour apart, each from its own beginning; and how often it was asked. */
function feed(...phases: [begin: bigint, rounds: number][]): RoundReader & { calls: number } {
  const rounds = new Map<bigint, Round>();
  let latest: Round | undefined;
  phases.forEach(([begin, count], phase) => {
    for (let i = 0; i < count; i++) {
      const id = (BigInt(phase + 1) << 64n) + BigInt(i + 1);
      latest = { id, answer: 2_000n * 10n ** 8n, updatedAt: begin + (BigInt(i) * HOUR) / 2n };
      rounds.set(id, latest);
    }
  });
  const reader = {
    calls: 0,
    latest: async () => {
      reader.calls++;
      return Promise.resolve(latest!);
    },
    round: async (id: bigint) => {
      reader.calls++;
      return Promise.resolve(rounds.get(id));
    },
  };
  return reader;
}

describe("proveSettlement", () => {
  const prove = (reader: RoundReader, end: bigint) => proveSettlement(reader, { start: end - HOUR, end }, terms);

  it("asks little for an expiry that has just passed, however long the feed's history", async () => {
    const reader = feed([T, 100_000]);
    const end = T + (99_990n * HOUR) / 2n + 60n;
    const { rounds, price, basis } = await prove(reader, end);
    expect(rounds.map(({ updatedAt }) => end - updatedAt)).to.deep.equal([3_660n, 1_860n, 60n]);
    expect([price, basis]).to.deep.equal([2_000n * 10n ** 18n, SettlementBasis.Window]);
    expect(reader.calls).to.be.below(14);
  });

  it("asks by the logarithm for one long past, in an older phase as well", async () => {
    const reader = feed([T, 50_000], [T + 25_000n * HOUR, 50_000]);
    for (const [nth, phase] of [
      [40_000n, 1n],
      [60_000n, 2n],
    ] as const) {
      reader.calls = 0;
      const { rounds } = await prove(reader, T + (nth * HOUR) / 2n + 60n);
      expect(rounds.map(({ id }) => id >> 64n)).to.deep.equal([phase, phase, phase]);
      expect(reader.calls).to.be.below(45);
    }
  });

  it("crosses from one phase to the next", async () => {
    const reader = feed([T, 10], [T + 5n * HOUR, 10]);
    const { rounds } = await prove(reader, T + 5n * HOUR + 60n);
    expect(rounds.map(({ id }) => [id >> 64n, id & 0xffn])).to.deep.equal([
      [1n, 9n],
      [1n, 10n],
      [2n, 1n],
    ]);
  });
});
