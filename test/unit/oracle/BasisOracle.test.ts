import { loadFixture, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ethers } from "hardhat";

import type { BasisOracle } from "../../../typechain-types";
import { ETH, LIMIT, MAX_AGE, ascending, deploy, postAt, sign } from "./basis";
import type { Report } from "./basis";
import { at, wad } from "./support";

/** Order of the secp256k1 group. */
const CURVE_ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;

describe("BasisOracle", () => {
  describe("post", () => {
    it("takes a report of any two signers from anyone", async () => {
      const { oracle, signers, stranger } = await loadFixture(deploy);
      for (const pair of [
        [0, 1],
        [0, 2],
        [1, 2],
      ]) {
        const observedAt = await time.latest();
        const report = { underlying: ETH, basis: wad("0.001"), observedAt };
        const signatures = await sign(
          oracle,
          pair.map((i) => signers[i]!),
          report,
        );
        await at(observedAt + 30, [() => oracle.connect(stranger).post(report, signatures)]);
        expect(await oracle.latestReport(ETH)).to.deep.equal([
          wad("0.001"),
          BigInt(observedAt),
          BigInt(observedAt + 30),
        ]);
      }
    });

    it("tells what was signed, what counts, and the integral up to then", async () => {
      const { oracle, signers } = await loadFixture(deploy);
      const now = (await time.latest()) + 100;
      await postAt(oracle, signers, { underlying: ETH, basis: wad("0.002"), observedAt: now }, now);
      const report = { underlying: ETH, basis: wad("-0.5"), observedAt: now + 1 };
      const signatures = await sign(oracle, signers, report);
      await time.setNextBlockTimestamp(now + 50);
      await expect(oracle.post(report, signatures))
        .to.emit(oracle, "BasisPosted")
        .withArgs(ETH, wad("-0.5"), -LIMIT, now + 1, 2_000_000n * 50n);
    });

    for (const [reported, basis] of [
      [LIMIT, LIMIT],
      [LIMIT + 1n, LIMIT],
      [2n ** 63n - 1n, LIMIT],
      [-LIMIT, -LIMIT],
      [-LIMIT - 1n, -LIMIT],
      [-(2n ** 63n), -LIMIT],
    ] as const) {
      it(`clamps ${reported.toString()}`, async () => {
        const { oracle, signers } = await loadFixture(deploy);
        const now = (await time.latest()) + 1;
        await postAt(oracle, signers, { underlying: ETH, basis: reported, observedAt: now }, now);
        expect((await oracle.read(ETH)).basis).to.equal(basis);
      });
    }

    async function expectRefusal(
      oracle: BasisOracle,
      report: Report,
      signatures: string[],
      error: string,
      args: unknown[],
    ): Promise<void> {
      await expect(oracle.post(report, signatures))
        .to.be.revertedWithCustomError(oracle, error)
        .withArgs(...args);
    }

    it("refuses a report that is not newer than the last, the last one again included", async () => {
      const { oracle, signers } = await loadFixture(deploy);
      const now = (await time.latest()) + 100;
      const report = { underlying: ETH, basis: wad("0.001"), observedAt: now };
      await postAt(oracle, signers, report, now);
      for (const observedAt of [now, now - 1]) {
        const older = { ...report, observedAt };
        const signatures = await sign(oracle, signers, older);
        await expectRefusal(oracle, older, signatures, "BasisOracle_ReportNotNewer", [ETH, observedAt, now]);
      }
    });

    it("ORAC-2 refuses a report from the future", async () => {
      const { oracle, signers } = await loadFixture(deploy);
      const now = (await time.latest()) + 100;
      const report = { underlying: ETH, basis: 1n, observedAt: now + 1 };
      const signatures = await sign(oracle, signers, report);
      await time.setNextBlockTimestamp(now);
      await expectRefusal(oracle, report, signatures, "BasisOracle_ReportFromFuture", [now + 1, now]);
    });

    it("refuses a report more than ten minutes old and takes one that is exactly so", async () => {
      const { oracle, signers } = await loadFixture(deploy);
      const now = (await time.latest()) + 1_000;
      const report = { underlying: ETH, basis: 1n, observedAt: now - MAX_AGE - 1 };
      const signatures = await sign(oracle, signers, report);
      await time.setNextBlockTimestamp(now);
      await expectRefusal(oracle, report, signatures, "BasisOracle_ReportTooOld", [now - MAX_AGE - 1, now - MAX_AGE]);
      await postAt(oracle, signers, { ...report, observedAt: now + 1 - MAX_AGE }, now + 1);
    });

    async function someReport(): Promise<Report> {
      return { underlying: ETH, basis: wad("0.003"), observedAt: await time.latest() };
    }

    it("refuses too few signatures", async () => {
      const { oracle, signers } = await loadFixture(deploy);
      const report = await someReport();
      const signatures = await sign(oracle, signers, report);
      for (const given of [0, 1]) {
        const few = signatures.slice(0, given);
        await expectRefusal(oracle, report, few, "ReportSigners_TooFewSignatures", [given, 2]);
      }
    });

    it("refuses one signer twice, and signatures out of order", async () => {
      const { oracle, signers } = await loadFixture(deploy);
      const [a, b] = signers;
      const report = await someReport();
      const [signedA, signedB] = await sign(oracle, [a!, b!], report);
      const error = "ReportSigners_SignaturesNotAscending";
      await expectRefusal(oracle, report, [signedA!, signedA!], error, [a!.address, a!.address]);
      await expectRefusal(oracle, report, [signedB!, signedA!], error, [b!.address, a!.address]);
    });

    it("refuses a stranger's signature, even beside enough good ones", async () => {
      const { oracle, signers, stranger } = await loadFixture(deploy);
      const report = await someReport();
      const signatures = await sign(oracle, [...signers, stranger], report);
      const error = "ReportSigners_NotSigner";
      await expectRefusal(oracle, report, signatures, error, [3, stranger.address]);
      await expectRefusal(oracle, report, [signatures[3]!, signatures[0]!], error, [0, stranger.address]);
    });

    it("refuses a signature over another report", async () => {
      const { oracle, signers } = await loadFixture(deploy);
      const report = await someReport();
      for (const other of [
        { ...report, underlying: 2 },
        { ...report, basis: report.basis + 1n },
        { ...report, observedAt: report.observedAt - 1 },
      ]) {
        await expect(oracle.post(report, await sign(oracle, signers, other))).to.be.revertedWithCustomError(
          oracle,
          "ReportSigners_NotSigner",
        );
      }
    });

    it("refuses a signature for another chain, contract, name or version", async () => {
      const { oracle, signers, stranger } = await loadFixture(deploy);
      const report = await someReport();
      for (const domain of [
        { chainId: 1 },
        { verifyingContract: stranger.address },
        { name: "Plimsoll" },
        { version: "2" },
      ]) {
        await expect(oracle.post(report, await sign(oracle, signers, report, domain))).to.be.revertedWithCustomError(
          oracle,
          "ReportSigners_NotSigner",
        );
      }
    });

    it("refuses malleable, short, compact and empty signatures", async () => {
      const { oracle, signers } = await loadFixture(deploy);
      const report = await someReport();
      const [first, second] = await sign(oracle, signers, report);
      const { r, s, v, compactSerialized } = ethers.Signature.from(second);
      const mirrored = ethers.concat([
        r,
        ethers.toBeHex(CURVE_ORDER - BigInt(s), 32),
        ethers.toBeHex(v === 27 ? 28 : 27),
      ]);
      const unsigned = ethers.concat([ethers.ZeroHash, ethers.ZeroHash, "0x1b"]);
      for (const bad of [mirrored, ethers.dataSlice(second!, 0, 64), compactSerialized, "0x", unsigned]) {
        await expectRefusal(oracle, report, [first!, bad], "ReportSigners_BadSignature", [1]);
      }
    });
  });

  describe("setSigners", () => {
    it("starts with the signers of its birth", async () => {
      const { oracle, signers } = await loadFixture(deploy);
      expect(await oracle.signerSet()).to.deep.equal([signers.map((s) => s.address), 2n]);
    });

    it("replaces them, and former signers count no more", async () => {
      const { oracle, signers, others } = await loadFixture(deploy);
      const next = ascending([signers[2]!, ...others.slice(3, 7)]);
      await expect(oracle.setSigners(next, 3))
        .to.emit(oracle, "SignersChanged")
        .withArgs(
          signers.map((s) => s.address),
          2,
          next.map((s) => s.address),
          3,
        );
      expect(await oracle.signerSet()).to.deep.equal([next.map((s) => s.address), 3n]);

      const report = { underlying: ETH, basis: 1n, observedAt: await time.latest() };
      await expect(oracle.post(report, await sign(oracle, signers, report)))
        .to.be.revertedWithCustomError(oracle, "ReportSigners_NotSigner")
        .withArgs(0, signers[0]!.address);
      await expect(oracle.post(report, await sign(oracle, next.slice(0, 2), report)))
        .to.be.revertedWithCustomError(oracle, "ReportSigners_TooFewSignatures")
        .withArgs(2, 3);
      await oracle.post(report, await sign(oracle, next.slice(1, 4), report));
    });

    it("keeps the number of signers between 2 and 16", async () => {
      const { oracle, others } = await loadFixture(deploy);
      const wallets = Array.from({ length: 17 }, (_, i) => ethers.toBeHex(BigInt(i + 1), 20));
      for (const count of [0, 1, 17]) {
        await expect(oracle.setSigners(wallets.slice(0, count), 1))
          .to.be.revertedWithCustomError(oracle, "ReportSigners_SignerCountOutOfBounds")
          .withArgs(count, 2, 16);
      }
      await oracle.setSigners(wallets.slice(0, 16), 16);
      await oracle.setSigners(ascending(others.slice(0, 2)), 2);
    });

    for (const [count, lower] of [
      [2, 2],
      [3, 2],
      [4, 3],
      [5, 3],
      [16, 9],
    ] as const) {
      it(`keeps the threshold of ${count.toString()} above half and within them`, async () => {
        const { oracle, others } = await loadFixture(deploy);
        const signers = ascending(others.slice(0, count)).map((s) => s.address);
        for (const threshold of [0, lower - 1, count + 1, 255]) {
          await expect(oracle.setSigners(signers, threshold))
            .to.be.revertedWithCustomError(oracle, "ReportSigners_ThresholdOutOfBounds")
            .withArgs(threshold, lower, count);
        }
        await oracle.setSigners(signers, lower);
        await oracle.setSigners(signers, count);
      });
    }

    it("refuses a signer twice, out of order, or the zero address", async () => {
      const { oracle, signers } = await loadFixture(deploy);
      const [a, b] = signers.map((s) => s.address);
      for (const [previous, signer, list] of [
        [a, a, [a, a]],
        [b, a, [b, a]],
        [ethers.ZeroAddress, ethers.ZeroAddress, [ethers.ZeroAddress, a]],
      ] as [string, string, string[]][]) {
        await expect(oracle.setSigners(list, 2))
          .to.be.revertedWithCustomError(oracle, "ReportSigners_SignersNotAscending")
          .withArgs(previous, signer);
      }
    });

    it("checks the first signers too", async () => {
      const { authority, oracle, signers } = await loadFixture(deploy);
      await expect(ethers.deployContract("BasisOracle", [authority, [signers[0]!.address], 1]))
        .to.be.revertedWithCustomError(oracle, "ReportSigners_SignerCountOutOfBounds")
        .withArgs(1, 2, 16);
    });

    it("is closed to strangers", async () => {
      const { oracle, signers, stranger } = await loadFixture(deploy);
      await expect(oracle.connect(stranger).setSigners(signers, 2))
        .to.be.revertedWithCustomError(oracle, "AccessManagedUnauthorized")
        .withArgs(stranger.address);
    });
  });
});
