import { expect } from "chai";

import { strikesAround } from "../../../scripts/replay/optionMarket/listing";
import { Random } from "../../../scripts/replay/random";
import type { Funds } from "../../../scripts/replay/sizing";
import { type Intent, OptionStrategy, PerpetualStrategy, type Strategy } from "../../../scripts/replay/strategies";
import type { World } from "../../../scripts/replay/world";
import {
  type Instrument,
  type Lots,
  type MarketSnapshot,
  Mode,
  SurfaceStatus,
  decodeInstrument,
  isOption,
  judge,
  marketOf,
  parseWad,
  perp,
  underlyingOf,
} from "../../../sdk";
import { NOW, expiryIn, market } from "./venue";

const DAY = 86_400;
const MODES = [Mode.Isolated, Mode.Cross, Mode.Portfolio] as const;
const other = { ...market, underlying: 1n };
const snapshot: MarketSnapshot = {
  markets: [market, other],
  expiries: [1, 4, 11, 25].flatMap((days) => [expiryIn(days), { ...expiryIn(days), underlying: 1n }]),
  correlations: new Map(),
};
const crowd = {
  markets: [market, other].map(({ underlying }) => ({
    name: `U${underlying}`,
    underlying,
    feed: "",
    openInterestCap: 400_000_000n,
    reference: 1n,
  })),
  accounts: { traders: Array.from({ length: 30 }) },
} as unknown as World;

function fundsOf(mode: bigint): Funds {
  const cash = parseWad("10000");
  return { mode, cash, equity: cash, positions: [] };
}

const targetsOf = ({ targets }: Intent, mode: bigint): Map<Instrument, Lots> =>
  targets(snapshot, fundsOf(mode), () => 0n);

describe("traders of perpetuals", () => {
  const strategy: Strategy = new PerpetualStrategy(crowd);
  const draw = (index: number, mode: Mode): Intent =>
    strategy.draw({ index, mode, random: new Random(`trader ${index}`) }, snapshot, NOW)!;

  it("hold the same sides and weights under portfolio margin as cross, at their part of its largest leverage", () => {
    for (let index = 0; index < 10; ++index) {
      const [cross, portfolio] = [Mode.Cross, Mode.Portfolio].map((mode) => targetsOf(draw(index, mode), mode)) as [
        Map<Instrument, Lots>,
        Map<Instrument, Lots>,
      ];
      expect([...portfolio.keys()]).to.deep.equal([...cross.keys()]);
      const ratios = [...cross].map(([instrument, lots]) => Number(portfolio.get(instrument)) / Number(lots));
      for (const ratio of ratios) expect(ratio / ratios[0]!).to.be.closeTo(1, 1e-6);
      const positions = [...portfolio].map(([instrument, lots]) => {
        return { instrument, lots, index: marketOf(snapshot.markets, underlyingOf(instrument)).index };
      });
      const { equity, initialMargin } = judge(Mode.Portfolio, snapshot, parseWad("10000"), positions);
      expect(Number(initialMargin) / Number(equity), "part of the largest").to.be.within(0.29, 0.951);
    }
  });

  it("hold on, and trade each by itself", () => {
    expect(draw(1, Mode.Cross)).to.include({ endsAt: Infinity, atOnce: false });
  });
});

describe("traders of options", () => {
  const listing = { strikesOf: () => strikesAround(50_000) };
  const strategy = new OptionStrategy(crowd, listing, new Random("options"), MODES.length);
  const draw = (index: number, mode: Mode, at = NOW): Intent =>
    strategy.draw({ index, mode, random: new Random("unused") }, snapshot, at)!;

  it("hold the same book in each mode, larger or smaller, and of one instrument where isolated", () => {
    for (let group = 0; group < 10; ++group) {
      const [isolated, cross, portfolio] = MODES.map((mode, i) => draw(3 * group + i, mode)) as [
        Intent,
        Intent,
        Intent,
      ];
      expect(isolated.collateral).to.equal(cross.collateral).and.equal(portfolio.collateral);
      const [one, some, same] = [isolated, cross, portfolio].map((intent, i) => targetsOf(intent, MODES[i]!)) as [
        Map<Instrument, Lots>,
        Map<Instrument, Lots>,
        Map<Instrument, Lots>,
      ];
      expect([...one.keys()]).to.have.length(1);
      expect([...some.keys()]).to.include([...one.keys()][0]!);
      expect([...same.keys()]).to.deep.equal([...some.keys()]);
      const ratios = [...some]
        .filter(([, lots]) => lots !== 0n)
        .map(([instrument, lots]) => Number(same.get(instrument)) / Number(lots));
      for (const ratio of ratios) expect(ratio / ratios[0]!, `group ${group}`).to.be.closeTo(1, 1e-3);
    }
  });

  it("draw another book another time, and other traders others", () => {
    const names = new Set<string>();
    for (let group = 0; group < 10; ++group) {
      for (const at of [NOW, NOW + DAY]) names.add([...targetsOf(draw(3 * group, Mode.Isolated, at), 1n)].join());
    }
    expect(names.size).to.be.above(15);
  });

  it("trade nothing that expires within two days, and end with the first expiry they hold", () => {
    for (let index = 0; index < 30; ++index) {
      const intent = draw(index, Mode.Portfolio);
      const expiries = [...targetsOf(intent, Mode.Portfolio).keys()]
        .filter(isOption)
        .map((instrument) => Number(decodeInstrument(instrument).expiry));
      expect(Math.min(...expiries))
        .to.equal(intent.endsAt)
        .and.be.above(NOW + 2 * DAY);
      expect(intent.atOnce).to.be.true;
    }
  });

  it("hold one underlying's perpetual as a hedge of that underlying's options alone", () => {
    for (let index = 0; index < 30; ++index) {
      const held = [...targetsOf(draw(index, Mode.Cross), Mode.Cross).keys()];
      const optioned = new Set(held.filter(isOption).map(underlyingOf));
      for (const instrument of held) {
        if (!isOption(instrument)) expect(instrument).to.equal(perp(underlyingOf(instrument)));
        expect(optioned.has(underlyingOf(instrument))).to.be.true;
      }
    }
  });

  it("find nothing where no two expiries have a surface that takes new risk", () => {
    const drawAt = (status: bigint): Intent | undefined => {
      const expiries = snapshot.expiries!.map((one) => ({ ...one, status }));
      const entrant = { index: 0, mode: Mode.Cross, random: new Random("") };
      return strategy.draw(entrant, { ...snapshot, expiries }, NOW);
    };
    expect(drawAt(SurfaceStatus.Aged)).to.equal(undefined);
    expect(drawAt(SurfaceStatus.Stale)).not.to.equal(undefined);
  });
});
