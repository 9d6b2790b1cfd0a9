/** What the ledger can hold at its edges: expired options, and numbers as wide as storage. */
import { expect } from "chai";
import fc from "fast-check";

import { SurfaceStatus, WAD, encodePosition, parseWad } from "../../../sdk";
import type { CrossMargin, IsolatedMargin, PortfolioMargin } from "../../../typechain-types";
import { deployPortfolioMargin, deployStandardMargin } from "../../support/portfolio";
import { assessOnChain, call, eth, expiryIn, flat, holding, outcomeOf, put, seriesOf, twinOf } from "./optionBooks";

describe("Options at the edges of what margin models are given", function () {
  this.timeout(300_000);
  let models: { isolated: IsolatedMargin; cross: CrossMargin; portfolio: PortfolioMargin };

  before(async () => {
    models = { ...(await deployStandardMargin()), portfolio: await deployPortfolioMargin() };
  });

  describe("of what is past", () => {
    // As the ledger gives it until it is settled, and as the surface oracle gives what nobody reported.
    const past = { ...expiryIn(0n), status: SurfaceStatus.Expired, tenor: 1n, forwardRatio: WAD, ...flat() };
    const unknown = { ...expiryIn(10n), status: SurfaceStatus.Absent, tenor: 0n, forwardRatio: 0n, ...flat() };
    const strikes = ["0.00000001", "1", "1999.999", "1999.99999999", "2000", "2000.001", "2500", "184467440737"];
    // The distribution's least deviation is 1e-9, which eight of lie within the table.
    const [smeared, most] = [10n ** 8n, 10n ** 9n];

    for (const [what, expiry, days] of [
      ["an expiry that is not settled yet", past, 0n],
      ["an expiry that nobody reported", unknown, 10n],
    ] as const) {
      for (const mode of ["isolated", "cross", "portfolio"] as const) {
        it(`counts in ${mode} mode what options of ${what} would pay now`, async () => {
          for (const strike of strikes) {
            for (const [leg, sign] of [
              [call, 1n],
              [put, -1n],
            ] as const) {
              for (const size of ["1", "-1"]) {
                const asked = holding([expiry], [leg(strike, size, days)]);
                const found = await assessOnChain(models[mode], asked);
                expect(found, "MATH-1").to.deep.equal(twinOf(mode, asked));
                const inside = sign * (eth.spot - parseWad(strike));
                const paid = inside > 0n ? inside : 0n;
                const off = found.equity - (size === "1" ? paid : -paid);
                const near = inside * inside < (eth.spot / smeared) ** 2n;
                expect(near ? off * off < (eth.spot / most) ** 2n : off === 0n, `MATH-2: ${strike}`).to.equal(true);
              }
            }
          }
        });
      }
    }

    it("revalues in portfolio mode at the moved prices, whatever volatility does", async () => {
      const asked = holding([past], [call("2100", "-1", 0n), put("1500", "1", 0n)]);
      const words = asked.positions.map(encodePosition);
      const [risk] = await models.portfolio.risksOf([...asked.inputs.markets], [past], words);
      const range = parseWad("0.19");
      const moves = [-4n, -3n, -2n, -1n, 0n, 1n, 2n, 3n, 4n].flatMap((i) => [(range * i) / 4n, (range * i) / 4n]);
      moves.forEach((move, s) => {
        const price = (eth.spot * (WAD + move)) / WAD;
        const most = (x: bigint): bigint => (x > 0n ? x : 0n);
        expect(risk!.pnl[s], `scenario ${s}`).to.equal(most(parseWad("1500") - price) - most(price - parseWad("2100")));
      });
      expect([risk!.pnl[22], risk!.pnl[23]]).to.deep.equal([0n, 0n]);
      expect(await assessOnChain(models.portfolio, asked), "MATH-1").to.deep.equal(twinOf("portfolio", asked));
    });
  });

  describe("at the widths of storage", () => {
    const extreme = fc.record({
      spot: fc.oneof(
        fc.constantFrom(1n, 2n, 10n ** 9n, 2n ** 96n, 2n ** 119n),
        fc.bigInt(1n, 2n ** 96n),
        fc.bigInt(1n, 10n ** 24n),
      ),
      ratio: fc.constantFrom(WAD / 2n, WAD, 2n * WAD),
      days: fc.constantFrom(0n, 1n, 30n, 400n),
      legs: fc.array(
        fc.record({
          strike: fc.oneof(fc.constantFrom(1n, 2n ** 64n - 1n), fc.bigInt(1n, 10n ** 14n)),
          call: fc.boolean(),
          lots: fc
            .oneof(fc.constantFrom(1n, -1n, 2n ** 63n - 1n, -(2n ** 63n)), fc.bigInt(-(10n ** 12n), 10n ** 12n))
            .filter((lots) => lots !== 0n),
        }),
        { minLength: 1, maxLength: 4 },
      ),
    });

    for (const mode of ["isolated", "cross", "portfolio"] as const) {
      it(`agrees with the twin in ${mode} mode, or refuses as it does`, async () => {
        const outcomes = new Map<string, number>();
        await fc.assert(
          fc.asyncProperty(extreme, async ({ spot, ratio, days, legs }) => {
            const held = mode === "isolated" ? legs.slice(0, 1) : legs;
            const expiry = days === 0n ? { ...expiryIn(0n), ...flat() } : expiryIn(days);
            const expiries = [{ ...expiry, forwardRatio: ratio, tenor: days === 0n ? 1n : expiry.tenor }];
            const positions = held.map(({ strike, call: isCall, lots }) => ({
              instrument: seriesOf(strike, isCall, days),
              lots,
              index: 0n,
            }));
            const asked = holding(expiries, positions, { ...eth, spot, mark: spot, index: spot });
            const twin = outcomeOf(() => twinOf(mode, asked));
            outcomes.set(twin.refusal ?? "", (outcomes.get(twin.refusal ?? "") ?? 0) + 1);
            if (twin.found) expect(await assessOnChain(models[mode], asked), "MATH-1").to.deep.equal(twin.found);
            else
              await expect(assessOnChain(models[mode], asked)).to.be.revertedWithCustomError(
                models[mode],
                twin.refusal!,
              );
          }),
          { numRuns: 400, seed: 7 },
        );
        expect(outcomes.get("")! > 100 && outcomes.get("MarginModel_TooLarge")! > 20, "no case of a kind").to.equal(
          true,
        );
      });
    }

    it("takes as many positions as an account can hold", async () => {
      const days = [0n, 1n, 7n, 14n, 30n, 60n, 90n, 180n, 270n, 400n];
      const expiries = days.map((ahead) =>
        ahead === 0n ? { ...expiryIn(0n), ...flat(), tenor: 1n } : expiryIn(ahead),
      );
      const positions = Array.from({ length: 255 }, (_, i) => {
        const strike = String(500 + 20 * i);
        return (i % 2 === 0 ? call : put)(strike, i % 3 === 0 ? "0.7" : "-1.3", days[i % days.length]);
      });
      const asked = holding(expiries, positions);
      expect(await assessOnChain(models.cross, asked), "MATH-1").to.deep.equal(twinOf("cross", asked));
    });
  });
});
