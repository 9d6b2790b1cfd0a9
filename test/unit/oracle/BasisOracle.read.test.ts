import { loadFixture, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import fc from "fast-check";

import type { BasisOracle } from "../../../typechain-types";
import { ETH, LIMIT, MAX_AGE, deploy, postAt } from "./basis";
import type { Report } from "./basis";
import { DAY, HOUR, slotsRead } from "./support";

/** floor(n / d), d > 0. */
function floorDiv(n: bigint, d: bigint): bigint {
  return n / d - (n % d < 0n ? 1n : 0n);
}

interface Posted extends Report {
  postedAt: number;
}

/** The basis in force at `t`, times 3,600. */
function basisTimes3600(posted: Posted | undefined, t: number): bigint {
  if (!posted) return 0n;
  const clamped = posted.basis > LIMIT ? LIMIT : posted.basis < -LIMIT ? -LIMIT : posted.basis;
  const left = Math.min(HOUR, Math.max(0, posted.observedAt + 2 * HOUR - t));
  return clamped * BigInt(left);
}

/** The integral at `end` in 1e-9 seconds: second by second, by trapezoids, which are exact for what is linear. */
function integrate(history: Posted[], start: number, end: number): bigint {
  let sum = 0n;
  for (let t = start; t < end; ++t) {
    const inForce = history.findLast(({ postedAt }) => postedAt <= t);
    sum += basisTimes3600(inForce, t) + basisTimes3600(inForce, t + 1);
  }
  return floorDiv(sum, 2n * 3_600n * 10n ** 9n);
}

describe("BasisOracle.read", () => {
  it("means zero where nobody ever reported", async () => {
    const { oracle } = await loadFixture(deploy);
    expect(await oracle.read(ETH)).to.deep.equal([0n, 0n]);
    expect(await oracle.latestReport(ETH)).to.deep.equal([0n, 0n, 0n]);
  });

  // 0.4 % measured 60 s before it was posted; the integral in 1e-9 s is 4e6 for each full second in force.
  const shapes: [string, number, bigint, bigint][] = [
    ["when it is posted", 60, 4_000_000_000_000_001n, 0n],
    ["an hour after it was measured", HOUR, 4_000_000_000_000_001n, 14_160_000_000n],
    ["a second later", HOUR + 1, 3_998_888_888_888_889n, 14_163_999_444n],
    ["half way down", HOUR + HOUR / 2, 2_000_000_000_000_000n, 19_560_000_000n],
    ["a second before the end", 2 * HOUR - 1, 1_111_111_111_111n, 21_359_999_444n],
    ["at the end", 2 * HOUR, 0n, 21_360_000_000n],
    ["a week later", 7 * DAY, 0n, 21_360_000_000n],
  ];
  for (const [what, age, basis, integral] of shapes) {
    it(`holds for an hour, then decays to zero over another: ${what}`, async () => {
      const { oracle, signers } = await loadFixture(deploy);
      const observedAt = (await time.latest()) + 100;
      const report = { underlying: ETH, basis: 4_000_000_000_000_001n, observedAt };
      await postAt(oracle, signers, report, observedAt + 60);
      if (age > 60) await time.increaseTo(observedAt + age);
      expect(await oracle.read(ETH)).to.deep.equal([basis, integral]);
    });
  }

  it("rounds a negative basis towards zero and a negative integral down", async () => {
    const { oracle, signers } = await loadFixture(deploy);
    const now = (await time.latest()) + 100;
    await postAt(oracle, signers, { underlying: ETH, basis: -1n, observedAt: now }, now);
    await time.increaseTo(now + 1);
    expect(await oracle.read(ETH)).to.deep.equal([-1n, -1n]);
    await time.increaseTo(now + HOUR + 1);
    expect(await oracle.read(ETH)).to.deep.equal([0n, -1n]);
  });

  it("keeps underlyings apart", async () => {
    const { oracle, signers } = await loadFixture(deploy);
    const now = (await time.latest()) + 100;
    await postAt(oracle, signers, { underlying: ETH, basis: LIMIT, observedAt: now }, now);
    await time.increaseTo(now + 10);
    expect(await oracle.read(ETH)).to.deep.equal([LIMIT, 10n * 10n ** 7n]);
    expect(await oracle.read(2)).to.deep.equal([0n, 0n]);
  });

  it("is the exact integral over any history, however often and whenever it is read", async () => {
    const { oracle, signers } = await loadFixture(deploy);
    const step = fc.record({
      wait: fc.oneof(fc.integer({ min: 0, max: 1_500 }), fc.integer({ min: 0, max: 9_000 })),
      age: fc.integer({ min: 0, max: MAX_AGE }),
      basis: fc.oneof(
        fc.bigInt(-(10n ** 17n), 10n ** 17n),
        fc.bigInt(-100n, 100n),
        fc.constantFrom(LIMIT, -LIMIT, 2n ** 63n - 1n, -(2n ** 63n)),
      ),
      read: fc.integer({ min: 0, max: 9_000 }),
    });
    let underlying = 100;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 6 }), async (steps) => {
        ++underlying;
        const start = (await time.latest()) + 1;
        const history: Posted[] = [];
        let now = start;
        for (const { wait, age, basis, read } of steps) {
          const last = history.at(-1)?.observedAt ?? 0;
          now += wait + 1;
          const before = await readAt(oracle, underlying, now);
          const observedAt = Math.max(last + 1, now - age);
          const report = { underlying, basis, observedAt };
          await postAt(oracle, signers, report, now);
          const after = await oracle.read(underlying);
          expect(after.integral, "what was read before a post stays true").to.equal(before.integral);
          history.push({ ...report, postedAt: now });
          now += read;
          const reading = await readAt(oracle, underlying, now);
          expect(reading.integral).to.equal(integrate(history, start, now));
          expect(reading.basis).to.equal(basisTimes3600(history.at(-1), now) / 3_600n);
        }
      }),
      { numRuns: 25 },
    );
  });

  async function readAt(oracle: BasisOracle, underlying: number, timestamp: number) {
    if (timestamp > (await time.latest())) await time.increaseTo(timestamp);
    return oracle.read(underlying);
  }

  it("reads one storage slot", async () => {
    const { oracle, stranger } = await loadFixture(deploy);
    const data = oracle.interface.encodeFunctionData("read", [ETH]);
    expect(await slotsRead(stranger, await oracle.getAddress(), data)).to.equal(1);
  });
});
