/** The replays the documentation tells of: what each replays, and what was found by it. */
import type { LargestMoves } from "./moves";
import type { Outcome } from "./outcome";
import type { ReplayArguments } from "./options";
import type { ModeName } from "./report/modes";

export interface NamedReplay {
  /** Price files by underlying, below the market data. */
  prices: Readonly<Record<string, string>>;
  /** Unix seconds. */
  from: number;
  to: number;
  traders: number;
  /** One mode for all traders, or all modes. */
  modes: readonly (ModeName | "all")[];
  /** Where options are traded: files of the levels of their surfaces, by underlying, each with what it is multiplied by. */
  vol?: Readonly<Record<string, string>>;
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
  | "options"
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
const DVOL = "btc_dvol_1h_2021_2024.csv";
/** How much more volatile ETH was than BTC, by daily closes of 2021 and 2022: the data has no index of its own. */
const DVOL_ETH = `${DVOL}*1.35`;
const EACH = ["isolated", "cross", "portfolio"] as const;

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
  month: { prices: { ETH: ETH_5M }, from: 1_583_020_800, to: 1_585_699_200, traders: 300, modes: ["all"] },
  mayOptions: {
    prices: { BTC: BTC_1H, ETH: ETH_1H },
    vol: { BTC: DVOL, ETH: DVOL_ETH },
    from: 1_620_604_800,
    to: 1_622_419_200,
    traders: 60,
    modes: ["all"],
  },
  novemberOptions: {
    prices: { BTC: BTC_1H, ETH: ETH_1H },
    vol: { BTC: DVOL, ETH: DVOL_ETH },
    from: 1_667_433_600,
    to: 1_669_593_600,
    traders: 60,
    modes: ["all"],
  },
  marchHours: { prices: { ETH: ETH_5M }, from: 1_584_003_600, to: 1_584_018_000, traders: 24, modes: ["all"] },
  mayHours: { prices: { ETH: ETH_1M }, from: 1_621_425_600, to: 1_621_432_800, traders: 48, modes: ["all"] },
  novemberHours: { prices: { SOL: SOL_1H }, from: 1_667_934_000, to: 1_667_998_800, traders: 24, modes: ["all"] },
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
  const { prices, vol, from, to, traders }: NamedReplay = namedReplays[name];
  return {
    prices: filesOf(prices),
    from: String(from),
    to: String(to),
    traders: String(traders),
    ...(mode === "all" ? {} : { mode }),
    ...(vol ? { options: true, vol: filesOf(vol) } : {}),
  };
}

function filesOf(files: Readonly<Record<string, string>>): string {
  return Object.entries(files)
    .map(([underlying, file]) => `${underlying}=${DATA}/${file}`)
    .join(",");
}

/** What of an outcome is kept. */
export function findingOf(outcome: Outcome): Finding {
  const { steps, traders, liquidations, takeovers, bids, badDebt, backstopPaid } = outcome;
  const { discountsPaid, keeperIncome, conservationError, capitalEfficiency } = outcome;
  const { endedBelowMaintenance, shortfalls, options } = outcome;
  return {
    ...{ steps, traders, liquidations, takeovers, bids, badDebt, backstopPaid },
    ...{ discountsPaid, keeperIncome, conservationError, capitalEfficiency },
    ...{ endedBelowMaintenance, shortfalls, options },
  };
}
