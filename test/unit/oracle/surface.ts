import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/signers";
import { time } from "@nomicfoundation/hardhat-network-helpers";
import type { ContractTransactionResponse, TypedDataDomain } from "ethers";
import hre, { ethers } from "hardhat";

import { reportDomain } from "../../../scripts/lib/reportSigners";
import { surfaceTypes } from "../../../scripts/surface/sign";
import { type RawSvi, type SurfaceReport, type SurfaceSlice, toSlice } from "../../../scripts/surface/slice";
import type { SurfaceOracle } from "../../../typechain-types";
import { ascending } from "./basis";
import { DAY, deployAuthority } from "./support";

export const ETH = 1;
const YEAR = 365 * DAY;

export interface Deployed {
  oracle: SurfaceOracle;
  authority: string;
  stranger: HardhatEthersSigner;
  /** The three signers, of whom two must sign, by ascending address. */
  signers: HardhatEthersSigner[];
  others: HardhatEthersSigner[];
}

export async function deploySurface(): Promise<Deployed> {
  const [admin, stranger, ...others] = await ethers.getSigners();
  const signers = ascending(others.slice(0, 3));
  const authority = await deployAuthority(admin!);
  const addresses = signers.map(({ address }) => address);
  const limits = { forwardBps: 200, volBps: 2_500 };
  const oracle = await ethers.deployContract("SurfaceOracle", [authority, addresses, 2, limits]);
  return { oracle, authority, stranger: stranger!, signers, others };
}

/** A smile of a market's usual shape: skewed a little, half of its variance at the money from the bend. */
export function smile(vol: number, tenor: number, shape: Partial<RawSvi> = {}): RawSvi {
  const w = (vol * vol * tenor) / YEAR;
  const s = Math.sqrt(w);
  return { a: w / 2, b: s / 2, rho: -0.2, m: 0, s, ...shape };
}

/** A slice of that smile. */
export function slice(
  expiry: number,
  observedAt: number,
  {
    vol = 0.6,
    forward = 1.01,
    rate = 0.04,
    ...shape
  }: { vol?: number; forward?: number; rate?: number } & Partial<RawSvi> = {},
): SurfaceSlice {
  return toSlice(BigInt(expiry), forward, rate, smile(vol, expiry - observedAt, shape));
}

export function report(observedAt: number, ...slices: SurfaceSlice[]): SurfaceReport {
  return { underlying: ETH, observedAt: BigInt(observedAt), slices };
}

export async function signSurface(
  oracle: SurfaceOracle,
  signers: HardhatEthersSigner[],
  signed: SurfaceReport,
  domain: TypedDataDomain = {},
): Promise<string[]> {
  const full = { ...(await reportDomain(hre, "SurfaceOracle", oracle)), ...domain };
  return Promise.all(signers.map((signer) => signer.signTypedData(full, surfaceTypes, signed)));
}

/** Posts a report, signed by all, in a block at `timestamp`. */
export async function postAt(
  { oracle, signers }: Deployed,
  posted: SurfaceReport,
  timestamp = Number(posted.observedAt),
): Promise<ContractTransactionResponse> {
  const signatures = await signSurface(oracle, signers.slice(0, 2), posted);
  await time.setNextBlockTimestamp(timestamp);
  return oracle.post(posted, signatures);
}
