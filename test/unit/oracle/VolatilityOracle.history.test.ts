import { time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ethers } from "hardhat";

import {
  DAY,
  HOUR,
  at,
  deployAuthority,
  deployFeed,
  deployPriceOracle,
  hasData,
  isClose,
  readData,
  toAnswer,
} from "./support";
import { BTC, BTC_SEED, ETH, Reference, SEED, ewma, toNumber } from "./volatility";

describe("VolatilityOracle in history", () => {
  it("follows the crash of March 2020 as double precision does", async function () {
    const [ethFile, btcFile] = ["eth_mark_1h_2020_2024.csv", "btc_mark_1h_2020_2024.csv"];
    if (!hasData(ethFile) || !hasData(btcFile)) this.skip();
    this.timeout(300_000);
    const [from, to] = [Date.UTC(2020, 1, 24) / 1_000, Date.UTC(2020, 2, 16) / 1_000];
    const within = (file: string) => readData(file).filter(({ ts }) => Number(ts) >= from && Number(ts) <= to);
    const ethRows = within(ethFile);
    const btcRows = within(btcFile);
    const closes = ethRows.map((row, i) => {
      expect(row.ts).to.equal(btcRows[i]!.ts);
      return [Number(toAnswer(Number(row.close))) / 1e8, Number(toAnswer(Number(btcRows[i]!.close))) / 1e8] as const;
    });

    const [admin] = await ethers.getSigners();
    const authority = await deployAuthority(admin!);
    const [ethFirst, btcFirst] = closes[0]!;
    const feeds = [await deployFeed(ethFirst), await deployFeed(btcFirst)];
    const prices = await deployPriceOracle(authority, feeds);
    const oracle = await ethers.deployContract("VolatilityOracle", [authority, prices]);
    const start = (await time.latest()) + 10;
    await at(start, [() => oracle.list(ETH, SEED), () => oracle.list(BTC, BTC_SEED)]);

    const references = [new Reference(SEED, ethFirst, start), new Reference(BTC_SEED, btcFirst, start)];
    let [covariance, a, b] = [0, toNumber(SEED), toNumber(BTC_SEED)];
    const vols: number[] = [];
    for (const [i, pair] of closes.entries()) {
      if (i === 0) continue;
      const now = start + i * HOUR;
      await at(now, [
        () => feeds[0]!.updateAnswer(toAnswer(pair[0])),
        () => feeds[1]!.updateAnswer(toAnswer(pair[1])),
        () => (i % 24 === 0 ? oracle.sampleDay() : oracle.sampleMany([ETH, BTC])),
      ]);
      references.forEach((reference, u) => {
        reference.sample(pair[u]!, now);
      });
      if (i % 24 === 0) {
        const [x, y] = references.map((reference, u) => reference.sampleDay(pair[u]!, now)) as [number, number];
        covariance = ewma(covariance, x * y, DAY);
        a = ewma(a, x * x, DAY);
        b = ewma(b, y * y, DAY);
      }
      const vol = toNumber(await oracle.dailyVol(ETH, 0));
      expect(isClose(vol, references[0]!.vol(now), 1e-12), `hour ${i}: ${vol}`).to.equal(true);
      vols.push(vol);
    }
    // More than two calm weeks around 4 %, then the 12th of March.
    expect(Math.max(...vols.slice(0, 24 * 16))).to.be.below(0.06);
    expect(Math.max(...vols)).to.be.within(0.15, 0.16);
    const rho = toNumber(await oracle.correlation(ETH, BTC));
    expect(isClose(rho, covariance / Math.sqrt(a * b), 1e-12)).to.equal(true);
    expect(rho).to.be.above(0.9);
  });
});
