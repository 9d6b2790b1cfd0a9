import { time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { encodeBytes32String } from "ethers";
import hre from "hardhat";

import { parseWad } from "../../sdk";
import { keepsConservation } from "../support/conservation";
import { type OptionTerms, optionParamsOf, paramsOf } from "../support/governed";
import { refused } from "../support/refusal";
import { World } from "../support/world";

const SPARE = 9n;
const HOUR = 3_600;
const DAY = 86_400;
const NO_TERMS = [0n, 0n, 0n, 0n, 0n, 0n];
const NO_RAMP = [0n, 0n, 0n, 0n];
const NO_STRIKES = [0n, 0n, 0n];
const UINT64 = 2n ** 64n - 1n;

/** Every parameter with the bounds that no setting may leave. */
const BOUNDS: readonly [keyof OptionTerms, lower: bigint, upper: bigint, width: bigint][] = [
  ["priceRangeBps", 500n, 6_000n, 16n],
  ["creditBps", 0n, 8_000n, 16n],
  ["referenceVolBps", 50n, 2_000n, 16n],
  ["takerFeeBps", 0n, 50n, 16n],
  ["makerFeeBps", 0n, 50n, 16n],
  ["openInterestCap", 0n, 100_000_000_000n, 64n],
];

/** What of a market's options ramps, Wad. */
interface InForce {
  priceRange: bigint;
  credit: bigint;
  referenceVol: bigint;
}

describe("Clearinghouse: governance of options", () => {
  let world: World;
  let terms: OptionTerms;

  beforeEach(async () => {
    world = await World.create();
    terms = await optionParamsOf(world.clearinghouse);
  });
  keepsConservation(() => world);

  const inForce = async (underlying = 1n): Promise<InForce> => {
    const { priceRange, credit, referenceVol } = await world.clearinghouse.marketOf(underlying);
    return { priceRange, credit, referenceVol };
  };
  const rampOf = async (underlying = 1n): Promise<bigint[]> => [...(await world.clearinghouse.optionRamp(underlying))];

  it("AUTH-3 asks every caller for a role, also the owner of an account", async () => {
    const owner = world.signer(1);
    const ledger = world.clearinghouse.connect(owner);
    const rule = { lowest: 1n, highest: 1n, step: 1n };
    await refused(ledger.setOptionParams(1n, terms), "AccessManagedUnauthorized", owner.address);
    await refused(ledger.listExpiry(1n, 0n, rule), "AccessManagedUnauthorized", owner.address);
  });

  describe("setOptionParams", () => {
    it("replaces all of an underlying's and says what they were", async () => {
      const { clearinghouse } = world;
      const to = { ...terms, priceRangeBps: 1_500n, creditBps: 7_000n, referenceVolBps: 400n, takerFeeBps: 7n };
      const others = await optionParamsOf(clearinghouse, 2n);
      const [market, margin] = [await world.market(), await paramsOf(clearinghouse)];
      const sent = await clearinghouse.setOptionParams(1n, to);
      await expect(sent)
        .to.emit(clearinghouse, "OptionParamsChanged")
        .withArgs(1n, Object.values(terms), Object.values(to));
      await expect(sent).not.to.emit(clearinghouse, "OptionRampChanged");
      expect(await optionParamsOf(clearinghouse)).to.deep.equal(to);
      expect(await optionParamsOf(clearinghouse, 2n), "another underlying").to.deep.equal(others);
      expect(await paramsOf(clearinghouse), "the perpetual's").to.deep.equal(margin);
      const lowered = { priceRange: parseWad("0.15"), credit: parseWad("0.7"), referenceVol: parseWad("0.04") };
      expect(await inForce(), "what lowers margin acts at once").to.deep.equal(lowered);
      expect(await world.market(), "and nothing else moves").to.deep.equal({ ...market, ...lowered });
    });

    it("refuses an underlying that is not listed", async () => {
      await refused(world.clearinghouse.setOptionParams(SPARE, terms), "Market_NotListed", SPARE);
      expect([...(await world.clearinghouse.optionParams(SPARE))]).to.deep.equal(NO_TERMS);
      expect(await rampOf(SPARE)).to.deep.equal(NO_RAMP);
    });

    for (const [name, lower, upper, width] of BOUNDS) {
      it(`keeps ${name} between ${lower} and ${upper}`, async () => {
        const { clearinghouse } = world;
        const parameter = encodeBytes32String(name);
        for (const value of [upper + 1n, 2n ** width - 1n, ...(lower > 0n ? [lower - 1n, 0n] : [])]) {
          const sent = clearinghouse.setOptionParams(1n, { ...terms, [name]: value });
          await refused(sent, "Market_ParameterOutOfBounds", parameter, value, lower, upper);
        }
        for (const value of [lower, upper]) {
          await clearinghouse.setOptionParams(1n, { ...terms, [name]: value });
          expect((await optionParamsOf(clearinghouse))[name]).to.equal(value);
        }
      });
    }

    it("finds the tightest in force where nothing was ever set, and acts at once when it is", async () => {
      const { clearinghouse } = world;
      await listSpare(world);
      expect([...(await clearinghouse.optionParams(SPARE))]).to.deep.equal(NO_TERMS);
      expect(await rampOf(SPARE)).to.deep.equal(NO_RAMP);
      expect(await inForce(SPARE)).to.deep.equal({
        priceRange: parseWad("0.6"),
        credit: 0n,
        referenceVol: parseWad("0.005"),
      });
      const sent = await clearinghouse.setOptionParams(SPARE, terms);
      await expect(sent).to.emit(clearinghouse, "OptionParamsChanged").withArgs(SPARE, NO_TERMS, Object.values(terms));
      await expect(sent).not.to.emit(clearinghouse, "OptionRampChanged");
      expect(await inForce(SPARE)).to.deep.equal({
        priceRange: parseWad("0.19"),
        credit: parseWad("0.6"),
        referenceVol: parseWad("0.035"),
      });
    });
  });

  describe("what raises margin", () => {
    let tighter: OptionTerms;
    const from = { priceRange: parseWad("0.19"), credit: parseWad("0.6"), referenceVol: parseWad("0.035") };
    const to = { priceRange: parseWad("0.2501"), credit: parseWad("0.4"), referenceVol: parseWad("0.0202") };

    beforeEach(() => {
      tighter = { ...terms, priceRangeBps: 2_501n, creditBps: 4_000n, referenceVolBps: 202n };
    });

    it("RISK-2 ramps in over 24 hours, rounded to the tighter", async () => {
      const { clearinghouse } = world;
      const sent = await clearinghouse.setOptionParams(1n, tighter);
      const since = BigInt(await time.latest());
      const ramp = [...Object.values(from), since];
      await expect(sent).to.emit(clearinghouse, "OptionRampChanged").withArgs(1n, NO_RAMP, ramp);
      expect(await rampOf()).to.deep.equal(ramp);
      expect(await optionParamsOf(clearinghouse), "the target").to.deep.equal(tighter);
      expect(await inForce(), "in its own block").to.deep.equal(from);
      let before = from;
      for (const elapsed of [1, 2, 61, HOUR, 20_000, 43_200, 43_201, 77_777, DAY - 1]) {
        await time.increaseTo(since + BigInt(elapsed));
        const now = await inForce();
        expectBetween(before, now, to);
        expectOnLine(from, to, BigInt(elapsed), now);
        before = now;
      }
      for (const elapsed of [DAY, DAY + 1, 3 * DAY]) {
        await time.increaseTo(since + BigInt(elapsed));
        expect(await inForce(), "the ramp is over").to.deep.equal(to);
      }
    });

    it("goes on from what is in force where another change comes half-way", async () => {
      const { clearinghouse } = world;
      await clearinghouse.setOptionParams(1n, tighter);
      const since = await time.latest();
      const first = await rampOf();
      await time.setNextBlockTimestamp(since + DAY / 2);
      // One further on, one back a little, and one to where nothing ramps any more.
      const again = { ...terms, priceRangeBps: 4_000n, creditBps: 4_500n, referenceVolBps: 350n };
      const sent = await clearinghouse.setOptionParams(1n, again);
      const then = { priceRange: parseWad("0.22005"), credit: parseWad("0.5"), referenceVol: parseWad("0.035") };
      const second = [...Object.values(then), BigInt(since + DAY / 2)];
      await expect(sent).to.emit(clearinghouse, "OptionRampChanged").withArgs(1n, first, second);
      expect(await inForce(), "RISK-2: in its own block").to.deep.equal(then);
      await time.increaseTo(since + DAY);
      expect(await inForce()).to.deep.equal({
        priceRange: parseWad("0.310025"),
        credit: parseWad("0.475"),
        referenceVol: parseWad("0.035"),
      });
      await time.increaseTo(since + DAY / 2 + DAY);
      expect(await inForce()).to.deep.equal({
        priceRange: parseWad("0.4"),
        credit: parseWad("0.45"),
        referenceVol: parseWad("0.035"),
      });
    });

    it("is lowered at once, whatever of it ramped in already", async () => {
      const { clearinghouse } = world;
      await clearinghouse.setOptionParams(1n, tighter);
      const ramp = await rampOf();
      await time.increase(HOUR);
      await expect(clearinghouse.setOptionParams(1n, terms))
        .to.emit(clearinghouse, "OptionRampChanged")
        .withArgs(1n, ramp, NO_RAMP);
      expect(await inForce()).to.deep.equal(from);
      await expect(clearinghouse.setOptionParams(1n, terms)).not.to.emit(clearinghouse, "OptionRampChanged");
    });

    it("goes on ramping as it did where only fees and cap change", async () => {
      const { clearinghouse } = world;
      await clearinghouse.setOptionParams(1n, tighter);
      const ramp = await rampOf();
      await time.increase(DAY / 4);
      const same = { ...tighter, takerFeeBps: 50n, makerFeeBps: 0n, openInterestCap: 0n };
      const sent = await clearinghouse.setOptionParams(1n, same);
      await expect(sent).not.to.emit(clearinghouse, "OptionRampChanged");
      expect(await rampOf()).to.deep.equal(ramp);
      expect(await optionParamsOf(clearinghouse), "at once").to.deep.equal(same);
      await time.increaseTo(ramp[3]! + BigInt(DAY / 2));
      expect(await inForce()).to.deep.equal({
        priceRange: parseWad("0.22005"),
        credit: parseWad("0.5"),
        referenceVol: parseWad("0.0276"),
      });
    });

    it("of options leaves the ramp of the perpetual alone, and the other way round", async () => {
      const { clearinghouse } = world;
      const margin = await paramsOf(clearinghouse);
      await clearinghouse.setMarketParams(1n, { ...margin, baseRateBps: 1_600n });
      const perpetuals = [...(await clearinghouse.marketRamp(1n))];
      await clearinghouse.setOptionParams(1n, tighter);
      expect([...(await clearinghouse.marketRamp(1n))]).to.deep.equal(perpetuals);
      const options = await rampOf();
      await clearinghouse.setMarketParams(1n, margin);
      expect(await rampOf()).to.deep.equal(options);
      expect(await optionParamsOf(clearinghouse)).to.deep.equal(tighter);
    });
  });

  describe("listExpiry", () => {
    const rule = { lowest: 1_000n * 10n ** 8n, highest: 3_000n * 10n ** 8n, step: 50n * 10n ** 8n };
    /** The next block's, on the hour. */
    let now: number;

    beforeEach(async () => {
      now = Math.ceil((await time.latest()) / HOUR + 1) * HOUR;
      await time.setNextBlockTimestamp(now);
    });

    it("lists the strikes that may be opened, and says what they were", async () => {
      const { clearinghouse } = world;
      const expiry = now + 7 * DAY;
      expect([...(await clearinghouse.strikesOf(1n, expiry))]).to.deep.equal(NO_STRIKES);
      await expect(clearinghouse.listExpiry(1n, expiry, rule))
        .to.emit(clearinghouse, "ExpiryListed")
        .withArgs(1n, expiry, NO_STRIKES, Object.values(rule));
      expect([...(await clearinghouse.strikesOf(1n, expiry))]).to.deep.equal(Object.values(rule));
      const wider = { ...rule, highest: 5_000n * 10n ** 8n };
      await expect(clearinghouse.listExpiry(1n, expiry, wider))
        .to.emit(clearinghouse, "ExpiryListed")
        .withArgs(1n, expiry, Object.values(rule), Object.values(wider));
      expect([...(await clearinghouse.strikesOf(1n, expiry))]).to.deep.equal(Object.values(wider));
      for (const [underlying, other] of [
        [2n, expiry],
        [1n, expiry + HOUR],
      ] as const) {
        expect([...(await clearinghouse.strikesOf(underlying, other))], "no other").to.deep.equal(NO_STRIKES);
      }
    });

    it("refuses an underlying that is not listed", async () => {
      await refused(world.clearinghouse.listExpiry(SPARE, now + DAY, rule), "Market_NotListed", SPARE);
    });

    it("refuses an expiry that is past, or further off than 400 days", async () => {
      const { clearinghouse } = world;
      const latest = now + 400 * DAY;
      for (const expiry of [0, now - HOUR, now, latest + 1, latest + HOUR, 2 ** 40 - 1]) {
        const sent = clearinghouse.listExpiry(1n, expiry, rule);
        await refused(sent, "Option_ExpiryOutOfBounds", expiry, now + 1, latest);
      }
      await clearinghouse.listExpiry(1n, latest, rule);
      await time.setNextBlockTimestamp(now + HOUR - 1);
      await clearinghouse.listExpiry(1n, now + HOUR, rule);
    });

    it("refuses strikes that do not go up from above zero in whole steps", async () => {
      const { clearinghouse } = world;
      const { lowest, highest, step } = rule;
      const wrong = [
        { lowest: 0n, highest, step },
        { lowest: 0n, highest: 0n, step: 0n },
        { lowest, highest, step: 0n },
        { lowest, highest: lowest, step: 0n },
        { lowest: highest, highest: lowest, step },
        { lowest, highest: lowest - 1n, step: 1n },
        { lowest, highest: highest + 1n, step },
        { lowest, highest: lowest + step - 1n, step },
        { lowest: 1n, highest: UINT64, step: UINT64 },
      ];
      for (const strikes of wrong) {
        const sent = clearinghouse.listExpiry(1n, now + DAY, strikes);
        const values = [strikes.lowest, strikes.highest, strikes.step];
        await refused(sent, "Option_StrikesOutOfBounds", ...values);
      }
      const right = [
        { lowest, highest: lowest, step },
        { lowest, highest: lowest + 5_000n * step, step },
        { lowest: 1n, highest: UINT64, step: 1n },
        { lowest: 1n, highest: UINT64, step: UINT64 - 1n },
        { lowest: UINT64, highest: UINT64, step: UINT64 },
      ];
      for (const strikes of right) {
        await clearinghouse.listExpiry(1n, now + DAY, strikes);
        expect([...(await clearinghouse.strikesOf(1n, now + DAY))]).to.deep.equal(Object.values(strikes));
      }
    });
  });
});

/** Lists a further underlying with a price and a volatility; nobody governs its options. */
async function listSpare({ clearinghouse, system }: World): Promise<void> {
  const feed = await hre.ethers.deployContract("MockAggregator", [8, 2_000n * 10n ** 8n, "X / USD"]);
  await system.priceOracle.registerFeed(SPARE, feed, HOUR, 25, parseWad("2000"));
  await system.volatilityOracle.list(SPARE, parseWad("0.001"));
  await clearinghouse.listMarket(SPARE, await paramsOf(clearinghouse));
}

/** Each goes one way, and not beyond its target. */
function expectBetween(before: InForce, now: InForce, to: InForce): void {
  expect(now.priceRange >= before.priceRange && now.priceRange <= to.priceRange, "priceRange").to.equal(true);
  expect(now.credit <= before.credit && now.credit >= to.credit, "credit").to.equal(true);
  expect(now.referenceVol <= before.referenceVol && now.referenceVol >= to.referenceVol, "referenceVol").to.equal(true);
}

/** On the straight line after `elapsed` seconds, or by less than a thousandth of a basis point on margin's side. */
function expectOnLine(from: InForce, to: InForce, elapsed: bigint, now: InForce): void {
  const step = 10n ** 11n;
  const day = BigInt(DAY);
  for (const [name, side] of [
    ["priceRange", 1n],
    ["credit", -1n],
    ["referenceVol", -1n],
  ] as const) {
    const beyond = side * (now[name] * day - (from[name] * (day - elapsed) + to[name] * elapsed));
    expect(beyond >= 0n && beyond < step * day, `${name} after ${elapsed} s`).to.equal(true);
  }
}
