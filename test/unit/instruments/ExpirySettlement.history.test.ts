import { loadFixture } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ethers } from "hardhat";

import {
  type RoundReader,
  SettlementBasis,
  decodeError,
  proveSettlement,
  revertDataOf,
  roundReader,
} from "../../../sdk";
import { HOUR, hasData, isClose, readData } from "../oracle/support";
import {
  type Deployed,
  ETH,
  type Phases,
  type Sample,
  beginPhase,
  deploySettlement,
  idOf,
  referenceAverage,
} from "./settlement";

const EXPIRIES = 150;
/** Of how many the proofs are tampered with: in CI of all, elsewhere of one in five, which meet every refusal too. */
const TAMPERED = process.env.CI === "true" ? EXPIRIES : EXPIRIES / 5;
/** The phase that the recorded rounds are of. */
const RECORDED = 6;
/** Answers of phases that were added to the record are told apart by a part in a thousand. */
const APART = 1_001n;

const feeds = [
  { name: "ETH", file: "chainlink_eth_usd_rounds_2023.csv", reference: 2_000, seed: 7 },
  { name: "BTC", file: "chainlink_btc_usd_rounds_2023.csv", reference: 30_000, seed: 11 },
] as const;

for (const { name, file, seed } of feeds) {
  describe(`ExpirySettlement over ${name}'s real rounds`, function () {
    this.timeout(600_000);
    let deployed: Deployed;
    let phases: Phases;
    const expiries: number[] = [];

    before(async function () {
      if (!hasData(file)) this.skip();
      const recorded = readRounds(file);
      phases = split(recorded);
      // Named, for snapshots are kept by the fixture's function.
      deployed = await loadFixture(name === "ETH" ? deployEther : deployBitcoin);
      for (const [phase, rounds] of phases) await beginPhase(deployed.feed, phase, rounds);
      expiries.push(...choose(phases, recorded, seed));
    });

    async function proof(expiry: number, count = { calls: 0 }) {
      const { settlement } = deployed;
      const { feed, scale, lower, upper, usableFor } = await settlement.terms(ETH);
      const reader = counted(roundReader(ethers.provider, feed), count);
      const span = { start: BigInt(expiry - HOUR), end: BigInt(expiry) };
      return proveSettlement(reader, span, { scale, lower, upper, usableFor });
    }

    it("settles at the reference's figure, as the sdk foretells to the wei", async () => {
      const count = { calls: 0 };
      for (const expiry of expiries) {
        const { rounds, price, basis } = await proof(expiry, count);
        expect(basis).to.equal(SettlementBasis.Window);
        const given = rounds.map(({ id }) => id);
        await deployed.settlement.settle(ETH, expiry, given);
        expect(await deployed.settlement.price(ETH, expiry)).to.deep.equal([price, true]);
        const expected = referenceAverage(phases, expiry - HOUR, expiry);
        expect(isClose(Number(price) / 1e18, expected, 1e-12), `${price} is not ${expected}`).to.equal(true);
      }
      // The search goes back from the latest round, up to ten months here.
      expect(count.calls / expiries.length).to.be.below(45);
    });

    it(`refuses every proof of ${TAMPERED} of ${EXPIRIES} expiries that was tampered with`, async () => {
      const seen = new Set<string>();
      for (const [i, expiry] of expiries.slice(0, TAMPERED).entries()) {
        const { rounds } = await proof(expiry + 1);
        const given = rounds.map(({ id }) => id);
        const at = i % given.length;
        for (const forged of tampered(given, at)) {
          const error = await refusal(expiry + 1, forged);
          expect(error, `${forged.join()} instead of ${given.join()}`).to.match(/^ExpirySettlement_/);
          seen.add(error);
        }
      }
      expect([...seen].sort()).to.deep.equal([
        "ExpirySettlement_FirstRoundTooEarly",
        "ExpirySettlement_FirstRoundTooLate",
        "ExpirySettlement_MissingRound",
        "ExpirySettlement_NoRounds",
        "ExpirySettlement_RoundBeyondWindow",
        "ExpirySettlement_RoundUnavailable",
        "ExpirySettlement_WrongRound",
      ]);
    });

    async function refusal(expiry: number, forged: readonly bigint[]): Promise<string> {
      try {
        return `settled at ${await deployed.settlement.settle.staticCall(ETH, expiry, [...forged])}`;
      } catch (error) {
        return decodeError(revertDataOf(error) ?? "")?.name ?? String(error);
      }
    }
  });
}

async function deployEther(): Promise<Deployed> {
  return deploySettlement(feeds[0].reference);
}

async function deployBitcoin(): Promise<Deployed> {
  return deploySettlement(feeds[1].reference);
}

/** The record in the order of its ids: two rounds of one second are not in the order of its lines. */
function readRounds(file: string): Sample[] {
  const rows = readData(file).map(({ ts, round, answer }) => [BigInt(round!), Number(ts), BigInt(answer!)] as const);
  rows.sort(([a], [b]) => (a < b ? -1 : 1));
  rows.forEach(([id], i) => expect(id).to.equal(idOf(RECORDED, i + 1)));
  return rows.map(([, ts, answer]) => [ts, answer]);
}

/**
 * The recorded phase up to two thirds and some days on, into which the next has begun with answers of its own; a phase
 * that began later than the one after it; and a last one that took over in the middle of a busy day.
 */
function split(recorded: readonly Sample[]): Phases {
  const marked = (rounds: readonly Sample[]): Sample[] =>
    rounds.map(([at, answer]) => [at, (answer * APART) / 1_000n] as const);
  const second = Math.floor(recorded.length * 0.66);
  const third = Math.floor(recorded.length * 0.8);
  return new Map([
    [RECORDED, recorded.slice(0, second + 200)],
    [RECORDED + 1, marked(recorded.slice(second, third + 40))],
    [RECORDED + 2, recorded.slice(third + 25, third + 30)],
    [RECORDED + 3, recorded.slice(third)],
  ]);
}

/** Random moments, some on the second of a round, and a fifth of them around where phases change. */
function choose(phases: Phases, recorded: readonly Sample[], seed: number): number[] {
  const random = generator(seed);
  const [from, to] = [recorded[10]![0] + HOUR, recorded.at(-1)![0] - HOUR];
  const changes = [...phases.values()].slice(1).map(([first]) => first![0]);
  const chosen = new Set<number>();
  while (chosen.size < EXPIRIES) {
    const kind = chosen.size % 5;
    const round = recorded[10 + Math.floor(random() * (recorded.length - 20))]![0];
    if (kind === 0) chosen.add(changes[chosen.size % changes.length]! + Math.floor(random() * 2 * HOUR) - 600);
    else if (kind === 1) chosen.add(round + (chosen.size % 2) * HOUR);
    else chosen.add(Math.floor(from + random() * (to - from)));
  }
  return [...chosen];
}

/** A round dropped, doubled, added at either end, the whole shifted, and one of another phase. */
function tampered(given: readonly bigint[], at: number): bigint[][] {
  const named = given[at]!;
  const elsewhere = (phase: number): bigint => idOf(phase, Number(named & (2n ** 64n - 1n)));
  const replaced = (id: bigint): bigint[] => given.map((old, i) => (i === at ? id : old));
  const phases = [1, RECORDED, RECORDED + 1, RECORDED + 2, RECORDED + 3, RECORDED + 4].map(elsewhere);
  return [
    given.filter((_, i) => i !== at),
    [...given.slice(0, at), named, ...given.slice(at)],
    [...given, given.at(-1)! + 1n],
    [given[0]! - 1n, ...given],
    given.map((id) => id + 1n),
    given.map((id) => id - 1n),
    replaced(named + 1n),
    ...phases.filter((id) => id !== named).map(replaced),
  ];
}

/** A linear congruential generator: the same expiries in every run. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

function counted(reader: RoundReader, count: { calls: number }): RoundReader {
  return {
    latest: () => (count.calls++, reader.latest()),
    round: (id) => (count.calls++, reader.round(id)),
  };
}
