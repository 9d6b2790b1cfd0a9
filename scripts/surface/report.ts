/** A fit as a page: the venue's marks against the smiles, expiry by expiry. It needs nothing else, and no colour. */
import { duration, number, percent, utc } from "../replay/report/format";
import { Markup, markup } from "../replay/report/markup";
import { figure } from "../replay/report/chart/figure";
import { type PlainPanel, WIDTH, plainAxis, plainPanel, px, valueAxis } from "../replay/report/chart/panel";
import { STYLE } from "../replay/report/style";
import { markVariance } from "./arbitrage";
import type { Errors, FittedChain, FittedSlice } from "./fit";

const YEAR = 365 * 86_400;
/** Where the two panels of a row stand. */
const COLUMNS = [
  { left: 56, right: 430 },
  { left: 520, right: WIDTH - 20 },
] as const;
const HEIGHT = 262;
const SAMPLES = 160;
/** Beyond the outermost marks, of their spread. */
const MARGIN = 0.03;
const TICKS = 5;

const OWN_STYLE = `
.quote { fill: #fff; stroke: var(--ink); stroke-width: 1; }
.beyond { fill: none; stroke: #8a8a8a; stroke-width: .9; }
.forward { fill: none; stroke: #777; stroke-dasharray: 2 3; }
.wide td, .wide th { padding-left: 10px; }
`;

/** The document, well-formed as HTML and as XML. @param source what the chain is called. */
export function surfacePage(source: string, chains: readonly FittedChain[], whole: Errors): string {
  const title = `Surfaces fitted to ${source}`;
  const body = [
    markup`<header><h1>${title}</h1><p class="verdict">${verdict(whole)}</p><p>${HOW}</p></header>`,
    chains.map((chain) => section(chain)),
  ];
  const head = markup`<head><meta charset="utf-8"/><meta name="viewport" content="width=device-width, initial-scale=1"/><title>${title}</title><style>${new Markup(STYLE + OWN_STYLE)}</style></head>`;
  return `<!DOCTYPE html>\n${markup`<html lang="en">${head}<body>\n${body}</body></html>`.text}\n`;
}

const HOW =
  "A circle is an option at the venue's own mark, the line the smile the oracle would hold. Errors are judged where |delta| lies between 0.05 and 0.95; options beyond are small crosses. The smile is flat where the oracle stops reading it. The dotted line is the forward.";

function verdict({ count, median, ninetieth, largest }: Errors): string {
  return `Over ${number(count)} options the smiles miss the marks by ${number(median, 2)} vol points at the median, by ${number(ninetieth, 2)} at the 90th percentile, and by ${number(largest, 2)} at most.`;
}

function section({ currency, observedAt, slices, errors }: FittedChain): Markup {
  const rows: Markup[] = [];
  for (let i = 0; i < slices.length; i += COLUMNS.length) rows.push(row(slices.slice(i, i + COLUMNS.length)));
  return markup`<section id="${currency}"><h2>${currency}, ${utc(observedAt)}</h2>
<p>${verdict(errors)}</p>
${table(slices)}
${rows}</section>
`;
}

function table(slices: readonly FittedSlice[]): Markup {
  const head = [
    "options",
    "median",
    "90th",
    "most",
    "forward / spot",
    "rate",
    "vol at the money",
    "least g",
    "calendar",
  ];
  const body = slices.map(({ slice, errors, forwardRatio, rate, density, calendar, svi, tenor }) => {
    const cells = [
      number(errors.count),
      number(errors.median, 2),
      number(errors.ninetieth, 2),
      number(errors.largest, 2),
      number(forwardRatio, 4),
      percent(rate),
      percent(Math.sqrt((markVariance(0, svi) * YEAR) / tenor)),
      number(density, 3),
      calendar === undefined ? "" : percent(calendar),
    ];
    return markup`<tr><th scope="row">${dayOf(slice.expiry)}</th>${cells.map((cell) => markup`<td>${cell}</td>`)}</tr>`;
  });
  const caption =
    "Errors are in vol points. Least g is Gatheral's on the oracle's grid, which asks for 0.01; calendar is by what part of itself total variance rises from the expiry before, at least.";
  return markup`<table class="wide"><thead><tr><th scope="col">expiry</th>${head.map((name) => markup`<th scope="col">${name}</th>`)}</tr></thead><tbody>${body}</tbody></table><p>${caption}</p>`;
}

function row(slices: readonly FittedSlice[]): Markup {
  const captions = slices.map(
    ({ slice, tenor, errors }) =>
      `${dayOf(slice.expiry)}, ${duration(tenor)} away: median ${number(errors.median, 2)}, 90th percentile ${number(errors.ninetieth, 2)} vol points over ${number(errors.count)} options`,
  );
  return figure({
    height: HEIGHT,
    label: `Implied volatility by moneyness: ${captions.join("; ")}`,
    layers: slices.map((slice, i) => drawing(slice, COLUMNS[i] ?? COLUMNS[0])),
    caption: `${captions.join("; ")}.`,
  });
}

function drawing({ slice, svi, tenor, quotes }: FittedSlice, at: (typeof COLUMNS)[number]): Markup {
  const ks = quotes.map(({ k }) => k);
  const [low, high] = [Math.min(...ks), Math.max(...ks)];
  const margin = MARGIN * (high - low);
  const across = [low - margin, high + margin] as const;
  const smile = Array.from({ length: SAMPLES + 1 }, (_, i) => {
    const k = across[0] + ((across[1] - across[0]) * i) / SAMPLES;
    return { k, vol: 100 * Math.sqrt((markVariance(k, svi) * YEAR) / tenor) };
  });
  const vols = [...smile.map(({ vol }) => vol), ...quotes.map(({ vol }) => 100 * vol)];
  const domain = [Math.min(...vols), Math.max(...vols)] as const;
  const panel = plainPanel(across, { ...at, top: 28, bottom: 208, domain });
  const ticks = panel.x.ticks(TICKS).map((tick) => ({ at: tick, name: number(tick, decimals(across)) }));
  const path = smile.map(({ k, vol }, i) => `${i === 0 ? "M" : "L"}${px(panel.x(k))},${px(panel.y(vol))}`).join("");
  return markup`<g>${valueAxis(panel, `${dayOf(slice.expiry)}, vol %`)}${plainAxis(panel, ticks, "ln(strike / forward)")}${forward(panel)}<path class="line" d="${path}"/>${quotes.map(({ k, vol, judged }) => dot(panel, k, 100 * vol, judged))}</g>`;
}

function forward({ x, top, bottom }: PlainPanel): Markup | undefined {
  const [from = 0, to = 0] = x.domain();
  return from < 0 && to > 0 ? markup`<path class="forward" d="M${px(x(0))},${top}V${bottom}"/>` : undefined;
}

function dot({ x, y }: PlainPanel, k: number, vol: number, judged: boolean): Markup {
  const [cx, cy] = [px(x(k)), px(y(vol))];
  return judged
    ? markup`<circle class="quote" cx="${cx}" cy="${cy}" r="2.4"/>`
    : markup`<path class="beyond" d="M${cx - 2},${cy - 2}l4,4m0,-4l-4,4"/>`;
}

function decimals([low, high]: readonly [number, number]): number {
  return high - low < 0.25 ? 2 : 1;
}

/** "27 Mar 2026". */
function dayOf(expiry: bigint): string {
  return new Date(Number(expiry) * 1_000).toLocaleDateString("en-GB", {
    day: "numeric",
    month: "short",
    year: "numeric",
    timeZone: "UTC",
  });
}
