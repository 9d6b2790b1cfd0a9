/** Books of perpetuals over ETH, BTC and SOL for the property tests of everything that assesses. */
import fc from "fast-check";

import { type Market, type Position, PriceStatus, WAD, parseWad, perp } from "../../../sdk";

export interface Book {
  markets: Market[];
  cash: bigint;
  positions: Position[];
}

/** ETH, BTC and SOL as the margin mathematics has them by default, at prices of the day the numbers were taken. */
export const defaults: readonly Market[] = [
  market(0n, "2000", "2003", { baseRate: parseWad("0.08"), depth: parseWad("20000000") }),
  market(1n, "37000", "37010", { baseRate: parseWad("0.065"), depth: parseWad("40000000") }),
  market(2n, "58", "57.9", { baseRate: parseWad("0.11"), depth: parseWad("5000000"), confidence: parseWad("0.005") }),
];

function market(underlying: bigint, spot: string, mark: string, rest: Partial<Market>): Market {
  return {
    underlying,
    status: PriceStatus.Fresh,
    spot: parseWad(spot),
    mark: parseWad(mark),
    index: parseWad(mark),
    confidence: parseWad("0.0025"),
    dailyVol: parseWad("0.035"),
    baseRate: parseWad("0.08"),
    volMultiplier: parseWad("2.8"),
    slope: parseWad("0.01"),
    depth: parseWad("20000000"),
    maintenanceRatio: parseWad("0.7"),
    referenceVol: parseWad("0.035"),
    priceRange: parseWad("0.19"),
    credit: parseWad("0.6"),
    ...rest,
  };
}

/** How an amount is drawn: between two bounds in the smallest unit, or on a grid. */
type Draw = (low: bigint, high: bigint) => fc.Arbitrary<bigint>;

const anywhere: Draw = (low, high) => fc.bigInt(low, high);

function onGrid(step: bigint): Draw {
  return (low, high) => fc.bigInt(low / step, high / step).map((n) => n * step);
}

interface Draws {
  price: Draw;
  lots: Draw;
}

function drawBook({ price, lots }: Draws): fc.Arbitrary<Book> {
  const entry = (base: Market): fc.Arbitrary<[Market, Position]> =>
    fc
      .record({
        spot: price(base.spot / 20n, base.spot * 20n),
        basis: price(base.spot / -5n, base.spot / 5n),
        funding: price(base.spot / -10n, base.spot / 10n),
        settledAt: price(base.spot / 20n, base.spot * 20n),
        confidence: fc.bigInt(0n, WAD / 20n),
        dailyVol: fc.bigInt(0n, WAD / 2n),
        slope: fc.bigInt(0n, WAD / 10n),
        maintenanceRatio: fc.bigInt(WAD / 2n, WAD),
        // Up to a notional of ten times the depth, so that the rate meets its cap too.
        lots: lots(-size(base), size(base)).filter((n) => n !== 0n),
      })
      .map(({ spot, basis, funding, settledAt, lots: held, ...rest }) => {
        const mark = spot + basis > 0n ? spot + basis : spot;
        return [
          { ...base, ...rest, spot, mark, index: mark - funding },
          { instrument: perp(base.underlying), lots: held, index: settledAt },
        ];
      });
  return fc
    .record({
      cash: price(-10_000_000n * WAD, 10_000_000n * WAD),
      held: fc.subarray([...defaults]).chain((held) => fc.tuple(...held.map(entry))),
    })
    .chain(({ cash, held }) => {
      const positions = held.map(([, position]) => position);
      // The markets come in any order.
      return fc
        .shuffledSubarray(held, { minLength: held.length })
        .map((shuffled) => ({ cash, positions, markets: shuffled.map(([listed]) => listed) }));
    });
}

function size(base: Market): bigint {
  return (10n * base.depth * 10n ** 8n) / base.mark;
}

/** Any book, to the last digit. */
export const anyBook = drawBook({ price: anywhere, lots: anywhere });

/**
 * Books whose prices, sizes and cash a double holds exactly, for comparison with floating point: where a gain and a loss
 * all but cancel, what is left is then exact rather than the rounding of its parts.
 */
export const dyadicBook = drawBook({ price: onGrid(WAD / 1024n), lots: onGrid(10n ** 8n / 16n) });
