/** What the margin mathematics fixes for each underlying, sections 2 and 3: amounts in USD, the rest as ratios. */

export interface ReferenceParameters {
  /** Of perpetuals' standard margin. */
  im0: number;
  volMultiplier: number;
  slope: number;
  depth: number;
  maintenanceRatio: number;
  /** Daily volatility from which options' standard margin rises. */
  referenceVol: number;
  /** The least of the portfolio margin's price range. */
  priceRange: number;
  /** kappa: how much of what underlyings offset may be credited. */
  credit: number;
}

const MILLION = 1e6;

const perpetual = { volMultiplier: 2.8, slope: 0.01, maintenanceRatio: 0.7 };

export const PARAMETERS: Readonly<Record<string, ReferenceParameters>> = {
  ETH: { ...perpetual, im0: 0.08, depth: 20 * MILLION, referenceVol: 0.035, priceRange: 0.19, credit: 0.6 },
  BTC: { ...perpetual, im0: 0.065, depth: 40 * MILLION, referenceVol: 0.03, priceRange: 0.16, credit: 0.6 },
  SOL: { ...perpetual, im0: 0.11, depth: 5 * MILLION, referenceVol: 0.05, priceRange: 0.32, credit: 0.3 },
};
