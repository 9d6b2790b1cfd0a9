import { PlimsollInputError } from "./inputError";

/** What an owner can allow an operator, each one bit. None moves funds anywhere but to the owner. */
export const Scope = {
  /** Sign or submit any order. */
  Trade: 1,
  /** Sign or submit reduce-only orders. */
  Reduce: 2,
  /** Cancel nonces. */
  Cancel: 4,
  /** Withdraw to the owner's own address. */
  Withdraw: 8,
} as const;

/** An expiry that never comes, in seconds: the grant lasts until the account's epoch is raised. */
export const NEVER = 2n ** 40n - 1n;

const NAMES = Object.entries(Scope).map(([name, bit]) => [name.toLowerCase(), bit] as const);

/** The names of the scopes in `scopes`, lower case, in the order of their bits. */
export function scopeNames(scopes: number): string[] {
  return NAMES.filter(([, bit]) => (scopes & bit) !== 0).map(([name]) => name);
}

/** The bits of scopes named with commas between, as in "trade,cancel". Throws PlimsollInputError for another name. */
export function parseScopes(text: string): number {
  return text.split(",").reduce((bits, part) => {
    const found = NAMES.find(([name]) => name === part.trim());
    if (found) return bits | found[1];
    throw new PlimsollInputError(`"${part}" is no scope: it can be ${NAMES.map(([name]) => name).join(", ")}.`);
  }, 0);
}
