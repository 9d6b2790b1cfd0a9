import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";

import type { HardhatRuntimeEnvironment } from "hardhat/types";

import { reportFile } from "../../scripts/replay/report/destination";
import { type Chain, parseChains } from "../../scripts/surface/chain";
import { sliceText } from "../../scripts/surface/file";
import { type Errors, type FittedChain, errorsOf, fitChain } from "../../scripts/surface/fit";
import { surfacePage } from "../../scripts/surface/report";
import { PlimsollInputError } from "../../sdk";
import { type Answer, note } from "../internal/command";
import { table } from "../internal/table";

interface Values {
  chain: string;
  currency: string | undefined;
  report: string | undefined;
}

/** Fits every expiry of the chain. Nothing is sent and no network is asked. */
export async function fit(_hre: HardhatRuntimeEnvironment, values: Values): Promise<Answer> {
  const chosen = choose(await readChains(values.chain), values);
  const file = values.report === undefined ? undefined : await reportFile(values.report);
  const fitted = chosen.map(fitChain);
  const whole = errorsOf(fitted.flatMap(({ slices }) => slices.flatMap(({ quotes }) => quotes)));
  const source = path.basename(values.chain);
  if (file !== undefined) {
    await writeFile(file, surfacePage(source, fitted, whole));
    note(`The report is ${file}.`);
  }
  return { json: describe(source, fitted, whole), text: tell(fitted, whole) };
}

async function readChains(file: string): Promise<Chain[]> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch {
    throw new PlimsollInputError(`The chain ${file} cannot be read: name a CSV file.`);
  }
  return parseChains(text, path.basename(file));
}

function choose(chains: Chain[], { chain, currency }: Values): Chain[] {
  if (currency === undefined) return chains;
  const found = chains.filter((candidate) => candidate.currency === currency);
  if (found.length > 0) return found;
  const known = chains.map((candidate) => candidate.currency).join(", ");
  throw new PlimsollInputError(`${path.basename(chain)} has no currency "${currency}": choose one of ${known}.`);
}

/** What surface:post reads, and the figures of the fit. Errors are vol points. */
function describe(source: string, fitted: readonly FittedChain[], errors: Errors) {
  return {
    chain: source,
    errors,
    surfaces: fitted.map((chain) => ({
      currency: chain.currency,
      observedAt: chain.observedAt,
      errors: chain.errors,
      slices: chain.slices.map(({ slice, tenor, svi, forwardRatio, rate, density, calendar, errors: own }) => ({
        ...sliceText(slice),
        tenor,
        forwardRatio,
        rate,
        ...svi,
        density,
        calendar: calendar ?? null,
        errors: own,
      })),
    })),
  };
}

function tell(fitted: readonly FittedChain[], whole: Errors): string {
  const head = ["currency", "expiry, UTC", "days", "forward / spot", "options", "median", "90th", "most"];
  const cells = ({ count, median, ninetieth, largest }: Errors): string[] => [
    count.toString(),
    ...[median, ninetieth, largest].map((error) => error.toFixed(3)),
  ];
  const rows = fitted.flatMap(({ currency, slices, errors }) => [
    ...slices.map(({ slice, tenor, forwardRatio, errors: own }) => [
      currency,
      new Date(Number(slice.expiry) * 1_000).toISOString().slice(0, 16).replace("T", " "),
      (tenor / 86_400).toFixed(1),
      forwardRatio.toFixed(6),
      ...cells(own),
    ]),
    [currency, "all", "", "", ...cells(errors)],
  ]);
  const remark = "Errors are in vol points, of options whose |delta| lies between 0.05 and 0.95.";
  return [table(head, [...rows, ["all", "all", "", "", ...cells(whole)]]), remark].join("\n");
}
