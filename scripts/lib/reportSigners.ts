/** Who signs an oracle's reports, and their signatures where their keys are at hand: contracts/oracle/ReportSigners.sol. */
import { type AddressLike, type TypedDataDomain, type TypedDataField, getAddress, resolveAddress } from "ethers";
import type { HardhatRuntimeEnvironment } from "hardhat/types";

import { PlimsollInputError } from "../../sdk/inputError";

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
  return addresses.sort((a, b) => (BigInt(a) < BigInt(b) ? -1 : 1));
}

/** The EIP-712 domain of an oracle's reports. */
export async function reportDomain(
  hre: HardhatRuntimeEnvironment,
  name: "BasisOracle" | "SurfaceOracle",
  oracle: AddressLike,
): Promise<TypedDataDomain> {
  const { chainId } = await hre.ethers.provider.getNetwork();
  const verifyingContract = await resolveAddress(oracle, hre.ethers.provider);
  return { name: `Plimsoll ${name}`, version: "1", chainId, verifyingContract };
}

/** Signatures of all of the network's accounts that are named, in their order. */
export async function signReport(
  hre: HardhatRuntimeEnvironment,
  addresses: readonly string[],
  domain: TypedDataDomain,
  types: Record<string, TypedDataField[]>,
  report: object,
): Promise<string[]> {
  return Promise.all(
    addresses.map(async (address) => (await hre.ethers.getSigner(address)).signTypedData(domain, types, report)),
  );
}
