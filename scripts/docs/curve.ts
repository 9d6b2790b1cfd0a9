/** The figure of docs/margin.md: what a whole account costs, from its flag on. Drawn to be told apart without colour. */
import { parseWad } from "../../sdk";
import { DRAWN_HEALTH, priceAfter } from "./auction";

const [WIDTH, HEIGHT] = [720, 380];
const [LEFT, RIGHT, TOP, BOTTOM] = [64, 560, 36, 320];
const MINUTES = 60;
const STEP = 15;

const DASHES: Record<(typeof DRAWN_HEALTH)[number], string> = { "1": "", "0.75": "9 4", "0.5": "4 3", "0.25": "1.5 3" };

const across = (minutes: number): number => LEFT + ((RIGHT - LEFT) * minutes) / MINUTES;
const up = (part: number): number => BOTTOM - (BOTTOM - TOP) * part;
const px = (length: number): string => (Math.round(length * 10) / 10).toString();

/** Text of the SVG, one element a line. */
export function curve(): string {
  const grid = [0, 0.25, 0.5, 0.75, 1].flatMap((part) => [
    line(LEFT, up(part), RIGHT, up(part), part === 0 ? "#555" : "#ddd"),
    text(LEFT - 8, up(part) + 4, `${part * 100} %`, "end"),
  ]);
  const minutes = Array.from({ length: 1 + MINUTES / 10 }, (_, tens) => tens * 10).flatMap((minute) => [
    line(across(minute), BOTTOM, across(minute), BOTTOM + 5, "#555"),
    text(across(minute), BOTTOM + 20, String(minute), "middle"),
  ]);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img" font-family="Helvetica, Arial, sans-serif" font-size="13">`,
    "<title>Price of a whole account under auction, as a part of its equity, by minutes since the flag</title>",
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>`,
    text(LEFT, TOP - 14, "price of the whole account, of its equity", "start"),
    ...grid,
    ...minutes,
    text((LEFT + RIGHT) / 2, BOTTOM + 42, "minutes since the flag", "middle"),
    ...curves(),
    "</svg>",
    "",
  ].join("\n");
}

function curves(): string[] {
  return DRAWN_HEALTH.flatMap((health, index) => {
    const points: string[] = [];
    for (let seconds = 0; seconds <= MINUTES * 60; seconds += STEP) {
      const part = Number(priceAfter(parseWad(health), BigInt(seconds))) / 1e18;
      points.push(`${px(across(seconds / 60))},${px(up(part))}`);
      if (part === 0) break;
    }
    const y = TOP + 8 + index * 22;
    const dash = DASHES[health] === "" ? "" : ` stroke-dasharray="${DASHES[health]}"`;
    const stroke = `fill="none" stroke="#111" stroke-width="1.8"${dash}`;
    return [
      `<polyline points="${points.join(" ")}" ${stroke}/>`,
      `<path d="M${RIGHT + 16},${y}h34" ${stroke}/>`,
      text(RIGHT + 58, y + 4, `E / MM ${health}`, "start"),
    ];
  });
}

function line(x1: number, y1: number, x2: number, y2: number, color: string): string {
  return `<line x1="${px(x1)}" y1="${px(y1)}" x2="${px(x2)}" y2="${px(y2)}" stroke="${color}"/>`;
}

function text(x: number, y: number, words: string, anchor: "start" | "middle" | "end"): string {
  return `<text x="${px(x)}" y="${px(y)}" text-anchor="${anchor}">${words}</text>`;
}
