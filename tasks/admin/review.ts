import type { HardhatRuntimeEnvironment } from "hardhat/types";

import { requireForDeployment } from "../../config/variables";
import { checkConfiguration } from "../../scripts/deploy/check";
import type { Finding } from "../../scripts/deploy/findings";
import { changesFor } from "../../scripts/deploy/remedies";
import { PlimsollInputError } from "../../sdk";
import { openSystem, readSigner } from "../internal/chain";
import type { Answer } from "../internal/command";
import { describeFindings } from "../deploy/check";
import { describeChanges, makeChanges } from "./changes";

interface Values {
  fix: boolean;
  sender: string | undefined;
}

/** The differences, and with --fix what was done about them. Exit code 1 where something stays wrong. */
export async function review(hre: HardhatRuntimeEnvironment, values: Values): Promise<Answer> {
  if (!values.fix && values.sender !== undefined) {
    throw new PlimsollInputError("Nothing is sent without --fix: add it, or leave out --sender.");
  }
  requireForDeployment(hre.network.name);
  const signer = values.fix ? await readSigner(hre, values.sender ?? "0") : undefined;
  const system = await openSystem(hre);
  const findings = await checkConfiguration(hre, system);
  const wrong = findings.filter(({ ok }) => !ok);
  const differences = wrong.map(({ step, what, is, should, remedy }) => ({
    step,
    what,
    is,
    should,
    fixable: !!remedy,
  }));
  const text = describeFindings(wrong, findings.length);
  if (!signer || wrong.length === 0) {
    return { json: { differences, changes: [] }, text, failed: wrong.length > 0 };
  }
  const changes = await makeChanges(hre, system, signer, await changesFor(hre, system, wrong));
  return {
    json: { differences, changes },
    text: [text, describeChanges(changes), describeRest(wrong)].filter(Boolean).join("\n"),
    failed: changes.some(({ state }) => state === "refused") || wrong.some(({ remedy }) => !remedy),
  };
}

function describeRest(wrong: readonly Finding[]): string {
  const without = wrong.filter(({ remedy }) => !remedy).length;
  return without === 0 ? "" : `${without} of the differences no call can set right.`;
}
