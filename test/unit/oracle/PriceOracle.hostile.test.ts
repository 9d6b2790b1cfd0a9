import { loadFixture } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ethers } from "hardhat";

import type { HostileFeed, MockAggregator, PriceOracle } from "../../../typechain-types";
import { HOUR, Status, deployAuthority, deployFeed, deployPriceOracle, toAnswer, wad } from "./support";

const SOUND = 1;
const HOSTILE = 2;
/** 0.25 % */
const CONFIDENCE = wad("0.0025");
/** The modes of the mock after Sound, in its order. */
const MODES = [
  "Revert",
  "RevertRound",
  "RevertHuge",
  "BurnGas",
  "ReturnNothing",
  "ReturnShort",
  "ReturnLong",
  "ReturnHuge",
];

async function deploy(): Promise<{ oracle: PriceOracle; sound: MockAggregator; feed: HostileFeed }> {
  const [admin] = await ethers.getSigners();
  const sound = await deployFeed(2_000);
  const oracle = await deployPriceOracle(await deployAuthority(admin!), [sound]);
  const feed = await ethers.deployContract("HostileFeed", [toAnswer(50)]);
  await oracle.registerFeed(HOSTILE, feed, HOUR, 25, wad("50"));
  return { oracle, sound, feed };
}

describe("PriceOracle against a hostile feed", () => {
  for (const [i, mode] of MODES.entries()) {
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
    const { oracle, sound } = await loadFixture(deploy);
    await sound.updateAnswer(toAnswer(2_000));
    let refused = 0;
    let answered = 0;
    for (let gasLimit = 22_000; gasLimit < 60_000; gasLimit += 150) {
      const status = await oracle.read(SOUND, { gasLimit }).then(
        (reading) => reading.status,
        () => undefined,
      );
      expect(status, `gas ${gasLimit.toString()}`).to.be.oneOf([undefined, Status.Fresh]);
      if (status === undefined) ++refused;
      else ++answered;
    }
    expect(refused).to.be.above(10);
    expect(answered).to.be.above(10);
  });

  it("says when a failure may be for want of gas", async () => {
    const { oracle, feed } = await loadFixture(deploy);
    await feed.setMode(MODES.indexOf("BurnGas") + 1);
    const needed = Math.floor((200_000 * 64) / 63) + 3_000;
    await expect(oracle.read(HOSTILE, { gasLimit: 200_000 }))
      .to.be.revertedWithCustomError(oracle, "PriceOracle_InsufficientGas")
      .withArgs((available: bigint) => available < needed, needed);
  });
});
