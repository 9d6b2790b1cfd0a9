/** What the ledger can settle in: 6 decimals, and every transfer arrives whole. */
import { getAddress } from "ethers";
import type { HardhatRuntimeEnvironment } from "hardhat/types";

import { PlimsollInputError } from "../../sdk/inputError";
import type { MockUSDC } from "../../typechain-types";
import { deployerOf } from "./steps";

const DECIMALS = 6n;
/** One dollar, so that even a fee of a thousandth of a basis point shows. */
const PROBE = 10n ** DECIMALS;
const NOBODY = getAddress("0x000000000000000000000000000000000000dead");

/**
 * Refuses a token that the ledger could not keep books of.
 * @param proveTransfers sends up to one dollar of the deployer's to nobody and measures what arrives: for networks
 * where money is play. Elsewhere the ledger itself refuses every transfer that does not arrive whole.
 */
export async function checkSettlementToken(
  hre: HardhatRuntimeEnvironment,
  address: string,
  proveTransfers: boolean,
): Promise<void> {
  if ((await hre.ethers.provider.getCode(address)) === "0x") {
    throw new PlimsollInputError(`The settlement token ${address} has no code on the network ${hre.network.name}.`);
  }
  const token = await hre.ethers.getContractAt("MockUSDC", address, await hre.ethers.getSigner(await deployerOf(hre)));
  const decimals = await token.decimals();
  if (decimals !== DECIMALS) {
    throw new PlimsollInputError(
      `The settlement token ${address} has ${decimals} decimals and must have ${DECIMALS}, as USDC has.`,
    );
  }
  if (proveTransfers) await proveExact(token, await deployerOf(hre));
}

async function proveExact(token: MockUSDC, from: string): Promise<void> {
  const held = await token.balanceOf(from);
  const sent = held < PROBE ? held : PROBE;
  if (sent === 0n) return;
  const before = await token.balanceOf(NOBODY);
  await (await token.transfer(NOBODY, sent)).wait();
  const received = (await token.balanceOf(NOBODY)) - before;
  if (received !== sent) {
    throw new PlimsollInputError(
      `The settlement token ${await token.getAddress()} keeps a fee: of ${sent} units sent ${received} arrived, and all must.`,
    );
  }
}
