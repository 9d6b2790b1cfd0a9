import { loadFixture } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ethers } from "hardhat";

import type { HostileFeed, MockAggregator, PriceOracle } from "../../../typechain-types";
import { HOSTILE_MODES, HOUR, Status, deployAuthority, deployFeed, deployPriceOracle, toAnswer, wad } from "./support";

const SOUND = 1;
const HOSTILE = 2;
/** The mode of a feed that answers soundly but spends so much that what is left of a small limit can judge it. */
const HUNGRY = HOSTILE_MODES.length + 1;
/** 0.25 % */
const CONFIDENCE = wad("0.0025");
async function deploy(): Promise<{ oracle: PriceOracle; sound: MockAggregator; feed: HostileFeed }> {
  const [admin] = await ethers.getSigners();
  const sound = await deployFeed(2_000);
  const oracle = await deployPriceOracle(await deployAuthority(admin!), [sound]);
  const feed = await ethers.deployContract("HostileFeed", [toAnswer(50)]);
  await oracle.registerFeed(HOSTILE, feed, HOUR, 25, wad("50"));
  return { oracle, sound, feed };
}

describe("PriceOracle against a hostile feed", () => {
  for (const [i, mode] of HOSTILE_MODES.entries()) {
    it(`answers Unusable within bounded gas: ${mode}`, async () => {
      const { oracle, feed } = await loadFixture(deploy);
      expect((await oracle.read(HOSTILE)).status).to.equal(Status.Fresh);
      await feed.setMode(i + 1);
      expect(await oracle.read(HOSTILE)).to.deep.equal([0n, CONFIDENCE, 0n, Status.Unusable]);
      const data = oracle.interface.encodeFunctionData("read", [HOSTILE]);
      const [caller] = await ethers.getSigners();
      const receipt = await (await caller!.sendTransaction({ to: oracle, data, gasLimit: 5_000_000 })).wait();
      expect(receipt!.gasUsed).to.be.below(240_000n);
    });
  }

  it("answers Unusable where the feed's code is gone", async () => {
    const { oracle, feed } = await loadFixture(deploy);
    await ethers.provider.send("hardhat_setCode", [await feed.getAddress(), "0x"]);
    expect(await oracle.read(HOSTILE)).to.deep.equal([0n, CONFIDENCE, 0n, Status.Unusable]);
  });

  it("does not let a caller break a sound price by giving it too little gas", async () => {
    const { oracle, sound, feed } = await loadFixture(deploy);
    await sound.updateAnswer(toAnswer(2_000));
    expect(await sweep(oracle, SOUND)).to.deep.equal(new Set([undefined, Status.Fresh]));
    await feed.setMode(HUNGRY);
    expect(await sweep(oracle, HOSTILE)).to.deep.equal(new Set([undefined, Status.Fresh]));
  });

  it("says when a failure may be for want of gas", async () => {
    const { oracle, feed } = await loadFixture(deploy);
    await feed.setMode(HOSTILE_MODES.indexOf("BurnGas") + 1);
    const needed = Math.floor((200_000 * 64) / 63) + 3_000;
    await expect(oracle.read(HOSTILE, { gasLimit: 200_000 }))
      .to.be.revertedWithCustomError(oracle, "PriceOracle_InsufficientGas")
      .withArgs((available: bigint) => available < needed, needed);
  });
});

describe("PriceOracle against a hostile second source", () => {
  async function deployHostile() {
    const [admin, caller] = await ethers.getSigners();
    const sound = await deployFeed(2_000);
    const oracle = await deployPriceOracle(await deployAuthority(admin!), [sound]);
    const second = await ethers.deployContract("HostileFeed", [toAnswer(2_010)]);
    await oracle.setSecondFeed(SOUND, second, HOUR, 200);
    return { oracle, sound, second, caller: caller! };
  }

  for (const [i, mode] of HOSTILE_MODES.entries()) {
    it(`keeps to the primary within bounded gas: ${mode}`, async () => {
      const { oracle, second, caller } = await loadFixture(deployHostile);
      expect((await oracle.read(SOUND)).confidence).to.equal(wad("0.005"));
      await second.setMode(i + 1);
      const { price, confidence, status } = await oracle.read(SOUND);
      expect([price, confidence, status]).to.deep.equal([wad("2000"), CONFIDENCE, Status.Fresh]);
      const data = oracle.interface.encodeFunctionData("read", [SOUND]);
      const receipt = await (await caller.sendTransaction({ to: oracle, data, gasLimit: 5_000_000 })).wait();
      expect(receipt!.gasUsed).to.be.below(270_000n);
    });
  }

  it("does not let a caller silence a sound second source by giving it too little gas", async () => {
    const { oracle, sound, second } = await loadFixture(deployHostile);
    await sound.updateAnswer(0);
    expect((await oracle.read(SOUND)).price).to.equal(wad("2010"));
    await second.setMode(HUNGRY);
    expect(await sweep(oracle, SOUND)).to.deep.equal(new Set([undefined, Status.Aged]));
    await second.setMode(HOSTILE_MODES.indexOf("BurnGas") + 1);
    await expect(oracle.read(SOUND, { gasLimit: 230_000 })).to.be.revertedWithCustomError(
      oracle,
      "PriceOracle_InsufficientGas",
    );
  });
});

describe("PriceOracle against a hostile sequencer feed", () => {
  async function deployHostile() {
    const [admin, caller] = await ethers.getSigners();
    const sequencer = await ethers.deployContract("HostileFeed", [0]);
    const oracle = await deployPriceOracle(await deployAuthority(admin!), [await deployFeed(2_000)], sequencer);
    return { oracle, sequencer, caller: caller! };
  }

  for (const [i, mode] of HOSTILE_MODES.entries()) {
    it(`answers Unusable within bounded gas: ${mode}`, async () => {
      const { oracle, sequencer, caller } = await loadFixture(deployHostile);
      expect((await oracle.read(SOUND)).status).to.equal(Status.Fresh);
      await sequencer.setMode(i + 1);
      expect((await oracle.read(SOUND)).status).to.equal(Status.Unusable);
      expect(await oracle.sequencer()).to.deep.equal([Status.Unusable, 0n]);
      const data = oracle.interface.encodeFunctionData("read", [SOUND]);
      const receipt = await (await caller.sendTransaction({ to: oracle, data, gasLimit: 5_000_000 })).wait();
      expect(receipt!.gasUsed).to.be.below(270_000n);
    });
  }

  it("does not let a caller feign an outage by giving it too little gas", async () => {
    const { oracle, sequencer } = await loadFixture(deployHostile);
    await sequencer.setMode(HUNGRY);
    expect(await sweep(oracle, SOUND)).to.deep.equal(new Set([undefined, Status.Fresh]));
  });
});

/** Every status that any amount of gas gets out of a reading; undefined where it reverts. */
async function sweep(oracle: PriceOracle, underlying: number): Promise<Set<bigint | undefined>> {
  const seen = new Set<bigint | undefined>();
  for (let gasLimit = 22_000; gasLimit < 300_000; gasLimit += 600) {
    const reading = await oracle.read(underlying, { gasLimit }).catch(() => undefined);
    seen.add(reading?.status);
  }
  return seen;
}
