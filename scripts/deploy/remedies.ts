/** What sets a deployment right where it is not as its parameters say: each remedy as calls of restricted functions. */
import type { HardhatRuntimeEnvironment } from "hardhat/types";

import { functionRoles } from "../../config/roles";
import type { UnderlyingParameters } from "../../config/schema";
import { PlimsollInputError } from "../../sdk";
import { mulWadUp } from "../../sdk/risk/fixedPoint";
import { modelWaits, modulesWait } from "../lib/announcement";
import { basisSignerAddresses } from "../lib/basis";
import { type System, addressOf, deployedBy, feedName } from "../lib/system";
import { surfaceSignerAddresses } from "../surface/sign";
import type { Finding, Holder, Remedy } from "./findings";
import { everHeld, roleName, roleOf } from "./governance";
import { MODELS, MODULES } from "./parts";

/** One call of a restricted function. */
export interface Change {
  /** For people: the function with its values. */
  what: string;
  target: string;
  /** 0x-prefixed hex. */
  data: string;
  /** Whether it replaces what users rely on, and must have been announced to the ledger first. */
  announced?: boolean;
}

/** A contract as ethers has it, as far as changes need it. */
interface Target {
  getAddress(): Promise<string>;
  interface: { encodeFunctionData(name: string, values: readonly unknown[]): string };
}

/** The calls that set right whatever of the findings can be, each once; whoever grants roles comes last. */
export async function changesFor(
  hre: HardhatRuntimeEnvironment,
  system: System,
  findings: readonly Finding[],
): Promise<Change[]> {
  const remedies = new Map<string, Remedy>();
  for (const { remedy } of findings) if (remedy) remedies.set(JSON.stringify(remedy), remedy);
  const changes: Change[] = [];
  for (const remedy of [...remedies.values()].sort((a, b) => urgency(a) - urgency(b))) {
    changes.push(...(await changesOf(hre, system, remedy)));
  }
  return changes;
}

/** The admin who gives its own role away can change nothing afterwards. */
function urgency(remedy: Remedy): number {
  if (remedy.kind !== "holder") return 0;
  return remedy.role === "admin" ? 2 : 1;
}

async function changesOf(hre: HardhatRuntimeEnvironment, system: System, remedy: Remedy): Promise<Change[]> {
  const { clearinghouse, basisOracle, authority } = system;
  switch (remedy.kind) {
    case "modules": {
      const modules: Record<string, string> = {};
      for (const [module, record] of Object.entries(MODULES)) modules[module] = await addressOf(hre, record);
      const values = [modules];
      const announced = await modulesWait(clearinghouse);
      return [{ ...(await change("Clearinghouse", clearinghouse, "setModules", values)), announced }];
    }
    case "model": {
      const mode = BigInt(remedy.mode);
      const values = [remedy.mode, await addressOf(hre, modelOf(mode))];
      const announced = await modelWaits(clearinghouse, mode);
      return [{ ...(await change("Clearinghouse", clearinghouse, "registerModel", values)), announced }];
    }
    case "signers": {
      const { threshold } = system.parameters.basisSigners;
      return [await change("BasisOracle", basisOracle, "setSigners", [await basisSignerAddresses(hre), threshold])];
    }
    case "surfaceSigners": {
      const values = [await surfaceSignerAddresses(hre), system.parameters.surface.threshold];
      return [await change("SurfaceOracle", system.surfaceOracle, "setSigners", values)];
    }
    case "moveLimits":
      return [
        await change("SurfaceOracle", system.surfaceOracle, "setMoveLimits", [system.parameters.surface.moveLimits]),
      ];
    case "vaultLimits":
      return [await change("BackstopVault", system.vault, "setLimits", [system.parameters.vaultLimits])];
    case "timeOut": {
      const { expirySettlement, parameters } = system;
      return [await change("ExpirySettlement", expirySettlement, "setTimeOut", [parameters.expirySettlement.timeOut])];
    }
    case "listings":
      return listings(system);
    case "market": {
      const { id, market } = underlyingOf(system, remedy.underlying);
      return [await change("Clearinghouse", clearinghouse, "setMarketParams", [id, market])];
    }
    case "options": {
      const { id, options } = underlyingOf(system, remedy.underlying);
      return [await change("Clearinghouse", clearinghouse, "setOptionParams", [id, options])];
    }
    case "feed":
    case "secondFeed":
    case "reference":
      return feeds(hre, system, remedy.kind, underlyingOf(system, remedy.underlying));
    case "function": {
      const target = await addressOf(hre, remedy.contract);
      const { interface: abi } = await hre.ethers.getContractAt(remedy.contract as string, target);
      return [await assign(system, remedy, target, abi.getFunction(remedy.name)?.selector ?? "0x")];
    }
    case "holder":
      return holders(hre, system, remedy.role);
    case "granter":
      return [await change("AccessManager", authority, "setRoleAdmin", [roleOf[remedy.role], roleOf.admin])];
    case "watcher":
      return [await change("AccessManager", authority, "setRoleGuardian", [roleOf[remedy.role], roleOf.admin])];
  }
}

/** What is not listed yet; what is listed and should not be can only be left without open interest. */
async function listings({ clearinghouse, volatilityOracle, parameters }: System): Promise<Change[]> {
  const [followed, listed] = await Promise.all([volatilityOracle.listed(), clearinghouse.listedMarkets()]);
  const changes: Change[] = [];
  for (const { id, dailyVol, market } of parameters.underlyings) {
    if (!followed.includes(BigInt(id))) {
      changes.push(await change("VolatilityOracle", volatilityOracle, "list", [id, mulWadUp(dailyVol, dailyVol)]));
    }
    if (!listed.includes(BigInt(id)))
      changes.push(await change("Clearinghouse", clearinghouse, "listMarket", [id, market]));
  }
  return changes;
}

async function feeds(
  hre: HardhatRuntimeEnvironment,
  { priceOracle }: System,
  kind: "feed" | "secondFeed" | "reference",
  { id, name, feed, heartbeat, confidenceBps, referencePrice, secondFeed }: UnderlyingParameters,
): Promise<Change[]> {
  const addressOfFeed = async (record: string, of: UnderlyingParameters["feed"]): Promise<string> =>
    of.kind === "mock" ? addressOf(hre, record) : hre.ethers.getAddress(of.address);
  const oracle = (method: string, values: unknown[]): Promise<Change> =>
    change("PriceOracle", priceOracle, method, [id, ...values]);
  if (kind === "reference") return [await oracle("setReferencePrice", [referencePrice])];
  if (kind === "feed") {
    const aggregator = await addressOfFeed(feedName(name), feed);
    const registered = BigInt((await priceOracle.feedOf(id)).aggregator) !== 0n;
    const values = [aggregator, heartbeat, confidenceBps];
    return [
      registered ? await oracle("replaceFeed", values) : await oracle("registerFeed", [...values, referencePrice]),
    ];
  }
  if (!secondFeed) return [await oracle("removeSecondFeed", [])];
  const aggregator = await addressOfFeed(feedName(name, "secondary"), secondFeed);
  return [await oracle("setSecondFeed", [aggregator, secondFeed.heartbeat, secondFeed.maxDeviationBps])];
}

async function assign(
  { authority }: System,
  { contract, name }: Extract<Remedy, { kind: "function" }>,
  target: string,
  selector: string,
): Promise<Change> {
  const role = (functionRoles[contract] as Readonly<Record<string, bigint>>)[name];
  const made = await change("AccessManager", authority, "setTargetFunctionRole", [target, [selector], role]);
  return { ...made, what: `AccessManager.setTargetFunctionRole: ${contract}.${name} asks for ${roleName(role ?? 0n)}` };
}

/** Whoever should hold the role is given it before whoever should not loses it. */
async function holders(hre: HardhatRuntimeEnvironment, system: System, holder: Holder): Promise<Change[]> {
  const { authority, parameters } = system;
  const role = roleOf[holder];
  const named = parameters.governance.holders[holder];
  const meant = hre.ethers.getAddress(named === "deployer" ? await deployedBy(hre) : named);
  const delay = BigInt(parameters.governance.delays[holder]);
  const changes: Change[] = [];
  const membership = await authority.hasRole(role, meant);
  if (!membership.isMember || membership.executionDelay !== delay) {
    changes.push(await change("AccessManager", authority, "grantRole", [role, meant, delay]));
  }
  for (const account of (await everHeld(hre, authority)).get(role) ?? []) {
    if (account === meant || !(await authority.hasRole(role, account)).isMember) continue;
    changes.push(await change("AccessManager", authority, "revokeRole", [role, account]));
  }
  return changes;
}

/** What the model of a mode is deployed as. */
function modelOf(mode: bigint): string {
  const found = MODELS.get(mode);
  if (found) return found.record;
  throw new Error(`No margin model is meant for mode ${mode}.`);
}

function underlyingOf({ parameters }: System, id: number): UnderlyingParameters {
  const found = parameters.underlyings.find((underlying) => underlying.id === id);
  if (found) return found;
  throw new PlimsollInputError(`There is no underlying ${id} in the parameters.`);
}

/** A call by the names that people know. */
export async function change(
  name: string,
  contract: Target,
  method: string,
  values: readonly unknown[],
): Promise<Change> {
  return {
    what: `${name}.${method}(${values.map(show).join(", ")})`,
    target: await contract.getAddress(),
    data: contract.interface.encodeFunctionData(method, values),
  };
}

function show(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(show).join(", ")}]`;
  if (typeof value !== "object" || value === null) return String(value);
  return `{${Object.entries(value)
    .map(([key, part]) => `${key}: ${show(part)}`)
    .join(", ")}}`;
}
