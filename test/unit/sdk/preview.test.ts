import { loadFixture, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import fc from "fast-check";

import {
  type AccountId,
  type FillPreview,
  KEEPER_DEPOSIT,
  Mode,
  PriceStatus,
  WAD,
  accrueFunding,
  decodeError,
  parseLots,
  parseWad,
  perp,
  previewFill,
  revertDataOf,
} from "../../../sdk";
import { MAKER_FEE_BPS, TAKER_FEE_BPS, type TestLedger, deployLedger } from "./ledger";

async function deployFunded() {
  const ledger = await deployLedger();
  const maker = await ledger.openAccount(ledger.maker, Mode.Cross, "10000000");
  const taker = await ledger.openAccount(ledger.taker, Mode.Cross, "20000");
  return { ledger, maker, taker };
}

/** What the sdk says of both sides of a fill in the next block, and what the ledger then says. */
async function previewAndFill(
  { ledger, maker, taker }: { ledger: TestLedger; maker: AccountId; taker: AccountId },
  underlying: bigint,
  lots: bigint,
  price: bigint,
): Promise<FillPreview> {
  await time.setNextBlockTimestamp((await time.latest()) + 3600);
  const markets = await ledger.markets();
  const instrument = perp(underlying);
  const preview = (feeBps: bigint, signed: bigint) => async (id: AccountId) =>
    previewFill({ markets }, await ledger.holdingsOf(id), { instrument, lots: signed, price, feeBps });
  const ofTaker = await preview(TAKER_FEE_BPS, lots)(taker);
  const ofMaker = await preview(MAKER_FEE_BPS, 0n - lots)(maker);
  expect(ofMaker.allowed, "the maker can always trade").to.be.true;

  const refused: unknown = await ledger.fill(underlying, lots, price).then(
    () => undefined,
    (error: unknown) => error,
  );
  if (refused !== undefined) {
    const name = decodeError(revertDataOf(refused) ?? "0x")?.name;
    expect(name, "MATH-1: the ledger refuses what the sdk says it will").to.equal("Clearinghouse_BelowInitialMargin");
    expect(ofTaker.allowed, "MATH-1: what the sdk allows passes").to.be.false;
    return ofTaker;
  }
  expect(ofTaker.allowed, "MATH-1: what passes the sdk allows").to.be.true;
  expect(await ledger.holdingsOf(taker), "MATH-1: the taker's account").to.deep.equal(ofTaker.holdings);
  expect(await ledger.holdingsOf(maker), "MATH-1: the maker's account").to.deep.equal(ofMaker.holdings);
  return ofTaker;
}

describe("Previews of fills", () => {
  it("say what the ledger will store, whatever is traded at whatever price", async () => {
    const size = fc.bigInt(-250n * 10n ** 8n, 250n * 10n ** 8n).filter((lots) => lots !== 0n);
    const trade = fc.record({
      underlying: fc.constantFrom(0n, 1n),
      lots: size,
      edge: fc.bigInt(WAD / -50n, WAD / 50n),
      move: fc.integer({ min: -300, max: 300 }),
      integral: fc.bigInt(-(10n ** 13n), 10n ** 13n),
    });
    let allowed = 0;
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(trade, { minLength: 1, maxLength: 5 }), async (trades) => {
        const parties = await loadFixture(deployFunded);
        const { ledger } = parties;
        let integral = 0n;
        for (const { underlying, lots, edge, move, integral: step } of trades) {
          const unit = underlying === 0n ? 2000 : 37_000;
          await ledger.setPrice(underlying, (unit * (1 + move / 10_000)).toFixed(6));
          integral += step;
          await ledger.basis.set(underlying, { basis: edge / 5n, integral });
          // Of BTC a twentieth as much, so that either weighs the same.
          const scaled = underlying === 0n ? lots : lots / 20n || 1n;
          const { mark } = (await ledger.markets())[Number(underlying)]!;
          const preview = await previewAndFill(parties, underlying, scaled, mark + (mark * edge) / WAD);
          if (preview.allowed) ++allowed;
          else ++refused;
        }
      }),
      { numRuns: 60 },
    );
    expect(allowed, "fills that pass were met").to.be.greaterThan(20);
    expect(refused, "fills that are refused were met").to.be.greaterThan(20);
  });

  it("lock the keeper deposit with the first position and return it with the last", async () => {
    const parties = await loadFixture(deployFunded);
    const opened = await previewAndFill(parties, 0n, parseLots("1"), parseWad("2000"));
    expect(opened.fee).to.equal(parseWad("1"));
    expect(opened.holdings.keeperDeposit).to.equal(KEEPER_DEPOSIT);
    expect(opened.after.equity).to.equal(parseWad("19989"));
    const closed = await previewAndFill(parties, 0n, parseLots("-1"), parseWad("2000"));
    expect(closed.holdings.keeperDeposit).to.equal(0n);
    expect(closed.holdings.positions).to.deep.equal([]);
    expect(closed.after.equity).to.equal(parseWad("19998"));
  });

  it("let an account below initial margin reduce at a fair price and nothing else", async () => {
    const parties = await loadFixture(deployFunded);
    const { ledger } = parties;
    expect((await previewAndFill(parties, 0n, parseLots("90"), parseWad("2000"))).allowed).to.be.true;
    await ledger.setPrice(0n, "1960");
    const mark = parseWad("1960");
    const trade = async (size: string, price = mark) =>
      (await previewAndFill(parties, 0n, parseLots(size), price)).allowed;
    // The band is 1 % of the two units at mark: 19.6 USD a unit.
    expect(await trade("-2", parseWad("1940.39")), "beyond the price band").to.be.false;
    expect(await trade("1"), "growing").to.be.false;
    expect(await trade("-2", parseWad("1940.4")), "within the price band").to.be.true;
    expect(await trade("-2"), "reducing").to.be.true;
    expect(await trade("-100"), "turned into less").to.be.true;
  });

  it("refill the keeper deposit that a flag paid out before risk grows", async () => {
    const parties = await loadFixture(deployFunded);
    const { ledger, maker, taker } = parties;
    await previewAndFill(parties, 0n, parseLots("90"), parseWad("2000"));
    await ledger.setPrice(0n, "1900");
    // A flag at the second the position was opened pays nothing.
    await time.increase(60);
    await ledger.clearinghouse.flag(taker, maker);
    expect((await ledger.holdingsOf(taker)).keeperDeposit, "paid to whoever flagged").to.equal(0n);
    await ledger.setPrice(0n, "2000");
    const mark = parseWad("2000");
    const smaller = await previewAndFill(parties, 0n, parseLots("-80"), mark);
    expect(smaller.holdings.keeperDeposit, "not for a reduction").to.equal(0n);
    const turned = await previewAndFill(parties, 0n, parseLots("-15"), mark);
    expect(turned.holdings.keeperDeposit, "for the other side, smaller as it is").to.equal(KEEPER_DEPOSIT);
  });

  it("allow only reductions at an aged price, and at an unusable one only those at the last mark", async () => {
    const { ledger, taker } = await loadFixture(deployFunded);
    await ledger.fill(0n, parseLots("1"), parseWad("2000"));
    const allowed = async (size: string, status: bigint, price = "2000") => {
      await ledger.setPrice(0n, "2000", status);
      const fill = { instrument: perp(0n), lots: parseLots(size), price: parseWad(price), feeBps: TAKER_FEE_BPS };
      return previewFill({ markets: await ledger.markets() }, await ledger.holdingsOf(taker), fill).allowed;
    };
    expect(await allowed("1", PriceStatus.Fresh)).to.be.true;
    expect(await allowed("1", PriceStatus.Aged)).to.be.false;
    expect(await allowed("-0.5", PriceStatus.Aged)).to.be.true;
    expect(await allowed("-1", PriceStatus.Aged)).to.be.true;
    expect(await allowed("-1.5", PriceStatus.Aged), "the other side, smaller as it is").to.be.false;
    expect(await allowed("-0.5", PriceStatus.Unusable)).to.be.true;
    expect(await allowed("-0.5", PriceStatus.Unusable, "2000.01")).to.be.false;
    expect(await allowed("-1.5", PriceStatus.Unusable)).to.be.false;
    expect(await allowed("0.5", PriceStatus.Unusable)).to.be.false;
  });

  it("settle what is reduced at the last mark, and lock what it gained", async () => {
    const parties = await loadFixture(deployFunded);
    const { ledger, maker, taker } = parties;
    await ledger.fill(0n, parseLots("2"), parseWad("2000"));
    await ledger.setPrice(0n, "2100");
    await ledger.clearinghouse.touch([maker]);
    await ledger.setPrice(0n, "0", PriceStatus.Unusable);
    const { holdings } = await previewAndFill(parties, 0n, parseLots("-0.5"), parseWad("2100"));
    expect(holdings.lockedProceeds, "all of it was settled").to.equal(parseWad("200"));
    const again = await previewAndFill(parties, 0n, parseLots("-0.5"), parseWad("2100"));
    expect(again.holdings.lockedProceeds, "and only once").to.equal(parseWad("200"));
    expect((await ledger.holdingsOf(taker)).lockedProceeds).to.equal(parseWad("200"));
  });

  it("leave what cannot be priced unsettled", async () => {
    const parties = await loadFixture(deployFunded);
    const { ledger, maker, taker } = parties;
    await ledger.fill(0n, parseLots("1"), parseWad("2000"));
    await ledger.fill(1n, parseLots("0.1"), parseWad("37000"));
    await ledger.setPrice(0n, "2100");
    // The maker is settled at a mark that the taker never saw, and which is the last before prices fail.
    await ledger.setPrice(1n, "38000");
    await ledger.clearinghouse.touch([maker]);
    await ledger.setPrice(1n, "0", PriceStatus.Unusable);
    const { holdings } = await previewAndFill(parties, 0n, parseLots("-0.5"), parseWad("2100"));
    expect(holdings.positions.map(({ index }) => index)).to.deep.equal([parseWad("2100"), parseWad("37000")]);
    expect(await ledger.holdingsOf(taker)).to.deep.equal(holdings);
  });
});

describe("Funding of the ledger", () => {
  it("accrues as the sdk says", async () => {
    const { ledger } = await loadFixture(deployFunded);
    const drift = fc.bigInt(-(2n ** 62n), 2n ** 62n);
    const small = fc.bigInt(-(10n ** 13n), 10n ** 13n);
    await fc.assert(
      fc.asyncProperty(fc.oneof(small, drift), fc.integer({ min: 1, max: 100_000 }), async (step, elapsed) => {
        const then = await ledger.clearinghouse.marketState(0n);
        const integral = BigInt.asIntN(64, then.basisIntegral + step);
        await ledger.basis.set(0n, { basis: 0n, integral });
        await time.setNextBlockTimestamp(Math.max(Number(then.fundedAt) + elapsed, (await time.latest()) + 1));
        await ledger.fill(0n, 1n, parseWad("2000"));
        const now = await ledger.clearinghouse.marketState(0n);
        const { perUnit } = accrueFunding(then.basisIntegral, integral, parseWad("2000"), now.fundedAt - then.fundedAt);
        expect(now.cumulativeFunding - then.cumulativeFunding, "MATH-1").to.equal(perUnit);
      }),
      { numRuns: 40 },
    );
  });
});
