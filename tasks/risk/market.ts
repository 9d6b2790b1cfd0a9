/** Brings a case's market about on chain at the case's moment, through the oracles. */
import { setStorageAt, time } from "@nomicfoundation/hardhat-network-helpers";
import { AbiCoder, keccak256, toBeHex } from "ethers";
import type { HardhatRuntimeEnvironment } from "hardhat/types";

import { signBasisReport } from "../../scripts/lib/basis";
import { type System, mockFeed, underlyingNamed } from "../../scripts/lib/system";
import { signSurfaceReport } from "../../scripts/surface/sign";
import type { SurfaceSlice } from "../../scripts/surface/slice";
import { PlimsollInputError, type Seconds, WAD, type Wad, decodeError, revertDataOf } from "../../sdk";
import { abs } from "../../sdk/risk/fixedPoint";
import type { Case, CaseExpiry, CaseOption, CaseUnderlying } from "./case";

/** EIP-7825. Given, so that no estimate runs at another moment than the transaction. */
export const GAS_LIMIT = 16_777_216n;

const SECONDS_A_DAY = 86_400;
/** What surfaces are stored in. */
const WAD_PER_12 = 10n ** 6n;
const WAD_PER_9 = 10n ** 9n;
/** Of VolatilityOracle: its mapping from the pair's key, the smaller underlying above the larger, to the pair's word. */
const PAIRS_SLOT = 4n;
const UNDERLYING_BITS = 16n;

/** Prices, bases, listed strikes and surfaces are the case's, and so is every correlation. */
export async function setMarket(hre: HardhatRuntimeEnvironment, system: System, given: Case): Promise<void> {
  for (const underlying of given.underlyings) {
    await setPrice(hre, system, underlying, given.timestamp);
    await listOptions(system, underlying, given);
    await postSurface(hre, system, underlying, given.timestamp);
  }
  await setCorrelations(system, given);
}

async function setPrice(
  hre: HardhatRuntimeEnvironment,
  system: System,
  { name, spot, basis }: CaseUnderlying,
  timestamp: Seconds,
): Promise<void> {
  const feed = await mockFeed(hre, name);
  await time.setNextBlockTimestamp(timestamp);
  await (await feed.updateAnswer(spot, { gasLimit: GAS_LIMIT })).wait();
  const { id } = underlyingNamed(system.parameters, name);
  const report = { underlying: id, basis, observedAt: timestamp };
  const signatures = await signBasisReport(hre, system, report);
  await time.setNextBlockTimestamp(timestamp);
  await (await system.basisOracle.post(report, signatures, { gasLimit: GAS_LIMIT })).wait();
}

/** Lists every expiry of which the case holds an option, with strikes that take in those it holds. */
async function listOptions(
  { clearinghouse, parameters }: System,
  { name }: CaseUnderlying,
  { timestamp, positions }: Case,
): Promise<void> {
  const { id } = underlyingNamed(parameters, name);
  const held = positions.filter((one): one is CaseOption => one.kind === "option" && one.underlying === name);
  for (const timeLeft of new Set(held.map((option) => option.timeLeft))) {
    const strikes = held.filter((option) => option.timeLeft === timeLeft).map(({ strike }) => strike);
    await time.setNextBlockTimestamp(timestamp);
    const rule = strikeRule(strikes);
    await (await clearinghouse.listExpiry(id, timestamp + timeLeft, rule, { gasLimit: GAS_LIMIT })).wait();
  }
}

/** The widest steps from the lowest to the highest that meet all of them. */
function strikeRule(strikes: readonly bigint[]): { lowest: bigint; highest: bigint; step: bigint } {
  const sorted = [...strikes].sort((a, b) => (a < b ? -1 : 1));
  const [lowest = 0n, highest = 0n] = [sorted[0], sorted.at(-1)];
  const step = sorted.reduce((common, strike) => commonDivisor(common, strike - lowest), 0n);
  // Any step will do for one strike, but none is not one.
  return { lowest, highest, step: step === 0n ? 1n : step };
}

function commonDivisor(a: bigint, b: bigint): bigint {
  return b === 0n ? a : commonDivisor(b, a % b);
}

/** Throws PlimsollInputError where the oracle takes no such surface, and says why. */
async function postSurface(
  hre: HardhatRuntimeEnvironment,
  { surfaceOracle, parameters }: System,
  { name, expiries }: CaseUnderlying,
  timestamp: Seconds,
): Promise<void> {
  if (expiries.length === 0) return;
  const slices = expiries.map((expiry) => sliceOf(expiry, timestamp));
  const report = { underlying: underlyingNamed(parameters, name).id, observedAt: timestamp, slices };
  const signatures = await signSurfaceReport(hre, surfaceOracle, report);
  await time.setNextBlockTimestamp(timestamp);
  try {
    await (await surfaceOracle.post(report, signatures, { gasLimit: GAS_LIMIT })).wait();
  } catch (error) {
    throw refusedSurface(name, timestamp, error);
  }
}

/** In the units that are stored, rounded. */
function sliceOf({ timeLeft, forwardRatio, rate, svi }: CaseExpiry, timestamp: Seconds): SurfaceSlice {
  return {
    expiry: timestamp + timeLeft,
    forwardRatio9: rounded(forwardRatio, WAD_PER_9),
    rate9: rounded(rate, WAD_PER_9),
    a12: rounded(svi.a, WAD_PER_12),
    b12: rounded(svi.b, WAD_PER_12),
    rho12: rounded(svi.rho, WAD_PER_12),
    m12: rounded(svi.m, WAD_PER_12),
    s12: rounded(svi.s, WAD_PER_12),
  };
}

/** Half away from zero. */
function rounded(wad: Wad, unit: bigint): bigint {
  const magnitude = (abs(wad) + unit / 2n) / unit;
  return wad < 0n ? -magnitude : magnitude;
}

/** The oracle's reason with the expiries as the case names them; whatever else was thrown, as it is. */
function refusedSurface(name: string, timestamp: Seconds, error: unknown): unknown {
  const decoded = decodeError(revertDataOf(error) ?? "0x");
  if (!decoded?.name.startsWith("SurfaceOracle_")) return error;
  const { expiry, near, far } = decoded.args;
  const days = [expiry, near, far]
    .filter((at) => typeof at === "bigint")
    .map((at) => Number((Number(at - timestamp) / SECONDS_A_DAY).toFixed(4)).toString());
  const which = days.length === 0 ? "" : ` of ${days.join(" and ")} days`;
  return new PlimsollInputError(`The surface oracle refuses underlyings.${name}.expiries${which}: ${decoded.sentence}`);
}

/**
 * Makes every correlation the case's. The oracle measures them over days of returns, which would leave the volatility
 * another than the case's: so what it would have stored is stored, a covariance over variances of one, sampled now.
 */
async function setCorrelations(
  { volatilityOracle, parameters }: System,
  { underlyings, minCorrelation, timestamp }: Case,
): Promise<void> {
  const ids = underlyings.map(({ name }) => BigInt(underlyingNamed(parameters, name).id)).sort((a, b) => Number(a - b));
  const word = BigInt.asUintN(64, minCorrelation) | (WAD << 64n) | (WAD << 128n) | (timestamp << 192n);
  for (const [i, lower] of ids.entries()) {
    for (const higher of ids.slice(i + 1)) {
      const key = (lower << UNDERLYING_BITS) | higher;
      const slot = keccak256(AbiCoder.defaultAbiCoder().encode(["uint256", "uint256"], [key, PAIRS_SLOT]));
      await setStorageAt(await volatilityOracle.getAddress(), slot, toBeHex(word, 32));
      const found = await volatilityOracle.correlation(lower, higher);
      if (found !== minCorrelation) throw new Error(`The correlation is ${found} and should be ${minCorrelation}.`);
    }
  }
}
