/** Figures and times as a report prints them. */

const MINUS = "\u2212";
const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** With thousands separated and `places` decimals. */
export function number(value: number, places = 0): string {
  const text = value.toLocaleString("en-US", { minimumFractionDigits: places, maximumFractionDigits: places });
  return text.replace("-", /[1-9]/.test(text) ? MINUS : "");
}

/** An amount of USD in as many digits as a sentence bears: "87.40", "3,432", "1.24 m". */
export function usd(value: number): string {
  const size = Math.abs(value);
  if (size >= 999_500) return `${number(value / 1e6, size >= 99_500_000 ? 0 : 2)} m`;
  return number(value, size < 999.5 ? 2 : 0);
}

/** "12.3 %" of a part of one. */
export function percent(part: number, places = 1): string {
  return `${number(100 * part, places)} %`;
}

/** The same of a part that may be tiny: "5.8 %", "0.04 %". */
export function distancePercent(part: number): string {
  return percent(part, Math.abs(part) < 0.01 ? 2 : 1);
}

/** "2020-03-12 10:40 UTC". */
export function utc(seconds: number): string {
  return `${new Date(seconds * 1000).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}

/** "13 Mar", UTC. */
export function day(seconds: number): string {
  const date = new Date(seconds * 1000);
  return `${date.getUTCDate()} ${date.toLocaleString("en-US", { month: "short", timeZone: "UTC" })}`;
}

/** "13 Mar 02:10", UTC. */
export function moment(seconds: number): string {
  return `${day(seconds)} ${clock(seconds)}`;
}

/** "02:10", UTC. */
export function clock(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(11, 16);
}

/** In the largest unit that leaves no more than a decimal: "36 s", "12 min", "1.5 h", "3 days". */
export function duration(seconds: number): string {
  const [size, unit]: [number, string] =
    seconds < 2 * MINUTE
      ? [1, "s"]
      : seconds < 2 * HOUR
        ? [MINUTE, "min"]
        : seconds < 2 * DAY
          ? [HOUR, "h"]
          : [DAY, "days"];
  return `${String(Math.round((10 * seconds) / size) / 10)} ${unit}`;
}

const LIST = new Intl.ListFormat("en", { type: "conjunction" });

/** "ETH, BTC, and SOL". */
export function list(names: readonly string[]): string {
  return LIST.format(names);
}

/** "1 auction", "1,204 auctions". */
export function count(amount: number, noun: string): string {
  return `${number(amount)} ${noun}${amount === 1 ? "" : "s"}`;
}
