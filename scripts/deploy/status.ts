/** How far a deployment has come. */
import type { HardhatRuntimeEnvironment } from "hardhat/types";

import { formatUsdc } from "../../sdk";
import { locate } from "../lib/records";
import { deployedBy, loadSystem, parametersOf } from "../lib/system";
import { checkDeployment, checkPart } from "./check";
import { type Part, type Step, partsOf, steps } from "./parts";
import { showEther } from "./plan";

export interface StepStatus {
  step: Step;
  state: "done" | "to do";
  /** What is missing or otherwise than it should be; empty where that cannot be told yet. */
  missing: string[];
}

export interface Status {
  network: string;
  contracts: { record: string; address: string | null; state: "deployed" | "missing" | "other code" }[];
  steps: StepStatus[];
  /** By whose they are; empty before everything is deployed. */
  balances: Record<string, string>;
}

/** What is deployed, and which steps are left. Sends nothing, and needs no keys. */
export async function deploymentStatus(hre: HardhatRuntimeEnvironment): Promise<Status> {
  const parts = partsOf(parametersOf(hre));
  const contracts: Status["contracts"] = [];
  for (const part of parts) contracts.push(await contractStatus(hre, part));
  const incomplete = contracts.filter(({ state }) => state === "missing").map(({ record }) => record);
  const findings = incomplete.length === 0 ? await checkDeployment(hre) : [];
  return {
    network: hre.network.name,
    contracts,
    steps: steps.map((step) => {
      const own = parts.filter((part) => part.step === step).map(({ record }) => record);
      const missing = [
        ...own.filter((record) => incomplete.includes(record)),
        ...findings.filter((finding) => finding.step === step && !finding.ok).map(({ what }) => what),
      ];
      const deployed = own.length > 0 && missing.length === 0;
      const done = missing.length === 0 && (incomplete.length === 0 || deployed);
      return { step, state: done ? "done" : "to do", missing };
    }),
    balances: incomplete.length === 0 ? await balances(hre) : {},
  };
}

async function contractStatus(hre: HardhatRuntimeEnvironment, part: Part): Promise<Status["contracts"][number]> {
  const { record } = part;
  const { is, ok } = await checkPart(hre, part);
  const address = (await locate(hre, record))?.address ?? null;
  return { record, address, state: is === "missing" ? "missing" : ok ? "deployed" : "other code" };
}

async function balances(hre: HardhatRuntimeEnvironment): Promise<Record<string, string>> {
  const { clearinghouse, token, vault } = await loadSystem(hre);
  const deployer = await deployedBy(hre);
  return {
    [`the deployer ${deployer}`]: showEther(await hre.ethers.provider.getBalance(deployer)),
    "the clearinghouse": `${formatUsdc(await token.balanceOf(clearinghouse))} USDC`,
    "the vault": `${formatUsdc(await vault.totalAssets())} USDC`,
  };
}
