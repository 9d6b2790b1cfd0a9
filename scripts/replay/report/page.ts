/** The whole report: one page of HTML that needs nothing else. */
import { choose } from "./choice";
import { headline, titleOf } from "./headline";
import { type Child, Markup, markup } from "./markup";
import { accountFigure } from "./sections/accounts";
import { auctionFigure } from "./sections/auctions";
import { efficiencyFigure } from "./sections/efficiency";
import { fundingFigures } from "./sections/funding";
import { marginFigures } from "./sections/margins";
import { priceFigures } from "./sections/prices";
import { vaultFigure } from "./sections/vault";
import { STYLE } from "./style";
import type { Subject } from "./subject";

/** The document, well-formed as HTML and as XML. */
export function page(subject: Subject): string {
  const body = [
    headline(subject),
    section("prices", "Prices and liquidations", priceFigures(subject)),
    accounts(subject),
    section("auctions", "Auctions", auctionFigure(subject)),
    section("vault", "Backstop vault", vaultFigure(subject)),
    section("efficiency", "Capital efficiency", efficiencyFigure(subject)),
    section("funding", "Funding", fundingFigures(subject)),
    section("margins", "Margin in force", marginFigures(subject)),
  ];
  return `<!DOCTYPE html>\n${document(titleOf(subject), body).text}\n`;
}

function document(title: string, body: Child): Markup {
  return markup`<html lang="en"><head><meta charset="utf-8"/><meta name="viewport" content="width=device-width, initial-scale=1"/><title>${title}</title><style>${new Markup(STYLE)}</style></head><body>
${DEFINITIONS}
${body}</body></html>`;
}

/** What fills the bars of cross and portfolio margin, which every drawing refers to. */
const DEFINITIONS = markup`<svg class="definitions" aria-hidden="true"><defs><pattern id="hatch" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="5" height="5" fill="#f3c48f"/><rect width="2" height="5" fill="#b35c0c"/></pattern><pattern id="dots" width="4" height="4" patternUnits="userSpaceOnUse"><rect width="4" height="4" fill="#cfe6d6"/><circle cx="2" cy="2" r="1.1" fill="#2c7a4b"/></pattern></defs></svg>`;

function section(id: string, title: string, ...content: Child[]): Markup {
  return markup`<section id="${id}"><h2>${title}</h2>
${content}</section>
`;
}

function accounts(subject: Subject): Markup {
  const { chosen, remarks } = choose(subject);
  const how =
    "Shown are the largest liquidated account and the largest survivor of each mode, the account that came closest to maintenance margin without losing a slice, the largest the vault took over, and those that ended below zero.";
  const content = [
    markup`<p>${[how, ...remarks].join(" ")}</p>`,
    chosen.map((one) => accountFigure(one, subject.range)),
  ];
  return section("accounts", "Chosen accounts", ...content);
}
