import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

import { expect } from "chai";

import { Mode, PlimsollInputError } from "../../sdk";
import { readCase } from "../../tasks/risk/case";
import { type CaseFile, longOnePerp, shortOneCall } from "./support";

describe("risk:evaluate case file", () => {
  let folder: string;

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "plimsoll-"));
  });

  after(() => rm(folder, { recursive: true }));

  async function read(change: (file: CaseFile) => void, mode?: string, file = longOnePerp()) {
    change(file);
    return readText(JSON.stringify(file), mode);
  }

  async function readText(text: string, mode?: string) {
    const file = path.join(folder, "case.json");
    await writeFile(file, text);
    return readCase(file, mode);
  }

  it("is read into the units of the contracts", async () => {
    expect(await read(() => undefined)).to.deep.equal({
      timestamp: 1_700_000_000n,
      mode: Mode.Cross,
      underlyings: [
        {
          name: "ETH",
          spot: 2_000n * 10n ** 18n,
          basis: 15n * 10n ** 14n,
          dailyVol: 35n * 10n ** 15n,
          confidenceBps: 25n,
          expiries: [],
        },
      ],
      minCorrelation: 10n ** 18n,
      cash: 10n ** 12n,
      positions: [{ kind: "perp", underlying: "ETH", size: 10n ** 8n, entry: 2_003n * 10n ** 18n }],
    });
  });

  it("tells an option by the seconds to its expiry, and expiries the nearest first", async () => {
    const { underlyings, minCorrelation, positions, mode } = await read(
      (file) => {
        const { expiries } = file.underlyings.ETH!;
        expiries!.push({ ...expiries![0]!, days: "0.0000058" });
        file.minCorrelation = "-0.25";
      },
      undefined,
      shortOneCall(),
    );
    expect({ mode, minCorrelation }).to.deep.equal({ mode: Mode.Portfolio, minCorrelation: -(10n ** 18n) / 4n });
    const week = 648_000n;
    const option = { kind: "option", underlying: "ETH", timeLeft: week, strike: 210_050_000_000n, call: true };
    expect(positions).to.deep.equal([{ ...option, size: -(10n ** 8n) }]);
    const [{ expiries }] = underlyings as [(typeof underlyings)[number]];
    // Half a second, rounded.
    expect(expiries.map(({ timeLeft }) => timeLeft)).to.deep.equal([1n, week]);
    expect(expiries[1]).to.deep.equal({
      timeLeft: week,
      forwardRatio: 1_001n * 10n ** 15n,
      rate: 4n * 10n ** 16n,
      svi: { a: 35n * 10n ** 14n, b: 17n * 10n ** 15n, rho: -2n * 10n ** 17n, m: 0n, s: 2n * 10n ** 17n },
    });
  });

  it("is judged in the mode the command line names", async () => {
    expect((await read(() => undefined, "isolated")).mode).to.equal(Mode.Isolated);
  });

  it("gives a basis by which the mark, rounded down, is the perpetual's price", async () => {
    const { underlyings } = await read(({ underlyings: { ETH } }) => {
      [ETH!.spot, ETH!.perp] = ["1723.456789", "1719.1"];
    });
    const [{ spot, basis }] = underlyings as [(typeof underlyings)[number]];
    const mark = (spot * (10n ** 18n + basis)) / 10n ** 18n;
    const perp = 17_191n * 10n ** 17n;
    expect(mark >= perp && mark < perp + 2_000n).to.be.true;
  });

  const refusals: [string, (file: CaseFile) => void, string][] = [
    ["a spot that is no number", ({ underlyings }) => (underlyings.ETH!.spot = "cheap"), "underlyings.ETH.spot"],
    ["a spot of zero", ({ underlyings }) => (underlyings.ETH!.spot = "0"), "underlyings.ETH.spot"],
    ["a perp far from spot", ({ underlyings }) => (underlyings.ETH!.perp = "2100"), "underlyings.ETH.perp"],
    ["a fraction of a basis point", ({ underlyings }) => (underlyings.ETH!.confidence = "0.00255"), "ETH.confidence"],
    ["a volatility of 300 %", ({ underlyings }) => (underlyings.ETH!.dailyVol = "3"), "underlyings.ETH.dailyVol"],
    [
      "an underlying without parameters",
      ({ underlyings }) => (underlyings.DOGE = underlyings.ETH!),
      "underlyings.DOGE",
    ],
    ["a timestamp that is text", (file) => (file.timestamp = "now"), "timestamp"],
    ["cash below zero", ({ account }) => (account.cash = "-1"), "account.cash"],
    ["a mode that is none", ({ account }) => (account.mode = "hedged"), "account.mode"],
    ["a size of zero", ({ account }) => (account.positions[0]!.size = "0"), "account.positions.0.size"],
    ["a future", ({ account }) => (account.positions[0]!.kind = "future"), "account.positions.0.kind"],
    ["a correlation of two", (file) => (file.minCorrelation = "2"), "minCorrelation"],
    ["an unknown underlying", ({ account }) => (account.positions[0]!.underlying = "BTC"), "positions.0.underlying"],
    ["collateral", ({ account }) => (account.collateral = [{ asset: "ETH", amount: "1" }]), "account.collateral"],
  ];
  for (const [what, change, named] of refusals) {
    it(`is refused with ${what}`, async () => {
      await expect(read(change)).to.be.rejectedWith(PlimsollInputError, named);
    });
  }

  type Expiry = NonNullable<CaseFile["underlyings"][string]["expiries"]>[number];
  const ofExpiry =
    (change: (expiry: Expiry) => void) =>
    ({ underlyings }: CaseFile): void => {
      change(underlyings.ETH!.expiries![0]!);
    };
  const optionRefusals: [string, (file: CaseFile) => void, string][] = [
    ["an expiry that is now", ofExpiry((x) => (x.days = "0.000001")), "ETH.expiries.0.days"],
    ["an expiry in four years", ofExpiry((x) => (x.days = "1461")), "ETH.expiries.0.days"],
    ["an expiry in words", ofExpiry((x) => (x.days = "a week")), "ETH.expiries.0.days"],
    ["a forward at a third of spot", ofExpiry((x) => (x.forwardRatio = "0.33")), "ETH.expiries.0.forwardRatio"],
    ["a rate of 300 %", ofExpiry((x) => (x.rate = "3")), "ETH.expiries.0.rate"],
    ["a level beyond what is stored", ofExpiry((x) => (x.svi.a = "141")), "ETH.expiries.0.svi.a"],
    ["wings below zero", ofExpiry((x) => (x.svi.b = "-0.1")), "ETH.expiries.0.svi.b"],
    ["a skew beyond one", ofExpiry((x) => (x.svi.rho = "-1.1")), "ETH.expiries.0.svi.rho"],
    ["a middle that is no number", ofExpiry((x) => (x.svi.m = "zero")), "ETH.expiries.0.svi.m"],
    ["a width below zero", ofExpiry((x) => (x.svi.sigma = "-1")), "ETH.expiries.0.svi.sigma"],
    [
      "two surfaces of an expiry",
      ({ underlyings: { ETH } }) => ETH!.expiries!.push({ ...ETH!.expiries![0]!, days: "7.50" }),
      "ETH.expiries.1.days is that of an expiry before it",
    ],
    [
      "more expiries than the oracle keeps",
      ({ underlyings: { ETH } }) => {
        ETH!.expiries = Array.from({ length: 33 }, (_, i) => ({ ...ETH!.expiries![0]!, days: `${i + 1}` }));
      },
      "ETH.expiries of the case is wrong: It has more than the 32",
    ],
    [
      "an option of an expiry without a surface",
      ({ account }) => (account.positions[0]!.days = "7"),
      "account.positions.0.days is of no expiry: underlyings.ETH.expiries",
    ],
    [
      "an option further ahead than any is listed",
      (file) => {
        file.underlyings.ETH!.expiries![0]!.days = file.account.positions[0]!.days = "400.1";
      },
      "account.positions.0.days is more than 400",
    ],
    ["a strike of zero", ({ account }) => (account.positions[0]!.strike = "0"), "account.positions.0.strike"],
    [
      "a strike finer than the ledger's",
      ({ account }) => (account.positions[0]!.strike = "2100.123456789"),
      'account.positions.0.strike of the case is wrong: The strike "2100.123456789" has 9 decimals and may have 8',
    ],
    ["a side in words", ({ account }) => (account.positions[0]!.call = "call"), "account.positions.0.call"],
    [
      "an option that has no strike",
      ({ account }) => delete account.positions[0]!.strike,
      "has no field account.positions.0.strike: docs/examples/portfolio.json",
    ],
  ];
  for (const [what, change, named] of optionRefusals) {
    it(`is refused with ${what}`, async () => {
      await expect(read(change, undefined, shortOneCall())).to.be.rejectedWith(PlimsollInputError, named);
    });
  }

  it("is refused in a mode there is none of, whether the file or the command line names it", async () => {
    await expect(read(() => undefined, "hedged")).to.be.rejectedWith(
      PlimsollInputError,
      'There is no mode "hedged": choose isolated, cross or portfolio.',
    );
  });

  it("is refused with two options of one underlying in isolated mode", async () => {
    const twoStrikes = ({ account }: CaseFile): void => {
      account.positions.push({ ...account.positions[0]!, strike: "2000" });
    };
    await expect(read(twoStrikes, "isolated", shortOneCall())).to.be.rejectedWith(PlimsollInputError, "one instrument");
    const twice = ({ account }: CaseFile): void => void account.positions.push(account.positions[0]!);
    expect((await read(twice, "isolated", shortOneCall())).positions).to.have.length(2);
  });

  it("is refused with two instruments in isolated mode", async () => {
    const twoInstruments = ({ underlyings, account }: CaseFile): void => {
      underlyings.BTC = underlyings.ETH!;
      account.positions.push({ ...account.positions[0]!, underlying: "BTC" });
    };
    await expect(read(twoInstruments, "isolated")).to.be.rejectedWith(PlimsollInputError, "one instrument");
    expect((await read(twoInstruments)).positions).to.have.length(2);
  });

  it("is refused where it is not JSON or not there", async () => {
    await expect(readText("{")).to.be.rejectedWith(PlimsollInputError, "is not JSON");
    await expect(readText("[]")).to.be.rejectedWith(PlimsollInputError, "is wrong");
    await expect(readText('{ "name": "plimsoll" }')).to.be.rejectedWith(
      PlimsollInputError,
      /^The case file "\S+" has no field timestamp: docs\/examples\/portfolio.json shows what one has\.$/,
    );
    await expect(readCase("nowhere.json", undefined)).to.be.rejectedWith(PlimsollInputError, "cannot be read");
  });
});
