import path from "node:path";

import type { HardhatRuntimeEnvironment, RunSuperFunction, TaskArguments } from "hardhat/types";

import { checkDeployment } from "../../scripts/deploy/check";
import { buildManifest, writeManifest } from "../../scripts/deploy/manifest";
import { recoverPending } from "../../scripts/deploy/pending";
import { type Plan, planDeployment, showEther } from "../../scripts/deploy/plan";
import { deployFailure, parametersOf } from "../../scripts/lib/system";
import { PlimsollInputError } from "../../sdk";
import type { Answer } from "../internal/command";
import { confirmSending } from "../internal/consent";
import { list, table } from "../internal/table";
import { describeFindings } from "./check";

/** Those of hardhat-deploy's options that matter here. */
export interface Options {
  silent: boolean;
  reset: boolean;
  watch: boolean;
  write?: boolean;
  tags?: string;
}

/** Shows the plan and asks, where the network is live; deploys what is missing; then checks everything. */
export async function deploy(
  hre: HardhatRuntimeEnvironment,
  options: Options,
  runSuper: RunSuperFunction<TaskArguments>,
): Promise<Answer> {
  const { local } = parametersOf(hre);
  if (!local) {
    refuseForgetting(hre, options);
    await recoverPending(hre);
    await confirmSending(hre, [describePlan(await planDeployment(hre))]);
  }
  try {
    await runSuper({ ...options, noCompile: true });
  } catch (error) {
    throw deployFailure(hre) ?? error;
  }
  return report(hre, local);
}

/** On a live network contracts outlive the records of them, so the records may not be thrown away in passing. */
function refuseForgetting({ network }: HardhatRuntimeEnvironment, { reset, watch, write }: Options): void {
  const flag = reset ? "--reset" : watch ? "--watch" : write === false ? "--write false" : undefined;
  if (flag === undefined) return;
  throw new PlimsollInputError(
    `The option ${flag} would lose the records of what is deployed on ${network.name}: move deployments/${network.name} away to deploy anew.`,
  );
}

async function report(hre: HardhatRuntimeEnvironment, local: boolean): Promise<Answer> {
  const findings = await checkDeployment(hre);
  if (findings.some(({ is }) => is === "missing")) {
    return { json: null, text: "Not everything is deployed yet: see npx hardhat deploy:status." };
  }
  const manifest = await buildManifest(hre);
  const contracts = Object.entries(manifest.contracts).map(([name, { address }]) => [name, address]);
  const lines = [table(["contract", "address"], contracts)];
  if (!local) lines.push(`manifest: ${path.relative(hre.config.paths.root, await writeManifest(hre))}`);
  const failed = findings.some(({ ok }) => !ok);
  lines.push(
    describeFindings(
      findings.filter(({ ok }) => !ok),
      findings.length,
    ),
  );
  return { json: manifest, text: lines.join("\n"), failed };
}

/** The plan for people. */
export function describePlan(plan: Plan): string {
  const heading = list({
    deployer: plan.deployer,
    balance: `${showEther(plan.balance)}; about ${showEther(plan.cost)} needed at the present price of gas`,
    "settlement token": `${plan.settlementToken.address}, ${plan.settlementToken.symbol}`,
    "sequencer feed": plan.sequencerFeed,
    "basis signers": plan.basisSigners,
    "surface signers": plan.surfaceSigners,
  });
  const parts = plan.parts.map(({ record, contract, address, standsInBecause }) => [
    record,
    standsInBecause === null ? contract : `${contract}, a stand-in`,
    address ?? "to be deployed",
  ]);
  const feeds = plan.feeds.map(({ name, address, description, price, age }) => [
    name,
    address,
    description,
    price,
    age.toString(),
  ]);
  const [first] = plan.markets;
  const parameters = Object.keys(first ?? {}).map((key) => plan.markets.map((market) => market[key] ?? ""));
  return [
    heading,
    table(["part", "contract", "state"], parts),
    table(["feed", "address", "calls itself", "says, USD", "age, s"], feeds),
    table(["parameter", ...(parameters[0] ?? [])], labelled(first, parameters).slice(1)),
    table(
      ["role", "holder", "delay, s"],
      plan.roles.map(({ role, holder, delay }) => [role, holder, delay.toString()]),
    ),
  ].join("\n");
}

function labelled(market: Record<string, string> | undefined, rows: readonly string[][]): string[][] {
  return Object.keys(market ?? {}).map((key, i) => [key, ...(rows[i] ?? [])]);
}
