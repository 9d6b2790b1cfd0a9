/** The replays the documentation tells of: what each replays, and what was found by it. */
import type { LargestMoves } from "./moves";
import type { Outcome } from "./outcome";
import type { ReplayArguments } from "./options";

export interface NamedReplay {
  /** Price files by underlying, below the market data. */
  prices: Readonly<Record<string, string>>;
  /** Unix seconds. */
  from: number;
  to: number;
  traders: number;
  modes: readonly ("isolated" | "cross" | "both")[];
}

/** What is kept of a replay. */
export type Finding = Pick<
  Outcome,
  | "steps"
  | "traders"
  | "liquidations"
  | "takeovers"
  | "bids"
  | "badDebt"
  | "backstopPaid"
  | "discountsPaid"
  | "keeperIncome"
  | "conservationError"
  | "capitalEfficiency"
  | "endedBelowMaintenance"
  | "shortfalls"
>;

/** A finding, the prices it is of, and how long it took where it was found: wall clock and processor time, seconds. */
export interface RecordedReplay extends Finding {
  moves: Record<string, LargestMoves>;
  seconds: number;
  processorSeconds: number;
}

const DATA = "../shared/data";
const ETH_5M = "eth_spot_5m_2020-02_2020-03.csv";
const ETH_1M = "eth_spot_1m_2021-04_2021-05.csv";
const ETH_1H = "eth_mark_1h_2020_2024.csv";
const BTC_1H = "btc_mark_1h_2020_2024.csv";
const SOL_1H = "sol_perp_1h_2020_2024.csv";
const EACH = ["isolated", "cross"] as const;

export const namedReplays = {
  march: { prices: { ETH: ETH_5M }, from: 1_583_884_800, to: 1_584_144_000, traders: 100, modes: EACH },
  may: { prices: { ETH: ETH_1M }, from: 1_621_360_000, to: 1_621_543_140, traders: 100, modes: EACH },
  november: { prices: { SOL: SOL_1H }, from: 1_667_692_800, to: 1_668_470_400, traders: 100, modes: EACH },
  three: {
    prices: { SOL: SOL_1H, ETH: ETH_1H, BTC: BTC_1H },
    from: 1_667_692_800,
    to: 1_668_470_400,
    traders: 100,
    modes: EACH,
  },
  month: { prices: { ETH: ETH_5M }, from: 1_583_020_800, to: 1_585_699_200, traders: 300, modes: ["both"] },
  marchHours: { prices: { ETH: ETH_5M }, from: 1_584_003_600, to: 1_584_018_000, traders: 24, modes: ["both"] },
  mayHours: { prices: { ETH: ETH_1M }, from: 1_621_425_600, to: 1_621_432_800, traders: 24, modes: ["both"] },
  novemberHours: { prices: { SOL: SOL_1H }, from: 1_667_934_000, to: 1_667_998_800, traders: 24, modes: ["both"] },
} as const satisfies Record<string, NamedReplay>;

export type ReplayName = keyof typeof namedReplays;

/** Every replay in each of its modes, under the name it is recorded by: "march isolated". */
export function everyReplay(): { key: string; name: ReplayName; mode: NamedReplay["modes"][number] }[] {
  return (Object.keys(namedReplays) as ReplayName[]).flatMap((name) =>
    namedReplays[name].modes.map((mode) => ({ key: keyOf(name, mode), name, mode })),
  );
}

function keyOf(name: ReplayName, mode: NamedReplay["modes"][number]): string {
  return `${name} ${mode}`;
}

/** What stress:replay is asked for. */
export function argumentsOf(name: ReplayName, mode: NamedReplay["modes"][number]): ReplayArguments {
  const { prices, from, to, traders } = namedReplays[name];
  const files = Object.entries(prices).map(([underlying, file]) => `${underlying}=${DATA}/${file}`);
  return {
    prices: files.join(","),
    from: String(from),
    to: String(to),
    traders: String(traders),
    ...(mode === "both" ? {} : { mode }),
  };
}

/** What of an outcome is kept. */
export function findingOf(outcome: Outcome): Finding {
  const { steps, traders, liquidations, takeovers, bids, badDebt, backstopPaid } = outcome;
  const { discountsPaid, keeperIncome, conservationError, capitalEfficiency } = outcome;
  const { endedBelowMaintenance, shortfalls } = outcome;
  return {
    ...{ steps, traders, liquidations, takeovers, bids, badDebt, backstopPaid },
    ...{ discountsPaid, keeperIncome, conservationError, capitalEfficiency },
    ...{ endedBelowMaintenance, shortfalls },
  };
}
