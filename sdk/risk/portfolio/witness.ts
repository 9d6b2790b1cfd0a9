/** contracts/types/Witness.sol: which scenarios show an account to be below maintenance margin. */
import { PlimsollInputError } from "../../inputError";
import type { Wad } from "../../units";
import { min } from "../fixedPoint";
import type { Market } from "../types";
import type { Risk } from "./underlyingRisk";

/** As the ledger takes it. Zero is no witness: every scenario is worked out. */
export type Witness = bigint;

/** Scenarios by their place in the margin mathematics, section 3; undefined where none is named. */
export interface NamedScenarios {
  /** Of each underlying held, the smallest number first. */
  alone: readonly (number | undefined)[];
  /** Of all together. */
  joint: number | undefined;
}

const SCENARIOS = 24;
/** The highest byte is the joint scenario's. */
const MOST_UNDERLYINGS = 31;
const BYTE = 8n;
/** More than there are scenarios: it names none, and is not the zero that a witness of nothing but floors would be. */
const NO_SCENARIO = BigInt(SCENARIOS + 1);

/**
 * Packs a witness.
 * @throws PlimsollInputError for a scenario there is not.
 */
export function encodeWitness({ alone, joint }: NamedScenarios): Witness {
  const bytes = alone.slice(0, MOST_UNDERLYINGS).map(byteOf);
  const word = bytes.reduce((sum, byte, i) => sum | (byte << (BYTE * BigInt(i))), 0n);
  return word | (byteOf(joint) << (BYTE * BigInt(MOST_UNDERLYINGS)));
}

/** What a witness names of so many underlyings. */
export function decodeWitness(witness: Witness, underlyings: number): NamedScenarios {
  const at = (place: number): number | undefined => {
    const byte = Number(BigInt.asUintN(8, witness >> (BYTE * BigInt(place))));
    return byte === 0 || byte > SCENARIOS ? undefined : byte - 1;
  };
  const alone = Array.from({ length: underlyings }, (_, i) => (i < MOST_UNDERLYINGS ? at(i) : undefined));
  return { alone, joint: at(MOST_UNDERLYINGS) };
}

/** The witness that says as much as all scenarios do: of each underlying the worst, and the worst of all together. */
export function bestWitness(markets: readonly Market[], risks: readonly Risk[]): Witness {
  const sorted = [...risks.keys()].sort((a, b) =>
    Number((markets[a]?.underlying ?? 0n) - (markets[b]?.underlying ?? 0n)),
  );
  const alone = sorted.map((i) => named(risks[i]?.pnl ?? []));
  if (risks.length < 2) return encodeWitness({ alone, joint: undefined });
  const together = Array.from({ length: SCENARIOS }, (_, s) =>
    risks.reduce((pnl, risk) => pnl + (risk.pnl[s] ?? 0n), 0n),
  );
  return encodeWitness({ alone, joint: named(together) });
}

/** The first scenario that loses most; 24 where none loses. */
export function worstOf(pnl: readonly Wad[]): number {
  const least = pnl.reduce(min, 0n);
  return least < 0n ? pnl.indexOf(least) : SCENARIOS;
}

function named(pnl: readonly Wad[]): number | undefined {
  const worst = worstOf(pnl);
  return worst === SCENARIOS ? undefined : worst;
}

function byteOf(scenario: number | undefined): bigint {
  if (scenario === undefined) return NO_SCENARIO;
  if (!Number.isInteger(scenario) || scenario < 0 || scenario >= SCENARIOS) {
    throw new PlimsollInputError(`There is no scenario ${scenario}: they are numbered from 0 to ${SCENARIOS - 1}.`);
  }
  return BigInt(scenario + 1);
}
