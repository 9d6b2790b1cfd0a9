/**
 * What settles an expiry: the rounds that prove its price, found with few calls, and the price itself, as
 * contracts/instruments/TimeWeighted.sol computes it, to the bit.
 */
import { AbiCoder, Interface, isError } from "ethers";

import { revertDataOf } from "./errors";
import { PlimsollInputError } from "./inputError";
import type { Seconds, Wad } from "./units";

/** What a price at expiry was found from, as the contract numbers it. */
export const SettlementBasis = { None: 0n, Window: 1n, UsablePart: 2n, AfterWindow: 3n } as const;
export type SettlementBasis = (typeof SettlementBasis)[keyof typeof SettlementBasis];

/** One observation of a feed. */
export interface Round {
  id: bigint;
  /** In the feed's own decimals. */
  answer: bigint;
  updatedAt: Seconds;
}

/** Where a feed's rounds are read. */
export interface RoundReader {
  latest(): Promise<Round>;
  /** Undefined where the feed says that there is no such round. */
  round(id: bigint): Promise<Round | undefined>;
}

/** `terms` of the contract, but for the feed. */
export interface SettlementTerms {
  scale: bigint;
  lower: Wad;
  upper: Wad;
  usableFor: Seconds;
}

/** What the contract takes, and what it will find. */
export interface SettlementProof {
  rounds: Round[];
  /** USD, rounded down. */
  price: Wad;
  basis: SettlementBasis;
}

/** Something that answers calls, such as a provider. */
interface Caller {
  call(transaction: { to: string; data: string }): Promise<string>;
}

const PHASE_SHIFT = 64n;
const MAX_ANSWER = 2n ** 127n - 1n;
const round = "(uint80 roundId, int256 answer, uint256 startedAt, uint256 updatedAt, uint80 answeredInRound)";
const aggregator = new Interface([
  `function latestRoundData() view returns ${round}`,
  `function getRoundData(uint80 id) view returns ${round}`,
]);
const errorString = new Interface(["function Error(string)"]);
const NO_DATA = errorString.encodeFunctionData("Error", ["No data present"]);

/** Reads a Chainlink feed, a proxy or not. What it reads throws PlimsollInputError where the feed fails. */
export function roundReader(caller: Caller, feed: string): RoundReader {
  const ask = async (method: string, values: bigint[], what: string): Promise<Round | undefined> => {
    let result: string;
    try {
      result = await caller.call({ to: feed, data: aggregator.encodeFunctionData(method, values) });
    } catch (error) {
      if (revertDataOf(error) === NO_DATA) return undefined;
      if (!isRevert(error)) throw error;
      throw new PlimsollInputError(`The feed ${feed} fails when asked for ${what}.`);
    }
    if (result.length !== 2 + 5 * 64) throw new PlimsollInputError(`The feed ${feed} does not answer as a feed.`);
    const types = ["uint256", "int256", "uint256", "uint256", "uint256"];
    const [id, answer, , updatedAt] = AbiCoder.defaultAbiCoder().decode(types, result) as unknown as bigint[];
    if (id === undefined || answer === undefined || !updatedAt) return undefined;
    return { id, answer, updatedAt };
  };
  return {
    latest: async () => {
      const found = await ask("latestRoundData", [], "its latest round");
      if (found) return found;
      throw new PlimsollInputError(`The feed ${feed} has no round yet.`);
    },
    round: (id) => ask("getRoundData", [id], `round ${id}`),
  };
}

/**
 * The rounds that prove the price of an expiry, and that price. One call finds the phase, and the search for the
 * window's start goes back from the latest round in steps that double: about twice the logarithm of the rounds since.
 * @param start of the window, whose end is `end`, the expiry.
 * @throws PlimsollInputError where the feed has had no usable round yet, or does not tell a round it must have.
 */
export async function proveSettlement(
  reader: RoundReader,
  { start, end }: { start: Seconds; end: Seconds },
  terms: SettlementTerms,
): Promise<SettlementProof> {
  const history = await History.open(reader);
  const rounds = [await history.inForceAt(start)];
  let [area, weight] = [0n, 0n];
  for (let [last] = rounds; last; last = rounds.at(-1)) {
    const following = await history.next(last);
    const until = following && following.updatedAt < end ? following.updatedAt : end;
    const seconds = usableSeconds(last, { start, end: until }, terms);
    area += priceOf(last, terms) * seconds;
    weight += seconds;
    if (last.updatedAt > end && isUsable(last, terms)) {
      return { rounds, price: priceOf(last, terms), basis: SettlementBasis.AfterWindow };
    }
    if (weight > 0n && (!following || following.updatedAt > end)) {
      const whole = weight === end - start;
      return { rounds, price: area / weight, basis: whole ? SettlementBasis.Window : SettlementBasis.UsablePart };
    }
    if (!following) break;
    rounds.push(following);
  }
  throw new PlimsollInputError(
    `The feed has had no usable round since ${start}, unix seconds: wait until it has one, and prove again.`,
  );
}

/** A feed's rounds as one sequence: at any moment the newest phase that has a round by then is in force. */
class History {
  private readonly known = new Map<bigint, Round | undefined>();

  private constructor(
    private readonly reader: RoundReader,
    private readonly latest: Round,
  ) {
    this.known.set(latest.id, latest);
  }

  static async open(reader: RoundReader): Promise<History> {
    return new History(reader, await reader.latest());
  }

  /** The round in force at a moment, or the very first where the feed's history only begins after it. */
  async inForceAt(moment: Seconds): Promise<Round> {
    const current = phaseOf(this.latest.id);
    let oldest: Round | undefined;
    for (let phase = current; phase >= (current === 0n ? 0n : 1n); phase--) {
      const first = await this.require(firstOf(phase));
      if (first.updatedAt <= moment) return this.search(first, moment);
      if (!oldest || first.updatedAt < oldest.updatedAt) oldest = first;
    }
    if (oldest) return oldest;
    throw new PlimsollInputError("The feed has no phase.");
  }

  /** The round that follows, if any does yet. */
  async next({ id, updatedAt }: Round): Promise<Round | undefined> {
    const takeover = await this.takeoverFrom(phaseOf(id));
    if (id === this.latest.id) return takeover;
    const following = await this.at(id + 1n);
    if (!following && phaseOf(id) === phaseOf(this.latest.id)) return this.require(id + 1n);
    if (following && following.updatedAt < updatedAt) {
      throw new PlimsollInputError(`The feed dates round ${following.id} before the one it follows.`);
    }
    return following && (!takeover || following.updatedAt < takeover.updatedAt) ? following : takeover;
  }

  /** The oldest first round of the later phases, the newest phase's of equals. */
  private async takeoverFrom(phase: bigint): Promise<Round | undefined> {
    let oldest: Round | undefined;
    for (let later = phaseOf(this.latest.id); later > phase; later--) {
      const first = await this.require(firstOf(later));
      if (!oldest || first.updatedAt < oldest.updatedAt) oldest = first;
    }
    return oldest;
  }

  /** The last round of a phase that is dated no later than the moment, as `first` is. */
  private async search(first: Round, moment: Seconds): Promise<Round> {
    const isCurrent = phaseOf(first.id) === phaseOf(this.latest.id);
    let [lower, upper] = isCurrent ? await this.bracketBack(first, moment) : await this.bracketOn(first, moment);
    while (upper - lower.id > 1n) {
      const middle = (lower.id + upper) / 2n;
      const found = await this.at(middle);
      if (found && found.updatedAt <= moment) lower = found;
      else upper = middle;
    }
    return lower;
  }

  /** A round no later than the moment, and the id of one that is later or not there. */
  private async bracketBack(first: Round, moment: Seconds): Promise<[Round, bigint]> {
    if (this.latest.updatedAt <= moment) return [this.latest, this.latest.id + 1n];
    let upper = this.latest.id;
    for (let step = 1n; upper - step > first.id; step *= 2n) {
      const found = await this.require(upper - step);
      if (found.updatedAt <= moment) return [found, upper];
      upper = found.id;
    }
    return [first, upper];
  }

  private async bracketOn(first: Round, moment: Seconds): Promise<[Round, bigint]> {
    let lower = first;
    for (let step = 1n; ; step *= 2n) {
      const found = await this.at(lower.id + step);
      if (!found || found.updatedAt > moment) return [lower, lower.id + step];
      lower = found;
    }
  }

  private async require(id: bigint): Promise<Round> {
    const found = await this.at(id);
    if (found) return found;
    throw new PlimsollInputError(`The feed does not tell round ${id}, which it must have.`);
  }

  private async at(id: bigint): Promise<Round | undefined> {
    if (!this.known.has(id)) this.known.set(id, await this.reader.round(id));
    return this.known.get(id);
  }
}

/** Nodes word failed calls in their own ways, those without a reason above all. */
function isRevert(error: unknown): boolean {
  if (revertDataOf(error) !== undefined || isError(error, "CALL_EXCEPTION")) return true;
  return error instanceof Error && /revert|opcode|out ?of ?gas|EVM error/i.test(error.message);
}

function phaseOf(id: bigint): bigint {
  return id >> PHASE_SHIFT;
}

function firstOf(phase: bigint): bigint {
  return (phase << PHASE_SHIFT) | 1n;
}

function priceOf({ answer }: Round, { scale }: SettlementTerms): Wad {
  return answer <= 0n || answer > MAX_ANSWER ? 0n : answer * scale;
}

function isUsable(found: Round, terms: SettlementTerms): boolean {
  const price = priceOf(found, terms);
  return price !== 0n && price >= terms.lower && price <= terms.upper;
}

/** For how long the round was in force and usable within the span. */
function usableSeconds(found: Round, { start, end }: { start: Seconds; end: Seconds }, terms: SettlementTerms): bigint {
  const from = found.updatedAt > start ? found.updatedAt : start;
  const usableUntil = found.updatedAt + terms.usableFor;
  const until = end < usableUntil ? end : usableUntil;
  return isUsable(found, terms) && until > from ? until - from : 0n;
}
