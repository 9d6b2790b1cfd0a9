/**
 * What the repository does not hold: nodes, keys and who governs. These are Hardhat's configuration variables, so that
 * `npx hardhat vars set NAME` keeps one and HARDHAT_VAR_NAME in the environment overrides it.
 */
import { vars } from "hardhat/config";

import { PlimsollInputError } from "../sdk/inputError";

/** Networks where tokens are other people's, with what their variables begin with. */
export const livePrefixes = {
  sepolia: "SEPOLIA",
  arbitrumSepolia: "ARBITRUM_SEPOLIA",
  baseSepolia: "BASE_SEPOLIA",
} as const;
export type LiveNetwork = keyof typeof livePrefixes;

/** What can be set for each live network, by what follows its prefix. */
export const meanings = {
  RPC_URL: "the address of a node",
  KEYS: "private keys, separated by commas, of which the first deploys",
  KEY_FILES: "paths of encrypted JSON key files, separated by commas, of which the first deploys",
  KEY_PASSPHRASE: "what the key files are encrypted with",
  ADMIN: "the address that grants roles, or the word deployer",
  RISK_ADMIN: "the address that sets parameters",
  LISTER: "the address that lists underlyings",
  GUARDIAN: "the address that may stop what increases risk",
  MODULE_ADMIN: "the address that replaces models, feeds and modules",
  BASIS_SIGNERS: "the addresses that sign basis reports, two or more, separated by commas",
  BASIS_THRESHOLD: "how many of the basis signers must sign, more than half",
  SURFACE_SIGNERS: "the addresses that sign surface reports; the basis signers unless given",
  SURFACE_THRESHOLD: "how many of the surface signers must sign, more than half",
} as const;
export type Variable = keyof typeof meanings;

/** Without these nothing can be deployed; the other roles fall to the admin. */
const REQUIRED: readonly Variable[] = ["ADMIN", "BASIS_SIGNERS"];

export function isLive(network: string): network is LiveNetwork {
  return Object.hasOwn(livePrefixes, network);
}

/** The full name of a network's variable, such as SEPOLIA_RPC_URL. */
export function variableName(network: LiveNetwork, variable: Variable): string {
  return `${livePrefixes[network]}_${variable}`;
}

export function readVariable(network: LiveNetwork, variable: Variable): string | undefined {
  const name = variableName(network, variable);
  return vars.has(name) ? vars.get(name) : undefined;
}

/** Throws PlimsollInputError saying what to set and how. */
export function requireVariable(network: LiveNetwork, variable: Variable): string {
  const value = readVariable(network, variable);
  if (value !== undefined) return value;
  const name = variableName(network, variable);
  throw new PlimsollInputError(
    `${name}, ${meanings[variable]}, is not set: set it with npx hardhat vars set ${name}, or in the environment as HARDHAT_VAR_${name}.`,
  );
}

/** The parts of a value that is a list. */
export function listed(value: string): string[] {
  return value
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");
}

/** Throws PlimsollInputError where one is missing that a deployment takes and nothing else does. */
export function requireForDeployment(network: string): void {
  if (isLive(network)) for (const variable of REQUIRED) requireVariable(network, variable);
}

/** Where a node answers; where none is named, an address that says so and that nothing answers on. */
export function nodeOf(network: LiveNetwork): string {
  const name = variableName(network, "RPC_URL");
  return vars.get(name, `http://${name.toLowerCase().replaceAll("_", "-")}-is-not-set.invalid`);
}

/**
 * Where deployments and manifests are kept: in the repository, or in the folder that PLIMSOLL_REHEARSAL names, so that
 * a rehearsal against another chain of the same id leaves the records of the real one alone.
 */
export function recordFolders(): { deployments: string; manifests: string; rehearsal: boolean } {
  const folder = vars.get("PLIMSOLL_REHEARSAL", "");
  if (folder === "") return { deployments: "deployments", manifests: "sdk/manifests", rehearsal: false };
  return { deployments: `${folder}/deployments`, manifests: `${folder}/manifests`, rehearsal: true };
}
