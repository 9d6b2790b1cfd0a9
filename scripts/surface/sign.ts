/** Surface reports as EIP-712 data, and their signatures by signers whose keys are at hand. */
import type { AddressLike } from "ethers";
import type { HardhatRuntimeEnvironment } from "hardhat/types";

import { reportDomain, signReport, signerAddresses } from "../lib/reportSigners";
import { parametersOf } from "../lib/system";
import type { SurfaceReport, SurfaceSlice } from "./slice";

/** The EIP-712 types of a report. */
export const surfaceTypes = {
  SurfaceReport: [
    { name: "underlying", type: "uint16" },
    { name: "observedAt", type: "uint40" },
    { name: "slices", type: "SurfaceSlice[]" },
  ],
  SurfaceSlice: [
    { name: "expiry", type: "uint40" },
    { name: "forwardRatio9", type: "uint32" },
    { name: "rate9", type: "int32" },
    { name: "a12", type: "int48" },
    { name: "b12", type: "uint48" },
    { name: "rho12", type: "int48" },
    { name: "m12", type: "int48" },
    { name: "s12", type: "uint48" },
  ],
} satisfies { SurfaceReport: Field<SurfaceReport>[]; SurfaceSlice: Field<SurfaceSlice>[] };

interface Field<T> {
  name: keyof T;
  type: string;
}

/** The addresses of the signers, ascending, as the oracle wants them. */
export async function surfaceSignerAddresses(hre: HardhatRuntimeEnvironment): Promise<string[]> {
  return signerAddresses(hre, parametersOf(hre).surface.signers, "surface");
}

/** Signatures of as many of the network's signers as it takes, in the order the oracle wants them. */
export async function signSurfaceReport(
  hre: HardhatRuntimeEnvironment,
  oracle: AddressLike,
  report: SurfaceReport,
): Promise<string[]> {
  const signers = (await surfaceSignerAddresses(hre)).slice(0, parametersOf(hre).surface.threshold);
  return signReport(hre, signers, await reportDomain(hre, "SurfaceOracle", oracle), surfaceTypes, report);
}
