import type { HardhatRuntimeEnvironment } from "hardhat/types";

import { type GovernedContract, Role, functionRoles } from "../config/roles";
import type { GovernanceParameters } from "../config/schema";
import { deployerOf, ensure, step } from "../scripts/lib/steps";
import { type System, addressOf, loadSystem } from "../scripts/lib/system";

type Holder = keyof GovernanceParameters["holders"];

/** The admin comes last: from then on every change of roles waits. */
const HOLDERS: readonly [Holder, Role][] = [
  ["riskAdmin", Role.RiskAdmin],
  ["lister", Role.Lister],
  ["guardian", Role.Guardian],
  ["moduleAdmin", Role.ModuleAdmin],
  ["admin", Role.Admin],
];

export default step("roles", ["markets"], async (hre) => {
  const system = await loadSystem(hre);
  for (const contract of Object.keys(functionRoles) as GovernedContract[]) await assign(hre, system, contract);
  for (const [holder, role] of HOLDERS) await grant(hre, system, holder, role);
  await retire(hre, system);
});

/** Gives each restricted function of a contract the role it asks for. */
async function assign(
  hre: HardhatRuntimeEnvironment,
  { authority }: System,
  contract: GovernedContract,
): Promise<void> {
  const target = await addressOf(hre, contract);
  const { interface: abi } = await hre.ethers.getContractAt(contract as string, target);
  for (const [name, role] of Object.entries(functionRoles[contract])) {
    const selector = abi.getFunction(name)?.selector;
    if (selector === undefined) throw new Error(`${contract} has no function ${name} to give a role.`);
    await ensure(
      hre,
      `${contract}.${name} asks for role ${role}`,
      async () => (await authority.getTargetFunctionRole(target, selector)) === role,
      () => authority.setTargetFunctionRole(target, [selector], role),
    );
  }
}

async function grant(hre: HardhatRuntimeEnvironment, system: System, holder: Holder, role: Role): Promise<void> {
  const { authority, parameters } = system;
  const named = parameters.governance.holders[holder];
  const account = named === "deployer" ? await deployerOf(hre) : named;
  const delay = BigInt(parameters.governance.delays[holder]);
  await ensure(
    hre,
    `${account} has role ${role} with a delay of ${delay} s`,
    async () => {
      const membership = await authority.hasRole(role, account);
      return membership.isMember && membership.executionDelay === delay;
    },
    () => authority.grantRole(role, account, delay),
  );
}

/** The deployer keeps no power that the parameters do not give it. */
async function retire(hre: HardhatRuntimeEnvironment, { authority, parameters }: System): Promise<void> {
  if (parameters.governance.holders.admin === "deployer") return;
  const deployer = await deployerOf(hre);
  await ensure(
    hre,
    "the deployer is no admin",
    async () => !(await authority.hasRole(Role.Admin, deployer)).isMember,
    () => authority.renounceRole(Role.Admin, deployer),
  );
}
