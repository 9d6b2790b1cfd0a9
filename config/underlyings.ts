/** Default parameters of the underlyings. Sources: the margin mathematics, sections 2 and 9. */
import { parseWad } from "../sdk/amounts";
import type { UnderlyingParameters } from "./schema";

type Terms = Omit<UnderlyingParameters, "feed">;

const HOUR = 3_600;
const MILLION = 1_000_000n;

const perpetual = {
  volMultiplierBps: 28_000,
  slopeBps: 100,
  maintenanceRatioBps: 7_000,
  takerFeeBps: 5,
  makerFeeBps: 1,
} as const;

const optionFees = { takerFeeBps: 3, makerFeeBps: 1 } as const;

/** Everything but the feed, which is the network's. Daily volatilities are seeds: the oracle's samples replace them. */
export const underlyings = {
  ETH: {
    name: "ETH",
    id: 1,
    heartbeat: HOUR,
    confidenceBps: 25,
    referencePrice: parseWad("2000"),
    dailyVol: parseWad("0.035"),
    market: { ...perpetual, baseRateBps: 800, depth: 20n * MILLION, openInterestCap: 250n * MILLION },
    options: {
      ...optionFees,
      priceRangeBps: 1_900,
      creditBps: 6_000,
      referenceVolBps: 350,
      openInterestCap: 250n * MILLION,
    },
  },
  BTC: {
    name: "BTC",
    id: 2,
    heartbeat: HOUR,
    confidenceBps: 25,
    referencePrice: parseWad("40000"),
    dailyVol: parseWad("0.03"),
    market: { ...perpetual, baseRateBps: 650, depth: 40n * MILLION, openInterestCap: 400n * MILLION },
    options: {
      ...optionFees,
      priceRangeBps: 1_600,
      creditBps: 6_000,
      referenceVolBps: 300,
      openInterestCap: 400n * MILLION,
    },
  },
  SOL: {
    name: "SOL",
    id: 3,
    heartbeat: HOUR,
    confidenceBps: 50,
    referencePrice: parseWad("80"),
    dailyVol: parseWad("0.05"),
    market: { ...perpetual, baseRateBps: 1_100, depth: 5n * MILLION, openInterestCap: 50n * MILLION },
    options: {
      ...optionFees,
      priceRangeBps: 3_200,
      creditBps: 3_000,
      referenceVolBps: 500,
      openInterestCap: 50n * MILLION,
    },
  },
} as const satisfies Record<string, Terms>;
