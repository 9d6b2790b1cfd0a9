import { expect } from "chai";
import hre from "hardhat";

import { buildManifest } from "../../scripts/deploy/manifest";
import { deploySystem, systemFixture } from "../../scripts/lib/system";
import { local } from "../../config/networks";
import { PlimsollInputError } from "../../sdk";
import { type Manifest, formatManifest, parseManifest } from "../../sdk/manifest";

const { ethers } = hre;

describe("manifest", () => {
  let manifest: Manifest;

  beforeEach(async () => {
    await systemFixture(hre);
    manifest = await buildManifest(hre);
  });

  it("tells what stands on the chain", async () => {
    const system = await systemFixture(hre);
    const { Clearinghouse } = manifest.contracts;
    expect(Clearinghouse?.address).to.equal(await system.clearinghouse.getAddress());
    expect(Clearinghouse?.codeHash).to.equal(ethers.keccak256(await ethers.provider.getCode(system.clearinghouse)));
    expect(manifest.fromBlock).to.equal(manifest.contracts.AccessManager?.block);
    expect(manifest.settlementToken).to.deep.include({ symbol: "USDC", decimals: 6 });
    expect(manifest.roles.moduleAdmin?.functions).to.include("Clearinghouse.setModules");
    const [eth, , sol] = manifest.underlyings;
    expect(eth).to.deep.include({ name: "ETH", id: 1, referencePrice: "2000", confidenceBps: 25 });
    expect(eth?.feed.description).to.equal("ETH / USD (local mock)");
    expect(eth?.secondFeed?.maxDeviationBps).to.equal(200);
    expect(eth?.options).to.deep.equal({
      priceRangeBps: 1_900,
      creditBps: 6_000,
      referenceVolBps: 350,
      takerFeeBps: 3,
      makerFeeBps: 1,
      openInterestCap: "250000000",
    });
    expect(sol?.secondFeed).to.equal(null);
  });

  it("labels whatever stands in for something better, and says why", () => {
    const names = manifest.standIns.map(({ contract }) => contract);
    expect(names).to.include.members(["SettlementToken", "Feed_ETH", "SecondFeed_ETH", "Feed_SOL"]);
    for (const { contract, address, why } of manifest.standIns) {
      expect(address).to.equal(manifest.contracts[contract]?.address);
      expect(why).to.match(/: .+\.$/);
    }
  });

  it("labels a sequencer feed that its owner sets", async () => {
    const owner = ethers.Wallet.createRandom().address;
    await deploySystem(hre, { ...local, sequencerFeed: { kind: "mock", owner } });
    const { sequencerFeed, standIns } = await buildManifest(hre);
    expect(standIns.find(({ contract }) => contract === "SequencerFeed")?.address).to.equal(sequencerFeed);
  });

  it("is the same text for the same deployment, its contracts in alphabetical order", async () => {
    expect(formatManifest(await buildManifest(hre))).to.equal(formatManifest(manifest));
    const names = Object.keys(manifest.contracts);
    expect(names).to.deep.equal([...names].sort());
    expect(parseManifest(JSON.parse(formatManifest(manifest)))).to.deep.equal(manifest);
  });

  it("is refused where a field is wrong, missing or unknown", () => {
    const refusal = (value: unknown, sentence: string): void => {
      expect(() => parseManifest(value)).to.throw(PlimsollInputError, sentence);
    };
    refusal({ ...manifest, deployer: "nobody" }, "The manifest's deployer is wrong: must be an address.");
    refusal({ ...manifest, format: 2 }, "The manifest's format is wrong");
    refusal({ ...manifest, owner: manifest.deployer }, "The manifest's content is wrong: Unrecognized key");
    const [eth] = manifest.underlyings;
    const { creditBps, ...less } = eth!.options;
    refusal({ ...manifest, underlyings: [{ ...eth!, options: less }] }, "underlyings.0.options.creditBps is wrong");
    refusal(
      { ...manifest, underlyings: [{ ...eth!, options: { ...less, creditBps: creditBps.toString() } }] },
      "underlyings.0.options.creditBps is wrong",
    );
    refusal({ ...manifest, roles: undefined }, "The manifest's roles is wrong");
    refusal(null, "The manifest's content is wrong");
  });
});
