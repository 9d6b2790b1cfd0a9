/** Whether the code at an address is what the compiler made of the source. */
import { concat, getBytes, hexlify, keccak256 } from "ethers";
import type { Artifact, BuildInfo, HardhatConfig, HardhatRuntimeEnvironment } from "hardhat/types";

/** Where something of a few bytes was left open in the code. */
interface Gap {
  start: number;
  length: number;
}

type References = Readonly<Record<string, readonly Gap[]>>;

/** A library's code begins with a push of its own address, by which it knows a call from a delegation. */
const PUSH20 = 0x73;
const OWN_ADDRESS: Gap = { start: 1, length: 20 };

export interface Comparison {
  same: boolean;
  /** keccak256 of the code at the address, as it is. */
  codeHash: string;
}

/**
 * Compares the code at `address` with the compiled contract: linked libraries must be those given, and immutables,
 * which only the constructor knew, are left out of account on both sides.
 * @param libraries addresses by the libraries' names.
 */
export async function compareCode(
  hre: HardhatRuntimeEnvironment,
  contract: string,
  address: string,
  libraries: Readonly<Record<string, string>>,
): Promise<Comparison> {
  const found = await hre.ethers.provider.getCode(address);
  const artifact = await hre.artifacts.readArtifact(contract);
  const compiled = getBytes(zeroed(artifact.deployedBytecode));
  for (const file of Object.values(artifact.deployedLinkReferences)) {
    for (const [library, gaps] of Object.entries(file)) fill(compiled, gaps, libraries[library] ?? "0x");
  }
  if (compiled[0] === PUSH20 && isZero(compiled, OWN_ADDRESS)) fill(compiled, [OWN_ADDRESS], address);
  const onChain = getBytes(found);
  for (const gaps of Object.values(await immutablesOf(hre, artifact))) {
    fill(compiled, gaps, "0x");
    fill(onChain, gaps, "0x");
  }
  return { same: hexlify(compiled) === hexlify(onChain), codeHash: keccak256(found) };
}

/**
 * Compares the code at `address` with what a contract's constructor made of the data it was given: a zero byte, which
 * stops whoever calls it, and then the data.
 * @param data 0x-prefixed hex.
 */
export async function compareData(hre: HardhatRuntimeEnvironment, address: string, data: string): Promise<Comparison> {
  const found = await hre.ethers.provider.getCode(address);
  return { same: found === concat(["0x00", data]), codeHash: keccak256(found) };
}

/** What the compiler said of every contract, kept because reading it again takes longest of all. */
const builds = new WeakMap<HardhatConfig, BuildInfo[]>();

async function immutablesOf(hre: HardhatRuntimeEnvironment, artifact: Artifact): Promise<References> {
  const { sourceName, contractName, bytecode } = artifact;
  const known = builds.get(hre.config) ?? [];
  builds.set(hre.config, known);
  const compiled = (build: BuildInfo) => build.output.contracts[sourceName]?.[contractName]?.evm;
  let build = known.find((candidate) => `0x${compiled(candidate)?.bytecode.object ?? ""}` === bytecode);
  if (!build) {
    build = await hre.artifacts.getBuildInfo(`${sourceName}:${contractName}`);
    if (!build) throw new Error(`${contractName} has no build information: run npx hardhat compile --force.`);
    known.push(build);
  }
  return compiled(build)?.deployedBytecode.immutableReferences ?? {};
}

/** Bytecode whose unlinked places, which are no hex, hold zeros. */
function zeroed(bytecode: string): string {
  return bytecode.replace(/__\$[0-9a-f]{34}\$__/g, "0".repeat(40));
}

function isZero(code: Uint8Array, { start, length }: Gap): boolean {
  return code.subarray(start, start + length).every((byte) => byte === 0);
}

/** Writes a value into each gap, or zeros where there is no value; a gap beyond the end stays away. */
function fill(code: Uint8Array, gaps: readonly Gap[], value: string): void {
  for (const { start, length } of gaps) {
    if (start + length > code.length) continue;
    code.fill(0, start, start + length);
    code.set(getBytes(value).subarray(0, length), start);
  }
}
