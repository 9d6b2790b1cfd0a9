/** What a keeper can be told, as a table. */
import { settings } from "../keeper/config";
import { table } from "./table";

/** The block "keeper settings". */
export function keeperSettings(): string {
  const rows = settings.map(({ name, meaning, unset }) => [`\`${name}\``, meaning, unset ?? ""]);
  return table([["variable"], ["what it is"], ["unless it is set", "right"]], rows);
}
