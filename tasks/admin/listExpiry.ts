import type { HardhatRuntimeEnvironment } from "hardhat/types";

import { change } from "../../scripts/deploy/remedies";
import { parametersOf, underlyingNamed } from "../../scripts/lib/system";
import { formatTime, readTime } from "../../scripts/lib/times";
import { PlimsollInputError, type Seconds, formatStrike, parseStrike } from "../../sdk";
import { latestTime, openSystem, readSigner } from "../internal/chain";
import type { Answer } from "../internal/command";
import { chosenMarkets } from "../market/chosen";
import { describeChanges, makeChanges } from "./changes";

/** As the ledger has it: nothing is listed further away than this. */
const MOST_AHEAD = 400n * 86_400n;

interface Values {
  underlying: string;
  expiry: string;
  lowest: string;
  highest: string;
  step: string;
  sender: string | undefined;
}

/** USD with 8 decimals. */
interface Strikes {
  lowest: bigint;
  highest: bigint;
  step: bigint;
}

/** Lists an expiry, or changes which of its strikes may be opened. */
export async function listExpiry(hre: HardhatRuntimeEnvironment, values: Values): Promise<Answer> {
  const underlying = underlyingNamed(parametersOf(hre), values.underlying);
  const expiry = readTime(values.expiry, "expiry");
  const rule: Strikes = {
    lowest: parseStrike(values.lowest, "lowest strike"),
    highest: parseStrike(values.highest, "highest strike"),
    step: parseStrike(values.step, "step"),
  };
  checkStrikes(rule);
  const signer = await readSigner(hre, values.sender ?? "0");
  const system = await openSystem(hre);
  const { clearinghouse } = system;
  await chosenMarkets(hre, system, underlying.name, await hre.ethers.provider.getBlockNumber());
  checkExpiry(expiry, await latestTime(hre));
  const { lowest, highest, step } = await clearinghouse.strikesOf(underlying.id, expiry);
  if (lowest === rule.lowest && highest === rule.highest && step === rule.step) {
    throw new PlimsollInputError(`${underlying.name}'s expiry of ${formatTime(expiry)} has these strikes already.`);
  }
  const wanted = await change("Clearinghouse", clearinghouse, "listExpiry", [underlying.id, expiry, rule]);
  const changes = await makeChanges(hre, system, signer, [wanted]);
  return {
    json: {
      underlying: underlying.name,
      expiry: Number(expiry),
      from: step === 0n ? null : inUsd({ lowest, highest, step }),
      to: inUsd(rule),
      changes,
    },
    text: describeChanges(changes),
    failed: changes.some(({ state }) => state === "refused"),
  };
}

function checkStrikes({ lowest, highest, step }: Strikes): void {
  const range = `Strikes from ${formatStrike(lowest)} to ${formatStrike(highest)}`;
  if (highest < lowest) throw new PlimsollInputError(`${range} go down: name the lowest first.`);
  if ((highest - lowest) % step === 0n) return;
  throw new PlimsollInputError(`${range} are no whole number of steps of ${formatStrike(step)} apart.`);
}

function checkExpiry(expiry: Seconds, now: Seconds): void {
  const which = `The expiry ${formatTime(expiry)}`;
  if (expiry <= now) throw new PlimsollInputError(`${which} is past: it is ${formatTime(now)}.`);
  if (expiry <= now + MOST_AHEAD) return;
  throw new PlimsollInputError(`${which} is further away than 400 days, the most there may be.`);
}

function inUsd({ lowest, highest, step }: Strikes): Record<keyof Strikes, string> {
  return { lowest: formatStrike(lowest), highest: formatStrike(highest), step: formatStrike(step) };
}
