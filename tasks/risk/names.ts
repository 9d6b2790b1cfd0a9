/** What the scenarios of portfolio margin are called, in the order of the margin mathematics, section 3. */

/** Beside what binds. */
export const BINDING = "◄";

const QUARTERS = [-4, -3, -2, -1, 0, 1, 2, 3, 4];
const TAILS = [-66, 50, 100, 500];

/** By price and volatility. */
export const SCENARIOS: readonly (readonly [price: string, volatility: string])[] = [
  ...QUARTERS.flatMap((quarters) => ["down", "up"].map((state) => [coreMove(quarters), state] as const)),
  ...TAILS.map((move) => [`${signed(move)} %, in part`, "up"] as const),
  ["as it is", "up beyond 30 days"],
  ["as it is", "up within 30 days"],
];

/** Core scenarios move prices by parts of the underlying's own range. */
function coreMove(quarters: number): string {
  return quarters === 0 ? "as it is" : `${signed(quarters / 4)} range`;
}

function signed(value: number): string {
  return value > 0 ? `+${value}` : value.toString();
}
