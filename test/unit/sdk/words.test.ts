import { loadFixture } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { getAddress } from "ethers";
import fc from "fast-check";
import { ethers } from "hardhat";

import {
  type Account,
  Kind,
  PlimsollInputError,
  type Position,
  decodeAccount,
  decodeInstrument,
  decodePosition,
  encodeAccount,
  encodePosition,
  fixedPoint,
  formatAccountId,
  indexOf,
  isOption,
  isPerp,
  makeAccountId,
  option,
  ownerOf,
  parseAccountId,
  perp,
  toAccountId,
  toInstrument,
  underlyingOf,
} from "../../../sdk";

const OWNER = "0x52908400098527886E0F7030069857D2E4169EE7";
const RUNS = { numRuns: 200 };

const uint = (bits: bigint) => fc.bigInt(0n, (1n << bits) - 1n);
const int = (bits: bigint) => fc.bigInt(-(1n << (bits - 1n)), (1n << (bits - 1n)) - 1n);
const word = uint(256n);
const address = uint(160n).map((n) => getAddress(`0x${n.toString(16).padStart(40, "0")}`));

const accounts: fc.Arbitrary<Account> = fc.record({
  cash: int(128n),
  epoch: uint(32n),
  keeperDeposit: uint(32n),
  packed: uint(8n),
  positions: uint(8n),
  mode: uint(8n),
  flagged: fc.boolean(),
  locked: fc.boolean(),
  riskSince: uint(32n),
});

const positions: fc.Arbitrary<Position> = fc.record({
  instrument: uint(16n).map(perp),
  lots: int(64n),
  index: int(128n),
});

/** A strike's digits without the zeros at their end. */
function leastMantissa(strike: bigint): bigint {
  return strike !== 0n && strike % 10n === 0n ? leastMantissa(strike / 10n) : strike;
}

async function deployHarness() {
  return ethers.deployContract("LibraryHarness");
}

describe("Ids", () => {
  it("are made and taken apart as in Solidity", async () => {
    const harness = await loadFixture(deployHarness);
    await fc.assert(
      fc.asyncProperty(address, uint(96n), async (owner, index) => {
        const id = makeAccountId(owner, index);
        expect(await harness.makeAccountId(owner, index), "MATH-1").to.equal(id);
        expect([...(await harness.accountIdFields(id))], "MATH-1").to.deep.equal([ownerOf(id), indexOf(id)]);
        expect([ownerOf(id), indexOf(id)]).to.deep.equal([owner, index]);
        expect(parseAccountId(formatAccountId(id))).to.equal(id);
      }),
      RUNS,
    );
  });

  it("name perpetuals as in Solidity", async () => {
    const harness = await loadFixture(deployHarness);
    await fc.assert(
      fc.asyncProperty(uint(16n), uint(120n), async (underlying, any) => {
        expect(await harness.perp(underlying), "MATH-1").to.equal(perp(underlying));
        for (const id of [perp(underlying), toInstrument(any)]) {
          expect([...(await harness.instrumentFields(id))], "MATH-1").to.deep.equal([isPerp(id), underlyingOf(id)]);
        }
      }),
      RUNS,
    );
    expect(decodeInstrument(perp(7n))).to.deep.equal({ kind: Kind.Perp, underlying: 7n, expiry: 0n, strike: 0n });
    const call = toInstrument((4n << 112n) | (2n << 96n) | (1_800_000_000n << 64n) | 250_000_000_000n);
    const fields = { kind: Kind.Call, underlying: 2n, expiry: 1_800_000_000n, strike: 250_000_000_000n };
    expect(decodeInstrument(call)).to.deep.equal(fields);
    expect(isPerp(call)).to.be.false;
  });

  it("name options as in Solidity", async () => {
    const harness = await loadFixture(deployHarness);
    const series = fc.record({
      underlying: uint(16n),
      expiry: fc.bigInt(1n, (1n << 32n) - 1n),
      strike: fc.bigInt(1n, (1n << 64n) - 1n),
      call: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(series, int(64n), async ({ underlying, expiry, strike, call }, lots) => {
        const id = option({ underlying, expiry, strike, call });
        expect(await harness.option(call, underlying, expiry, strike), "MATH-1").to.equal(id);
        expect(decodeInstrument(id)).to.deep.equal({ kind: call ? Kind.Call : Kind.Put, underlying, expiry, strike });
        const position = { instrument: id, lots, index: 0n };
        const packed = encodePosition(position);
        expect(await harness.encodeOption(id, lots), "MATH-1").to.equal(packed);
        expect(decodePosition(packed)).to.deep.equal(position);
        const fields = [true, call, expiry, strike * 10n ** 10n];
        expect([...(await harness.optionFields(packed))], "MATH-1").to.deep.equal(fields);
      }),
      RUNS,
    );
    const good = { underlying: 1n, expiry: 1n, strike: 1n, call: true };
    expect(() => option({ ...good, underlying: 1n << 16n })).to.throw(PlimsollInputError, "The underlying 65536");
    expect(() => option({ ...good, expiry: 0n })).to.throw(PlimsollInputError, "The expiry 0 is not a time");
    expect(() => option({ ...good, strike: 1n << 64n })).to.throw(PlimsollInputError, "is not between 1 and 2^64 - 1");
    expect(isOption(perp(1n)) || isOption(toInstrument(6n << 112n))).to.equal(false);
    const indexed = { instrument: option(good), lots: 1n, index: 1n };
    expect(() => encodePosition(indexed)).to.throw(PlimsollInputError, "An option has no index, and this is 1.");
  });

  it("read an owner alone as its account 0", () => {
    expect(parseAccountId(OWNER)).to.equal(makeAccountId(OWNER, 0n));
    expect(formatAccountId(makeAccountId(OWNER, 12n))).to.equal(`${OWNER}/12`);
  });

  it("refuse what is none", () => {
    for (const text of ["", "12", `${OWNER}/`, `${OWNER}/-1`, `${OWNER}/1/2`, `${OWNER}/x`, OWNER.slice(0, -1)]) {
      expect(() => parseAccountId(text)).to.throw(PlimsollInputError, `"${text}" is not an account`);
    }
    expect(() => makeAccountId("0x12", 0n)).to.throw(PlimsollInputError, '"0x12" is not an address');
    expect(() => makeAccountId(OWNER, 1n << 96n)).to.throw(PlimsollInputError, "is not between 0 and 2^96 - 1");
    expect(() => makeAccountId(OWNER, -1n)).to.throw(PlimsollInputError, "-1 is not between 0 and 2^96 - 1");
    expect(() => toAccountId(1n << 256n)).to.throw(PlimsollInputError, "is not an account id");
    expect(() => toInstrument(1n << 120n)).to.throw(PlimsollInputError, "is not an instrument");
    expect(() => perp(65_536n)).to.throw(PlimsollInputError, "65536 is not an index between 0 and 65535");
  });
});

describe("Packed words", () => {
  it("unpack any account word as Solidity does", async () => {
    const harness = await loadFixture(deployHarness);
    await fc.assert(
      fc.asyncProperty(word, async (packed) => {
        const {
          cash,
          epoch,
          keeperDeposit,
          packed: pairs,
          positions: count,
          mode,
          flagged,
          locked,
          riskSince,
        } = await harness.decodeAccount(packed);
        const fields = {
          cash,
          epoch,
          keeperDeposit,
          packed: pairs,
          positions: count,
          mode,
          flagged,
          locked,
          riskSince,
        };
        expect(decodeAccount(packed), "MATH-1").to.deep.equal(fields);
      }),
      RUNS,
    );
  });

  it("pack any account as Solidity does, and back", async () => {
    const harness = await loadFixture(deployHarness);
    await fc.assert(
      fc.asyncProperty(accounts, async (account) => {
        const packed = encodeAccount(account);
        expect(await harness.encodeAccount(account), "MATH-1").to.equal(packed);
        expect(decodeAccount(packed)).to.deep.equal(account);
      }),
      RUNS,
    );
  });

  it("unpack any position word as Solidity does", async () => {
    const harness = await loadFixture(deployHarness);
    await fc.assert(
      fc.asyncProperty(word, async (packed) => {
        const { instrument, lots, index } = await harness.decodePosition(packed);
        expect(decodePosition(packed), "MATH-1").to.deep.equal({ instrument, lots, index });
      }),
      RUNS,
    );
  });

  it("pack any position as Solidity does, and back", async () => {
    const harness = await loadFixture(deployHarness);
    await fc.assert(
      fc.asyncProperty(positions, async (position) => {
        const packed = encodePosition(position);
        const { instrument, lots, index } = position;
        expect(await harness.encodePosition(instrument, lots, index), "MATH-1").to.equal(packed);
        expect(decodePosition(packed)).to.deep.equal(position);
      }),
      RUNS,
    );
  });

  it("store an option in half a slot where its strike, size and underlying fit, and lose nothing", async () => {
    const harness = await loadFixture(deployHarness);
    const expiry = uint(32n).map((at) => at || 1n);
    /** Strikes of the given digits before the zeros at their end. */
    const strikeOf = (mantissa: fc.Arbitrary<bigint>) =>
      fc
        .tuple(mantissa, fc.integer({ min: 0, max: 11 }))
        .map(([digits, zeros]) => (digits || 1n) * 10n ** BigInt(zeros));
    // Half of them fit by the way they are made: of fields drawn from all there are, one in twelve does.
    const options = fc.oneof(
      fc.record({ underlying: uint(10n), expiry, strike: strikeOf(uint(25n)), call: fc.boolean(), lots: int(56n) }),
      fc.record({
        underlying: fc.oneof(uint(10n), uint(16n)),
        expiry,
        strike: fc.oneof(
          uint(64n).map((strike) => strike || 1n),
          strikeOf(fc.bigInt(1n, 99_999_999n)),
        ),
        call: fc.boolean(),
        lots: fc.oneof(int(56n), int(64n)),
      }),
    );
    const seen = { fit: 0, beyond: 0 };
    await fc.assert(
      fc.asyncProperty(options, async ({ lots, ...terms }) => {
        const word = encodePosition({ instrument: option(terms), lots, index: 0n });
        const { packed: half, fits } = await harness.packOption(word);
        const short = leastMantissa(terms.strike) < 2n ** 25n;
        expect(fits, "LEDGER-1").to.equal(short && terms.underlying < 1024n && BigInt.asIntN(56, lots) === lots);
        if (fits) expect(await harness.unpackOption(half), "LEDGER-1").to.equal(word);
        ++seen[fits ? "fit" : "beyond"];
      }),
      RUNS,
    );
    expect(Math.min(seen.fit, seen.beyond)).to.be.above(20);
  });

  it("refuse a field that does not fit, by its name", () => {
    const account = decodeAccount(0n);
    const tooLarge: Partial<Account>[] = [
      { cash: 1n << 127n },
      { cash: -(1n << 127n) - 1n },
      { epoch: 1n << 32n },
      { keeperDeposit: 1n << 32n },
      { packed: 256n },
      { positions: 256n },
      { mode: -1n },
      { riskSince: 1n << 32n },
    ];
    for (const change of tooLarge) {
      const [field] = Object.keys(change) as [string];
      expect(() => encodeAccount({ ...account, ...change })).to.throw(PlimsollInputError, `The field ${field} is`);
    }
    const position = { instrument: perp(0n), lots: 0n, index: 0n };
    for (const change of [{ lots: 1n << 63n }, { index: 1n << 127n }]) {
      const [field] = Object.keys(change) as [string];
      expect(() => encodePosition({ ...position, ...change })).to.throw(PlimsollInputError, `The field ${field} is`);
    }
    expect(() => encodePosition({ ...position, instrument: toInstrument(1n) })).to.throw(
      PlimsollInputError,
      "The instrument 1 is no perpetual and no option.",
    );
    expect(() => decodeAccount(-1n)).to.throw(PlimsollInputError, "-1 is not a storage word");
    expect(() => decodePosition(1n << 256n)).to.throw(PlimsollInputError, "is not a storage word");
  });
});

describe("Fixed point", () => {
  it("rounds as in Solidity", async () => {
    const harness = await loadFixture(deployHarness);
    await fc.assert(
      fc.asyncProperty(uint(128n), uint(127n), uint(96n), int(128n), async (x, y, d, s) => {
        const divisor = d + 1n;
        expect(await harness.mulWadUp(x, y), "MATH-1").to.equal(fixedPoint.mulWadUp(x, y));
        expect(await harness.mulDivUp(x, y, divisor), "MATH-1").to.equal(fixedPoint.mulDivUp(x, y, divisor));
        expect(await harness.mulDivFloor(s, y, divisor), "MATH-1").to.equal(fixedPoint.mulDivFloor(s, y, divisor));
        expect(await harness.valueFloor(s, y), "MATH-1").to.equal(fixedPoint.valueFloor(s, y));
        expect(await harness.valueUp(x, y), "MATH-1").to.equal(fixedPoint.valueUp(x, y));
      }),
      RUNS,
    );
    expect(await harness.mulDivUp(0n, 5n, 0n)).to.equal(fixedPoint.mulDivUp(0n, 5n, 0n));
    await expect(harness.mulDivUp(1n, 1n, 0n)).to.be.revertedWithPanic(0x12);
    expect(() => fixedPoint.mulDivUp(1n, 1n, 0n)).to.throw(RangeError);
  });
});
