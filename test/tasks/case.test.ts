import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

import { expect } from "chai";

import { Mode, PlimsollInputError } from "../../sdk";
import { readCase } from "../../tasks/risk/case";
import { type CaseFile, longOnePerp } from "./support";

describe("risk:evaluate case file", () => {
  let folder: string;

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "plimsoll-"));
  });

  after(() => rm(folder, { recursive: true }));

  async function read(change: (file: CaseFile) => void, mode?: string) {
    const file = longOnePerp();
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
        },
      ],
      cash: 10n ** 12n,
      positions: [{ underlying: "ETH", size: 10n ** 8n, entry: 2_003n * 10n ** 18n }],
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
    ["portfolio mode", ({ account }) => (account.mode = "portfolio"), "portfolio is not supported yet"],
    ["a size of zero", ({ account }) => (account.positions[0]!.size = "0"), "account.positions.0.size"],
    ["an option", ({ account }) => (account.positions[0]!.kind = "option"), "account.positions.0 is an option"],
    ["an unknown underlying", ({ account }) => (account.positions[0]!.underlying = "BTC"), "positions.0.underlying"],
    ["collateral", ({ account }) => (account.collateral = [{ asset: "ETH", amount: "1" }]), "account.collateral"],
  ];
  for (const [what, change, named] of refusals) {
    it(`is refused with ${what}`, async () => {
      await expect(read(change)).to.be.rejectedWith(PlimsollInputError, named);
    });
  }

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
      /^The case file "\S+" has no field timestamp: docs\/examples\/margin.json shows what one has\.$/,
    );
    await expect(readCase("nowhere.json", undefined)).to.be.rejectedWith(PlimsollInputError, "cannot be read");
  });
});
