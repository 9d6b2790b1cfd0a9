/** The market of the compared portfolios, and accounts in it. */
import type { CaseFile } from "../../reference/caseFile";

export type CasePosition = CaseFile["account"]["positions"][number];
export type CaseExpiry = CaseFile["underlyings"][string]["expiries"][number];

/** The smile sqrt(0.18 + 0.9 (sqrt(k^2 + 0.04) - 0.2 k)) on a forward that carries 5 % a year, cut to the cent. */
const FORWARD_RATIOS = { "7": "1.000955", "30": "1.004105", "60": "1.008215", "90": "1.012325" };

export function expiry(days: keyof typeof FORWARD_RATIOS): CaseExpiry {
  const years = Number(days) / 365;
  const svi = { a: (0.18 * years).toFixed(18), b: (0.9 * years).toFixed(18), rho: "-0.2", m: "0", sigma: "0.2" };
  return { days, forwardRatio: FORWARD_RATIOS[days], rate: "0", svi };
}

export function perp(size: string, entry = "2003"): CasePosition {
  return { underlying: "ETH", kind: "perp", size, entry };
}

export function call(strike: string, size: string, days = "30"): CasePosition {
  return { underlying: "ETH", kind: "option", days, strike, call: true, size };
}

export function put(strike: string, size: string, days = "30"): CasePosition {
  return { underlying: "ETH", kind: "option", days, strike, call: false, size };
}

/** ETH at 2,000 with the perpetual at 2,003, 3.5 % a day and 0.25 % confidence. */
export function ethCase(positions: CasePosition[], mode: CaseFile["account"]["mode"] = "portfolio"): CaseFile {
  const expiries = [expiry("7"), expiry("30"), expiry("60"), expiry("90")];
  return {
    timestamp: 1_700_000_000,
    underlyings: { ETH: { spot: "2000", perp: "2003", dailyVol: "0.035", confidence: "0.0025", expiries } },
    account: { mode, cash: "1000000", positions },
  };
}

export function shortCall(): CaseFile {
  return ethCase([call("2000", "-1")]);
}

export function ironCondor(): CaseFile {
  return ethCase([put("1600", "1"), put("1800", "-1"), call("2200", "-1"), call("2400", "1")]);
}
