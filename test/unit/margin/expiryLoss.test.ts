import { expect } from "chai";
import fc from "fast-check";
import hre from "hardhat";

import { type Position, encodePosition, option, perp } from "../../../sdk";
import { LOTS_PER_UNIT } from "../../../sdk/units";
import { type Payoff, worstAtExpiry } from "../../../sdk/risk/portfolio/expiryLoss";
import type { ExpiryLossHarness } from "../../../typechain-types";

/** More than an account can hold. */
const MOST = 130;
const [UNDERLYING, EXPIRY] = [3n, 1_800_000_000n];
const [LEAST_LOTS, MOST_LOTS] = [-(2n ** 63n), 2n ** 63n - 1n];
/** From USD of 8 decimals to Wad. */
const STRIKE_UNIT = 10n ** 10n;

interface Leg {
  call: boolean;
  /** USD with 8 decimals. */
  strike: bigint;
  lots: bigint;
}

describe("the worst payoff of an expiry", function () {
  let harness: ExpiryLossHarness;

  before(async () => {
    harness = await hre.ethers.deployContract("ExpiryLossHarness");
  });

  async function onChain(positions: readonly Position[]): Promise<bigint> {
    return harness.worst(positions.map(encodePosition), UNDERLYING, EXPIRY);
  }

  it("is what the definition says, price by price, and the twin's to the bit (MATH-1)", async () => {
    await fc.assert(
      fc.asyncProperty(legs(nearby), async (held) => {
        const expected = byDefinition(held);
        expect(worstAtExpiry(held.map(payoffOf)), "the twin").to.equal(expected);
        expect(await onChain(held.map(positionOf)), "MATH-1").to.equal(expected);
      }),
      { numRuns: 200 },
    );
  });

  it("fits where strikes and sizes are the largest that a position has room for", async () => {
    const extreme: fc.Arbitrary<Leg> = fc.record({
      call: fc.boolean(),
      strike: fc.constantFrom(1n, 2n, 2n ** 63n, 2n ** 64n - 2n, 2n ** 64n - 1n),
      lots: fc.constantFrom(LEAST_LOTS, LEAST_LOTS + 1n, -1n, 1n, MOST_LOTS),
    });
    const alike = (leg: Leg): Leg[] => Array.from({ length: MOST }, () => leg);
    const group = fc.oneof(legs(extreme), extreme.map(alike));
    await fc.assert(
      fc.asyncProperty(group, async (held) => {
        const expected = byDefinition(held);
        expect(worstAtExpiry(held.map(payoffOf))).to.equal(expected);
        expect(await onChain(held.map(positionOf))).to.equal(expected);
      }),
      { numRuns: 60 },
    );
  });

  it("counts options of that underlying and expiry alone", async () => {
    const short: Leg = { call: false, strike: 2000n * 10n ** 8n, lots: -LOTS_PER_UNIT };
    const others: Position[] = [
      { instrument: option({ underlying: UNDERLYING + 1n, expiry: EXPIRY, ...short }), lots: short.lots, index: 0n },
      { instrument: option({ underlying: UNDERLYING, expiry: EXPIRY + 1n, ...short }), lots: short.lots, index: 0n },
      // Its index reaches into the bits where an option has its strike.
      { instrument: perp(UNDERLYING), lots: short.lots, index: short.strike << 72n },
    ];
    expect(await onChain(others), "others").to.equal(0n);
    const [first, ...rest] = others;
    expect(await onChain([first!, positionOf(short), ...rest]), "one among them").to.equal(2000n * 10n ** 18n);
    expect(await onChain([]), "nothing").to.equal(0n);
  });

  it("is negative where every price pays", async () => {
    const strangle: Leg[] = [
      { call: false, strike: 2200n * 10n ** 8n, lots: LOTS_PER_UNIT },
      { call: true, strike: 1800n * 10n ** 8n, lots: LOTS_PER_UNIT },
    ];
    expect(await onChain(strangle.map(positionOf))).to.equal(-400n * 10n ** 18n);
    expect(worstAtExpiry(strangle.map(payoffOf))).to.equal(-400n * 10n ** 18n);
  });
});

/** Strikes close enough that some coincide, as a call and a put of one series do. */
const nearby: fc.Arbitrary<Leg> = fc.record({
  call: fc.boolean(),
  strike: fc.oneof(fc.bigInt(1n, 200n), fc.bigInt(10n ** 10n, 10n ** 13n)),
  lots: fc.bigInt(-(10n ** 12n), 10n ** 12n),
});

function legs(leg: fc.Arbitrary<Leg>): fc.Arbitrary<Leg[]> {
  return fc.array(leg, { maxLength: MOST, size: "max" });
}

/** max over x in {0} and the strikes of -sum(size * payoff(x)), USD Wad: each price by itself. */
function byDefinition(held: readonly Leg[]): bigint {
  const paid = (x: bigint): bigint =>
    held.reduce((sum, { call, strike, lots }) => {
      const inside = call ? x - strike : strike - x;
      return inside > 0n ? sum + lots * inside : sum;
    }, 0n);
  const losses = [0n, ...held.map(({ strike }) => strike)].map((x) => -paid(x));
  const worst = losses.reduce((most, loss) => (loss > most ? loss : most));
  return (worst * STRIKE_UNIT) / LOTS_PER_UNIT;
}

function payoffOf({ call, strike, lots }: Leg): Payoff {
  return { call, strike: strike * STRIKE_UNIT, lots };
}

function positionOf({ lots, ...series }: Leg): Position {
  return { instrument: option({ underlying: UNDERLYING, expiry: EXPIRY, ...series }), lots, index: 0n };
}
