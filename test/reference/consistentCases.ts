/** Random cases whose surfaces an oracle that refuses arbitrage takes, most of them. */
import { Random } from "../../scripts/replay/random";
import type { CaseFile, CaseMode } from "./caseFile";
import { randomCase } from "./randomCases";
import { type ExpiryTerms, type MarketTerms, decimalText } from "./randomMarket";

/** The ledger lists options this far ahead, of a random case's two years and a bit. */
const FURTHEST = 400;
const NEARER = 2;
/** Total variance grows as this power of time. */
const GROWTH = { least: 0.85, most: 1.1 };
/** Days that stay as they are, for the rules that change there. */
const EDGE = 365;

/**
 * A random case by its seed, with the smile of each underlying's last expiry for all of them, nearer in proportion:
 * smiles drawn one by one would nearly all cross.
 */
export function consistentCase(seed: string, mode: CaseMode): CaseFile {
  const file = randomCase(seed, mode);
  const draw = new Random(`${seed}, surfaces`);
  const underlyings = Object.entries(file.underlyings).map(([name, terms]): [string, MarketTerms] => {
    const growth = draw.between(GROWTH.least, GROWTH.most);
    const last = terms.expiries.at(-1);
    const expiries = terms.expiries.map((expiry) => (last ? asPartOf(last, expiry, growth) : expiry));
    return [name, { ...terms, expiries }];
  });
  const positions = file.account.positions.map((held) =>
    held.kind === "option" ? { ...held, days: nearer(held.days) } : held,
  );
  return { ...file, underlyings: Object.fromEntries(underlyings), account: { ...file.account, positions } };
}

function asPartOf(last: ExpiryTerms, expiry: ExpiryTerms, growth: number): ExpiryTerms {
  const part = (Number(expiry.days) / Number(last.days)) ** growth;
  const scaled = (text: string): string => decimalText(Number(text) * part, 18);
  const svi = { ...last.svi, a: scaled(last.svi.a), b: scaled(last.svi.b) };
  return { ...expiry, days: nearer(expiry.days), svi };
}

/** All days beyond a year by the same part, so that no two change places. */
function nearer(days: string): string {
  const count = Number(days);
  return count <= EDGE ? days : decimalText(EDGE + (count - EDGE) * ((FURTHEST - EDGE) / (EDGE * NEARER)), 4);
}
