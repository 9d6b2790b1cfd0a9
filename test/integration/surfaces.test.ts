import { readFileSync } from "node:fs";

import { time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import hre from "hardhat";

import { parseWad } from "../../sdk";
import { underlyingNamed } from "../../scripts/lib/system";
import { parseChains } from "../../scripts/surface/chain";
import { type Fitted, type FittedChain, errorsOf, fitChain } from "../../scripts/surface/fit";
import { signSurfaceReport } from "../../scripts/surface/sign";
import { hasShared, sharedPath } from "../support/shared";
import { World } from "../support/world";

/** The least of a block's gas limit that a whole market may take: a transaction's (EIP-7825). */
const GAS_OF_A_TRANSACTION = 16_777_216n;

for (const day of ["2026-01-02", "2026-03-01"]) {
  describe(`Surfaces of the chain of ${day}`, function () {
    this.timeout(300_000);
    const file = `chain_${day}.csv`;
    const place = ["data", "deribit", file] as const;
    let fitted: FittedChain[];

    before(function () {
      if (!hasShared(...place)) return this.skip();
      fitted = parseChains(readFileSync(sharedPath(...place), "utf8"), file).map(fitChain);
    });

    it("are within 0.3 vol points of its marks at the median, and 1.0 at the 90th percentile", () => {
      expect(fitted.map(({ currency }) => currency)).to.deep.equal(["BTC", "ETH"]);
      const all = fitted.flatMap(({ slices }) => slices.flatMap(({ quotes }) => quotes));
      for (const { count, median, ninetieth } of [...fitted.map(({ errors }) => errors), errorsOf(all)]) {
        expect(count).to.be.above(400);
        expect(median).to.be.below(0.3);
        expect(ninetieth).to.be.below(1);
      }
    });

    it("are taken by the oracle whole, which then gives the marks back", async () => {
      const world = await World.create();
      const { surfaceOracle, parameters } = world.system;
      for (const chain of fitted) {
        const { id } = underlyingNamed(parameters, chain.currency);
        // The chain is of another time than the test's: everything moves by the same.
        const shift = (await time.latest()) + 60 - chain.observedAt;
        const slices = chain.slices.map(({ slice }) => ({ ...slice, expiry: slice.expiry + BigInt(shift) }));
        const report = { underlying: id, observedAt: BigInt(chain.observedAt + shift), slices };
        const signatures = await signSurfaceReport(hre, surfaceOracle, report);
        await time.setNextBlockTimestamp(chain.observedAt + shift + 1);
        const receipt = await (await surfaceOracle.post(report, signatures)).wait();
        expect(receipt?.gasUsed).to.be.below(GAS_OF_A_TRANSACTION / 4n);

        const marked: Fitted[] = [];
        for (const { slice, quotes, svi, tenor, forwardRatio } of chain.slices) {
          const expiry = slice.expiry + BigInt(shift);
          const stored = await surfaceOracle.read(id, expiry);
          expect(Number(stored.forwardRatio) / 1e18).to.be.closeTo(forwardRatio, 1e-9);
          expect(stored.tenor).to.equal(tenor);
          expect(stored.s).to.equal(parseWad(svi.s.toFixed(12)));
          for (const quote of quotes.filter(({ judged }) => judged)) {
            const k = BigInt(Math.round(quote.k * 1e15)) * 1_000n;
            const { sigma } = await surfaceOracle.volatility(id, expiry, k);
            expect(Number(sigma) / 1e18, "as fitted").to.be.closeTo(quote.fitted, 1e-9);
            marked.push({ ...quote, fitted: Number(sigma) / 1e18 });
          }
        }
        const { count, median, ninetieth } = errorsOf(marked);
        expect(count).to.equal(chain.errors.count);
        expect(median).to.be.below(0.3);
        expect(ninetieth).to.be.below(1);
      }
    });
  });
}
