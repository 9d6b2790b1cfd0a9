import { loadFixture, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ethers } from "hardhat";

import type { SurfaceReport } from "../../../scripts/surface/slice";
import { refused } from "../../support/refusal";
import { ascending } from "./basis";
import { DAY, HOUR, MINUTE } from "./support";
import { type Deployed, ETH, deploySurface, postAt, report, signSurface, slice } from "./surface";

/** Order of the secp256k1 group. */
const CURVE_ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
const YEARS = 3 * 365 * DAY;

describe("SurfaceOracle", () => {
  let deployed: Deployed;
  /** When the next block may be. */
  let now: number;

  beforeEach(async () => {
    deployed = await loadFixture(deploySurface);
    now = (await time.latest()) + 100;
  });

  /** Posts, and expects the refusal with these values. */
  async function expectRefusal(
    posted: SurfaceReport,
    error: Parameters<typeof refused>[1],
    ...args: unknown[]
  ): Promise<void> {
    const { oracle, signers } = deployed;
    const signatures = await signSurface(oracle, signers.slice(0, 2), posted);
    await time.setNextBlockTimestamp(now);
    await refused(oracle.post(posted, signatures), error, ...args);
  }

  describe("post", () => {
    it("takes a report of any two signers from anyone, whole", async () => {
      const { oracle, signers, stranger } = deployed;
      for (const pair of [
        [0, 1],
        [0, 2],
        [1, 2],
      ]) {
        now += 60;
        const posted = report(now - 30, slice(now + DAY, now - 30), slice(now + 30 * DAY, now - 30));
        const who = pair.map((i) => signers[i]!);
        const signatures = await signSurface(oracle, who, posted);
        await time.setNextBlockTimestamp(now);
        const sent = oracle.connect(stranger).post(posted, signatures);
        for (const { expiry, ...rest } of posted.slices) {
          await expect(sent)
            .to.emit(oracle, "SurfacePosted")
            .withArgs(ETH, expiry, now - 30, [expiry, ...Object.values(rest)]);
        }
      }
    });

    it("refuses a report that names an expiry already reported then or later, the last again included", async () => {
      const expiry = now + DAY;
      await postAt(deployed, report(now, slice(expiry, now)));
      for (const observedAt of [now, now - 1]) {
        now += 1;
        const posted = report(observedAt, slice(expiry, observedAt), slice(expiry + DAY, observedAt));
        await expectRefusal(posted, "SurfaceOracle_ReportNotNewer", ETH, expiry, observedAt, expiry - DAY);
      }
    });

    it("ORAC-2 refuses a report from the future", async () => {
      await expectRefusal(report(now + 1, slice(now + DAY, now + 1)), "SurfaceOracle_ReportFromFuture", now + 1, now);
    });

    it("refuses a report more than ten minutes old and takes one that is exactly so", async () => {
      const oldest = now - 10 * MINUTE;
      const posted = report(oldest - 1, slice(now + DAY, oldest - 1));
      await expectRefusal(posted, "SurfaceOracle_ReportTooOld", oldest - 1, oldest);
      await postAt(deployed, report(oldest + 1, slice(now + DAY, oldest + 1)), now + 1);
    });

    it("refuses no slices, and more than 32", async () => {
      await expectRefusal(report(now), "SurfaceOracle_SliceCountOutOfBounds", 0, 1, 32);
      const many = Array.from({ length: 33 }, (_, i) => slice(now + (i + 1) * DAY, now));
      await expectRefusal(report(now, ...many), "SurfaceOracle_SliceCountOutOfBounds", 33, 1, 32);
    });

    it("refuses slices out of order, and one expiry twice", async () => {
      const [a, b] = [slice(now + DAY, now), slice(now + 2 * DAY, now)];
      const error = "SurfaceOracle_SlicesNotAscending";
      await expectRefusal(report(now, b, a), error, now + 2 * DAY, now + DAY);
      const posted = report(now, a, a);
      now += 1;
      await expectRefusal(posted, error, now - 1 + DAY, now - 1 + DAY);
    });

    it("refuses an expiry that is not in the future, or further than three years", async () => {
      const error = "SurfaceOracle_ExpiryOutOfBounds";
      await expectRefusal(report(now - 60, slice(now, now - 60)), error, now, now + 1, now + YEARS);
      now += 1;
      const far = now + YEARS + 1;
      await expectRefusal(report(now, slice(far, now)), error, far, now + 1, now + YEARS);
      now += 1;
      await postAt(deployed, report(now, slice(now + YEARS, now)));
    });

    it("refuses a 33rd live expiry, and takes it once one of them has expired", async () => {
      const { oracle } = deployed;
      const first = now + HOUR;
      const expiries = Array.from({ length: 32 }, (_, i) => first + i * DAY);
      await postAt(deployed, report(now, ...expiries.map((expiry) => slice(expiry, now))));
      const extra = first + 3 * HOUR;
      now += 1;
      const posted = report(now, slice(extra, now));
      await expectRefusal(posted, "SurfaceOracle_TooManyExpiries", ETH, 33, 32);
      now = first;
      await expect(postAt(deployed, report(now, slice(extra, now))))
        .to.emit(oracle, "SurfacePruned")
        .withArgs(ETH, first);
      expect(await oracle.expiriesOf(ETH)).to.deep.equal([extra, ...expiries.slice(1)].map(BigInt));
      expect(await oracle.expiriesOf(2)).to.deep.equal([]);
    });

    it("keeps expiries in order, whichever come first", async () => {
      const { oracle } = deployed;
      const at = (...days: number[]) => report(now, ...days.map((day) => slice(now - (now % DAY) + day * DAY, now)));
      const start = now - (now % DAY);
      for (const days of [[20], [5, 40], [5, 10, 20, 30], [2, 60]]) {
        await postAt(deployed, at(...days));
        now += 60;
      }
      const days = (await oracle.expiriesOf(ETH)).map((expiry) => (Number(expiry) - start) / DAY);
      expect(days).to.deep.equal([2, 5, 10, 20, 30, 40, 60]);
    });
  });

  describe("signatures", () => {
    const some = (): SurfaceReport => report(now, slice(now + DAY, now), slice(now + 9 * DAY, now));

    async function send(posted: SurfaceReport, signatures: string[]) {
      await time.setNextBlockTimestamp((now += 1));
      return deployed.oracle.post(posted, signatures);
    }

    it("are refused where there are too few", async () => {
      const { oracle, signers } = deployed;
      const posted = some();
      const signatures = await signSurface(oracle, signers, posted);
      for (const given of [0, 1]) {
        await refused(send(posted, signatures.slice(0, given)), "ReportSigners_TooFewSignatures", given, 2);
      }
    });

    it("are refused by one signer twice, and out of order", async () => {
      const { oracle, signers } = deployed;
      const [a, b] = signers;
      const posted = some();
      const [signedA, signedB] = await signSurface(oracle, [a!, b!], posted);
      const error = "ReportSigners_SignaturesNotAscending";
      await refused(send(posted, [signedA!, signedA!]), error, a!.address, a!.address);
      await refused(send(posted, [signedB!, signedA!]), error, b!.address, a!.address);
    });

    it("are refused by a stranger, even beside enough good ones", async () => {
      const { oracle, signers, stranger } = deployed;
      const posted = some();
      const signatures = await signSurface(oracle, [...signers, stranger], posted);
      await refused(send(posted, signatures), "ReportSigners_NotSigner", 3, stranger.address);
    });

    it("are refused over another report, to the last field of the last slice", async () => {
      const { oracle, signers } = deployed;
      const posted = some();
      const [first, last] = posted.slices as [SurfaceReport["slices"][number], SurfaceReport["slices"][number]];
      const others: SurfaceReport[] = [
        { ...posted, underlying: 2 },
        { ...posted, observedAt: posted.observedAt - 1n },
        { ...posted, slices: [first] },
        ...(Object.keys(last) as (keyof typeof last)[]).map((field) => ({
          ...posted,
          slices: [first, { ...last, [field]: last[field] + 1n }],
        })),
      ];
      for (const other of others) {
        const signatures = await signSurface(oracle, signers.slice(0, 2), other);
        await expect(send(posted, signatures)).to.be.revertedWithCustomError(oracle, "ReportSigners_NotSigner");
      }
    });

    it("are refused for another chain, contract, name or version", async () => {
      const { oracle, signers, stranger } = deployed;
      const posted = some();
      for (const domain of [
        { chainId: 1 },
        { verifyingContract: stranger.address },
        { name: "Plimsoll BasisOracle" },
        { version: "2" },
      ]) {
        const signatures = await signSurface(oracle, signers.slice(0, 2), posted, domain);
        await expect(send(posted, signatures)).to.be.revertedWithCustomError(oracle, "ReportSigners_NotSigner");
      }
    });

    it("are refused where malleable, short, compact, empty or nobody's", async () => {
      const { oracle, signers } = deployed;
      const posted = some();
      const [first, second] = await signSurface(oracle, signers, posted);
      const { r, s, v, compactSerialized } = ethers.Signature.from(second);
      const mirrored = ethers.concat([
        r,
        ethers.toBeHex(CURVE_ORDER - BigInt(s), 32),
        ethers.toBeHex(v === 27 ? 28 : 27),
      ]);
      const nobody = ethers.concat([ethers.ZeroHash, ethers.ZeroHash, "0x1b"]);
      for (const bad of [mirrored, ethers.dataSlice(second!, 0, 64), compactSerialized, "0x", nobody]) {
        await refused(send(posted, [first!, bad]), "ReportSigners_BadSignature", 1);
      }
    });

    it("belong to a domain that the oracle tells (EIP-5267)", async () => {
      const { oracle } = deployed;
      const { name, version, verifyingContract } = await oracle.eip712Domain();
      expect([name, version, verifyingContract]).to.deep.equal([
        "Plimsoll SurfaceOracle",
        "1",
        await oracle.getAddress(),
      ]);
    });
  });

  describe("setSigners", () => {
    it("replaces them, and former signers count no more", async () => {
      const { oracle, signers, others } = deployed;
      const next = ascending(others.slice(3, 6));
      await expect(oracle.setSigners(next, 3))
        .to.emit(oracle, "SignersChanged")
        .withArgs(
          signers.map(({ address }) => address),
          2,
          next.map(({ address }) => address),
          3,
        );
      expect(await oracle.signerSet()).to.deep.equal([next.map(({ address }) => address), 3n]);
      const posted = report(now, slice(now + DAY, now));
      await expectRefusal(posted, "ReportSigners_TooFewSignatures", 2, 3);
      now += 1;
      const former = await signSurface(oracle, signers, posted);
      await time.setNextBlockTimestamp(now);
      await refused(oracle.post(posted, former), "ReportSigners_NotSigner", 0, signers[0]!.address);
      await oracle.post(posted, await signSurface(oracle, next, posted));
    });

    it("keeps their number from 2 to 16, their order, and the threshold above half", async () => {
      const { oracle, authority, signers, others } = deployed;
      const wallets = Array.from({ length: 17 }, (_, i) => ethers.toBeHex(BigInt(i + 1), 20));
      for (const count of [0, 1, 17]) {
        await refused(
          oracle.setSigners(wallets.slice(0, count), 1),
          "ReportSigners_SignerCountOutOfBounds",
          count,
          2,
          16,
        );
      }
      for (const [count, lower] of [
        [2, 2],
        [3, 2],
        [4, 3],
        [16, 9],
      ] as const) {
        for (const threshold of [0, lower - 1, count + 1]) {
          const sent = oracle.setSigners(wallets.slice(0, count), threshold);
          await refused(sent, "ReportSigners_ThresholdOutOfBounds", threshold, lower, count);
        }
        await oracle.setSigners(wallets.slice(0, count), lower);
      }
      const [a, b] = ascending(others.slice(0, 2)).map(({ address }) => address) as [string, string];
      for (const [previous, signer, list] of [
        [a, a, [a, a]],
        [b, a, [b, a]],
        [ethers.ZeroAddress, ethers.ZeroAddress, [ethers.ZeroAddress, a]],
      ] as const) {
        await refused(oracle.setSigners([...list], 2), "ReportSigners_SignersNotAscending", previous, signer);
      }
      const args = [authority, [signers[0]!.address], 1, { forwardBps: 200, volBps: 2_500 }];
      await refused(ethers.deployContract("SurfaceOracle", args), "ReportSigners_SignerCountOutOfBounds", 1, 2, 16);
    });

    it("is closed to strangers", async () => {
      const { oracle, signers, stranger } = deployed;
      const sent = oracle.connect(stranger).setSigners(signers, 2);
      await refused(sent, "AccessManagedUnauthorized", stranger.address);
    });
  });

  describe("setMoveLimits", () => {
    it("changes them and tells from what to what", async () => {
      const { oracle } = deployed;
      expect(await oracle.moveLimits()).to.deep.equal([200n, 2_500n]);
      await expect(oracle.setMoveLimits({ forwardBps: 500, volBps: 100 }))
        .to.emit(oracle, "MoveLimitsChanged")
        .withArgs([200, 2_500], [500, 100]);
      expect(await oracle.moveLimits()).to.deep.equal([500n, 100n]);
    });

    for (const [parameter, value, lower, upper] of [
      ["forwardBps", 9, 10, 500],
      ["forwardBps", 501, 10, 500],
      ["volBps", 99, 100, 5_000],
      ["volBps", 5_001, 100, 5_000],
    ] as const) {
      it(`refuses a ${parameter} of ${value}`, async () => {
        const { oracle, authority, signers } = deployed;
        const limits = { forwardBps: 200, volBps: 2_500, [parameter]: value };
        const values = [ethers.encodeBytes32String(parameter), value, lower, upper];
        await refused(oracle.setMoveLimits(limits), "SurfaceOracle_LimitOutOfBounds", ...values);
        const args = [authority, signers.map(({ address }) => address), 2, limits];
        await refused(ethers.deployContract("SurfaceOracle", args), "SurfaceOracle_LimitOutOfBounds", ...values);
      });
    }

    it("is closed to strangers", async () => {
      const { oracle, stranger } = deployed;
      const sent = oracle.connect(stranger).setMoveLimits({ forwardBps: 200, volBps: 2_500 });
      await refused(sent, "AccessManagedUnauthorized", stranger.address);
    });
  });
});
