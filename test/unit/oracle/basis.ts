import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/signers";
import type { TypedDataDomain } from "ethers";
import { ethers } from "hardhat";

import type { BasisOracle } from "../../../typechain-types";
import { MINUTE, at, deployAuthority } from "./support";

export const ETH = 1;
export const MAX_AGE = 10 * MINUTE;
export const LIMIT = 10n ** 16n;
const TYPES = {
  BasisReport: [
    { name: "underlying", type: "uint16" },
    { name: "basis", type: "int64" },
    { name: "observedAt", type: "uint40" },
  ],
};

export interface Report {
  underlying: number;
  basis: bigint;
  observedAt: number;
}

export function ascending(signers: HardhatEthersSigner[]): HardhatEthersSigner[] {
  return signers.toSorted((a, b) => (BigInt(a.address) < BigInt(b.address) ? -1 : 1));
}

export interface Deployed {
  oracle: BasisOracle;
  authority: string;
  stranger: HardhatEthersSigner;
  /** The three signers, of whom two must sign, by ascending address. */
  signers: HardhatEthersSigner[];
  others: HardhatEthersSigner[];
}

export async function deploy(): Promise<Deployed> {
  const [admin, stranger, ...others] = await ethers.getSigners();
  const signers = ascending(others.slice(0, 3));
  const authority = await deployAuthority(admin!);
  const oracle = await ethers.deployContract("BasisOracle", [authority, signers.map((s) => s.address), 2]);
  return { oracle, authority, stranger: stranger!, signers, others };
}

export async function sign(
  oracle: BasisOracle,
  signers: HardhatEthersSigner[],
  report: Report,
  domain: TypedDataDomain = {},
): Promise<string[]> {
  const full = {
    name: "Plimsoll BasisOracle",
    version: "1",
    chainId: (await ethers.provider.getNetwork()).chainId,
    verifyingContract: await oracle.getAddress(),
    ...domain,
  };
  return Promise.all(signers.map((signer) => signer.signTypedData(full, TYPES, report)));
}

/** Posts a report in a block at `timestamp`. */
export async function postAt(
  oracle: BasisOracle,
  signers: HardhatEthersSigner[],
  report: Report,
  timestamp: number,
): Promise<void> {
  const signatures = await sign(oracle, signers, report);
  await at(timestamp, [() => oracle.post(report, signatures)]);
}
