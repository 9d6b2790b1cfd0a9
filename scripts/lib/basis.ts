/** Basis reports by the network's own signers: for local networks, where their keys are at hand. */
import { type Signer, getAddress } from "ethers";
import type { HardhatRuntimeEnvironment } from "hardhat/types";

import { PlimsollInputError } from "../../sdk/inputError";
import type { Seconds, Wad } from "../../sdk/units";
import { type System, parametersOf } from "./system";

/** What the signers sign. See contracts/interfaces/IBasisOracle.sol. */
export interface BasisReport {
  underlying: number;
  /** perp / spot - 1. */
  basis: Wad;
  /** When it was measured. */
  observedAt: Seconds;
}

const types = {
  BasisReport: [
    { name: "underlying", type: "uint16" },
    { name: "basis", type: "int64" },
    { name: "observedAt", type: "uint40" },
  ],
} satisfies Record<string, { name: keyof BasisReport; type: string }[]>;

/** The addresses of the signers, ascending, as the oracle wants them. */
export async function basisSignerAddresses(hre: HardhatRuntimeEnvironment): Promise<string[]> {
  return signerAddresses(hre, parametersOf(hre).basisSigners.signers, "basis");
}

/**
 * The addresses of an oracle's signers, ascending, as it wants them.
 * @param signers addresses, or numbers of the network's own accounts.
 * @param kind of reports, for a refusal.
 */
export async function signerAddresses(
  hre: HardhatRuntimeEnvironment,
  signers: readonly (string | number)[],
  kind: string,
): Promise<string[]> {
  const accounts = await hre.ethers.getSigners();
  const addresses = signers.map((signer) => {
    if (typeof signer === "string") return getAddress(signer);
    const account = accounts[signer];
    if (account) return account.address;
    throw new PlimsollInputError(`The network ${hre.network.name} has no account ${signer} to sign ${kind} reports.`);
  });
  return addresses.sort(ascending);
}

/** Signatures of as many signers as it takes, in the order the oracle wants them. */
export async function signBasisReport(
  hre: HardhatRuntimeEnvironment,
  { basisOracle, parameters }: System,
  report: BasisReport,
): Promise<string[]> {
  const { chainId } = await hre.ethers.provider.getNetwork();
  const verifyingContract = await basisOracle.getAddress();
  const domain = { name: "Plimsoll BasisOracle", version: "1", chainId, verifyingContract };
  const signers = (await basisSignerAddresses(hre)).slice(0, parameters.basisSigners.threshold);
  return Promise.all(
    signers.map(async (address) => {
      const signer: Signer = await hre.ethers.getSigner(address);
      return signer.signTypedData(domain, types, report);
    }),
  );
}

function ascending(a: string, b: string): number {
  return BigInt(a) < BigInt(b) ? -1 : 1;
}
