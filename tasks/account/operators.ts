import type { HardhatRuntimeEnvironment } from "hardhat/types";

import { allLogs } from "../../scripts/lib/logs";
import { readHolding } from "../../scripts/lib/reads";
import { formatTime, readMoment } from "../../scripts/lib/times";
import { Mode, NEVER, PlimsollInputError, type Seconds, formatAccountId, parseScopes, scopeNames } from "../../sdk";
import { latestTime, openSystem, readAccount, readAddress, signerOf } from "../internal/chain";
import type { Answer } from "../internal/command";
import { confirmSending } from "../internal/consent";
import { progressOf } from "../internal/progress";
import { list, table } from "../internal/table";

/** Whoever was ever set, as far as the chain still knows them. */
export async function listOperators(hre: HardhatRuntimeEnvironment, values: { account: string }): Promise<Answer> {
  const id = await readAccount(hre, values.account);
  const { clearinghouse } = await openSystem(hre);
  const onProgress = progressOf("Reading events");
  const set = await allLogs(hre, clearinghouse, clearinghouse.filters.OperatorSet(id), { onProgress });
  const everSet = [...new Set(set.map(({ args }) => args.operator))];
  const states = await Promise.all(
    everSet.map(async (operator) => {
      const [scopes, expiry] = await clearinghouse.operatorOf(id, operator);
      return { operator, scopes: scopeNames(Number(scopes)), until: expiry === NEVER ? null : Number(expiry) };
    }),
  );
  const json = states.filter(({ scopes }) => scopes.length > 0);
  const account = formatAccountId(id);
  if (json.length === 0) return { json, text: `Nobody but its owner may act for account ${account}.` };
  const rows = json.map(({ operator, scopes, until }) => [operator, scopes.join(", "), describeEnd(until)]);
  return { json, text: table(["operator", "may", "until"], rows) };
}

interface Values {
  account: string;
  operator: string;
  scopes: string | undefined;
  until: string | undefined;
  dismiss: boolean;
}

/** Lets an address act for the account, or dismisses it. */
export async function setOperator(hre: HardhatRuntimeEnvironment, values: Values): Promise<Answer> {
  const scopes = readScopes(values);
  const id = await readAccount(hre, values.account);
  const operator = await readAddress(hre, values.operator);
  const owner = await signerOf(hre, id);
  const system = await openSystem(hre);
  const expiry = await readExpiry(hre, values);
  const account = formatAccountId(id);
  if ((await readHolding(system, id, "latest")).account.mode === Mode.None) {
    throw new PlimsollInputError(`Account ${account} is not open: open it with account:open.`);
  }
  const names = scopeNames(scopes);
  const until = scopes === 0 || expiry === NEVER ? null : Number(expiry);
  await confirmSending(hre, [
    scopes === 0
      ? `setOperator: ${operator} may do nothing for ${account} any more`
      : `setOperator: ${operator} may ${names.join(", ")} for ${account}, until ${describeEnd(until)}`,
  ]);
  const transaction = await system.clearinghouse.connect(owner).setOperator(id, operator, scopes, expiry);
  await transaction.wait();
  const found = { account, operator, scopes: names, until, transaction: transaction.hash };
  const shown = scopes === 0 ? { may: "nothing" } : { may: names.join(", "), until: describeEnd(until) };
  return { json: found, text: list({ account, operator, ...shown, transaction: transaction.hash }) };
}

function readScopes({ scopes, dismiss, until }: Values): number {
  if (dismiss) {
    if (scopes === undefined && until === undefined) return 0;
    throw new PlimsollInputError("An operator that is dismissed keeps no scopes: leave out --scopes and --until.");
  }
  if (scopes !== undefined) return parseScopes(scopes);
  throw new PlimsollInputError("The option --scopes is missing, such as --scopes trade,cancel; or say --dismiss.");
}

async function readExpiry(hre: HardhatRuntimeEnvironment, { dismiss, until }: Values): Promise<Seconds> {
  if (dismiss) return 0n;
  if (until === undefined || until === "never") return NEVER;
  return readMoment(until, await latestTime(hre), "end");
}

function describeEnd(until: number | null): string {
  return until === null ? "dismissed" : formatTime(until);
}
