/** The scenario matrix for people: moves down, volatility across, and what the requirement is made of. */
import { parseWad } from "../../sdk";
import { list, percent, table, usd } from "../internal/table";
import type { Found, Matrix, Requirement } from "./matrix";
import { BINDING } from "./names";

const CORE = 18;
const TWISTS = 22;

const KINDS = [
  ["linear", "perpetuals, twice in initial"],
  ["nakedShorts", "options sold, twice in initial"],
  ["roll", "deltas of other expiries"],
  ["calendarVega", "vegas of other expiries"],
  ["concentration", "delta beyond the market's depth"],
  ["confidence", "the price's uncertainty"],
] as const;

/** See the file's description. */
export function matrixText(found: Found): string {
  const { requirement, underlyings } = found;
  const heading = list({
    account: found.account,
    mode: found.mode,
    "initial margin, USD": usd(found.initialMargin),
    "maintenance margin, USD": usd(found.maintenanceMargin),
  });
  const nothing = parseWad(requirement.initial.margin) === 0n && underlyings.length === 0;
  if (nothing) return `${heading}\nThe account holds nothing that a scenario could move.`;
  return [heading, ...underlyings.map(cells), parts(underlyings, requirement), ...sentences(found)].join("\n");
}

function cells(matrix: Matrix): string {
  const { underlying, scenarios, worst } = matrix;
  const gain = (i: number): string => `${usd(scenarios[i]?.pnl ?? "0")}${i === worst ? ` ${BINDING}` : ""}`;
  const row = (i: number, move: string, down: string, up: string): string[] => [
    down === "" ? i.toString() : `${i}, ${i + 1}`,
    move,
    usd(scenarios[i]?.price ?? "0"),
    down,
    up,
  ];
  const moveOf = (i: number): string => percent(scenarios[i]?.move ?? "0", 2);
  const core = Array.from({ length: CORE / 2 }, (_, i) => row(2 * i, moveOf(2 * i), gain(2 * i), gain(2 * i + 1)));
  const tails = scenarios.slice(CORE, TWISTS).map(({ weight }, i) => {
    const counts = parseWad(weight) === parseWad("1") ? "" : `, ${percent(weight, 1)} of it`;
    return row(CORE + i, `${moveOf(CORE + i)}${counts}`, "", gain(CORE + i));
  });
  const twists = scenarios.slice(TWISTS).map(({ volatility }, i) => {
    return row(TWISTS + i, volatility.replace("up ", ""), "", gain(TWISTS + i));
  });
  const head = ["no.", `${underlying} moves by`, "to, USD", "vol down: gain, USD", "vol up: gain, USD"];
  return table(head, [...core, ...tails, ...twists]);
}

function parts(underlyings: readonly Matrix[], requirement: Requirement): string {
  const { initial, maintenance, cores, jointCore, credit } = requirement;
  const mark = (part: string, { binds }: { binds: string }): string => (binds === part ? ` ${BINDING}` : "");
  const rows = underlyings.map((one) => [
    `${one.underlying} alone loses most`,
    usd(one.core),
    one.worst === null ? "in none" : `in scenario ${one.worst}`,
  ]);
  const several = parseWad(credit) !== 0n || parseWad(cores) !== parseWad(jointCore);
  const joint = [
    ["all added up", usd(cores), ""],
    [
      "all moved alike",
      usd(jointCore),
      requirement.jointScenario === null ? "in none" : `in scenario ${requirement.jointScenario}`,
    ],
    ["credited of the difference", percent(credit, 2), ""],
  ];
  const losses = table(["losses", "USD", ""], [...rows, ...(several ? joint : [])]);
  const charged = contingencies(underlyings);
  const cap = (text: string | null): string => (text === null ? "none" : usd(text));
  const made = table(
    ["requirement", "initial, USD", "maintenance, USD"],
    [
      [
        "scenarios",
        `${usd(initial.scenarios)}${mark("scenarios", initial)}`,
        `${usd(maintenance.scenarios)}${mark("scenarios", maintenance)}`,
      ],
      ["contingencies, besides", usd(initial.contingencies), usd(maintenance.contingencies)],
      [
        "floor by volatility",
        `${usd(initial.floor)}${mark("floor", initial)}`,
        `${usd(maintenance.floor)}${mark("floor", maintenance)}`,
      ],
      [
        "cap, what can be lost",
        `${cap(initial.cap)}${mark("cap", initial)}`,
        `${cap(maintenance.cap)}${mark("cap", maintenance)}`,
      ],
      ["portfolio margin", usd(initial.margin), usd(maintenance.margin)],
    ],
  );
  return [losses, ...charged, made].join("\n");
}

/** A row a kind, a column an underlying. */
function contingencies(underlyings: readonly Matrix[]): string[] {
  const held = underlyings.filter((one) => one.contingencies !== null);
  if (held.length === 0) return [];
  const rows = KINDS.map(([kind, name]) => [name, ...held.map((one) => usd(one.contingencies?.[kind] ?? "0"))]);
  const head = ["contingencies", ...held.map(({ underlying }) => `${underlying}, USD`)];
  return [table(head, rows)];
}

function sentences({ mode, requirement }: Found): string[] {
  const legend = `${BINDING} what binds`;
  if (requirement.inForce) return [legend];
  return [legend, `The account is in ${mode} mode, which asks what stands above: this is what portfolio mode would.`];
}
