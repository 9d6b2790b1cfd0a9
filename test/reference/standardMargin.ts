/**
 * The standard margin of the margin mathematics, section 2, in double precision: written from the formulas, so that an
 * error of the integer code does not repeat itself here. Everything in USD and units of the underlying.
 */

export interface ReferencePerp {
  size: number;
  /** Mark price minus cumulative funding per unit: now, and when the position was last settled. */
  indexNow: number;
  indexThen: number;
  spot: number;
  mark: number;
  dailyVol: number;
  confidence: number;
  im0: number;
  volMultiplier: number;
  slope: number;
  depth: number;
  maintenanceRatio: number;
}

export interface ReferenceMargin {
  equity: number;
  initialMargin: number;
  maintenanceMargin: number;
}

/** E, IM and MM of a book of perpetuals. */
export function referenceMargin(cash: number, book: readonly ReferencePerp[]): ReferenceMargin {
  const parts = book.map((perp) => {
    const notional = Math.abs(perp.size) * perp.mark;
    const volatility = Math.max(perp.im0, perp.volMultiplier * perp.dailyVol);
    const rate = Math.min(1, volatility + (perp.slope * notional) / perp.depth);
    const oracle = Math.abs(perp.size) * perp.spot * perp.confidence;
    return {
      value: perp.size * (perp.indexNow - perp.indexThen),
      initial: rate * notional + oracle,
      maintenance: perp.maintenanceRatio * rate * notional + oracle,
    };
  });
  return {
    equity: parts.reduce((sum, { value }) => sum + value, cash),
    initialMargin: parts.reduce((sum, { initial }) => sum + initial, 0),
    maintenanceMargin: parts.reduce((sum, { maintenance }) => sum + maintenance, 0),
  };
}
