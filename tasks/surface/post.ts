import { readFile } from "node:fs/promises";
import path from "node:path";

import { HARDHAT_NETWORK_NAME } from "hardhat/plugins";
import type { HardhatRuntimeEnvironment } from "hardhat/types";

import { type System, underlyingNamed } from "../../scripts/lib/system";
import { formatTime } from "../../scripts/lib/times";
import { type SignedReport, type UnsignedSurface, asOf, parseSurfaceFile } from "../../scripts/surface/file";
import { signSurfaceReport } from "../../scripts/surface/sign";
import { PlimsollInputError } from "../../sdk";
import { beginChainAt, openSystem } from "../internal/chain";
import { type Answer, note } from "../internal/command";
import { confirmSending } from "../internal/consent";
import { table } from "../internal/table";

interface Values {
  file: string;
  underlying: string | undefined;
}

/** The oracle's own: a report is taken so long after it was measured. */
const MAX_REPORT_AGE = 600;

interface Posted {
  underlying: string;
  observedAt: number;
  expiries: number;
  gas: string;
  transaction: string;
}

/** A signed report goes as it is; a fitted surface is signed by the local network's own signers, as of now. */
export async function post(hre: HardhatRuntimeEnvironment, values: Values): Promise<Answer> {
  const name = path.basename(values.file);
  const found = parseSurfaceFile(await read(values.file), name);
  const chosen = "fitted" in found ? choose(found.fitted, name, values.underlying) : undefined;
  if (chosen === undefined && values.underlying !== undefined) {
    throw new PlimsollInputError(`${name} is one signed report: leave out --underlying.`);
  }
  // A chain that begins anew can begin when the surface was measured.
  if (chosen?.[0] && hre.network.name === HARDHAT_NETWORK_NAME) await beginChainAt(hre, chosen[0].observedAt);
  const system = await openSystem(hre);
  if (chosen && !system.parameters.local) {
    throw new PlimsollInputError(
      `${name} is not signed, and the network ${hre.network.name} has no signers here: give a report with its signatures.`,
    );
  }
  const posted: Posted[] = [];
  if ("signed" in found) posted.push(await send(hre, system, found.signed));
  for (const surface of chosen ?? []) posted.push(await send(hre, system, await sign(hre, system, surface)));
  const head = ["underlying", "measured", "expiries", "gas", "transaction"];
  const rows = posted.map(({ underlying, observedAt, expiries, gas, transaction }) => [
    underlying,
    formatTime(observedAt),
    expiries.toString(),
    gas,
    transaction,
  ]);
  return { json: posted, text: table(head, rows) };
}

async function read(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch {
    throw new PlimsollInputError(`The file ${file} cannot be read: name what surface:fit --json printed.`);
  }
}

function choose(surfaces: UnsignedSurface[], file: string, underlying: string | undefined): UnsignedSurface[] {
  if (underlying === undefined) return surfaces;
  const found = surfaces.filter(({ currency }) => currency === underlying);
  if (found.length > 0) return found;
  const known = surfaces.map(({ currency }) => currency).join(", ");
  throw new PlimsollInputError(`${file} has no surface of "${underlying}": choose one of ${known}.`);
}

async function sign(
  hre: HardhatRuntimeEnvironment,
  { parameters, surfaceOracle }: System,
  fitted: UnsignedSurface,
): Promise<SignedReport> {
  const { id, name } = underlyingNamed(parameters, fitted.currency);
  const latest = await hre.ethers.provider.getBlock("latest");
  const surface = brought(fitted, latest?.timestamp ?? 0);
  if (surface.slices.length === 0) {
    throw new PlimsollInputError(`Every expiry of ${name}'s surface is over: fit a newer chain.`);
  }
  const report = { underlying: id, observedAt: BigInt(surface.observedAt), slices: surface.slices };
  return { report, signatures: await signSurfaceReport(hre, surfaceOracle, report) };
}

/** As fitted while the oracle would take it, else as of now. */
function brought(fitted: UnsignedSurface, now: number): UnsignedSurface {
  const { currency, observedAt } = fitted;
  if (observedAt <= now && now - observedAt < MAX_REPORT_AGE) return fitted;
  note(
    `${currency}'s surface is from ${formatTime(observedAt)} and was posted as of ${formatTime(now)}, its vols unchanged.`,
  );
  return asOf(fitted, now);
}

async function send(
  hre: HardhatRuntimeEnvironment,
  { surfaceOracle, parameters }: System,
  { report, signatures }: SignedReport,
): Promise<Posted> {
  const named = parameters.underlyings.find(({ id }) => id === report.underlying)?.name ?? `${report.underlying}`;
  await confirmSending(hre, [`post the surface of ${named}, ${report.slices.length} expiries`]);
  const transaction = await surfaceOracle.post(report, signatures);
  const receipt = await transaction.wait();
  return {
    underlying: named,
    observedAt: Number(report.observedAt),
    expiries: report.slices.length,
    gas: (receipt?.gasUsed ?? 0n).toString(),
    transaction: transaction.hash,
  };
}
