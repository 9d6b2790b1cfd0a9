/** An evaluation for people: the account, its Greeks by underlying, and what each scenario would bring. */
import { list, table, usd } from "../internal/table";
import type { Evaluation, UnderlyingFigures } from "./evaluate";
import { BINDING, SCENARIOS } from "./names";

const GREEKS = ["delta", "gamma", "vega", "theta", "rho"] as const;
/** See the file's description. */
export function asText({ mode, underlyings, gas, ...found }: Evaluation): string {
  const account = list({
    mode,
    "equity, USD": found.equity,
    "initial margin, USD": found.initialMargin,
    "maintenance margin, USD": found.maintenanceMargin,
    "the TypeScript twin": "agrees to the bit",
    "gas: assessment, cold": gas.assessInitialCold.toString(),
    ...(gas.witnessCold !== undefined && { "gas: assessment by witness, cold": gas.witnessCold.toString() }),
    "gas: opening transaction": gas.openTransaction.toString(),
  });
  const rows = Object.entries(underlyings).map(([name, figures]) => [name, ...GREEKS.map((greek) => figures[greek])]);
  const greeks = table(["underlying", ...GREEKS], rows);
  return [account, greeks, ...scenarioTable(Object.entries(underlyings))].join("\n");
}

function scenarioTable(underlyings: readonly (readonly [name: string, figures: UnderlyingFigures])[]): string[] {
  const modelled = underlyings.filter(([, { scenarios }]) => scenarios !== undefined);
  if (modelled.length === 0) return [];
  const rows = SCENARIOS.map(([price, volatility], i) => [
    i.toString(),
    price,
    volatility,
    ...modelled.map(([, figures]) => gainIn(figures, i)),
  ]);
  const head = ["scenario", "price", "volatility", ...modelled.map(([name]) => `${name}, USD`)];
  return [table(head, rows), `${BINDING} what the underlying would lose most in, which binds its margin`];
}

function gainIn({ scenarios = [], worstScenario, worstPnl = "0" }: UnderlyingFigures, i: number): string {
  const gain = usd(scenarios[i] ?? "0");
  return i === worstScenario && worstPnl.startsWith("-") ? `${gain} ${BINDING}` : gain;
}
