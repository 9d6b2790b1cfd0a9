/** Greeks as tasks tell them. */
import { formatWad, parseWad, roundWad } from "../../sdk";
import type { Greeks } from "../../sdk/math/black76";
import { table } from "../internal/table";

/** What value changes with: units, and USD for 1.00 of volatility, a year, and 1.00 of rate. Decimal strings. */
export interface GreekFigures {
  delta: string;
  gamma: string;
  vega: string;
  theta: string;
  rho: string;
}

/** Gammas are small. */
const PLACES = { delta: 4, gamma: 6, vega: 2, theta: 2, rho: 2 } as const;
const NAMES = Object.keys(PLACES) as (keyof typeof PLACES)[];

export function greekFigures({ delta, gamma, vega, theta, rho }: Greeks): GreekFigures {
  return {
    delta: formatWad(delta),
    gamma: formatWad(gamma),
    vega: formatWad(vega),
    theta: formatWad(theta),
    rho: formatWad(rho),
  };
}

/** A row for each name. */
export function greekTable(rows: readonly (readonly [name: string, greeks: GreekFigures])[]): string {
  const head = ["Greeks", "delta", "gamma", "vega, USD", "theta, USD a year", "rho, USD"];
  const cells = (greeks: GreekFigures): string[] => NAMES.map((name) => roundWad(parseWad(greeks[name]), PLACES[name]));
  return table(
    head,
    rows.map(([name, greeks]) => [name, ...cells(greeks)]),
  );
}
