/** Who may do what, as the access manager has it and as it should be. */
import type { HardhatRuntimeEnvironment } from "hardhat/types";

import { type GovernedContract, Role, functionRoles } from "../../config/roles";
import type { GovernanceParameters } from "../../config/schema";
import type { AccessManager } from "../../typechain-types";
import { type System, addressOf, deployedBy } from "../lib/system";
import { type Finding, finding, judged } from "./findings";
import { allLogs } from "./logs";

type Holder = keyof GovernanceParameters["holders"];

/** The roles by their holders' names in the parameters. */
export const roleOf = {
  admin: Role.Admin,
  riskAdmin: Role.RiskAdmin,
  lister: Role.Lister,
  guardian: Role.Guardian,
  moduleAdmin: Role.ModuleAdmin,
} as const satisfies Record<Holder, Role>;

const STEP = "roles";
const NOBODY = "nobody";

export function roleName(role: bigint): string {
  for (const [name, id] of Object.entries(roleOf)) if (id === role) return name;
  return `role ${role}`;
}

/** Every restricted function's role, every role's holders and delays, and that there is nothing else. */
export async function checkGovernance(hre: HardhatRuntimeEnvironment, system: System): Promise<Finding[]> {
  const contracts = Object.keys(functionRoles) as GovernedContract[];
  const targets = await Promise.all(contracts.map((contract) => checkTarget(hre, system, contract)));
  return [...targets.flat(), ...(await checkStrayFunctions(hre, system)), ...(await checkRoles(hre, system))];
}

async function checkTarget(
  hre: HardhatRuntimeEnvironment,
  { authority }: System,
  contract: GovernedContract,
): Promise<Finding[]> {
  const target = await addressOf(hre, contract);
  const { interface: abi } = await hre.ethers.getContractAt(contract as string, target);
  const governed = await hre.ethers.getContractAt("AccessManaged", target);
  const functions = Object.entries(functionRoles[contract]).map(async ([name, role]) => {
    const selector = abi.getFunction(name)?.selector ?? "0x";
    const found = await authority.getTargetFunctionRole(target, selector);
    return finding(STEP, `${contract}.${name} asks for`, roleName(role), roleName(found));
  });
  const closed = await authority.isTargetClosed(target);
  return [
    finding("wiring", `${contract} answers to`, await authority.getAddress(), await governed.authority()),
    finding(STEP, `${contract} is`, "open", closed ? "closed" : "open"),
    finding(STEP, `${contract}'s roles change after`, "0 s", `${await authority.getTargetAdminDelay(target)} s`),
    ...(await Promise.all(functions)),
  ];
}

/** A function that no row names must be the admin's, or somebody has a power nobody meant to give. */
async function checkStrayFunctions(hre: HardhatRuntimeEnvironment, { authority }: System): Promise<Finding[]> {
  const meant = new Set<string>();
  for (const contract of Object.keys(functionRoles) as GovernedContract[]) {
    const target = await addressOf(hre, contract);
    const { interface: abi } = await hre.ethers.getContractAt(contract as string, target);
    for (const name of Object.keys(functionRoles[contract])) {
      meant.add(`${target} ${abi.getFunction(name)?.selector ?? ""}`);
    }
  }
  const changed = await allLogs(hre, authority, authority.filters.TargetFunctionRoleUpdated());
  const strays = new Set<string>();
  for (const { args } of changed) {
    const name = `${args.target} ${args.selector}`;
    if (meant.has(name) || strays.has(name)) continue;
    const role = await authority.getTargetFunctionRole(args.target, args.selector);
    if (role !== Role.Admin) strays.add(name);
  }
  return [judged(STEP, "other functions with a role", "none", [...strays].join(", ") || "none", strays.size === 0)];
}

async function checkRoles(hre: HardhatRuntimeEnvironment, system: System): Promise<Finding[]> {
  const { authority, parameters } = system;
  const { holders, delays } = parameters.governance;
  const members = await membersByRole(hre, authority);
  const deployer = await deployedBy(hre);
  const found: Finding[] = [];
  for (const [holder, role] of Object.entries(roleOf) as [Holder, Role][]) {
    const account = hre.ethers.getAddress(holders[holder] === "deployer" ? deployer : holders[holder]);
    found.push(
      finding(STEP, `${holder} is held by`, `${account} after ${delays[holder]} s`, members.get(role) ?? NOBODY),
    );
    if (role === Role.Admin) continue;
    found.push(finding(STEP, `${holder} is granted by`, "admin", roleName(await authority.getRoleAdmin(role))));
    found.push(finding(STEP, `${holder} is watched by`, "admin", roleName(await authority.getRoleGuardian(role))));
  }
  const known: ReadonlySet<bigint> = new Set(Object.values(Role));
  const strays = [...members].filter(([role]) => !known.has(role)).map(([role, who]) => `role ${role}: ${who}`);
  found.push(finding(STEP, "other roles with holders", "none", strays.join("; ") || "none"));
  return found;
}

/** Who holds each role, and with which delay, from what was ever granted. */
async function membersByRole(
  hre: HardhatRuntimeEnvironment,
  authority: AccessManager,
): Promise<ReadonlyMap<bigint, string>> {
  const granted = await allLogs(hre, authority, authority.filters.RoleGranted());
  const everHeld = new Map<bigint, Set<string>>();
  for (const { args } of granted) {
    everHeld.set(args.roleId, (everHeld.get(args.roleId) ?? new Set()).add(args.account));
  }
  const members = new Map<bigint, string>();
  for (const [role, accounts] of everHeld) {
    const described: string[] = [];
    for (const account of [...accounts].sort()) {
      const { since, currentDelay, pendingDelay, effect } = await authority.getAccess(role, account);
      if (since === 0n) continue;
      const pending = effect === 0n ? "" : ` (${pendingDelay} s from ${effect} on)`;
      described.push(`${account} after ${currentDelay} s${pending}`);
    }
    if (described.length > 0) members.set(role, described.join(", "));
  }
  return members;
}
