/** What a replay found, in tables for the terminal; report/ draws the charts. */
import { parseWad, roundWad } from "../../sdk";
import { list, table } from "../../tasks/internal/table";
import { describeLevels } from "./optionMarket/levels";
import { COUNTED, type OptionCounts } from "./optionMarket/OptionMarket";
import type { ByMode, Outcome } from "./outcome";
import type { Replayed, Scenario } from "./replay";
import { MODES } from "./report/modes";

/** Tables, and what one must know to read them. */
export function describe({ sources, timeline, levels }: Scenario, { outcome, refusals }: Replayed): string {
  const parts = [
    `Replayed ${outcome.steps} steps, ${day(timeline.steps[0]?.time ?? 0)} to ${day(timeline.end)}: ${sources.join(", ")}.`,
    "The basis of the perpetuals is made up: an hourly report around one basis point, drawn from the seed.",
    ...(levels ? describeLevels(levels, timeline) : []),
    modes(outcome),
    money(outcome),
    ...(outcome.options ? [options(outcome.options)] : []),
    gas(outcome),
    stragglers(outcome),
    shortfalls(outcome),
  ];
  for (const [reason, times] of refusals) parts.push(`Refused ${times} times, ${reason}`);
  return parts.join("\n");
}

function modes({ traders, liquidations, takeovers, capitalEfficiency }: Outcome): string {
  const row = (name: string, figure: (mode: keyof ByMode) => string): string[] => [name, ...MODES.map(figure)];
  return table(
    ["", ...MODES],
    [
      row("traders", (mode) => String(traders[mode])),
      row("liquidations", (mode) => String(liquidations[mode])),
      row("taken over by the vault", (mode) => String(takeovers[mode])),
      row("gross notional / collateral", (mode) => capitalEfficiency[mode].toFixed(2)),
    ],
  );
}

function money(outcome: Outcome): string {
  return list({
    bids: String(outcome.bids),
    "discounts paid, USD": usd(outcome.discountsPaid),
    "the keeper's income, USD": usd(outcome.keeperIncome),
    "bad debt, USD": usd(outcome.badDebt),
    "paid by the backstop, USD": usd(outcome.backstopPaid),
    "deleveraged, USD": usd(outcome.deleveraged),
    "socialised, USD": usd(outcome.socialised),
    "funding paid, USD": usd(outcome.fundingPaid),
    "conservation error, USD": outcome.conservationError,
  });
}

function options(counts: OptionCounts): string {
  const rows = COUNTED.map(([key, name]) => [name, String(counts[key])] as const);
  return list(Object.fromEntries(rows));
}

function gas(outcome: Outcome): string {
  const rows = Object.entries(outcome.gas).map(([kind, median]) => [kind, median?.toLocaleString("en") ?? "none sent"]);
  return table(["transaction", "median gas"], rows);
}

function stragglers({ endedBelowMaintenance }: Outcome): string {
  if (endedBelowMaintenance.length === 0) return "No account ended below maintenance margin.";
  return table(
    ["below maintenance at the end", "equity, USD", "margin, USD", "why"],
    endedBelowMaintenance.map(({ account, equity, maintenanceMargin, reason }) => [
      account,
      usd(equity),
      usd(maintenanceMargin),
      reason,
    ]),
  );
}

function shortfalls({ shortfalls: found }: Outcome): string {
  if (found.length === 0) return "No account lost more than it had.";
  return table(
    ["below zero", "bad debt, USD", "vault paid, USD", "why"],
    found.map(({ account, badDebt, covered, reason }) => [account, usd(badDebt), usd(covered), reason]),
  );
}

/** To the cent. */
function usd(exact: string): string {
  return roundWad(parseWad(exact));
}

function day(seconds: number): string {
  return `${new Date(seconds * 1000).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}
