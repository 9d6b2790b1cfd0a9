/** Books of options on ether, one smile for all expiries. */
import {
  type Assessment,
  type Expiry,
  MarginModelError,
  type Market,
  Mode,
  type Position,
  SurfaceStatus,
  WAD,
  assess,
  encodePosition,
  option,
  parseLots,
  parseWad,
} from "../../../sdk";
import type { IMarginModel } from "../../../typechain-types";
import type { CaseFile, CaseMode } from "../../reference/caseFile";
import type { PortfolioCase } from "../../support/portfolio";
import { defaults } from "./books";

/** What a model is asked. */
export type Asked = Pick<PortfolioCase, "inputs" | "cash" | "positions">;

const [NOW, DAY] = [1_700_000_000n, 86_400n];
/** The underlying of all of them. */
export const [eth] = defaults as [Market];

const MODES = { isolated: Mode.Isolated, cross: Mode.Cross, portfolio: Mode.Portfolio } as const;

/** What the contract says, as a plain object. */
export async function assessOnChain(model: IMarginModel, { inputs, cash, positions }: Asked): Promise<Assessment> {
  const { markets, expiries, correlation } = inputs;
  const found = await model.assess([...markets], [...expiries], correlation, cash, positions.map(encodePosition));
  const { equity, equityForInitial, equityForMaintenance, initialMargin, maintenanceMargin } = found;
  return { equity, equityForInitial, equityForMaintenance, initialMargin, maintenanceMargin };
}

/** What the twin says. */
export function twinOf(mode: CaseMode, { inputs, cash, positions }: Asked): Assessment {
  return assess(MODES[mode], inputs, cash, positions);
}

/** What the twin says, or what it refuses with. */
export function outcomeOf(work: () => Assessment): { found?: Assessment; refusal?: MarginModelError["name"] } {
  try {
    return { found: work() };
  } catch (error) {
    if (error instanceof MarginModelError) return { refusal: error.name };
    throw error;
  }
}

/** An account without cash that holds `positions` in ether. */
export function holding(expiries: Expiry[], positions: Position[], market = eth): Asked {
  return { inputs: { markets: [market], expiries, correlation: WAD }, cash: 0n, positions };
}

/** A call on ether. */
export function call(strike: string, size: string, days = 30n): Position {
  return { instrument: seriesOf(strikeOf(strike), true, days), lots: parseLots(size), index: 0n };
}

/** A put on ether. */
export function put(strike: string, size: string, days = 30n): Position {
  return { instrument: seriesOf(strikeOf(strike), false, days), lots: parseLots(size), index: 0n };
}

/** USD with 8 decimals, as in ids: up to 2^64, which lots do not reach. */
function strikeOf(text: string): bigint {
  return parseWad(text) / 10n ** 10n;
}

/** An option on ether. */
export function seriesOf(strike: bigint, isCall: boolean, days: bigint): Position["instrument"] {
  return option({ underlying: eth.underlying, expiry: NOW + days * DAY, strike, call: isCall });
}

/** A smile at 60 % volatility, wider with the root of time; that of the peers' cases at 30 days. */
export function expiryIn(days: bigint): Expiry {
  return {
    underlying: eth.underlying,
    expiresAt: NOW + days * DAY,
    timeLeft: days * DAY,
    status: SurfaceStatus.Fresh,
    observedAt: NOW,
    tenor: days * DAY,
    forwardRatio: parseWad("1.004"),
    rate: 0n,
    a: (parseWad("0.0148") * days) / 30n,
    b: (parseWad("0.074") * days) / 30n,
    rho: parseWad("-0.2"),
    m: 0n,
    s: parseWad("0.2"),
    widening: 0n,
  };
}

/** No smile. */
export function flat(): Pick<Expiry, "a" | "b" | "rho" | "m" | "s"> {
  return { a: 0n, b: 0n, rho: 0n, m: 0n, s: 0n };
}

/** The one call of `asked` as a case file. */
export function caseOf({ inputs, positions: [held] }: Asked): CaseFile {
  const [{ spot, mark, dailyVol, confidence }] = inputs.markets as [Market];
  const [{ forwardRatio, a, b, rho, s }] = inputs.expiries as [Expiry];
  const text = (wad: bigint): string => String(Number(wad) / 1e18);
  const svi = { a: text(a), b: text(b), rho: text(rho), m: "0", sigma: text(s) };
  return {
    timestamp: Number(NOW),
    underlyings: {
      ETH: {
        spot: text(spot),
        perp: text(mark),
        dailyVol: text(dailyVol),
        confidence: text(confidence),
        expiries: [{ days: "30", forwardRatio: text(forwardRatio), rate: "0", svi }],
      },
    },
    account: {
      mode: "cross",
      cash: "0",
      positions: [
        {
          underlying: "ETH",
          kind: "option",
          days: "30",
          strike: "2000",
          call: true,
          size: text(held!.lots * 10n ** 10n),
        },
      ],
    },
  };
}
