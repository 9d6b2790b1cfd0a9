import { loadFixture, mine, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";

import { svi as twin } from "../../../sdk/risk";
import { forwardRatioOf, rateOf, sviOf } from "../../../scripts/surface/slice";
import { DAY, HOUR, slotsRead, wad } from "./support";
import { ETH, deploySurface, postAt, report, slice } from "./surface";

/** SurfaceStatus of contracts/types/Surface.sol. */
const Status = { Absent: 0n, Expired: 1n, Aged: 2n, Stale: 3n, Fresh: 4n } as const;
const TENOR = 30 * DAY;

async function deployed() {
  const fixture = await deploySurface();
  const observedAt = (await time.latest()) + 100;
  const expiry = observedAt + TENOR;
  const posted = slice(expiry, observedAt, { rho: -0.31, m: -0.013, rate: -0.02 });
  await postAt(fixture, report(observedAt, posted), observedAt + 30);
  return { ...fixture, observedAt, expiry, posted };
}

/** A block at that age of the report, for reading at. */
async function later(seconds: number): Promise<void> {
  await time.setNextBlockTimestamp(seconds);
  await mine();
}

describe("SurfaceOracle: reading", () => {
  it("gives what was posted, in Wad", async () => {
    const { oracle, observedAt, expiry, posted } = await loadFixture(deployed);
    const { a, b, rho, m, s } = sviOf(posted);
    expect(await oracle.read(ETH, expiry)).to.deep.equal([
      BigInt(ETH),
      BigInt(expiry),
      BigInt(expiry - (await time.latest())),
      Status.Fresh,
      BigInt(observedAt),
      BigInt(TENOR),
      forwardRatioOf(posted),
      rateOf(posted),
      ...[a, b, rho, m, s],
      0n,
    ]);
  });

  it("keeps negative numbers negative", async () => {
    const fixture = await loadFixture(deploySurface);
    const now = (await time.latest()) + 100;
    const posted = slice(now + TENOR, now, { a: -0.001, rho: -0.5, m: -0.02, rate: -0.1 });
    await postAt(fixture, report(now, posted));
    const { a, rho, m, rate } = await fixture.oracle.read(ETH, now + TENOR);
    expect([a, rho, m, rate]).to.deep.equal([wad("-0.001"), wad("-0.5"), wad("-0.02"), wad("-0.1")]);
  });

  it("knows nothing of what was not reported", async () => {
    const { oracle, expiry } = await loadFixture(deployed);
    const nothing = [Status.Absent, ...Array<bigint>(10).fill(0n)];
    const left = BigInt(expiry - (await time.latest()));
    expect(await oracle.read(ETH, expiry + 1)).to.deep.equal([BigInt(ETH), BigInt(expiry + 1), left + 1n, ...nothing]);
    expect(await oracle.read(2, expiry)).to.deep.equal([2n, BigInt(expiry), left, ...nothing]);
    expect(await oracle.volatility(2, expiry, 0)).to.deep.equal([0n, Status.Absent]);
  });

  for (const [age, status, widening] of [
    [HOUR, Status.Fresh, "0"],
    [HOUR + 36, Status.Stale, "0.0005"],
    [2 * HOUR, Status.Stale, "0.05"],
    [3 * HOUR, Status.Stale, "0.1"],
    [3 * HOUR + 1, Status.Aged, "0.100013888888888889"],
    [11 * HOUR, Status.Aged, "0.5"],
    [29 * DAY, Status.Aged, "0.5"],
  ] as const) {
    it(`${age} s after it was measured is ${Object.keys(Status)[Number(status)]} and widens by ${widening}`, async () => {
      const { oracle, observedAt, expiry, posted } = await loadFixture(deployed);
      await later(observedAt + age);
      const found = await oracle.read(ETH, expiry);
      expect(found.status).to.equal(status);
      expect(found.widening).to.equal(wad(widening));
      expect(found.tenor, "vol stays").to.equal(TENOR);
      expect(found.forwardRatio, "the last surface stays the mark").to.equal(forwardRatioOf(posted));
    });
  }

  it("ends at expiry, before anybody prunes and after", async () => {
    const { oracle, stranger, expiry } = await loadFixture(deployed);
    const ended = [BigInt(ETH), BigInt(expiry), 0n, Status.Expired, ...Array<bigint>(10).fill(0n)];
    await oracle.prune(ETH);
    expect(await oracle.expiriesOf(ETH), "a live one is not pruned").to.deep.equal([BigInt(expiry)]);
    await later(expiry);
    expect(await oracle.read(ETH, expiry)).to.deep.equal(ended);
    expect(await oracle.volatility(ETH, expiry, 0)).to.deep.equal([0n, Status.Expired]);
    expect(await oracle.expiriesOf(ETH)).to.deep.equal([BigInt(expiry)]);
    await expect(oracle.connect(stranger).prune(ETH)).to.emit(oracle, "SurfacePruned").withArgs(ETH, expiry);
    expect(await oracle.expiriesOf(ETH)).to.deep.equal([]);
    expect(await oracle.read(ETH, expiry)).to.deep.equal(ended);
    await expect(oracle.prune(ETH)).not.to.emit(oracle, "SurfacePruned");
  });

  it("prunes only what expired", async () => {
    const fixture = await loadFixture(deployed);
    const { oracle, expiry } = fixture;
    const now = await time.latest();
    const rest = [expiry + 5 * DAY, expiry + 9 * DAY];
    await postAt(fixture, report(now, ...rest.map((at) => slice(at, now, { rate: 0 }))), now + 1);
    await later(expiry);
    await oracle.prune(ETH);
    expect(await oracle.expiriesOf(ETH)).to.deep.equal(rest.map(BigInt));
    expect((await oracle.read(ETH, rest[0]!)).status).to.equal(Status.Aged);
  });

  it("MATH-1: gives the twin's volatility at every k, flat beyond the reach of the smile", async () => {
    const { oracle, expiry, posted } = await loadFixture(deployed);
    const svi = sviOf(posted);
    const reach: bigint = twin.reachOf(svi);
    for (const k of [
      0n,
      1n,
      -1n,
      wad("0.1"),
      wad("-0.25"),
      reach,
      -reach,
      reach + 1n,
      -reach - 1n,
      wad("50"),
      wad("-50"),
    ]) {
      const { sigma, status } = await oracle.volatility(ETH, expiry, k);
      expect(sigma, k.toString()).to.equal(twin.impliedVolatility(k, svi, BigInt(TENOR)));
      expect(status).to.equal(Status.Fresh);
    }
    const [beyond] = await oracle.volatility(ETH, expiry, 2n * reach);
    expect(beyond).to.equal((await oracle.volatility(ETH, expiry, reach)).sigma);
    const [middle] = await oracle.volatility(ETH, expiry, 0);
    expect(Number(middle) / 1e18).to.be.closeTo(0.6, 0.01);
  });

  it("gives several at once, in the order asked for", async () => {
    const fixture = await loadFixture(deployed);
    const { oracle, expiry } = fixture;
    const now = await time.latest();
    await postAt(fixture, report(now, slice(expiry + 9 * DAY, now, { rho: -0.31 })), now + 1);
    const asked = [expiry + 9 * DAY, expiry, expiry + 2 * DAY];
    const each = await Promise.all(asked.map((at) => oracle.read(ETH, at)));
    expect(await oracle.readMany(ETH, asked)).to.deep.equal(each);
    expect(await oracle.readMany(ETH, [])).to.deep.equal([]);
  });

  it("reads two slots an expiry, and none of one that ended", async () => {
    const { oracle, stranger, expiry } = await loadFixture(deployed);
    const to = await oracle.getAddress();
    const data = oracle.interface.encodeFunctionData("read", [ETH, expiry]);
    expect(await slotsRead(stranger, to, data)).to.equal(2);
    await later(expiry);
    expect(await slotsRead(stranger, to, data)).to.equal(0);
  });
});
