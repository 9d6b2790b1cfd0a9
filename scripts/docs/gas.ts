/** The gas snapshot as tables: whole transactions, and the portfolio model by itself beside Derive's. */
import { readFileSync } from "node:fs";
import path from "node:path";

import { table } from "./table";

const SNAPSHOT = path.join(__dirname, "..", "..", "test", "gas", "snapshot.json");
const MODEL = "portfolio model: ";
/** What a keeper sends, as it stands in scenarios: a flag and a bid, of one perpetual and of whole books, and expiries. */
const KEEPER = /^(liquidation|portfolio): |^expiry: settled /;

/** A check of initial margin by Derive's PMRM and PMRM_2 on books of these shapes, thousands of gas. */
const DERIVE: Readonly<Record<string, readonly [pmrm: string, pmrm2: string]>> = {
  "one perp": ["338", "509"],
  "one option": ["564", "919"],
  "iron condor": ["1,204", "1,837"],
  "16 options on 4 expiries and a perp": ["4,221", "6,251"],
  "46 options on 4 expiries and a perp": ["10,739", "15,606"],
  "126 options on 9 expiries and a perp": ["29,157", "42,523"],
};

/** The writers of the blocks "gas NAME". */
export const gasBlocks: Readonly<Record<string, () => string>> = {
  transactions: () => {
    const rows = measured().filter(([name]) => !name.startsWith(MODEL));
    return table([["scenario"], ["gas", "right"]], rows);
  },
  keeper: () => {
    const rows = measured().filter(([name]) => KEEPER.test(name));
    return table([["transaction"], ["gas", "right"]], rows);
  },
  models: () => {
    const rows = measured().filter(([name]) => name.startsWith(MODEL));
    return table(
      [["book"], ["Plimsoll", "right"], ["Derive PMRM", "right"], ["Derive PMRM_2", "right"]],
      rows.map(([name, gas]) => {
        const book = name.slice(MODEL.length);
        const [pmrm, pmrm2] = DERIVE[book] ?? ["", ""];
        return [book, gas, pmrm && `${pmrm}k`, pmrm2 && `${pmrm2}k`];
      }),
    );
  },
};

function measured(): [name: string, gas: string][] {
  const snapshot = JSON.parse(readFileSync(SNAPSHOT, "utf8")) as Record<string, number>;
  return Object.entries(snapshot).map(([name, gas]) => [name, gas.toLocaleString("en")]);
}
