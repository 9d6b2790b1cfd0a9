/** What was replayed, what came of it in one sentence, and the figures programs get as well. */
import { parseWad, roundWad } from "../../../sdk";
import { COUNTED } from "../optionMarket/OptionMarket";
import { largestMove, salesOf } from "./findings";
import { count, duration, list, number, percent, usd, utc } from "./format";
import { type Child, type Markup, markup } from "./markup";
import { MODES, type ModeName, allModes, eachMode } from "./modes";
import type { Subject } from "./subject";

/** USD. Below it, roundings alone are at work. */
const NEGLIGIBLE = 1e-6;

/** What the page is called. */
export function titleOf({ underlyings, range }: Subject): string {
  const names = list(underlyings.map(({ name }) => name));
  return `Stress replay of ${names}, ${utc(range.from).slice(0, 10)} to ${utc(range.to).slice(0, 10)}`;
}

export function headline(subject: Subject): Markup {
  return markup`<header>
<h1>${titleOf(subject)
    .split(" ")
    .map((word) => markup`<span>${word}</span> `)}</h1>
<p class="verdict">${verdict(subject)}</p>
${conditions(subject)}
<div class="tables">
${byMode(subject)}
${money(subject)}
${optionCounts(subject)}
</div>
${stragglers(subject)}
${shortfalls(subject)}
${refusals(subject)}
</header>
`;
}

/** The result in one sentence. */
export function verdict({ underlyings, auctions, outcome }: Subject): string {
  const moves = underlyings.map(({ name, spot }) => {
    const move = largestMove(spot);
    if (!move || move.change === 0) return `${name} did not move`;
    const verb = move.change < 0 ? "fell" : "rose";
    return `${name} ${verb} ${percent(Math.abs(move.change), 0)} within ${duration(move.to.time - move.from.time)}`;
  });
  const sales = salesOf(auctions);
  const traders = allModes(outcome.traders);
  const sold =
    sales.auctions === 0
      ? "nobody was liquidated"
      : `${count(sales.auctions, "auction")} sold ${usd(sales.notional)} USD of positions held by ${number(sales.accounts)} of ${count(traders, "trader")}`;
  return `${list(moves)}; ${sold}; ${debtClause(outcome)}; ${booksClause(outcome)}; ${endClause(outcome)}.`;
}

function debtClause({ badDebt, backstopPaid }: Subject["outcome"]): string {
  if (Number(badDebt) === 0) return "no account lost more than it had";
  return `losses beyond what accounts had came to ${usd(Number(badDebt))} USD, and the vault paid ${usd(Number(backstopPaid))} USD to have their positions taken`;
}

function booksClause({ conservationError }: Subject["outcome"]): string {
  return Number(conservationError) < NEGLIGIBLE
    ? "the books balance"
    : `the books are off by ${usd(Number(conservationError))} USD`;
}

function endClause({ endedBelowMaintenance: { length } }: Subject["outcome"]): string {
  return length === 0
    ? "no account ended below maintenance margin"
    : `${count(length, "account")} ended below maintenance margin`;
}

function conditions({ sources, range, outcome, seed, step, surfaces }: Subject): Markup {
  const { traders } = outcome;
  const steps = figureOf("steps", outcome.steps, number(outcome.steps));
  const rows: [string, Child][] = [
    ["Prices", sources.join(", ")],
    ["Seed", seed],
    ["From", utc(range.from)],
    ["To", utc(range.to)],
    ["Steps", markup`${steps}, at least ${duration(step)} apart`],
    ["Traders", `${number(allModes(traders))}: ${eachMode((mode) => number(traders[mode]))}`],
    ["Basis", "made up: an hourly report around one basis point, drawn from the seed"],
  ];
  if (surfaces.length > 0) rows.push(["Option surfaces", surfaces.join(" ")]);
  return markup`<dl>${rows.map(([name, value]) => markup`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}

/** A figure as it stands in the JSON, under its path there, and as people read it. */
function figureOf(path: string, exact: string | number, read: string): Markup {
  return markup`<data data-figure="${path}" value="${String(exact)}">${read}</data>`;
}

function byMode({ outcome }: Subject): Markup {
  const row = (
    name: string,
    path: "traders" | "liquidations" | "takeovers" | "capitalEfficiency",
    places: number,
  ): Markup => {
    const cell = (mode: ModeName): Markup =>
      markup`<td>${figureOf(`${path}.${mode}`, outcome[path][mode], number(outcome[path][mode], places))}</td>`;
    return markup`<tr><th scope="row">${name}</th>${MODES.map(cell)}</tr>`;
  };
  return markup`<table><thead><tr><th></th>${MODES.map((mode) => markup`<th scope="col">${mode}</th>`)}</tr></thead><tbody>${[
    row("Traders", "traders", 0),
    row("Liquidations (auctions with a bid)", "liquidations", 0),
    row("Taken over by the vault", "takeovers", 0),
    row("Gross notional / collateral, mean", "capitalEfficiency", 2),
  ]}<tr><th scope="row">Ended below maintenance margin</th><td colspan="${MODES.length}" class="both">${figureOf("endedBelowMaintenance.length", outcome.endedBelowMaintenance.length, number(outcome.endedBelowMaintenance.length))}</td></tr></tbody></table>`;
}

const MONEY = [
  ["badDebt", "Bad debt"],
  ["backstopPaid", "Paid by the backstop vault"],
  ["discountsPaid", "Discounts paid to bidders"],
  ["keeperIncome", "Income of the keeper"],
  ["fundingPaid", "Funding paid"],
  ["deleveraged", "Deleveraged"],
  ["socialised", "Socialised"],
] as const;

function money({ outcome }: Subject): Markup {
  const row = (name: string, value: Child): Markup => markup`<tr><th scope="row">${name}</th><td>${value}</td></tr>`;
  const rows = MONEY.map(([path, name]) => row(name, figureOf(path, outcome[path], toTheCent(outcome[path]))));
  const { conservationError: error } = outcome;
  return markup`<table><thead><tr><th></th><th scope="col">USD</th></tr></thead><tbody>${rows}${row("Conservation error", figureOf("conservationError", error, Number(error).toPrecision(2)))}</tbody></table>`;
}

function optionCounts({ outcome: { options } }: Subject): Markup | undefined {
  if (!options) return undefined;
  const rows = COUNTED.map(([key, name]) => {
    const figure = figureOf(`options.${key}`, options[key], number(options[key]));
    return markup`<tr><th scope="row">${name}</th><td>${figure}</td></tr>`;
  });
  return markup`<table><thead><tr><th>Options</th><th></th></tr></thead><tbody>${rows}</tbody></table>`;
}

function stragglers({ outcome }: Subject): Markup | undefined {
  const { endedBelowMaintenance: ended } = outcome;
  if (ended.length === 0) return undefined;
  const rows = ended.map(({ account, equity, maintenanceMargin, reason }, index) => {
    const at = `endedBelowMaintenance.${index}`;
    return markup`<tr><th scope="row">${figureOf(`${at}.account`, account, `account ${account.split("/").at(-1) ?? ""}`)}</th><td>${figureOf(`${at}.equity`, equity, toTheCent(equity))}</td><td>${figureOf(`${at}.maintenanceMargin`, maintenanceMargin, toTheCent(maintenanceMargin))}</td><td class="text">${reason}</td></tr>`;
  });
  return markup`<h2>Below maintenance margin at the end</h2><table class="wide"><thead><tr><th></th><th scope="col">equity, USD</th><th scope="col">margin, USD</th><th scope="col" class="text">why</th></tr></thead><tbody>${rows}</tbody></table>`;
}

function shortfalls({ outcome }: Subject): Markup | undefined {
  const { shortfalls: found } = outcome;
  if (found.length === 0) return undefined;
  const rows = found.map(({ account, badDebt, covered, reason }, index) => {
    const at = `shortfalls.${index}`;
    return markup`<tr><th scope="row">${figureOf(`${at}.account`, account, `account ${account.split("/").at(-1) ?? ""}`)}</th><td>${figureOf(`${at}.badDebt`, badDebt, toTheCent(badDebt))}</td><td>${figureOf(`${at}.covered`, covered, toTheCent(covered))}</td><td class="text">${reason}</td></tr>`;
  });
  return markup`<h2>Accounts that lost more than they had</h2><table class="wide"><thead><tr><th></th><th scope="col">bad debt, USD</th><th scope="col">vault paid, USD</th><th scope="col" class="text">why</th></tr></thead><tbody>${rows}</tbody></table>`;
}

function refusals({ refusals: refused }: Subject): Markup | undefined {
  if (refused.size === 0) return undefined;
  const items = [...refused].map(([reason, times]) => markup`<li>${count(times, "time")}, ${reason}</li>`);
  return markup`<h2>What the ledger refused</h2><ul>${items}</ul>`;
}

/** "1,234.57" of an exact amount. */
function toTheCent(exact: string): string {
  return number(Number(roundWad(parseWad(exact))), 2);
}
