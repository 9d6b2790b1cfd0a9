/** Basis reports by the network's own signers: for local networks, where their keys are at hand. */
import type { HardhatRuntimeEnvironment } from "hardhat/types";

import type { Seconds, Wad } from "../../sdk/units";
import { reportDomain, signReport, signerAddresses } from "./reportSigners";
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

/** Signatures of as many signers as it takes, in the order the oracle wants them. */
export async function signBasisReport(
  hre: HardhatRuntimeEnvironment,
  { basisOracle, parameters }: System,
  report: BasisReport,
): Promise<string[]> {
  const domain = await reportDomain(hre, "BasisOracle", basisOracle);
  const signers = (await basisSignerAddresses(hre)).slice(0, parameters.basisSigners.threshold);
  return signReport(hre, signers, domain, types, report);
}
